"""What the guard says: warnings, errors and notes, each once; where a warning points.

A warning is for whoever loads, in Python's way of warning. A note is about the guard itself; it
goes to the log `catalog.guard`, which prints on standard error unless a program says otherwise,
because a warning may have been made an error.
"""

import sys
import warnings
from types import FrameType

from catalog.errors import CheckedBad

_said: dict[object, object] = {}
LIBRARIES = frozenset(
    {
        "accelerate",
        "catalog",
        "concurrent",
        "contextlib",
        "functools",
        "huggingface_hub",
        "lm_eval",
        "nnsight",
        "safetensors",
        "threading",
        "torch",
        "tqdm",
        "transformer_lens",
        "transformers",
        "vllm",
    }
)
"""Whose lines no user wrote: a warning points at the first one outside of them."""
_PLUMBING = frozenset({"catalog", "concurrent", "contextlib", "functools", "threading", "tqdm"})


class WrongWeights(UserWarning):
    """What is loaded is not what the checkpoint's name promises.

    Attributes:
        load: what was judged, a `catalog.core.loads.Load`; None where it was unpickled.
    """

    load: object = None


class Unobserved(WrongWeights):
    """Nobody ever observed what is loaded; said in `strict` alone."""


class WrongWeightsError(CheckedBad, OSError):
    """A load was refused, in `error` or `fix`: the files are another checkpoint's.

    An `OSError` too, as every other reason why weights cannot be loaded: loaders hand those on.
    """


for _public in (WrongWeights, Unobserved, WrongWeightsError):
    _public.__module__ = "catalog.guard"  # where people import them from


def once(key: object) -> bool:
    """Return whether this is the first time for a key in this process; safe among threads."""
    mine = object()
    return _said.setdefault(key, mine) is mine


def note(text: str) -> None:
    """Say something about the guard itself, once; it never raises."""
    if once(text):
        import logging  # noqa: PLC0415 - most processes hear nothing

        logging.getLogger("catalog.guard").warning("catalog.guard: %s", text)


def warn(message: WrongWeights) -> None:
    """Warn at the line that loads."""
    level, _ = whose(sys._getframe(1))  # noqa: SLF001 - what `warnings` itself does
    warnings.warn(message, stacklevel=level + 1)


def whose(frame: FrameType | None) -> tuple[int, str | None]:
    """Return how far above a frame a user's line is, and the library that it called.

    Args:
        frame: where to begin.

    Returns:
        Levels from `frame` on, 1 for itself, and the name of a package.
    """
    level, library = 1, None
    while frame is not None:
        package = str(frame.f_globals.get("__name__", "")).partition(".")[0]
        if package not in LIBRARIES and not package.startswith("importlib"):
            break
        library = library if package in _PLUMBING else package
        frame = frame.f_back
        level += 1
    return level, library
