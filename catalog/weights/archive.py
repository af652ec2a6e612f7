"""Reads the directory of a zip archive that torch wrote, more strictly than any zip reader.

Readers differ in what they forgive: the end of the archive that they look for, the case of names,
the place of an entry, which of two sizes they believe. An archive that could be read in two ways is
refused, so that what is digested here is what torch loads. Reads the directory and the entries' own
headers; what the entries mean is in `catalog.weights.torchzip`.
"""

import io
import struct
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NoReturn

from catalog.errors import CheckedBad
from catalog.weights.stream import Readable

MAGIC = b"PK\x03\x04"
ENTRY_LIMIT = 200_000
DIRECTORY_LIMIT = 16 << 20
"""Bytes; the directory of as many entries under the names that torch gives them."""
_LOCAL = struct.Struct("<4s5H3L2H")  # before the name
_END = struct.Struct("<4s4H2LH")
_LOCATOR = struct.Struct("<4sLQL")
_WIDE_END = struct.Struct("<4sQ2H2L4Q")
_DESCRIPTOR, _FLAGS = 0x8, 0x808  # sizes follow the bytes; names are UTF-8
_FOLDER = 0x10  # among MS-DOS's attributes
_WIDE_FIELDS = 1  # the extra block that carries what does not fit 32 bits
_BROKEN = "is truncated or broken: it does not end with a whole directory"


@dataclass(frozen=True, slots=True)
class Entry:
    """Where one entry's bytes are.

    Args:
        start: the first of them.
        size: how many.
        crc32: what they should give.
    """

    start: int
    size: int
    crc32: int


class _Reader(io.RawIOBase):
    """A `Readable` as `zipfile` wants it."""

    def __init__(self, file: Readable) -> None:
        self._file, self._at = file, 0

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move, and return where."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._file.size}[whence]
        if base + offset < 0:
            raise OSError("before the file's beginning")
        self._at = base + offset
        return self._at

    def tell(self) -> int:
        """Return where it is."""
        return self._at

    def read(self, count: int = -1) -> bytes:
        """Return the next bytes."""
        piece = self._file.pread(self._at, self._file.size if count < 0 else count)
        self._at += len(piece)
        return piece


def refuse(file: Readable, why: str) -> NoReturn:
    """Raise CheckedBad about a file."""
    raise CheckedBad(f"{file.shown} {why}")


def entries(file: Readable, near: tuple[str, ...] | None = None) -> dict[str, Entry]:
    """Return the directory, checked, in the archive's own order.

    Args:
        file: what to read.
        near: look only at the headers of entries whose names end so; None for all. Of the others
            the start is where their bytes begin at the earliest.

    Raises:
        CheckedBad: truncated, or there could be two opinions on what it holds.
    """
    count, begins = _directory(file)
    try:
        with zipfile.ZipFile(_Reader(file)) as archive:
            infos = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, struct.error) as error:
        refuse(file, f"is truncated or broken: {error}")
    if len(infos) != count:
        refuse(file, f"is broken: it says {count:,} entries and has {len(infos):,}")
    _check_names(file, infos)
    placed: dict[str, Entry] = {}
    reached, before = 0, None
    for info in sorted(infos, key=lambda info: info.header_offset):
        _check_entry(file, info, reached)
        looked_at = near is None or info.orig_filename.endswith(near)
        start = _data_start(file, info) if looked_at else _nominal_start(info)
        if near is None:
            _check_between(file, before, reached, info.header_offset)
        reached, before = start + info.file_size, info
        placed[info.orig_filename] = Entry(start, info.file_size, info.CRC)
    if near is None:
        _check_between(file, before, reached, begins)
    return {info.orig_filename: placed[info.orig_filename] for info in infos}


def _directory(file: Readable) -> tuple[int, int]:
    """Return how many entries the archive says it has, and where its directory begins.

    The end records must lie one behind the other, to the file's last byte: then there is one
    directory that any reader can find.
    """
    tail = file.pread(max(0, file.size - _WIDE_END.size - _LOCATOR.size - _END.size), 1 << 7)
    if len(tail) < _END.size or not tail.startswith(b"PK\x05\x06", len(tail) - _END.size):
        refuse(file, _BROKEN)
    _, *narrow, comment = _END.unpack(tail[-_END.size :])
    ends, numbers = file.size - _END.size, narrow
    if tail.startswith(b"PK\x06\x07", len(tail) - _END.size - _LOCATOR.size):
        ends, numbers = _wide_end(file, tail)
    disk, other_disk, here, count, size, begins = numbers
    agreed = _agree(narrow, numbers, _MARKS) and not (comment or disk or other_disk)
    if not agreed or here != count or begins + size != ends:
        refuse(file, _BROKEN)
    if count > ENTRY_LIMIT or size > DIRECTORY_LIMIT:
        refuse(file, f"is broken: it has {count:,} entries, in a directory of {size:,} bytes")
    return count, begins


def _agree(narrow: Iterable[int], wide: Iterable[int], marks: Iterable[int]) -> bool:
    """Return whether fields are those of the wide record, or marked as standing only there."""
    fields = zip(narrow, wide, marks, strict=True)
    return all(short in (long, mark) for short, long, mark in fields)


