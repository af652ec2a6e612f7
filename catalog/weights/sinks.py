"""Where a tensor's bytes go while its file is read: into its digests, a piece at a time.

Knows tensors and their types, nothing of file formats. A tensor whose bytes lie in order is
digested as they come; one that is a strided view is gathered from its storage first, and only one
such storage is held in memory at any time in the whole process.
"""

import hashlib
import threading
from collections import deque
from collections.abc import Iterable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from catalog.errors import CheckedBad
from catalog.weights import numbers
from catalog.weights.numbers import Floats
from catalog.weights.plan import BITS, Crc, FilePlan, TensorSpec, regions

try:
    # Nine times as quick as zlib's, which makes a `.bin` with --tensors a seventh slower.
    from isal.isal_zlib import crc32  # type: ignore[import-not-found, unused-ignore]
except ImportError:
    from zlib import crc32

# Pieces that stay in the core's cache between the digests; a multiple of every element's size.
PIECE = 512 << 10
_one_region = threading.Lock()


class Sink(Protocol):
    """Takes the bytes of one stretch of a file, in order."""

    start: int
    end: int

    def feed(self, chunk: memoryview) -> None:
        """Take the next bytes of the stretch."""

    def close(self) -> None:
        """Take note that the stretch is over."""

    def drop(self) -> None:
        """Let go of everything; the reading was given up, or is over."""


class Digester:
    """The tensor digest and the value digest of row-major bytes that arrive in any pieces.

    The value digest of f32 bytes without -0.0 or NaN is their tensor digest, so they are digested
    once; where the first such element turns up, the state so far is copied and the ways part.
    """

    def __init__(self, dtype: str) -> None:
        self.non_finite = 0
        self._dtype = dtype
        self._raw = hashlib.sha256()
        self._values = hashlib.sha256() if dtype in ("f16", "bf16") else None
        self._element = numbers.FLOATS.get(dtype, 1)
        self._rest = b""

    def feed(self, chunk: memoryview) -> None:
        """Take the next bytes."""
        if self._rest:
            chunk = self._complete(chunk)
        whole = len(chunk) // self._element * self._element
        for at in range(0, whole, PIECE):
            self._piece(chunk[at : min(at + PIECE, whole)])
        self._rest += bytes(chunk[whole:])

    def _complete(self, chunk: memoryview) -> memoryview:
        """Finish the element that the last chunk cut; return what is left of this one."""
        need = self._element - len(self._rest)
        self._rest += bytes(chunk[:need])
        if len(self._rest) == self._element:
            self._piece(memoryview(self._rest))
            self._rest = b""
        return chunk[need:]

    def _piece(self, piece: memoryview) -> None:
        """Digest whole elements."""
        if self._values is not None and self._dtype in ("f16", "bf16"):
            self._raw.update(piece)
            self._values.update(self._widened(piece).data)
        elif self._dtype in ("f32", "f64"):
            self._floats(piece)
        else:
            self._raw.update(piece)

    def _widened(self, piece: memoryview) -> Floats:
        """Return the canonical values of f16 or bf16 elements."""
        if self._dtype == "f16":
            wide, bad = numbers.widen_halves(piece, _scratch())
            self.non_finite += bad
            return wide
        wide = numbers.widen(piece, _scratch())
        if numbers.is_canonical(wide):
            return wide
        fixed, bad = numbers.canonical(wide)
        self.non_finite += bad
        return fixed

    def _floats(self, piece: memoryview) -> None:
        """Digest f32 or f64 elements, their values apart only from where they differ."""
        words: Floats
        words = np.frombuffer(piece, "<u4" if self._dtype == "f32" else "<u8")
        if numbers.is_canonical(words):
            self._raw.update(piece)
            if self._values is not None:
                self._values.update(piece)
            return
        fixed, bad = numbers.canonical(words)
        self.non_finite += bad
        if self._values is None:
            self._values = self._raw.copy()
        self._raw.update(piece)
        self._values.update(fixed.data)

    def digests(self) -> tuple[str, str]:
        """Return the tensor digest and the digest of its values, hex."""
        raw = self._raw.hexdigest()
        return raw, self._values.hexdigest() if self._values is not None else raw


_local = threading.local()


