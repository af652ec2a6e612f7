"""What the arguments of an evaluation say about the checkpoint: `model_args` of every era.

A string (`pretrained=…,revision=…`), the same as an object, or the whole configuration of a
GPT-NeoX trainer, where `load` and `iteration` tell which weights were in memory.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import PurePosixPath

from catalog.core import foreign
from catalog.core.refs import COMMIT
from catalog.core.scores import labels, places
from catalog.core.scores.reading import whole
from catalog.core.scores.values import RefusedScoresError, Statement

_DTYPES = {
    "fp16": "float16",
    "half": "float16",
    "bf16": "bfloat16",
    "fp32": "float32",
    "float": "float32",
}
# Where the runs lay whose results EleutherAI/pythia has (docs/explanation/evaluation-archive.md).
_OF_PYTHIA = re.compile(r"/fsx/[^/]+/pythia/")
_SHAPE = {"layers": "num_layers", "model_dim": "hidden_size"}
_LONGEST = 20_000  # characters: a trainer's whole configuration has 5,000, and is an object
_BARE_STEP = re.compile(r"\d{1,9}")
_REPOSITORY = re.compile(r"(?:[A-Za-z0-9][\w.-]*/)?[A-Za-z0-9][\w.-]*", re.ASCII)
_SNAPSHOT = re.compile(
    r"(?:.*/)?models--(?P<owner>[^/]+?)--(?P<name>[^/]+)/snapshots/(?P<commit>[0-9a-f]{40})/?"
)


def split(text: str) -> dict[str, object]:
    """Return `a=b,c=d` as a mapping; a part without `=` continues the value before it.

    >>> split("pretrained=EleutherAI/pythia-70m,revision=step3000")["revision"]
    'step3000'

    Raises:
        RefusedScoresError: it is longer than any command line.
    """
    if len(text) > _LONGEST:
        raise RefusedScoresError(f"arguments of {len(text):,} characters")
    arguments: dict[str, object] = {}
    last = ""
    for part in text.split(","):
        key, equals, value = part.partition("=")
        if equals:
            last = key.strip()
            arguments[last] = value.strip()
        elif last:
            arguments[last] = f"{arguments[last]},{part}"
    return arguments


def is_trainer(arguments: Mapping[str, object]) -> bool:
    """Return whether the arguments are a trainer's configuration, not a Hub model's."""
    return "pretrained" not in arguments and bool({"load", "iteration"} & arguments.keys())


def of_hub_model(arguments: Mapping[str, object]) -> Statement:
    """Return what `pretrained=…` and `revision=…` say.

    A folder of the Hub's cache names a repository and a commit; any other path on a disk names
    nothing, whatever it is called.

    Raises:
        RefusedScoresError: the commit of such a folder, and another one.
    """
    pretrained = _text(arguments.get("pretrained"))
    stated = of_model(pretrained) if pretrained else Statement()
    revision = _text(arguments.get("revision"))
    pinned = revision if revision and COMMIT.fullmatch(revision) else None
    if stated.commit and pinned not in (None, stated.commit):
        raise RefusedScoresError(f"it loads commit {stated.commit}, its revision is {pinned}")
    if stated.commit:  # a folder of the cache: whatever branch stands beside it is not asked for
        return stated
    if pinned:
        return replace(stated, commit=pinned)
    if revision and _BARE_STEP.fullmatch(revision):
        return replace(stated, step=int(revision), numbering="published")
    return replace(stated, revision=revision)


def of_model(text: str) -> Statement:
    """Return what a program loads that is given this text as its model.

    >>> of_model("/data/pythia-70m/step_1000").kind
    'path'
    >>> of_model("/hub/models--EleutherAI--pythia-70m/snapshots/" + "0" * 40).label
    'EleutherAI/pythia-70m'
    """
    if len(text) > foreign.LONGEST_PATH:  # the patterns below would take hours
        return Statement(text, kind="path")
    snapshot = _SNAPSHOT.fullmatch(text)
    if snapshot:
        label = f"{snapshot['owner']}/{snapshot['name']}"
        generation = labels.read(label).generation
        return Statement(label, generation, kind="repository", commit=snapshot["commit"])
    if not _REPOSITORY.fullmatch(text):
        return Statement(text, kind="path")
    generation = labels.read(text).generation
    return Statement(text, generation, kind="repository", loads_main=True)


def of_trainer(arguments: Mapping[str, object]) -> Statement:
    """Return what a GPT-NeoX configuration says: the folder loaded, the iteration in it.

    Where the folder's name tells nothing (`staged_model`), the prefix for the results does. Only
    Pythia's own folders have labels that mean a model; anybody may call a folder `410m`.

    Raises:
        RefusedScoresError: the run is a fine-tuning of something.
    """
    if arguments.get("finetune") is True:
        raise RefusedScoresError("evaluates other weights than the checkpoint's (finetune)")
    prefix = places.name(_text(arguments.get("eval_results_prefix")) or "")
    load = PurePosixPath(_text(arguments.get("load")) or "").name
    configuration = arguments.get("config_files")
    files = list(configuration) if isinstance(configuration, Mapping) else []
    label = next((text for text in (load, prefix.label or "") if labels.read(text).size), None)
    heading = re.sub(r"\.ya?ml$", "", str(files[0])) if len(files) == 1 else ""
    nickname = label is None and labels.read(heading).size is not None
    own = nickname or bool(_OF_PYTHIA.match(_text(arguments.get("load")) or ""))
    label = heading if nickname else label
    iteration = arguments.get("iteration")
    step = iteration if isinstance(iteration, int) and not isinstance(iteration, bool) else None
    return Statement(
        label=label,
        generation=_generation(arguments, label),
        step=prefix.step if step is None else step,
        numbering="training",
        nickname=nickname,
        kind="trainer" if own else "path",
    )


def shape(arguments: Mapping[str, object]) -> tuple[tuple[str, int], ...]:
    """Return the numbers of the network that a trainer's configuration gives, by our keys."""
    numbers = {key: whole(arguments.get(name)) for key, name in _SHAPE.items()}
    return tuple((key, number) for key, number in numbers.items() if number is not None)


