"""One weight set that is about to be compared: its headers, its files, its tensors by position.

What hashing refuses is refused. Each byte is read once; memory does not grow with the tensors: of
strided views alone the storage is held. `catalog.weights.comparing` reads two of them.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from catalog.core import loaders
from catalog.core.weightsets import RAW, WeightSet, no_such_set
from catalog.errors import BadInput, CouldNotCheck
from catalog.weights import distances, impostors
from catalog.weights.files import Found
from catalog.weights.headers import Header, headers, read_plan, read_plans, sets_of
from catalog.weights.plan import Crc, FilePlan, TensorSpec
from catalog.weights.sinks import CrcSink
from catalog.weights.stream import CHUNK, OpenFile

BLOCK = 1 << 16
"""Elements that are compared at once: in float64 they stay in the core's cache."""


@dataclass(frozen=True, slots=True)
class Side:
    """One weight set, of which nothing but headers was read.

    Args:
        listing: the files beside which it lies.
        weights: it.
        sets: the names of all sets there.
        plans: what its files hold, by path.
        headers: its tensors, by canonical name.
    """

    listing: Found
    weights: WeightSet
    sets: tuple[str, ...]
    plans: Mapping[str, FilePlan]
    headers: Mapping[str, Header]

    @property
    def parameters(self) -> list[Header]:
        """Its tensors that are no buffers."""
        return [header for header in self.headers.values() if not header.is_buffer]


def side(listing: Found, weight_set: str | None) -> Side:
    """Return a weight set, ready to be compared.

    Args:
        listing: what `files.find` returned.
        weight_set: which; None for the one that transformers loads, or the only one.

    Raises:
        CheckedBad: it is broken, hostile or incomplete, or there are no weights.
        BadInput: there is no such set, or several and none that is loaded.
        CouldNotCheck: it is in a form that is not read, or cannot be read.
    """
    if pointer := impostors.pointer(listing):
        raise pointer
    sets = sets_of(listing)
    if not sets:
        raise impostors.no_weights(listing)
    weights = _chosen(listing, sets, weight_set)
    plans = read_plans(listing, (weights,))
    named = {header.name: header for header in headers(weights, plans)}
    made = Side(listing, weights, tuple(each.name for each in sets), plans, named)
    if not made.parameters:
        raise CouldNotCheck(f"{weights.name} holds no parameters: nothing to compare")
    return made


def _chosen(listing: Found, sets: tuple[WeightSet, ...], name: str | None) -> WeightSet:
    named = [weights.name for weights in sets]
    chosen = loaders.loaded(sets) if name is None else None
    if name is not None:
        chosen = next((weights for weights in sets if weights.name == name), None)
        if chosen is None:
            raise no_such_set(str(listing.path), name, named)
    if chosen is None:
        what = f"{listing.path} has several weight sets, and transformers loads none of them"
        raise BadInput(what, f"name one of: {', '.join(named)}")
    if chosen.layout == RAW:
        raise CouldNotCheck(f"{chosen.name} is a trainer's own form, which is not looked into")
    return chosen


class Files:
    """The files of one side, opened when they are needed; one is opened again only as it was.

    Args:
        side: whose.
    """

    def __init__(self, side: Side) -> None:
        self.side = side
        self._stamps: dict[str, tuple[int, int, int]] = {}

    @contextmanager
    def open(self, path: str) -> Iterator[OpenFile]:
        """Open a file; refuse one that changed since its header was read, or meanwhile."""
        where = self.side.listing.files[path].where
        with OpenFile(where, str(where)) as file:  # so that errors say of which side
            if path not in self._stamps and read_plan(file) != self.side.plans[path]:
                raise _changed(file)
            if self._stamps.setdefault(path, file.stamp) != file.stamp:
                raise _changed(file)
            yield file
            file.check_unchanged(file.size)

    def crcs_of(self, header: Header) -> list[Crc]:
        """Return the checksums of the very bytes of a tensor."""
        spec = header.spec
        if spec.strides is not None:
            return []
        crcs = self.side.plans[header.file].crcs
        return [crc for crc in crcs if (crc.start, crc.end) == (spec.start, spec.end)]

    def check_rest(self, read: Iterable[Header]) -> None:
        """Compare with their checksums the bytes that no tensor that was read covers whole."""
        done = {(each.file, crc.start, crc.end) for each in read for crc in self.crcs_of(each)}
        for path, plan in self.side.plans.items():
            crcs = [crc for crc in plan.crcs if (path, crc.start, crc.end) not in done]
            if not crcs:
                continue
            with self.open(path) as file:
                for crc in crcs:
                    sink = CrcSink(crc, file.shown)
                    for chunk in _chunks(file, crc.start, crc.end):
                        sink.feed(chunk)
                    sink.close()

    def are_those_of(self, other: "Files") -> bool:
        """Return whether both sides' files are equal; their tensors are known to be.

        Files of one plan hold the same tensors at the same places: what is left is what lies
        between them.
        """
        mine, theirs = ([*files.side.plans.items()] for files in (self, other))
        if len(mine) != len(theirs):
            return False
        for path, plan in mine:
            twin = next((at for at, (_, held) in enumerate(theirs) if held == plan), None)
            if twin is None:
                return False
            with self.open(path) as file, other.open(theirs.pop(twin)[0]) as beside:
                if file.size != beside.size or not _is_equal_between(file, beside, plan):
                    return False
        return True


