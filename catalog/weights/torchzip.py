"""Reads the structure of torch's zip files: the directory and the pickle, nothing else.

`torch.save` writes uncompressed entries under one folder: `NAME/data.pkl`, `NAME/data/0` …,
`NAME/version`, `NAME/byteorder`. Everything that could make two readers see two files is refused,
by `catalog.weights.archive` and here: names in another case, entries outside the folder. The
directory and the pickle, some kilobytes, are read beforehand, so that the bulk needs to be read
only once.
"""

import io

from catalog.weights import archive, opcodes
from catalog.weights.archive import Entry
from catalog.weights.globals import Refused, View
from catalog.weights.plan import BITS, Crc, FilePlan
from catalog.weights.stream import Readable
from catalog.weights.torchfile import PICKLE_LIMIT, make_plan, unsafe

MAGIC = archive.MAGIC
# What is read of an archive, at its beginning; the rest is storages.
_READ = ("/data.pkl", "/byteorder")
# What torch looks for by name, without regard to case.
_KNOWN = ("data.pkl", "byteorder", "version", ".data/version", "constants.pkl")
_VERSIONS = range(1, 11)  # caffe2/serialize/versions.h: the formats that torch reads
_Entries = dict[str, Entry]


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
    entries = archive.entries(file, None if everywhere else _READ)
    root = _root(file, entries)
    order = _content(file, entries, f"{root}/byteorder", b"little")
    if order != b"little":
        archive.refuse(file, f"is not supported: its byte order is {order[:16]!r}")
    if everywhere:
        _check_version(file, entries, root)
    try:
        content = opcodes.load(io.BytesIO(_content(file, entries, f"{root}/data.pkl", b"")))
        return make_plan(
            content,
            lambda view: _locate(entries, root, view),
            file,
            kind="torch-zip",
            crcs=_crcs(entries),
        )
    except Refused as reason:
        raise unsafe(file.shown, reason) from reason


def _root(file: Readable, entries: _Entries) -> str:
    """Return the folder that holds everything: where torch looks is that of the first entry."""
    root = next(iter(entries), "").partition("/")[0]
    names = [name.removeprefix(f"{root}/") for name in entries]
    outside = [name for name in entries if not name.startswith(f"{root}/")]
    if f"{root}/data.pkl" not in entries:
        archive.refuse(file, "is not a torch file: it has no data.pkl")
    if outside:
        archive.refuse(file, f"is broken: entry {outside[0]} is outside its folder {root}")
    for name in names:
        if not name.isascii() or (name.lower() in _KNOWN and name not in _KNOWN):
            archive.refuse(file, f"is broken: entry {name} is not spelled as torch does")
    if "constants.pkl" in names:
        archive.refuse(file, "is a TorchScript program, not weights")
    if "version" not in names:
        archive.refuse(file, "is broken: it has no entry version, which torch always writes")
    return root


def _check_version(file: Readable, entries: _Entries, root: str) -> None:
    """Refuse a version of the format that torch does not read."""
    for name in (f"{root}/version", f"{root}/.data/version"):
        text = _content(file, entries, name, b"1").strip()
        if not text.isdigit() or len(text) > 2 or int(text) not in _VERSIONS:  # noqa: PLR2004
            archive.refuse(file, f"is not supported: {name} is {text[:16]!r}")


def _content(file: Readable, entries: _Entries, name: str, default: bytes) -> bytes:
    """Return a small entry's bytes."""
    entry = entries.get(name)
    if entry is None:
        return default
    if entry.size > PICKLE_LIMIT:
        archive.refuse(file, f"is broken: {name} has {entry.size:,} bytes")
    return file.pread(entry.start, entry.size)


def _locate(entries: _Entries, root: str, view: View) -> int:
    """Return where a view's storage begins."""
    entry = entries.get(f"{root}/data/{view.storage.key}")
    if entry is None:
        raise Refused(f"the pickle refers to storage {view.storage.key!r}, which is not there")
    if entry.size != view.storage.count * BITS[view.storage.dtype] // 8:
        raise Refused(f"storage {view.storage.key!r} has not the size that the pickle says")
    return entry.start


def _crcs(entries: _Entries) -> tuple[Crc, ...]:
    """Return the checks of every entry; 0 is what torch writes when told to compute none."""
    return tuple(
        Crc(name, entry.start, entry.start + entry.size, entry.crc32)
        for name, entry in entries.items()
        if entry.crc32
    )