def _scratch() -> NDArray[np.uint32]:
    """Return this thread's room for one widened piece."""
    room: NDArray[np.uint32] | None = getattr(_local, "scratch", None)
    if room is None:
        room = _local.scratch = np.empty(PIECE // 2, np.uint32)
    return room


class TensorSink:
    """Digests one tensor whose bytes lie in order."""

    def __init__(self, spec: TensorSpec) -> None:
        self.start, self.end = spec.start, spec.end
        self.spec = spec
        self.digester = Digester(spec.dtype)

    def feed(self, chunk: memoryview) -> None:
        """Take the next bytes of the tensor."""
        self.digester.feed(chunk)

    def parts(self) -> list[tuple[TensorSpec, Digester]]:
        """Return the tensor and its digests."""
        return [(self.spec, self.digester)]

    def close(self) -> None:
        """Nothing is left to do."""

    def drop(self) -> None:
        """Nothing is held."""


class RegionSink:
    """Holds the storage of strided views that overlap, then digests each view in its own order.

    Regions of one file do not overlap, so none waits for another of the same file.

    Args:
        specs: the views, by rising start.
        digesters: theirs, in the same order.
    """

    def __init__(self, specs: list[TensorSpec]) -> None:
        self.start, self.end = specs[0].start, max(spec.end for spec in specs)
        self.specs = specs
        self.digesters = [Digester(spec.dtype) for spec in specs]
        self._bytes: bytearray | None = None
        self._filled = 0

    def feed(self, chunk: memoryview) -> None:
        """Take the next bytes of the storage."""
        if self._bytes is None:
            _one_region.acquire()
            self._bytes = bytearray(self.end - self.start)
        self._bytes[self._filled : self._filled + len(chunk)] = chunk
        self._filled += len(chunk)

    def parts(self) -> list[tuple[TensorSpec, Digester]]:
        """Return the views and their digests."""
        return list(zip(self.specs, self.digesters, strict=True))

    def close(self) -> None:
        """Digest the views and let the storage go."""
        for spec, digester in self.parts():
            if self._bytes is not None:
                _gather(self._bytes, spec, spec.start - self.start, digester)
        self.drop()

    def drop(self) -> None:
        """Let the storage go."""
        if self._bytes is not None:
            self._bytes = None
            _one_region.release()


def _gather(storage: bytearray, spec: TensorSpec, offset: int, digester: Digester) -> None:
    """Digest a strided view in row-major order, without ever copying it whole."""
    size = BITS[spec.dtype] // 8
    view: NDArray[np.generic] = np.ndarray(
        spec.shape,
        "<c16" if spec.dtype == "c128" else f"<u{size}",  # only moved, never computed with
        storage,
        offset,
        [size * stride for stride in spec.strides or ()],
    )
    pieces = np.nditer(
        view, flags=["external_loop", "buffered", "zerosize_ok"], order="C", buffersize=PIECE // 16
    )
    for piece in pieces:
        digester.feed(np.ascontiguousarray(piece).view(np.uint8).data)


class CrcSink:
    """Checks a zip entry's own CRC-32: no other witness is needed to find a flipped bit."""

    def __init__(self, crc: Crc, shown: str) -> None:
        self.start, self.end = crc.start, crc.end
        self._crc, self._shown, self._found = crc, shown, 0

    def feed(self, chunk: memoryview) -> None:
        """Take the next bytes."""
        self._found = crc32(chunk, self._found)

    def close(self) -> None:
        """Raise CheckedBad where the bytes are not those that were written."""
        if self._found != self._crc.crc32:
            raise CheckedBad(f"{self._shown} is damaged: {self._crc.name} fails its CRC-32")

    def drop(self) -> None:
        """Nothing is held."""


class Router:
    """Hands each chunk of a file to the sinks whose stretches it touches: a `stream.Consumer`.

    Args:
        plan: what the file holds.
        shown: what to call it in errors.
    """

    def __init__(self, plan: FilePlan, shown: str) -> None:
        self._tensors = _sinks_for(plan.tensors)
        checks = [CrcSink(crc, shown) for crc in plan.crcs]
        sinks: list[Sink] = [*self._tensors, *checks]
        self._waiting = deque(sorted(sinks, key=lambda sink: sink.start))
        self._active: list[Sink] = []

    def __call__(self, offset: int, chunk: memoryview) -> None:
        """Take the next chunk of the file."""
        end = offset + len(chunk)
        while self._waiting and self._waiting[0].start < end:
            self._active.append(self._waiting.popleft())
        for sink in self._active:
            sink.feed(chunk[max(sink.start - offset, 0) : max(sink.end - offset, 0)])
            if sink.end <= end:
                sink.close()
        self._active = [sink for sink in self._active if sink.end > end]

    def finish(self) -> dict[str, tuple[str, str, int]]:
        """Close the empty stretches that begin where the file ends.

        Returns:
            By name each tensor's digest, that of its values, and how many of them are not finite.
        """
        for sink in self._waiting:
            sink.close()
        self._waiting.clear()
        return {
            spec.name: (*digester.digests(), digester.non_finite)
            for sink in self._tensors
            for spec, digester in sink.parts()
        }

    def drop(self) -> None:
        """Let go of everything that unfinished sinks hold."""
        for sink in self._active:
            sink.drop()


def _sinks_for(specs: Iterable[TensorSpec]) -> list[TensorSink | RegionSink]:
    """Return what digests these tensors: one sink each, but overlapping strided views share one."""
    held = list(specs)
    plain = [TensorSink(spec) for spec in held if spec.strides is None]
    return [*plain, *(RegionSink(group) for group in regions(held))]
