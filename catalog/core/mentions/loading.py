"""Which loader a place uses, where it says so: vLLM, `use_safetensors=False`, a file by its name.

What nobody says is transformers' own choice (`catalog.core.loaders.DEFAULT`). Which weight set a
loader takes from a branch is for `catalog.core.loaders`.
"""

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase

from catalog.core.mentions.values import Loader

VLLM = Loader("vllm", "vLLM")
LENS = Loader("transformers-5", "TransformerLens")
NO_SAFETENSORS = Loader("transformers-bin", "use_safetensors=False")
_ONLY_BIN = Loader("transformers-bin", "only .bin files")
WEIGHTS = re.compile(r"\.(?:safetensors|bin)(?:\.index\.json)?$", re.IGNORECASE)
"""How the names of files end whose weights a branch's verdict is about."""
_SETS = (
    "model.safetensors",
    "model-00001-of-00002.safetensors",
    "pytorch_model.bin",
    "pytorch_model-00001-of-00002.bin",
)
_VLLM = re.compile(
    r"(?:^|[\s\"';&|])(?:vllm\s+(?:serve|bench|complete|chat)\b|-m\s+vllm\.)"
    r"|(?<![\w-])--(?:model|backend|engine)[=\s]+[\"']?vllm\b|(?:^|[\s,])(?:backend|engine)=vllm\b"
)
_NO_SAFETENSORS = re.compile(r"\buse_safetensors[\"']?\s*[=:]\s*[\"']?(?:False|false|0)\b")
_DOWNLOAD = re.compile(r"\b(?:hf|huggingface-cli)\s+download\s+(?P<words>.*)")
_FETCHED = re.compile(r"(?:^|[\s;&|(])(?:wget|curl|aria2c)\s")
_FILE_AT = re.compile(r"/(?:resolve|raw|blob)/[^\s/]+/(?P<file>[\w./-]+\.\w+)")
_PATTERN_OPTION = re.compile(r"--(?P<option>include|exclude)[=\s]+(?P<patterns>(?:(?!-)\S+\s*)+)")
_BACKENDS = frozenset(
    ("backend", "engine", "loader", "framework", "inference_backend", "inference_engine",
     "model", "model_type", "model_backend", "library")
)  # fmt: skip


class NoWeights(Exception):
    """What is asked for holds no weights: a configuration, a tokenizer's file."""


def of_file(name: str) -> Loader:
    """Return what reads one file.

    Raises:
        NoWeights: the file holds none.
    """
    if not WEIGHTS.search(name):
        raise NoWeights
    file = name.rpartition("/")[2]
    return Loader("", file, file)


def of_patterns(allowed: Iterable[str], ignored: Iterable[str]) -> Loader | None:
    """Return what can be loaded of the files that a download takes; None for transformers' choice.

    Args:
        allowed: names or patterns; none takes every file.
        ignored: names or patterns that it leaves out.

    Raises:
        NoWeights: it takes no weights.
    """
    allowed, ignored = tuple(allowed), tuple(ignored)
    named = [name for name in allowed if WEIGHTS.search(name) and "*" not in name]
    if len(named) == 1 and not ignored:
        return of_file(named[0])
    taken = [
        name
        for name in (*_SETS, *named)
        if (not allowed or _fits(name, allowed)) and not _fits(name, ignored)
    ]
    if not taken:
        raise NoWeights
    return None if any(".safetensors" in name for name in taken) else _ONLY_BIN


def _fits(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def of_command(text: str) -> Loader | None:
    """Return the loader that a command line says, None where it says none.

    Raises:
        NoWeights: it downloads files that hold no weights.
    """
    if match := _DOWNLOAD.search(text):
        return _of_download(match["words"])
    if _FETCHED.search(text) and (match := _FILE_AT.search(text)):
        return of_file(match["file"])
    if _NO_SAFETENSORS.search(text):
        return NO_SAFETENSORS
    return VLLM if _VLLM.search(text) else None


def _of_download(words: str) -> Loader | None:
    patterns: dict[str, list[str]] = {"include": [], "exclude": []}
    for match in _PATTERN_OPTION.finditer(words):
        patterns[match["option"]] += [each.strip("\"'") for each in match["patterns"].split()]
    plain = _PATTERN_OPTION.sub(" ", words)
    files = re.findall(
        r"(?<![\S])(?!-)([\w./-]+\.(?:bin|safetensors|json|txt|md|model))(?!\S)", plain
    )
    return of_patterns((*patterns["include"], *files), patterns["exclude"])


def of_setting(key: str, value: str) -> Loader | None:
    """Return the loader that an entry of a configuration says, None where it says none."""
    plain = value.strip("\"' ").lower()
    if key == "use_safetensors":
        return NO_SAFETENSORS if plain in ("false", "no", "0", "off") else None
    return VLLM if key in _BACKENDS and plain == "vllm" else None
