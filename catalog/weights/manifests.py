"""Manifest files on disk; a lock is one too. What stands in them is in `catalog.core.digests`."""

from pathlib import Path

from catalog.core.digests import MANIFEST_FORMAT
from catalog.errors import BadInput, CouldNotCheck


def read(file: Path, hint: str) -> str:
    """Return a manifest file's text.

    Args:
        file: where it is.
        hint: how one is made.

    Raises:
        BadInput: there is none, or it is not text.
        CouldNotCheck: it cannot be read.
    """
    try:
        return file.read_text("utf-8")
    except FileNotFoundError as error:
        raise BadInput(f"{file} does not exist", hint) from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{file} is not a manifest: it is not text") from error
    except OSError as error:
        raise CouldNotCheck(f"cannot read {file}: {error.strerror or error}") from error


def refuse_other(file: Path) -> None:
    """Refuse to write over anything but a manifest: a slip must not cost anybody their weights.

    Raises:
        BadInput: something else is there.
        CouldNotCheck: what is there cannot be read.
    """
    try:
        if not file.is_file() or not file.stat().st_size:
            return
        with file.open("rb") as stream:
            begins = stream.read(len(MANIFEST_FORMAT) + 40)
    except OSError as error:
        raise CouldNotCheck(f"cannot write {file}: {error.strerror or error}") from error
    if MANIFEST_FORMAT.encode() not in begins:
        raise BadInput(f"{file} exists and is not a manifest", "write to another name")
