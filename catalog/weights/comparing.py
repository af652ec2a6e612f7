"""Compares two weight sets, both read side by side, a block of each tensor at a time.

Files, formats, shards and the order of tensors play no part. How a side is read is in
`catalog.weights.sides`, how far apart numbers are in `catalog.weights.distances`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

from catalog.core import comparisons
from catalog.core.comparisons import ComparedTensor, Half, Status
from catalog.core.witnesses import Relation
from catalog.progress import Watcher
from catalog.weights import distances
from catalog.weights.headers import Header
from catalog.weights.sides import BLOCK, Files, Side, Source

Pair = tuple[Header, Header]


@dataclass(frozen=True, slots=True)
class Compared:
    """Two weight sets, compared.

    Args:
        relation: the strongest that holds.
        tensors: every tensor of either, by canonical name.
    """

    relation: Relation
    tensors: tuple[ComparedTensor, ...]


def compare(first: Side, second: Side, watcher: Watcher) -> Compared:
    """Read two weight sets side by side, and say what differs.

    Args:
        first: one.
        second: the other.
        watcher: hears how far it is.

    Raises:
        CheckedBad: a file is damaged: an archive's own checksum fails.
        CouldNotCheck: a file could not be read, or changed while it was read.
    """
    names = sorted({*first.headers, *second.headers})
    pairs = {
        name: (first.headers[name], second.headers[name])
        for name in names
        if name in first.headers and name in second.headers
    }
    read = {name: pair for name, pair in pairs.items() if _is_read(*pair)}
    watcher.expect(sum(h.spec.size_bytes for pair in read.values() for h in pair))
    here, there = Files(first), Files(second)
    made = dict(_read(read, here, there, watcher))
    for number, files in enumerate((here, there)):
        files.check_rest(pair[number] for pair in read.values())
    tensors = tuple(
        made.get(name) or _unread(first.headers.get(name), second.headers.get(name))
        for name in names
    )
    if _is_all_same(tensors) and here.are_those_of(there):
        return Compared(Relation.SAME_FILES, tensors)
    return Compared(comparisons.relation(tensors), tensors)


def _is_read(first: Header, second: Header) -> bool:
    """Return whether the elements of two tensors can be paired."""
    same_shape = first.spec.shape == second.spec.shape
    return same_shape and distances.are_comparable(first.spec.dtype, second.spec.dtype)


def _is_all_same(tensors: Iterable[ComparedTensor]) -> bool:
    return all(tensor.status is Status.SAME for tensor in tensors)


def _unread(first: Header | None, second: Header | None) -> ComparedTensor:
    """Return what headers alone say of a tensor."""
    there = [header for header in (first, second) if header is not None]
    halves = [None if each is None else _half(each) for each in (first, second)]
    status = Status.ONLY_SECOND if first is None else Status.ONLY_FIRST
    if len(there) > 1:
        same_shape = there[0].spec.shape == there[1].spec.shape
        status = Status.OTHER_TYPE if same_shape else Status.OTHER_SHAPE
    is_buffer = all(header.is_buffer for header in there)
    return ComparedTensor(there[0].name, status, halves[0], halves[1], is_buffer)


def _half(header: Header) -> Half:
    return Half(header.spec.dtype, header.spec.shape)


def _read(
    pairs: Mapping[str, Pair], here: Files, there: Files, watcher: Watcher
) -> Iterator[tuple[str, ComparedTensor]]:
    """Compare tensors that can be paired, in the order of the first side's files."""

    def files_of(item: tuple[str, Pair]) -> tuple[str, str]:
        return item[1][0].file, item[1][1].file

    def place(item: tuple[str, Pair]) -> tuple[str, str, int]:
        return *files_of(item), item[1][0].spec.start

    for paths, together in groupby(sorted(pairs.items(), key=place), files_of):
        with here.open(paths[0]) as file, there.open(paths[1]) as other:
            for name, (first, second) in together:
                sources = (
                    Source(file, first.spec, here.crcs_of(first)),
                    Source(other, second.spec, there.crcs_of(second)),
                )
                yield name, _compared(name, (first, second), sources, watcher)


def _compared(
    name: str,
    pair: Pair,
    sources: tuple[Source, Source],
    watcher: Watcher,
) -> ComparedTensor:
    """Compare two tensors of one shape, block by block."""
    first, second = (header.spec for header in pair)
    tally = distances.Tally(first.dtype, second.dtype)
    # Of types under a byte both sides are of one type: what is counted are bytes.
    count = first.size_bytes // distances.unit(first.dtype)
    for at in range(0, count, BLOCK):
        blocks = [source.read(at, min(BLOCK, count - at)) for source in sources]
        tally.feed(*blocks)
        watcher.advance(sum(map(len, blocks)))
    for source in sources:
        source.close()
    halves = tally.halves(first.shape)
    return ComparedTensor(
        name,
        tally.status,
        *halves,
        is_buffer=all(header.is_buffer for header in pair),
        differing=tally.counted,
        gap=tally.gap,
    )
