"""Which checkpoint has these bytes? Digests of what was asked for; `audit` knows who holds them."""

import re

from catalog.errors import BadInput
from catalog.verbs.holdings import Holding, which

__all__ = ["Holding", "digests", "holdings"]

_DIGEST = re.compile(r"(?:sha256:)?([0-9a-f]{64}|[0-9a-f]{40})", re.IGNORECASE)

holdings = which


def digests(what: str) -> list[str]:
    """Return the digest that was given, or those of a file: SHA-256, and git's if it is small.

    Raises:
        BadInput: neither a digest nor a file.
        CouldNotCheck: the file cannot be read.
    """
    given = _DIGEST.fullmatch(what.strip())
    if given:
        return [given[1].lower()]
    from catalog.core.filenames import CLAIM  # noqa: PLC0415 - for a path alone
    from catalog.weights.paths import path_of  # noqa: PLC0415 - as well

    file = path_of(what)
    if file.name == CLAIM:
        hint = f"`catalog verify {file.parent}` compares the folder with it"
        raise BadInput(f"{what} says what its folder is, and is no part of it", hint)
    if file.is_dir():
        raise BadInput(f"{what} is a folder", "give one of its files")
    if not file.exists() and not file.is_symlink():
        raise BadInput(f"neither a digest nor a file: {what}", "give 64 hex digits or a path")
    from catalog.weights import files, hashing  # noqa: PLC0415 - numpy, as above

    (entry,) = hashing.digest_files(files.find(file))
    return [entry.sha256] if entry.git_sha1 is None else [entry.sha256, entry.git_sha1]
