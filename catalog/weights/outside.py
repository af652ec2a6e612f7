"""Small files from outside, read whole: regular ones, within a bound, and nothing is waited for.

What is in them is read elsewhere; weights, which have no bound, are read by `stream`.
"""

import os
import stat
from pathlib import Path
from typing import IO

from catalog.core import foreign
from catalog.errors import BadInput, CouldNotCheck


def opened(file: Path) -> IO[bytes]:
    """Open a regular file; whatever else has a name is refused, and nothing is waited for.

    Raises:
        CouldNotCheck: it cannot be read, or is a pipe, a socket, a device or a folder.
    """
    try:
        stream = open(file, "rb", opener=_at_once)  # noqa: SIM115 - an opener; the caller's
    except (OSError, ValueError) as error:  # ValueError: a zero byte in its name
        why = error.strerror if isinstance(error, OSError) else error
        raise CouldNotCheck(f"cannot read {file}: {why}") from error
    if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
        stream.close()
        raise CouldNotCheck(f"cannot read {file}: not a regular file")
    return stream


def read(file: Path, most: int = foreign.MOST_BYTES) -> bytes:
    """Return the bytes of a small file.

    Args:
        file: where it is.
        most: bytes that it may have.

    Raises:
        BadInput: it has more.
        CouldNotCheck: it cannot be read, or is no regular file.
    """
    with opened(file) as stream:
        try:
            larger = os.fstat(stream.fileno()).st_size > most
            raw = b"" if larger else stream.read(most + 1)
        except OSError as error:
            raise CouldNotCheck(f"cannot read {file}: {error.strerror}") from error
    if larger or len(raw) > most:
        raise BadInput(f"{file} is larger than {most:,} bytes", "no such file needs as much")
    return raw


def _at_once(path: str, flags: int) -> int:
    """Open without waiting for whoever is to write into a pipe."""
    return os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC)
