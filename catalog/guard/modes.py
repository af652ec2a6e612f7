"""What the guard does about a wrong load: the mode, from a call or from the environment."""

import os
from collections.abc import Callable

from catalog.core.modes import MODES, require

__all__ = ["ENVIRONMENT", "LOG", "MODES", "current", "set_mode"]

ENVIRONMENT = "CATALOG_GUARD"
LOG = "CATALOG_GUARD_LOG"
_chosen: list[str] = []


def set_mode(mode: str | None) -> None:
    """Choose a mode for this process; None gives the choice back to the environment.

    Raises:
        BadInput: no such mode.
    """
    _chosen[:] = [] if mode is None else [require(mode)]


def current(note: Callable[[str], None]) -> str:
    """Return the mode now; of a word in the environment that is none, `note` hears.

    It is read at each load, so that a notebook may change it.
    """
    if _chosen:
        return _chosen[0]
    stated = os.environ.get(ENVIRONMENT) or "warn"
    if stated in MODES:
        return stated
    note(f"${ENVIRONMENT} is {stated!r}, which is no mode ({', '.join(MODES)}); it warns")
    return "warn"