def _changed(file: OpenFile) -> CouldNotCheck:
    return CouldNotCheck(f"{file.shown} changed while it was read", "try again")


def _chunks(file: OpenFile, start: int, end: int) -> Iterator[memoryview]:
    """Yield a stretch of a file; each chunk is only lent."""
    buffer = memoryview(bytearray(min(CHUNK, end - start)))
    for at in range(start, end, CHUNK):
        chunk = buffer[: min(CHUNK, end - at)]
        if file.fill(at, chunk) != len(chunk):
            raise _changed(file)
        yield chunk


def _is_equal_between(file: OpenFile, other: OpenFile, plan: FilePlan) -> bool:
    """Return whether two files of one plan are equal outside its contiguous tensors."""
    spans = sorted((t.start, t.end) for t in plan.tensors if t.strides is None)
    reached = 0
    for start, end in [*spans, (file.size, file.size)]:
        if start > reached:
            for mine, theirs in zip(
                _chunks(file, reached, start), _chunks(other, reached, start), strict=True
            ):
                if bytes(mine) != bytes(theirs):
                    return False
        reached = max(reached, end)
    return True


class Source:
    """The elements of one tensor in row-major order, read by position from the first to the last.

    Args:
        file: that holds it.
        spec: where.
        crcs: of its very bytes.
    """

    def __init__(self, file: OpenFile, spec: TensorSpec, crcs: list[Crc]) -> None:
        self._file, self._spec = file, spec
        self._unit = distances.unit(spec.dtype)
        self._sinks = [CrcSink(crc, file.shown) for crc in crcs]
        self.read: Callable[[int, int], memoryview]
        if spec.strides is None:
            self._buffer = memoryview(bytearray(min(BLOCK * self._unit, spec.size_bytes)))
            self.read = self._in_order
        else:
            self._view = self._held(spec.strides)
            self.read = self._gathered

    def _in_order(self, first: int, count: int) -> memoryview:
        """Return elements as they lie; they are only lent."""
        chunk = self._buffer[: count * self._unit]
        if self._file.fill(self._spec.start + first * self._unit, chunk) != len(chunk):
            raise _changed(self._file)
        for sink in self._sinks:
            sink.feed(chunk)
        return chunk

    def _held(self, strides: tuple[int, ...]) -> NDArray[np.generic]:
        """Return a strided view, its storage in memory: its order is no order of the file's."""
        size = self._spec.end - self._spec.start
        storage = bytearray(size)
        if self._file.fill(self._spec.start, memoryview(storage)) != size:
            raise _changed(self._file)
        kind = "<c16" if self._unit == np.dtype("<c16").itemsize else f"<u{self._unit}"
        steps = [self._unit * stride for stride in strides]
        view: NDArray[np.generic] = np.ndarray(self._spec.shape, kind, storage, 0, steps)
        return view.squeeze()  # a flat view has 32 dimensions at the most, all of some length

    def _gathered(self, first: int, count: int) -> memoryview:
        """Return elements of a strided view, row-major; a copy."""
        return self._view.flat[first : first + count].view(np.uint8).data

    def close(self) -> None:
        """Raise CheckedBad where the bytes are not those that were written."""
        for sink in self._sinks:
            sink.close()
