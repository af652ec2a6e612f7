"""The modes of the guard at load time, and the word that is none."""

from catalog.errors import BadInput

MODES = ("warn", "strict", "error", "fix", "off")
"""`strict` warns of what nobody observed too; `error` raises; `fix` takes the right set instead."""


def require(mode: str) -> str:
    """Return a mode.

    Raises:
        BadInput: there is no such mode.
    """
    if mode not in MODES:
        *first, last = MODES
        raise BadInput(f"no guard mode {mode!r}", f"take {', '.join(first)} or {last}")
    return mode
