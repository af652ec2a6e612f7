"""Texts that are paths: told apart from names, and read as a shell reads them."""

import os
from pathlib import Path

from catalog.core.refs import is_path_like


def is_path(text: str) -> bool:
    """Return whether a text names something on this disk rather than a checkpoint.

    What looks like a path or a file is one even if nothing is there, so that the error speaks of a
    path.
    """
    return is_path_like(text) or _is_there(text) or _is_file(text)


def path_of(text: str | os.PathLike[str]) -> Path:
    """Return the path that a text spells; `~` is the home folder, where there is one."""
    return Path(os.path.expanduser(text))  # noqa: PTH111 - Path's own raises without a home


def _is_file(text: str) -> bool:
    """Return whether a text is spelled as a file, `weights.safetensors` say."""
    if "." not in text:
        return False
    from catalog.core import written  # noqa: PLC0415 - for what may be a file alone

    return written.is_file(text)


def _is_there(text: str) -> bool:
    """Return whether something, readable or not, has this path."""
    try:
        os.lstat(text)
    except PermissionError:
        return True
    except (OSError, ValueError):
        return False
    return True
