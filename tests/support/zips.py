"""Writes zip archives byte by byte, so that each field can say something else than the others.

`TORCH` is what `torch.save` would write, entry by entry; tests change one thing in it.
"""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import torch


@dataclass(frozen=True)
class Item:
    """One entry.

    Args:
        name: in the directory.
        content: its bytes.
        local: its name in its own header, the same if None.
        flags: in both headers.
        local_flags: in its own header, the same if None.
        method: of compression, in both.
        extra: in the directory.
        attributes: of the file, as MS-DOS has them.
        offset: how far the directory is off where it lies.
        size: in the directory, the right one if None.
        after: bytes behind its content.
    """

    name: bytes
    content: bytes
    local: bytes | None = None
    flags: int = 0
    local_flags: int | None = None
    method: int = 0
    extra: bytes = b""
    attributes: int = 0
    offset: int = 0
    size: int | None = None
    after: bytes = b""


def changed(items: Iterable[Item], name: bytes, **changes: object) -> list[Item]:
    """Return entries of which one has other fields."""
    return [replace(item, **changes) if item.name == name else item for item in items]


def write(  # noqa: PLR0913 - each is one thing that can be wrong
    items: Sequence[Item],
    *,
    before: bytes = b"",
    between: bytes = b"",
    after: bytes = b"",
    comment: bytes = b"",
    count: int | None = None,
    shift: int = 0,
    wide: bytes = b"",
) -> bytes:
    """Return an archive.

    Args:
        items: its entries, in order.
        before: bytes before the first.
        between: bytes between the last and the directory.
        after: bytes behind everything.
        comment: the archive's own.
        count: how many entries its end says, the right number if None.
        shift: how far the end is off where the directory begins.
        wide: what stands between directory and end.
    """
    body, directory = io.BytesIO(), io.BytesIO()
    body.write(before)
    for item in items:
        local = item.name if item.local is None else item.local
        flags = item.flags if item.local_flags is None else item.local_flags
        size = len(item.content) if item.size is None else item.size
        sums = (zlib.crc32(item.content), size, size)
        at = body.tell() + item.offset
        body.write(struct.pack("<4s5H3L2H", b"PK\3\4", 20, flags, item.method, 0, 0, *sums,
                               len(local), 0))  # fmt: skip
        body.write(local + item.content + item.after)
        directory.write(struct.pack("<4s6H3L5H2L", b"PK\1\2", 20, 20, item.flags, item.method, 0,
                                    0, *sums, len(item.name), len(item.extra), 0, 0, 0,
                                    item.attributes, at))  # fmt: skip
        directory.write(item.name + item.extra)
    body.write(between)
    begins, count = body.tell() + shift, len(items) if count is None else count
    length = len(directory.getvalue())
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, length, begins, len(comment))
    return body.getvalue() + directory.getvalue() + wide + end + comment + after


def of(state: dict[str, torch.Tensor]) -> list[Item]:
    """Return the entries that `torch.save` writes for a state."""
    stream = io.BytesIO()
    torch.save(state, stream)
    with zipfile.ZipFile(stream) as archive:
        return [Item(info.filename.encode(), archive.read(info)) for info in archive.infolist()]
