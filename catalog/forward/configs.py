"""What a `config.json` must not ask for, before a library builds a network from it.

A library believes a config: it makes as many layers as stand there, and reads other files if told
to. Which networks there are is the library's business, and what it says of a config is passed on.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from catalog.core.weightsets import CONFIG
from catalog.errors import CouldNotCheck

SIZE_LIMIT = 4 << 20
# By the last word of a key: how many of them a network can have. The deepest one published has
# 1,000 layers, the widest router 2,048 experts.
LIMITS: Mapping[str, int] = {
    **dict.fromkeys(("layer", "layers", "block", "blocks", "depth", "depths", "stages"), 1_024),
    **dict.fromkeys(("expert", "experts", "head", "heads", "groups", "codebooks"), 4_096),
    **dict.fromkeys(("labels", "memory", "conv"), 100_000),
}
# What names other files to read weights from.
_ELSEWHERE = "transformers_weights"
_QUANTIZED = "quantization_config"


def problem(folder: Path) -> str:
    """Return why no network is built from a folder's config, else nothing.

    Raises:
        CouldNotCheck: it changes the weights on the way, so that other ones than the files' run.
    """
    file = folder / CONFIG
    if file.stat().st_size > SIZE_LIMIT:
        return f"{CONFIG} has {file.stat().st_size:,} bytes"
    try:
        config = json.loads(file.read_bytes())
    except RecursionError:
        return f"{CONFIG} nests too deep"
    except ValueError:
        return ""  # the library says it better
    if not isinstance(config, dict):
        return f"{CONFIG} is not an object"
    if config.get(_ELSEWHERE) is not None:
        return f"{CONFIG} names other weights: {_ELSEWHERE} is {str(config[_ELSEWHERE])[:80]!r}"
    if config.get(_QUANTIZED) is not None:
        raise CouldNotCheck(
            f"{CONFIG} has a {_QUANTIZED}: the network would not be what the files hold",
            "levels up to `weights` say what they hold",
        )
    return next(_out_of_bounds(config), "")


def _out_of_bounds(config: Mapping[str, object]) -> Iterator[str]:
    """Yield which counts are none that a network can have."""
    for key, value in config.items():
        if isinstance(value, dict):
            yield from _out_of_bounds(value)
        limit = LIMITS.get(key.lower().rpartition("_")[2])
        for number in value if isinstance(value, list) else [value]:
            # Below zero they count from the end. Written so that NaN is out of bounds too.
            if limit is not None and isinstance(number, int | float) and not abs(number) <= limit:
                yield f"{CONFIG}: {key} is {str(number)[:20]}, out of bounds"
