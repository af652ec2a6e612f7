"""Digests of bytes, with the algorithm that made them.

Values only; `catalog.weights` reads the bytes. Digests of files are compared in
`catalog.core.manifests`, those of tensors are in `catalog.core.tensors`.
"""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalog.core.refs import COMMIT
from catalog.errors import BadInput

if TYPE_CHECKING:
    import hashlib

SHA256, GIT_SHA1 = "sha256", "git_sha1"
HEX = {SHA256: re.compile(r"[0-9a-f]{64}"), GIT_SHA1: COMMIT}
"""How each algorithm's digests are spelled."""


@dataclass(frozen=True, slots=True)
class Digest:
    """A digest of a file's bytes, with the algorithm that made it.

    >>> print(Digest.of(b""))
    sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
    >>> Digest.parse("git_sha1:e69de29bb2d1d6434b8b29ae775ad8c2e48c5391").algorithm
    'git_sha1'

    Args:
        algorithm: `SHA256`, or `GIT_SHA1` for git's blob id, which digests the size too.
        hex: lower-case.
    """

    algorithm: str
    hex: str

    def __post_init__(self) -> None:
        if self.algorithm not in HEX or not HEX[self.algorithm].fullmatch(self.hex):
            raise BadInput(f"{self.hex!r} is not a {self.algorithm} digest")

    def __str__(self) -> str:
        """Return algorithm:hex."""
        return f"{self.algorithm}:{self.hex}"

    @classmethod
    def of(cls, raw: bytes) -> "Digest":
        """Return the SHA-256 of some bytes."""
        return cls(SHA256, sha256(raw))

    @classmethod
    def parse(cls, text: str) -> "Digest":
        """Read what `str` prints.

        Raises:
            BadInput: not algorithm:hex.
        """
        algorithm, _, digits = text.partition(":")
        return cls(algorithm, digits)


def sha256(raw: bytes) -> str:
    """Return the hex SHA-256 of some bytes."""
    import hashlib  # noqa: PLC0415 - 2 ms, and most digests are compared, not made

    return hashlib.sha256(raw).hexdigest()


def git_blob(size_bytes: int) -> "hashlib._Hash":
    """Return the beginning of a git blob id: what is left is to update it with the bytes."""
    import hashlib  # noqa: PLC0415 - as above

    # The Hub's own name for a small file; nothing here rests on SHA-1 alone.
    return hashlib.sha1(b"blob %d\0" % size_bytes, usedforsecurity=False)


def sha256_of(text: str) -> str:
    """Return the hex SHA-256 of a text; names from a file system need not be valid UTF-8."""
    return sha256(text.encode("utf-8", "surrogateescape"))
