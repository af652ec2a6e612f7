"""GPT-NeoX training configurations as facts.

Reads the `.yml` files that the GPT-NeoX trainer was given and says, in the catalog's words, what
they state: one source a file, known by its digest. It adds nothing that a file leaves out, and
judges nothing: `catalog.core.facts` compares sources. Keys are read with `-` and `_` alike, as the
trainer does. `PLAIN` and `NESTED` are the mapping; keys outside it state no fact.

Three things are worked out rather than copied:

* `gpus` is read from the comment "trained on N gpus" above the batch size, where there is one;
* `batch_size_tokens` is GPUs / (model parallel x pipeline parallel) x sequences per GPU x
  accumulation steps x sequence length, the trainer's own rule, where all of them are stated;
* `dataset` is named by the folder of the data path (`DATASETS`).

One published file is not valid YAML: a line lacks its comma. `REPAIR` states the only repair
that is made, and each one is reported with its line.

`catalog.neox.blocks` writes configurations as the tables of a suite file; `python -m catalog.neox`
prints them for a folder of files.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from catalog.core.facts import KEYS, Value, fits, number
from catalog.errors import BadInput, CouldNotCheck

REPAIR = "added a missing comma"
"""Where YAML wants "," or "}" and finds a key, the value before it ends with a comma."""

PLAIN: dict[str, str] = {
    "num_layers": "layers",
    "hidden_size": "model_dim",
    "num_attention_heads": "heads",
    "max_position_embeddings": "context_tokens",
    "pos_emb": "position_embedding",
    "rotary_pct": "rotary_fraction",
    "gpt_j_residual": "parallel_residual",
    "init_method": "init_method",
    "output_layer_init_method": "output_init_method",
    "min_lr": "min_learning_rate",
    "lr_decay_style": "learning_rate_schedule",
    "lr_decay_iters": "learning_rate_decay_steps",
    "warmup": "warmup_fraction",
    "weight_decay": "weight_decay",
    "gradient_clipping": "gradient_clipping",
    "hidden_dropout": "hidden_dropout",
    "attention_dropout": "attention_dropout",
    "model_parallel_size": "model_parallel",
    "pipe_parallel_size": "pipeline_parallel",
    "train_micro_batch_size_per_gpu": "micro_batch_sequences",
    "gas": "gradient_accumulation_steps",
    "gradient_accumulation_steps": "gradient_accumulation_steps",
    "train_iters": "training_steps",
    "checkpoint_factor": "save_interval",
    "extra_save_iters": "extra_save_steps",
    "seed": "seed",
}
"""Key of the configuration → fact key, value unchanged."""

NESTED: dict[tuple[str | int, ...], str] = {
    ("optimizer", "type"): "optimizer",
    ("optimizer", "params", "lr"): "learning_rate",
    ("optimizer", "params", "betas", 0): "adam_beta1",
    ("optimizer", "params", "betas", 1): "adam_beta2",
    ("optimizer", "params", "eps"): "adam_epsilon",
    ("zero_optimization", "stage"): "zero_stage",
    ("attention_config", 0, 0, 0): "attention_kernel",
}
"""Place in the configuration → fact key, value unchanged."""

DATASETS: dict[str, str] = {"pile": "the Pile", "pile_deduped": "the Pile, deduplicated"}
"""Folder of the training data → dataset."""

_GPUS = re.compile(r"#.*\btrained on (\d+) gpus\b", re.IGNORECASE)
_MOST_REPAIRS = 10


@dataclass(frozen=True, slots=True)
class Configuration:
    """What one configuration file states.

    Attributes:
        name: the file's name without its ending; for Pythia that is the model.
        path: relative to the folder that was read.
        digest: "sha256:hex" of the file as it is, before any repair.
        facts: fact key → value, in the order of `catalog.core.facts.KEYS`.
        repairs: "line 19: added a missing comma".
    """

    name: str
    path: str
    digest: str
    facts: Mapping[str, Value]
    repairs: tuple[str, ...]


def read(path: Path, *, below: Path | None = None) -> Configuration:
    """Read one configuration file.

    Args:
        path: the file.
        below: the folder its `path` is told relative to.

    Raises:
        BadInput: it is not a training configuration, even with commas added.
        CouldNotCheck: it cannot be opened.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CouldNotCheck(f"cannot read {path}: {error.strerror}") from error
    relative = path.relative_to(below) if below else Path(path.name)
    return parse(content, name=path.stem, path=relative.as_posix())


def parse(content: bytes, *, name: str, path: str) -> Configuration:
    """Read the bytes of a configuration file; see `Configuration` for the rest.

    Raises:
        BadInput: "PATH:LINE: what is wrong".
    """
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}:1: not UTF-8") from error
    document, repairs = _load(text, path)
    if not isinstance(document, dict) or not all(isinstance(key, str) for key in document):
        raise BadInput(f"{path}:1: not a mapping of settings")
    settings = _with_underscores(document, path)
    stated = {key: value for key, value in _stated(settings, text) if value is not None}
    for key, value in stated.items():
        if not fits(value, KEYS[key].kind):
            raise BadInput(f"{path}:1: {key} is {value!r}, not of the kind {KEYS[key].kind!r}")
    return Configuration(
        name,
        path,
        "sha256:" + hashlib.sha256(content).hexdigest(),
        {key: _value(stated[key]) for key in KEYS if key in stated},
        repairs,
    )


