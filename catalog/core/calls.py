"""References as they stand in code and on command lines: `from_pretrained(…)`, `pretrained=…`.

Which arguments leave the weights as they are is the knowledge of `catalog.core.scores.alterations`.
"""

import re

from catalog.core import refs
from catalog.errors import BadInput

QUOTES = "\"'` \u201c\u201d\u2018\u2019\u00ab\u00bb"
"""What may stand around a name in code and in prose."""
# What code calls the model and its revision.
_MODEL_KEYS = frozenset(
    {
        *("pretrained", "model", "model_name", "model_id", "model_path", "model_name_or_path"),
        *("pretrained_model_name_or_path", "repo", "repo_id", "hf_model", "hf_model_name"),
    }
)
_REVISION_KEYS = frozenset({"revision", "model_revision", "checkpoint", "hf_revision"})
_LOADING = re.compile(
    r"(?:[\w.]+\s*=\s*)?[\w.]*(?:from_pretrained|snapshot_download|hf_hub_download|pipeline|LLM)"
    r"\s*\((?P<arguments>.*)\)\s*;?",
    re.DOTALL,
)
_KEYED = re.compile(r"[\"']?(?P<key>[A-Za-z_]\w*)[\"']?\s*[=:]\s*(?P<value>.+)", re.DOTALL)
# Arguments that say where and how a program loads, beside those of the evaluation harness.
_OF_LOADING = frozenset(
    {
        *("torch_dtype", "local_files_only", "force_download", "use_fast", "task", "local_dir"),
        *("tasks", "num_fewshot", "output_path", "limit", "log_samples"),
    }
)


def of_code(plain: str) -> str | None:
    """Return what a call, a command line or `key=value` pairs name, None for another text.

    Raises:
        BadInput: an argument changes the weights, or nobody here knows what it does.
    """
    call = _LOADING.fullmatch(plain)
    given = call["arguments"] if call else plain
    if not call and "=" not in given and "--" not in given and ":" not in given:
        return None
    names, arguments = _arguments(given)
    stated = [arguments.pop(key) for key in tuple(arguments) if key in _MODEL_KEYS]
    revisions = [arguments.pop(key) for key in tuple(arguments) if key in _REVISION_KEYS]
    models = stated or names[:1]
    if not (call or stated or revisions) or len(set(models)) != 1 or len(names) > 1:
        return None
    _require_harmless(arguments, plain)
    # The model may itself be an address, or a folder of the cache.
    model = str(refs.parse(models[0]))
    if not revisions or revisions[0] == "None":
        return model
    if "@" in model and not model.endswith(f"@{revisions[0]}"):
        raise BadInput(f"{plain!r} names two revisions", "leave one of them out")
    return f"{model.partition('@')[0]}@{revisions[0]}"


def _arguments(text: str) -> tuple[list[str], dict[str, str]]:
    """Return what a list of arguments names by place, and by key."""
    pieces = re.split(r",(?!\d{3}\b)|\s+(?=--\w)|\n", re.sub(r"\s*--model_args[\s=]+", ",", text))
    names: list[str] = []
    arguments: dict[str, str] = {}
    for piece in filter(None, (piece.strip() for piece in pieces)):
        flag = re.fullmatch(r"--(?P<key>\w[\w-]*)[\s=]+(?P<value>.+)", piece, re.DOTALL)
        keyed = flag or _KEYED.fullmatch(piece)
        key = keyed["key"].replace("-", "_").lower() if keyed else ""
        if keyed is None or "//" in keyed["value"][:2]:
            names.append(piece.strip(QUOTES))
        elif not (key == "model" and keyed["value"] in ("hf", "vllm", "hf-causal", "huggingface")):
            arguments[key] = keyed["value"].strip(QUOTES + "{}")
    return names, arguments


def _require_harmless(arguments: dict[str, str], text: str) -> None:
    """Refuse arguments under which other weights are loaded, or of which nobody knows."""
    from catalog.core.scores import alterations  # noqa: PLC0415 - for code alone
    from catalog.core.scores.values import RefusedScoresError  # noqa: PLC0415 - as above

    others = {key: value for key, value in arguments.items() if key not in _OF_LOADING}
    try:
        alterations.refuse_other_weights(others, None)
    except RefusedScoresError as error:
        raise BadInput(f"{text!r} loads other weights than the checkpoint's") from error
    if unknown := alterations.unknown(others, None):
        hint = "write MODEL@REVISION"
        raise BadInput(f"{text!r}: nobody here knows what {unknown[0]} does", hint)
