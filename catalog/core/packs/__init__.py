"""Records of observation as one file that is handed on: how it is written, and what it may hold.

The file is xz; within, a line of JSON for the head and one for each record. The head has a digest
of all that follows it. Values and rules only: `catalog.verbs.sharing` takes them from a catalog and
puts them into another. docs/reference/records.md has every key.
"""

import hashlib
import io
import json
import lzma
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from catalog.core import foreign
from catalog.core.digests import sha256
from catalog.core.foreign import ForeignError
from catalog.core.packs.kinds import moment, require
from catalog.errors import BadInput, CheckedBad

FORMAT = "checkpoint-catalog records"
VERSION = 1
MOST_PACKED = 64 << 20
"""Bytes of a file: a thousand checkpoints with their tensors have 20 MiB."""
MOST_UNPACKED = 512 << 20
"""Bytes that it may unpack to: what xz makes small is mostly hex digits, a ninth at the best."""
_MOST_MEMORY = 128 << 20  # of xz: what its highest preset needs, twice
__all__ = ["FORMAT", "Pack", "Record", "identity", "moment", "packed", "unpacked"]

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Pack:
    """What a file of records holds.

    Attributes:
        by: who exported it.
        digest: hex SHA-256 of its lines but the first.
        text: all of its lines.
    """

    by: str
    digest: str
    text: bytes

    @property
    def records(self) -> Iterator[Record]:
        """Every line but the first, as it is asked for: read, they take nine times their bytes."""
        return map(json.loads, _lines(self.text))


def identity(record: Mapping[str, Any]) -> bytes:
    """Return what makes a record the same one, whoever hands it on: a digest of what it says."""
    said = {key: value for key, value in record.items() if key != "by"}
    line = _line(said | {"refs": sorted(said["refs"])} if "refs" in said else said)
    return hashlib.sha256(line.encode()).digest()


def packed(records: Iterable[Record], by: str) -> tuple[bytes, str]:
    """Return the bytes of a file of records, and its digest.

    Args:
        records: those that others refer to first.
        by: who exports them.
    """
    body = "".join(f"{_line(record)}\n" for record in records).encode()
    digest = sha256(body)
    head = {"format": FORMAT, "version": VERSION, "by": by, "digest": digest}
    return lzma.compress(f"{_line(head)}\n".encode() + body, check=lzma.CHECK_SHA256), digest


def unpacked(raw: bytes, label: str) -> Pack:
    """Return what a file of records holds.

    Args:
        raw: its bytes.
        label: what errors call it.

    Raises:
        BadInput: it is no such file, or of a later version, or holds what no record holds.
        CheckedBad: it is damaged: its digest is another.
    """
    try:
        text = _decompressed(raw)
        head = text.find(b"\n") + 1 or len(text)
        by, stated = _head(foreign.json_of(text[:head]), label)
    except ForeignError as error:
        hint = "`catalog export records --as NAME -o FILE` writes one"
        raise BadInput(f"{label} is no file of records: {error}", hint) from error
    if hashlib.sha256(memoryview(text)[head:]).hexdigest() != stated:
        raise CheckedBad(f"{label} is damaged: its digest is another", "export or copy it again")
    try:
        kind = _referring(_checked(text, label))
    except ForeignError as error:
        raise BadInput(f"{label}: {error}") from error
    if kind:
        raise BadInput(f"{label} is not whole: a {kind} refers to what is not in it")
    return Pack(by, stated, text)


def _lines(text: bytes) -> Iterator[bytes]:
    """Yield every line but the first, one at a time."""
    lines = io.BytesIO(text)
    lines.readline()
    return iter(lines)


def _head(head: object, label: str) -> tuple[str, str]:
    """Return who exported a file, and the digest that its records must have."""
    if not isinstance(head, dict) or head.get("format") != FORMAT:
        raise ForeignError("it has another form")
    if foreign.whole(head.get("version"), 1) > VERSION:
        raise BadInput(f"{label} was written by a later version", "upgrade checkpoint-catalog")
    return foreign.name(head.get("by")), foreign.sha256(head.get("digest"))


def _line(record: Mapping[str, Any]) -> str:
    return json.dumps(
        record, ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False
    )


def _decompressed(raw: bytes) -> bytes:
    """Return what xz has packed, as far as there may be so much."""
    reader = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_MOST_MEMORY)
    try:
        text = reader.decompress(raw, MOST_UNPACKED)
    except (lzma.LZMAError, EOFError) as error:
        raise ForeignError(f"it is no xz file ({error})") from error
    if len(text) == MOST_UNPACKED:
        raise ForeignError(f"more than {MOST_UNPACKED:,} bytes within")
    if not reader.eof or reader.unused_data:
        raise ForeignError("it is cut off, or something stands behind its end")
    return text


def _checked(text: bytes, label: str) -> Iterator[Record]:
    for number, line in enumerate(_lines(text), start=2):
        try:
            yield require(foreign.json_of(line))
        except (ForeignError, BadInput) as error:
            raise BadInput(f"{label}:{number}: {error}") from error


def _referring(records: Iterable[Record]) -> str | None:
    """Return the kind of a record that refers to none before it; None where all is there."""
    there: set[tuple[str, ...]] = set()
    held: dict[tuple[str, str], str] = {}
    for record in records:
        kind = record["kind"]
        needed: list[tuple[str, ...]] = []
        if kind in ("weights", "observation"):
            needed = [("manifest", record["manifest"])]
        elif kind == "fingerprint":
            needed = [("weights", record["manifest"], record["weights"])]
        elif kind == "look":
            needed = [("commit", record["repository"], sha) for _, _, sha in record["refs"]]
        if not there.issuperset(needed):
            return str(kind)
        if kind == "manifest":
            there.add((kind, record["digest"]))
        elif kind == "weights":
            key = record["manifest"], record["name"]
            there.add((kind, *key))
            if held.setdefault(key, record["parameter_digest"]) != record["parameter_digest"]:
                raise ForeignError(f"two weight sets {foreign.shown(key[1])} of the same files")
        elif kind == "commit":
            there.add((kind, record["repository"], record["commit"]))
    return None