# What stands in a narrow field whose number is in the wide record.
_MARKS = (0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF)


def _wide_end(file: Readable, tail: bytes) -> tuple[int, list[int]]:
    """Return where the directory ends, and the numbers of the record for large archives."""
    if len(tail) < _WIDE_END.size + _LOCATOR.size + _END.size:
        refuse(file, _BROKEN)
    kind, size, _, _, *numbers = _WIDE_END.unpack_from(tail)
    _, disk, where, disks = _LOCATOR.unpack_from(tail, _WIDE_END.size)
    ends = file.size - len(tail)
    stated = _WIDE_END.size - 12  # it counts neither its own field nor the mark before that
    whole = (kind, size, disk, disks, where) == (b"PK\x06\x06", stated, 0, 1, ends)
    if not whole:
        refuse(file, _BROKEN)
    return ends, numbers


def _check_names(file: Readable, infos: Iterable[zipfile.ZipInfo]) -> None:
    """Refuse names that two readers could take for different ones, or different ones for one."""
    seen: set[str] = set()
    for info in infos:
        name = info.orig_filename
        if name.startswith("/") or {"..", "."} & set(name.split("/")) or {"\0", "\\"} & set(name):
            refuse(file, f"is broken: entry {name!r} points outside the archive")
        if info.filename != name:
            refuse(file, f"is broken: entry {name!r} has a second name")
        folded = name.casefold()  # torch finds entries without regard to case
        if folded in seen:
            refuse(file, f"is broken: entry {name} occurs twice")
        seen.add(folded)


def _check_entry(file: Readable, info: zipfile.ZipInfo, reached: int) -> None:
    """Refuse an entry that torch would not write."""
    name = info.orig_filename
    if info.header_offset < reached:
        refuse(file, f"is broken: entry {name} overlaps another")
    if info.compress_type != zipfile.ZIP_STORED or info.compress_size != info.file_size:
        refuse(file, f"is broken: entry {name} is compressed, which torch never does")
    if info.flag_bits & 0x1:
        refuse(file, f"is broken: entry {name} is encrypted")
    if info.flag_bits & ~_FLAGS:
        refuse(file, f"is broken: entry {name} has flags {info.flag_bits:#x}, unknown to torch")
    if info.file_size and (info.external_attr & _FOLDER or name.endswith("/")):
        refuse(file, f"is broken: entry {name} is marked as a folder")  # torch reads none of it
    if _blocks(info.extra).count(_WIDE_FIELDS) > 1:
        refuse(file, f"is broken: entry {name} has its sizes twice")


def _blocks(extra: bytes) -> list[int]:
    """Return the kinds of the blocks that an entry carries beside its name."""
    kinds = []
    while len(extra) >= 4:  # noqa: PLR2004 - a kind and a length
        kind, length = struct.unpack_from("<2H", extra)
        kinds.append(kind)
        extra = extra[4 + length :]
    return kinds


def _nominal_start(info: zipfile.ZipInfo) -> int:
    """Return where an entry's bytes begin at the earliest."""
    return info.header_offset + _LOCAL.size + len(info.orig_filename)


def _data_start(file: Readable, info: zipfile.ZipInfo) -> int:
    """Return where an entry's bytes begin, by its own header, which must agree."""
    name = info.orig_filename
    header = file.pread(info.header_offset, _LOCAL.size)
    if not header.startswith(MAGIC) or len(header) < _LOCAL.size:
        refuse(file, f"is broken: entry {name} is not where the directory says")
    _, _, flags, method, _, _, crc, packed, size, length, extra = _LOCAL.unpack(header)
    begins = info.header_offset + _LOCAL.size
    local = file.pread(begins, length).decode("utf-8", "surrogateescape")
    sizes = (info.CRC, info.compress_size, info.file_size)
    stated = _agree((crc, packed, size), sizes, (info.CRC, *_MARKS[4:]))
    later = flags & _DESCRIPTOR and not (crc or packed or size)
    if (local, flags, method) != (name, info.flag_bits, 0) or not (stated or later):
        refuse(file, f"is broken: entry {name} differs from the directory")
    start: int = begins + length + extra
    if start + info.file_size > file.size:
        refuse(file, f"is truncated: entry {name} ends after the file")
    return start


def _check_between(file: Readable, before: zipfile.ZipInfo | None, start: int, end: int) -> None:
    """Refuse bytes between two entries, but for those in which the first says its sizes again."""
    room = end - start
    if not room:
        return
    if before is not None and before.flag_bits & _DESCRIPTOR:
        held = file.pread(start, min(room, 32))
        sizes = (before.CRC, before.compress_size, before.file_size)
        said = [struct.pack(form, *sizes) for form in ("<LQQ", "<LLL") if _fit(form, sizes)]
        if held in (*said, *(b"PK\x07\x08" + each for each in said)):
            return
    after = "before its first entry" if before is None else f"after entry {before.orig_filename}"
    refuse(file, f"is broken: {room:,} bytes that are of no entry lie {after}")


def _fit(form: str, sizes: tuple[int, ...]) -> bool:
    return form == "<LQQ" or max(sizes) < _MARKS[-1]
