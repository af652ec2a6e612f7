"""Manifest files on disk; a lock is one too. What stands in them is in `catalog.core.manifests`."""

from enum import StrEnum
from pathlib import Path

from catalog.core import foreign
from catalog.core.manifests import MANIFEST_FORMAT
from catalog.errors import BadInput, CatalogError, CouldNotCheck
from catalog.weights import outside, paths

SIZE_LIMIT = foreign.MOST_BYTES
"""Bytes; a manifest of the 100,000 files that a checkpoint may have is not as long."""
_BEGINNING = len(MANIFEST_FORMAT) + 40


class Kind(StrEnum):
    """What a file of ours is."""

    MANIFEST = "manifest"
    LOCK = "lock"


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
        return foreign.text_of(outside.read(file, SIZE_LIMIT))
    except foreign.ForeignError as error:
        raise BadInput(f"{file} is not a manifest: {error}") from error
    except CouldNotCheck as error:
        if isinstance(error.__cause__, FileNotFoundError):
            raise BadInput(f"{file} does not exist", hint) from error
        raise


def kind_of(text: str) -> Kind | None:
    """Return which file of ours a path leads to; None for any other, and for what is no path."""
    if not paths.is_path(text):
        return None
    file = paths.path_of(text)
    try:
        if not file.is_file() or not _begins_like_one(file):
            return None
        stated = foreign.json_of(outside.read(file, SIZE_LIMIT), whole_characters=False)
    except (OSError, ValueError, CatalogError):
        return None
    return Kind.LOCK if isinstance(stated, dict) and "checkpoints" in stated else Kind.MANIFEST


def refuse(text: str) -> None:
    """Refuse a manifest or lock where weights are asked for.

    Raises:
        BadInput: it is one; the hint is what to type.
    """
    kind = kind_of(text)
    if kind is Kind.LOCK:
        raise BadInput(f"{text} is a lock", f"compare it with `catalog verify {text} [FOLDER]`")
    if kind is Kind.MANIFEST:
        hint = f"compare a folder with it: `catalog verify --against {text} FOLDER`"
        raise BadInput(f"{text} is a manifest", hint)


def _begins_like_one(file: Path) -> bool:
    with file.open("rb") as stream:
        return MANIFEST_FORMAT.encode() in stream.read(_BEGINNING)


def require_free(file: Path, *, force: bool) -> None:
    """Refuse to write over a file: pins are evidence, and a slip must not cost anybody weights.

    Args:
        file: where a manifest or lock is to be written.
        force: whether one that is there may go; anything else never may.

    Raises:
        BadInput: a file is there that must not be lost.
        CouldNotCheck: what is there cannot be read.
    """
    try:
        if not file.is_file() or not file.stat().st_size:
            return
        is_ours = _begins_like_one(file)
    except OSError as error:
        raise CouldNotCheck(f"cannot write {file}: {error.strerror or error}") from error
    if not is_ours:
        raise BadInput(f"{file} exists and is not a manifest", "write to another name")
    if not force:
        raise BadInput(f"{file} exists", "write to another name, or over it with --force")
