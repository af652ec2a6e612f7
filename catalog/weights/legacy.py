"""Reads the structure of torch's files from before 1.6: pickles, then the storages one by one.

The order (torch/serialization.py, `_legacy_save`): magic number, protocol version, system info,
the object, the list of storage keys, each as a pickle; then for each key in that order eight
bytes, how many elements, and the elements. Does not read the elements.
"""

import io

from catalog.errors import CheckedBad
from catalog.weights import opcodes
from catalog.weights.globals import Refused, Storage, View
from catalog.weights.plan import BITS, FilePlan
from catalog.weights.stream import OpenFile
from catalog.weights.torchfile import PICKLE_LIMIT, make_plan, unsafe

MAGIC_NUMBER = 0x1950A86A20F9469CFC6C
PROTOCOL_VERSION = 1001
_COUNT = 8  # bytes of a storage's element count


def read_plan(file: OpenFile) -> FilePlan:
    """Return what a legacy torch file holds.

    Raises:
        CheckedBad: truncated, not a torch file, or its pickle wants more than tensors.
    """
    stream = io.BytesIO(file.pread(0, PICKLE_LIMIT))
    try:
        content, keys = _pickles(stream, file.shown)
        places = _places(file, stream.tell(), keys, _storages(content))
        return make_plan(content, lambda view: _locate(places, view), file, kind="torch-legacy")
    except Refused as reason:
        raise unsafe(file.shown, reason) from reason


def _pickles(stream: io.BytesIO, shown: str) -> tuple[object, list[str]]:
    """Return the object and the storage keys."""
    try:
        magic = opcodes.load(stream)
    except Refused as reason:
        if "asks for" in str(reason):
            raise
        raise CheckedBad(f"{shown} is neither a zip nor a legacy torch file") from reason
    if magic != MAGIC_NUMBER:
        raise CheckedBad(f"{shown} is a pickle, but not one that torch wrote")
    version, system = opcodes.load(stream), opcodes.load(stream)
    if version != PROTOCOL_VERSION:
        raise CheckedBad(f"{shown} is not of torch's protocol {PROTOCOL_VERSION}")
    if not isinstance(system, dict) or system.get("little_endian") is not True:
        raise CheckedBad(f"{shown} is not little-endian, which is not supported")
    content, keys = opcodes.load(stream), opcodes.load(stream)
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        raise CheckedBad(f"{shown} is broken: it has no list of storages")
    if len(set(keys)) != len(keys):
        raise CheckedBad(f"{shown} is broken: it has a storage twice")
    return content, keys


def _storages(content: object) -> dict[str, Storage]:
    """Return every storage that the object refers to, by key."""
    storages: dict[str, Storage] = {}
    waiting, seen = [content], set()
    while waiting:
        value = waiting.pop()
        if isinstance(value, View | Storage):
            storage = value.storage if isinstance(value, View) else value
            storages.setdefault(storage.key, storage)
        elif isinstance(value, dict | list | tuple) and id(value) not in seen:
            seen.add(id(value))
            waiting.extend(value.values() if isinstance(value, dict) else value)
    return storages


def _places(
    file: OpenFile, offset: int, keys: list[str], storages: dict[str, Storage]
) -> dict[str, tuple[int, int]]:
    """Return where each storage's elements begin and how many there are."""
    places: dict[str, tuple[int, int]] = {}
    for key in keys:
        raw = file.pread(offset, _COUNT)
        count = int.from_bytes(raw, "little", signed=True)
        if len(raw) < _COUNT or count < 0:
            raise CheckedBad(f"{file.shown} is truncated or broken before storage {key[:40]}")
        if key not in storages:
            raise CheckedBad(f"{file.shown} is broken: no tensor uses storage {key[:40]}")
        places[key] = (offset + _COUNT, count)
        offset += _COUNT + count * BITS[storages[key].dtype] // 8
        if offset > file.size:
            raise CheckedBad(
                f"{file.shown} is truncated: it needs {offset:,} bytes, it has {file.size:,}"
            )
    if offset != file.size:
        raise CheckedBad(f"{file.shown} is broken: {file.size - offset:,} bytes follow its end")
    return places


def _locate(places: dict[str, tuple[int, int]], view: View) -> int:
    """Return where a view's storage begins."""
    whole = view.storage
    if whole.key not in places:
        raise Refused(f"the pickle refers to storage {whole.key!r}, which is not there")
    start, count = places[whole.key]
    if whole.first + whole.count > count:
        raise Refused(f"storage {whole.key!r} has not the size that the pickle says")
    return start