def _load(text: str, path: str) -> tuple[object, tuple[str, ...]]:
    """Parse YAML, adding missing commas."""
    repairs: list[str] = []
    lines = text.split("\n")
    while True:
        try:
            return yaml.safe_load("\n".join(lines)), tuple(repairs)
        except yaml.YAMLError as error:
            line, comma_missing = _problem(error)
            above = _last_said(lines, line) if comma_missing else None
            if above is None or len(repairs) == _MOST_REPAIRS:
                raise BadInput(f"{path}:{line + 1}: not YAML, {_words(error)}") from error
            value, space, comment = _before_comment(lines[above])
            lines[above] = f"{value},{space}{comment}"
            repairs.append(f"line {above + 1}: {REPAIR}")


def _problem(error: yaml.YAMLError) -> tuple[int, bool]:
    """Return the line, from 0, on which YAML gave up, and whether it wanted a comma there."""
    mark = getattr(error, "problem_mark", None)
    return (mark.line if mark else 0), "expected ','" in _words(error)


def _words(error: yaml.YAMLError) -> str:
    return str(getattr(error, "problem", None) or error).splitlines()[0]


def _last_said(lines: Sequence[str], line: int) -> int | None:
    """Return the last line above that is neither blank nor a comment, None if it has its comma."""
    candidates = (n for n in range(line - 1, -1, -1) if _before_comment(lines[n])[0].strip())
    above = next(candidates, None)
    if above is None or _before_comment(lines[above])[0].endswith((",", "{", "[")):
        return None
    return above


def _before_comment(line: str) -> tuple[str, str, str]:
    """Split a line into what it says, the space after that, and its comment."""
    match = re.search(r"(^|\s)#[^\"]*$", line)
    comment = line[match.start() :].lstrip() if match else ""
    setting = line[: len(line) - len(comment)]
    return setting.rstrip(), setting[len(setting.rstrip()) :], comment


def _with_underscores(document: Mapping[str, object], path: str) -> dict[str, object]:
    settings: dict[str, object] = {}
    for key, value in document.items():
        spelt = key.replace("-", "_")
        if settings.setdefault(spelt, value) != value:
            raise BadInput(f"{path}:1: {spelt} is given twice, with different values")
    return settings


def _stated(settings: Mapping[str, object], text: str) -> Iterable[tuple[str, object]]:
    """Yield fact keys and values, None where the file does not say."""
    for spelt, key in PLAIN.items():
        if spelt in settings:
            yield key, settings[spelt]
    for place, key in NESTED.items():
        yield key, _at(settings, place)
    if isinstance(settings.get("no_weight_tying"), bool):
        yield "tied_embeddings", not settings["no_weight_tying"]
    yield "precision", _precision(settings)
    yield "dataset", _dataset(settings.get("train_data_paths"))
    gpus = _GPUS.search(text)
    if gpus:
        yield "gpus", int(gpus[1])
        yield "batch_size_tokens", _batch_size(settings, int(gpus[1]))


def _at(value: object, place: Sequence[str | int]) -> object:
    for step in place:
        if isinstance(value, dict) and isinstance(step, str):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return value


def _precision(settings: Mapping[str, object]) -> str | None:
    if _at(settings, ("bf16", "enabled")) is True:
        return "bf16"
    if _at(settings, ("fp16", "enabled")) is True:
        # GPT-NeoX 1.0 asks for bf16 inside the fp16 section.
        return "bf16" if _at(settings, ("fp16", "type")) == "bfloat16" else "fp16"
    return None


def _dataset(paths: object) -> str | None:
    if not isinstance(paths, list) or len(paths) != 1:
        return None
    named = [DATASETS[folder] for folder in Path(str(paths[0])).parts[:-1] if folder in DATASETS]
    return named[-1] if named else None


def _batch_size(settings: Mapping[str, object], gpus: int) -> int | None:
    def whole(*keys: str) -> int | None:
        values = [number(settings.get(key)) for key in keys if settings.get(key) is not None]
        return int(values[0]) if values and values[0] is not None else None

    micro, length = whole("train_micro_batch_size_per_gpu"), whole("seq_length")
    steps, across = whole("gas", "gradient_accumulation_steps"), whole("model_parallel_size")
    deep = whole("pipe_parallel_size")
    if None in {micro, length, steps, across, deep}:
        return None
    # A pipeline degree of 0 is the trainer's spelling of "no pipeline": one stage.
    replicas, rest = divmod(gpus, (across or 1) * (deep or 1))
    return None if rest else replicas * (micro or 0) * (steps or 0) * (length or 0)


def _value(value: object) -> Value:
    if isinstance(value, list):
        return tuple(item for item in value if isinstance(item, int | float | str))
    if isinstance(value, str) and number(value) is not None:
        return number(value) or 0  # YAML reads 1e-3 as a text
    if isinstance(value, int | float | str):
        return value
    raise BadInput(f"{value!r} is not a value")


def read_all(paths: Iterable[Path]) -> tuple[Configuration, ...]:
    """Read files, and every `.yml` below folders, sorted by size and name of the model."""
    configurations = []
    for path in paths:
        below = path if path.is_dir() else path.parent
        files = sorted(path.rglob("*.yml")) if path.is_dir() else [path]
        configurations += [read(file, below=below) for file in files]
    return tuple(sorted(configurations, key=lambda config: (_parameters(config), config.name)))


def _parameters(configuration: Configuration) -> tuple[int, int]:
    d, layers = (configuration.facts.get(key) for key in ("model_dim", "layers"))
    return (d if isinstance(d, int) else 0), (layers if isinstance(layers, int) else 0)
