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
from typing import IO, ClassVar, Self, cast

from catalog.core import foreign
from catalog.core.scores.documents import worth_reading
from catalog.errors import BadInput, CatalogError, CheckedBad, CouldNotCheck
from catalog.weights import outside

MOST_UNPACKED = 512 << 20
"""Bytes of an archive, as read: those of Pythia's evaluations have 45 MB unpacked."""
MOST_MEMBERS = 20_000
"""Files in an archive; Pythia's has 2,000."""
MOST_OF_A_HEADER = 64 << 10
"""Bytes of a header that only carries a long name or an attribute; paths have 4,096 at most."""
_MOST_WORK = 1 << 33
_CARRIERS = (
    *(tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK),
    *(tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE),
)
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
    problem: CatalogError | None = None


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
            before must then not be trusted. Or there is more in it than any archive of scores has.
        CouldNotCheck: it cannot be opened.
    """
    try:
        with outside.opened(path) as raw, closing(_unpacked(raw, path)) as stream:
            watched = _Watched(stream)
            header = type("Header", (_Header,), {"work": 0})  # counts for this archive alone
            with tarfile.open(fileobj=watched, mode="r|", tarinfo=header) as archive:
                yield from _members(archive, path)
            while watched.read(1 << 20):
                pass  # the checksum stands at the end of the stream
            if not watched.ended:
                raise CheckedBad(f"{path}: the archive is truncated")
    except RecursionError as error:  # one header after another, and never a file
        raise CheckedBad(f"{path}: the archive is damaged: headers without a file") from error
    except (tarfile.TarError, lzma.LZMAError, zlib.error, EOFError, ValueError) as error:
        raise CheckedBad(f"{path}: the archive is truncated or damaged: {error}") from error
    except OSError as error:
        if error.errno is None:  # gzip and bz2 say "Invalid data stream" so
            raise CheckedBad(f"{path}: the archive is damaged: {error}") from error
        raise CouldNotCheck(f"cannot read {path}: {error.strerror}") from error


def _unpacked(raw: IO[bytes], path: Path) -> IO[bytes]:
    """Return the bytes of an archive, decompressed while they are read."""
    kind = path.suffix.lower()
    if kind in (".xz", ".txz"):
        return lzma.open(raw, "rb")
    if kind in (".gz", ".tgz"):
        return cast("IO[bytes]", gzip.open(raw, "rb"))
    if kind in (".bz2", ".tbz2"):
        return bz2.open(raw, "rb")
    return raw


class _Watched(io.RawIOBase):
    """A stream that counts, and remembers whether it ended with the end mark of a tar archive.

    `tarfile` takes a missing end for the end.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        super().__init__()
        self._stream = stream
        self._last = b""
        self._count = 0

    def read(self, size: int = -1) -> bytes:
        raw = self._stream.read(size)
        self._count += len(raw)
        if self._count > MOST_UNPACKED:
            raise CheckedBad(f"the archive holds more than {MOST_UNPACKED:,} bytes")
        if raw:
            self._last = (self._last + raw)[-_BLOCK:]
        return raw

    @property
    def ended(self) -> bool:
        return self._last == bytes(_BLOCK)


class _Header(tarfile.TarInfo):
    """A header that is no trap.

    `tarfile` reads one that only carries a name whole, whatever size it claims, and looks through
    it in quadratic time; it lists the parts of a sparse file, which may be millions.
    """

    work: ClassVar[int]

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        header = super().frombuf(buf, encoding, errors)
        if header.type == tarfile.GNUTYPE_SPARSE:
            raise tarfile.ReadError("a sparse file in it")
        if header.type in _CARRIERS:
            cls.work += header.size**2
            if header.size > MOST_OF_A_HEADER or cls.work > _MOST_WORK:
                raise tarfile.ReadError(f"a header of {header.size:,} bytes")
        return header

    def _proc_gnusparse_10(self, *_: object) -> None:
        raise tarfile.ReadError("a sparse file in it")


def _members(archive: tarfile.TarFile, path: Path) -> Iterator[InputFile]:
    for number, member in enumerate(archive):
        if number == MOST_MEMBERS:
            raise CheckedBad(f"{path}: the archive holds more than {MOST_MEMBERS:,} members")
        if member.isfile():
            yield _member(archive, member, path)


def _member(archive: tarfile.TarFile, member: tarfile.TarInfo, path: Path) -> InputFile:
    shown = f"{path}:{member.name}"
    if not worth_reading(member.name):
        return InputFile(shown, member.name, None)
    if problem := _unfit(member.name):
        return InputFile(shown, member.name, None, problem)
    if member.issparse():  # its holes are bytes that nobody wrote
        return InputFile(shown, member.name, None, CheckedBad("a sparse file in an archive"))
    stream = archive.extractfile(member)
    content = stream.read(foreign.MOST_BYTES + 1) if stream else b""
    if len(content) > foreign.MOST_BYTES:
        return InputFile(shown, member.name, None, _too_large())
    return InputFile(shown, member.name, content)


def _file(path: Path) -> InputFile:
    shown = str(path)
    if not worth_reading(shown):
        return InputFile(shown, shown, None, _special(path))
    if problem := _unfit(shown):
        return InputFile(shown, shown, None, problem)
    try:
        return InputFile(shown, shown, outside.read(path))
    except BadInput:
        return InputFile(shown, shown, None, _too_large())
    except CouldNotCheck as error:
        return InputFile(shown, shown, None, error)


def _special(path: Path) -> CouldNotCheck | None:
    """Return why a path is no file that might have been asked for."""
    try:
        mode = path.stat().st_mode
    except OSError as error:
        return CouldNotCheck(f"cannot read {path}: {error.strerror}")
    return None if stat.S_ISREG(mode) else CouldNotCheck("not a regular file")


def _too_large() -> CheckedBad:
    return CheckedBad(f"larger than {foreign.MOST_BYTES:,} bytes: no results are")


def _unfit(path: str) -> BadInput | None:
    """Return why scores cannot be recorded under a path."""
    fault = foreign.fault_of(path, foreign.LONGEST_PATH)
    return BadInput(f"its path cannot be recorded: {fault}", "rename it") if fault else None


def _problem(path: Path, error: OSError) -> InputFile:
    shown = str(path)
    return InputFile(shown, shown, None, CouldNotCheck(f"cannot read {path}: {error.strerror}"))
