"""Manifest files as commands read and write them; locks are manifests too."""

from pathlib import Path

from catalog.errors import BadInput, CouldNotCheck


def refuse_other(file: Path) -> None:
    """Refuse to write over anything but a manifest: a slip must not cost anybody their weights."""
    from catalog.core import digests

    try:
        if not file.is_file() or not file.stat().st_size:
            return
        with file.open("rb") as stream:
            begins = stream.read(len(digests.MANIFEST_FORMAT) + 40)
    except OSError as error:
        raise CouldNotCheck(f"cannot write {file}: {error.strerror or error}") from error
    if digests.MANIFEST_FORMAT.encode() not in begins:
        raise BadInput(f"{file} exists and is not a manifest", "write to another name")


def read(file: Path, hint: str) -> str:
    """Return a manifest file's text; the hint says how one is made."""
    try:
        return file.read_text("utf-8")
    except FileNotFoundError as error:
        raise BadInput(f"{file} does not exist", hint) from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{file} is not a manifest: it is not text") from error
    except OSError as error:
        raise CouldNotCheck(f"cannot read {file}: {error.strerror or error}") from error
