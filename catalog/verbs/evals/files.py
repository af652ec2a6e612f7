"""Finds score files in folders and archives and hands out their bytes.

Archives are read as a stream, never unpacked. It does not look into the bytes.
"""

import bz2
import gzip
import io
import lzma
import os
import stat
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from catalog.core.scores.documents import worth_reading
from catalog.errors import CheckedBad, CouldNotCheck

_ARCHIVES = (".tar", ".tar.xz", ".txz", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2")
_BLOCK = 512


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file that was met.

    Attributes:
        path: as shown to the user.
        inner: its path inside the archive, or as given; it carries the folder names.
        content: its bytes; None where the name shows that it holds no scores, or on `problem`.
        problem: why it could not be read.
    """

    path: str
    inner: str
    content: bytes | None
    problem: CouldNotCheck | None = None


def is_archive(path: Path) -> bool:
    """Return whether a path is a file that is read as an archive."""
    named = path.name.lower().endswith(_ARCHIVES)
    return named and not os.path.isdir(path)  # noqa: PTH112 - pathlib raises without permission


def in_folder(path: Path) -> Iterator[InputFile]:
    """Yield the files of a folder and its sub-folders in order, or one file."""
    try:
        mode = path.stat().st_mode
    except OSError as error:
        yield _problem(path, error)
        return
    if not stat.S_ISDIR(mode):
        yield _file(path)
        return
    problems: list[OSError] = []
    for folder, folders, names in os.walk(path, onerror=problems.append):
        folders.sort()
        yield from (_file(Path(folder) / name) for name in sorted(names))
        # A folder that could not be listed is reported where it was met.
        while problems:
            yield _problem(Path(problems[0].filename or folder), problems.pop(0))
    yield from (_problem(Path(error.filename or path), error) for error in problems)


def in_archive(path: Path) -> Iterator[InputFile]:
    """Yield the files of a tar archive, plain or compressed, in their order.

    Raises:
        CheckedBad: it is truncated or damaged, which may show only at its end: what was yielded
            before must then not be trusted.
        CouldNotCheck: it cannot be opened.
    """
    try:
        with closing(_opened(path)) as stream:
            watched = _Tail(stream)
            with tarfile.open(fileobj=watched, mode="r|") as archive:
                yield from _members(archive, path)
            while watched.read(1 << 20):
                pass  # the checksum stands at the end of the stream
            if not watched.ended:
                raise CheckedBad(f"{path}: the archive is truncated")
    except (tarfile.TarError, lzma.LZMAError, zlib.error, EOFError, gzip.BadGzipFile) as error:
        raise CheckedBad(f"{path}: the archive is truncated or damaged: {error}") from error
    except OSError as error:
        if error.errno is None:  # bz2 says "Invalid data stream" so
            raise CheckedBad(f"{path}: the archive is damaged: {error}") from error
        raise CouldNotCheck(f"cannot read {path}: {error.strerror}") from error


def _opened(path: Path) -> IO[bytes]:
    """Return the bytes of an archive, decompressed while they are read."""
    kind = path.suffix.lower()
    if kind in (".xz", ".txz"):
        return lzma.open(path, "rb")
    if kind in (".gz", ".tgz"):
        return cast("IO[bytes]", gzip.open(path, "rb"))
    if kind in (".bz2", ".tbz2"):
        return bz2.open(path, "rb")
    return path.open("rb")


class _Tail(io.RawIOBase):
    """A stream that remembers whether what it read last is the end mark of a tar archive.

    `tarfile` takes a missing end for the end.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        super().__init__()
        self._stream = stream
        self._last = b""

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        if data:
            self._last = (self._last + data)[-_BLOCK:]
        return data

    @property
    def ended(self) -> bool:
        return self._last == bytes(_BLOCK)


def _members(archive: tarfile.TarFile, path: Path) -> Iterator[InputFile]:
    for member in archive:
        if not member.isfile():
            continue
        shown = f"{path}:{member.name}"
        if not worth_reading(member.name):
            yield InputFile(shown, member.name, None)
            continue
        stream = archive.extractfile(member)
        yield InputFile(shown, member.name, stream.read() if stream else b"")


def _file(path: Path) -> InputFile:
    shown = str(path)
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return InputFile(shown, shown, None, CouldNotCheck("not a regular file"))
        content = path.read_bytes() if worth_reading(shown) else None
    except OSError as error:
        return _problem(path, error)
    return InputFile(shown, shown, content)


def _problem(path: Path, error: OSError) -> InputFile:
    shown = str(path)
    return InputFile(shown, shown, None, CouldNotCheck(f"cannot read {path}: {error.strerror}"))