def size(config: Mapping[str, object]) -> tuple[tuple[str, int], ...]:
    """Return the number of parameters that harness 0.4 counted; it writes -1 where it cannot."""
    counted = whole(config.get("model_num_parameters"))
    return () if counted is None or counted <= 0 else (("params_total", counted),)


def doubts(arguments: Mapping[str, object], label: str | None) -> tuple[str, ...]:
    """Return where a trainer's configuration disagrees with itself about the model's data.

    The weights come from `load`; the data paths are those of the configuration file that was at
    hand, and in the released scores some are another model's.
    """
    paths = arguments.get("train_data_paths")
    if not label or not isinstance(paths, list) or not paths:
        return ()
    of_data = "dedup" in str(paths[0])
    of_label = labels.read(label)
    if of_label.derived or of_data == bool(of_label.deduped):
        return ()
    return (f"it loads {label}, its data path is {paths[0]}",)


def disagreements(
    arguments: Mapping[str, object], config: Mapping[str, object], stated: Statement
) -> tuple[str, ...]:
    """Return where the arguments disagree with what the harness noted beside them.

    Args:
        arguments: as given.
        config: what it noted: name, revision and commit of the model.
        stated: what the arguments were taken for.
    """
    loaded, revision = _text(arguments.get("pretrained")), _text(arguments.get("revision"))
    name, branch, commit = (
        _text(config.get(key)) for key in ("model_name", "model_revision", "model_sha")
    )
    pairs = (
        ("model_args has revision", revision, "config has", branch),
        ("it loads commit", stated.commit, "model_sha is", commit),
        ("it loads commit", stated.commit, "its revision is", revision),
        ("it loads", loaded, "model_name is", name),
    )
    return tuple(
        f"{of_one} {said}, {of_other} {other}"
        for of_one, said, of_other, other in pairs
        if said and other and said.lower() != other.lower()
    )


def dtype(text: object) -> str | None:
    """Return a type's plain name: `torch.bfloat16` and `bf16` are `bfloat16`; auto is unknown."""
    if not isinstance(text, str) or text in ("", "auto", "None"):
        return None
    plain = text.removeprefix("torch.")
    return _DTYPES.get(plain, plain)


def _generation(arguments: Mapping[str, object], label: str | None) -> int | None:
    """Return 1 where the run saved early steps (1, 2, 4 …): only the second generation did."""
    marked = labels.read(label).generation if label else None
    if marked is not None:
        return marked
    if "extra_save_iters" not in arguments:
        return None
    return 1 if arguments["extra_save_iters"] else 0


def _text(value: object) -> str | None:
    return str(value) if value not in (None, "", "N/A") else None
