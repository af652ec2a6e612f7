"""What the arguments of an evaluation say about the checkpoint: `model_args` of every era.

A string (`pretrained=…,revision=…`), the same as an object, or the whole configuration of a
GPT-NeoX trainer, where `load` and `iteration` tell which weights were in memory.
"""

import re
from collections.abc import Mapping
from pathlib import PurePosixPath

from catalog.core.scores import labels, places
from catalog.core.scores.figures import Unread
from catalog.core.scores.values import NotScoresError, Numbering, Statement

# Arguments that change how the network runs, not which weights it has.
_KNOWN = frozenset(
    [
        "pretrained",
        "revision",
        "dtype",
        "use_accelerate",
        "device_map_option",
        "max_memory_per_gpu",
        "max_cpu_memory",
        "offload_folder",
        "device",
        "device_map",
        "parallelize",
        "tokenizer",
        "trust_remote_code",
        "add_bos_token",
        "max_length",
        "batch_size",
        "max_batch_size",
        "backend",
        "low_cpu_mem_usage",
        "attn_implementation",
        "truncation",
        "logits_cache",
        "use_fast_tokenizer",
        "subfolder",
        "softmax_dtype",
        "prefix_token_id",
    ]
)
_OTHER_WEIGHTS = (
    "peft",
    "delta",
    "gguf_file",
    "autogptq",
    "gptqmodel",
    "load_in_8bit",
    "load_in_4bit",
)
_DTYPES = {
    "fp16": "float16",
    "half": "float16",
    "bf16": "bfloat16",
    "fp32": "float32",
    "float": "float32",
}
_STEP = re.compile(r"(?:global_)?step[_-]?(\d+)", re.IGNORECASE)
_BARE_STEP = re.compile(r"\d{1,9}")
_COMMIT = re.compile(r"[0-9a-f]{40}")


def split(text: str) -> dict[str, object]:
    """Return `a=b,c=d` as a mapping; a part without `=` continues the value before it.

    >>> split("pretrained=EleutherAI/pythia-70m,revision=step3000")["revision"]
    'step3000'
    """
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


def of_hub_model(arguments: Mapping[str, object], unread: Unread) -> tuple[Statement, str | None]:
    """Return what `pretrained=…` says, and the commit if it names one.

    Raises:
        NotScoresError: the evaluation changed the weights (an adapter, a quantization), so its
            figures belong to no published checkpoint.
    """
    for key in _OTHER_WEIGHTS:
        if str(arguments.get(key, "False")) not in ("False", "None", ""):
            raise NotScoresError(f"evaluates other weights than the checkpoint's ({key})")
    unread.keys("model_args.", arguments, _KNOWN)
    pretrained = _text(arguments.get("pretrained"))
    step, commit, label = None, None, pretrained
    if pretrained and _is_disk_path(pretrained):
        label, step, commit = _from_disk_path(pretrained)
    revision = _text(arguments.get("revision"))
    if revision and _COMMIT.fullmatch(revision):
        revision, commit = None, revision
    elif revision and _BARE_STEP.fullmatch(revision):
        step, revision = int(revision), None
    generation = labels.read(label).generation if label else None
    numbering: Numbering | None = "published" if step is not None else None
    return Statement(label, generation, None, step, numbering, revision), commit


def of_trainer(arguments: Mapping[str, object]) -> Statement:
    """Return what a GPT-NeoX configuration says: the folder loaded, the iteration in it.

    Where the folder's name tells nothing (`staged_model`), the prefix for the results does.
    """
    prefix = places.name(_text(arguments.get("eval_results_prefix")) or "")
    load = PurePosixPath(_text(arguments.get("load")) or "").name
    configuration = arguments.get("config_files")
    files = list(configuration) if isinstance(configuration, Mapping) else []
    label = next((text for text in (load, prefix.label or "") if labels.read(text).size), None)
    heading = re.sub(r"\.ya?ml$", "", str(files[0])) if len(files) == 1 else ""
    nickname = label is None and labels.read(heading).size is not None
    label = heading if nickname else label
    iteration = arguments.get("iteration")
    step = iteration if isinstance(iteration, int) and not isinstance(iteration, bool) else None
    return Statement(
        label=label,
        generation=_generation(arguments, label),
        step=prefix.step if step is None else step,
        numbering="training",
        nickname=nickname,
    )


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


def _is_disk_path(text: str) -> bool:
    return text.startswith(("/", ".", "~")) or text.count("/") > 1


def _from_disk_path(path: str) -> tuple[str | None, int | None, str | None]:
    """Return label, step and commit that the folders of a local copy name."""
    label, step, commit = None, None, None
    for part in reversed(PurePosixPath(path).parts):
        step_mark = _STEP.fullmatch(part)
        if step_mark and step is None:
            step = int(step_mark.group(1))
        elif _COMMIT.fullmatch(part):
            commit = part
        elif part.startswith("models--"):
            return part.removeprefix("models--").replace("--", "/"), step, commit
        elif label is None and labels.read(part).size:
            label = part
    return label, step, commit


def _text(value: object) -> str | None:
    return str(value) if value not in (None, "") else None
