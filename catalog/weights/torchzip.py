"""Reads the structure of torch's zip files: the directory and the pickle, nothing else.

`torch.save` writes uncompressed entries under one folder: `NAME/data.pkl`, `NAME/data/0` …,
`NAME/version`, `NAME/byteorder`. Everything that could make two readers see two files is refused:
compression, encryption, entries twice, entries that overlap or that the local header describes
otherwise. The directory and the pickle, some kilobytes, are read beforehand, so that the bulk
needs to be read only once.
"""

import io
import zipfile
from typing import NoReturn

from catalog.errors import CheckedBad
from catalog.weights import opcodes
from catalog.weights.globals import Refused, View
from catalog.weights.plan import BITS, Crc, FilePlan
from catalog.weights.stream import Readable
from catalog.weights.torchfile import PICKLE_LIMIT, make_plan, refuse

MAGIC = b"PK\x03\x04"
_LOCAL_HEADER = 30  # bytes before the name; both lengths stand at its end
_ENTRY_LIMIT = 1_000_000
# What is read of an archive, at its beginning; the rest is storages.
_READ = ("/data.pkl", "/byteorder")
# By name: where its bytes are, how many, their CRC-32.
_Entries = dict[str, tuple[int, int, int]]


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


def read_plan(file: Readable, *, everywhere: bool = True) -> FilePlan:
    """Return what a torch zip file holds.

    Args:
        file: what to read.
        everywhere: look at every entry's own header, all over the file. If not, only the file's two
            ends are read, and where a tensor begins is where it would without padding: good for
            names, shapes and checksums, not for reading the tensors.

    Raises:
        CheckedBad: truncated, not as torch writes it, or its pickle wants more than tensors.
    """
    entries = _entries(file, everywhere=everywhere)
    root = _root(file, entries)
    order = _content(file, entries, f"{root}/byteorder", b"little")
    if order.strip() != b"little":
        _refuse(file, f"is not supported: its byte order is {order[:16]!r}")
    try:
        content = opcodes.load(io.BytesIO(_content(file, entries, f"{root}/data.pkl", b"")))
        return make_plan(
            content,
            lambda view: _locate(entries, root, view),
            file.shown,
            kind="torch-zip",
            crcs=_crcs(entries),
        )
    except Refused as reason:
        raise refuse(file.shown, reason) from reason


def _refuse(file: Readable, why: str) -> NoReturn:
    """Raise CheckedBad about a file."""
    raise CheckedBad(f"{file.shown} {why}")


def _entries(file: Readable, *, everywhere: bool) -> _Entries:
    """Return the directory, checked."""
    try:
        with zipfile.ZipFile(_Reader(file)) as archive:
            infos = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
        raise CheckedBad(f"{file.shown} is truncated or broken: {error}") from error
    if len(infos) > _ENTRY_LIMIT:
        _refuse(file, f"is broken: it has {len(infos):,} entries")
    entries: _Entries = {}
    reached = 0
    for info in sorted(infos, key=lambda info: info.header_offset):
        if info.filename in entries:
            _refuse(file, f"is broken: entry {info.filename} occurs twice")
        if info.header_offset < reached:
            _refuse(file, f"is broken: entry {info.filename} overlaps another")
        _check_entry(file, info)
        near = info.filename.endswith(_READ)
        start = _data_start(file, info) if everywhere or near else _nominal_start(info)
        reached = start + info.file_size
        entries[info.filename] = (start, info.file_size, info.CRC)
    return entries


def _check_entry(file: Readable, info: zipfile.ZipInfo) -> None:
    """Refuse an entry that torch would not write."""
    name = info.orig_filename
    if info.compress_type != zipfile.ZIP_STORED or info.compress_size != info.file_size:
        _refuse(file, f"is broken: entry {name} is compressed, which torch never does")
    if info.flag_bits & 0x1:
        _refuse(file, f"is broken: entry {name} is encrypted")
    if name.startswith("/") or ".." in name.split("/") or "\0" in name:
        _refuse(file, f"is broken: entry {name!r} points outside the archive")


def _nominal_start(info: zipfile.ZipInfo) -> int:
    """Return where an entry's bytes begin at the earliest."""
    return info.header_offset + _LOCAL_HEADER + len(info.orig_filename)


def _data_start(file: Readable, info: zipfile.ZipInfo) -> int:
    """Return where an entry's bytes begin, by its local header, which must agree."""
    name = info.orig_filename
    header = file.pread(info.header_offset, _LOCAL_HEADER)
    if not header.startswith(MAGIC) or len(header) < _LOCAL_HEADER:
        _refuse(file, f"is broken: entry {name} is not where the directory says")
    name_length = int.from_bytes(header[26:28], "little")
    extra_length = int.from_bytes(header[28:30], "little")
    start = info.header_offset + _LOCAL_HEADER + name_length + extra_length
    local = file.pread(info.header_offset + _LOCAL_HEADER, name_length)
    # Bytes 8 and 9 are the compression: readers that go by local headers must see none either.
    if local.decode("utf-8", "replace") != name or header[8:10] != b"\0\0":
        _refuse(file, f"is broken: entry {name} differs from the directory")
    if start + info.file_size > file.size:
        _refuse(file, f"is truncated: entry {name} ends after the file")
    return start


def _root(file: Readable, entries: _Entries) -> str:
    """Return the folder that holds the pickle."""
    roots = [name.removesuffix("/data.pkl") for name in entries if name.endswith("/data.pkl")]
    if len(roots) != 1:
        _refuse(file, "is not a torch file: it has no data.pkl, or several")
    if f"{roots[0]}/constants.pkl" in entries:
        _refuse(file, "is a TorchScript program, not weights")
    return roots[0]


def _content(file: Readable, entries: _Entries, name: str, default: bytes) -> bytes:
    """Return a small entry's bytes."""
    if name not in entries:
        return default
    start, count, _ = entries[name]
    if count > PICKLE_LIMIT:
        _refuse(file, f"is broken: {name} has {count:,} bytes")
    return file.pread(start, count)


def _locate(entries: _Entries, root: str, view: View) -> int:
    """Return where a view's storage begins."""
    entry = entries.get(f"{root}/data/{view.storage.key}")
    if entry is None:
        raise Refused(f"the pickle refers to storage {view.storage.key!r}, which is not there")
    start, count, _ = entry
    if count != view.storage.count * BITS[view.storage.dtype] // 8:
        raise Refused(f"storage {view.storage.key!r} has not the size that the pickle says")
    return start


def _crcs(entries: _Entries) -> tuple[Crc, ...]:
    """Return the checks of every entry; 0 is what torch writes when told to compute none."""
    return tuple(
        Crc(name, start, start + count, crc) for name, (start, count, crc) in entries.items() if crc
    )
