"""How far apart two tensors are, from blocks of both: elements that differ, norms, dot product.

What is equal is decided on integers, by the rules of `catalog.weights.numbers`; distances are sums
in float64. Knows tensors' types, nothing of files.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catalog.core import tensors
from catalog.core.comparisons import Gap, Half, Status
from catalog.weights import numbers
from catalog.weights.plan import BITS

_INTEGERS = {
    "bool": "<u1", "u8": "<u1", "i8": "<i1", "u16": "<u2", "i16": "<i2", "u32": "<u4", "i32": "<i4",
    "u64": "<u8", "i64": "<i8",
}  # fmt: skip
_BYTE = 8

Numbers = NDArray[np.float64]


def are_comparable(first: str, second: str) -> bool:
    """Return whether elements of two types can be paired: floats, integers, or one type."""
    kinds = ({each in numbers.FLOATS for each in (first, second)}, {first, second} <= {*_INTEGERS})
    return first == second or kinds[0] == {True} or kinds[1]


def unit(dtype: str) -> int:
    """Return the bytes that are read of a type at once: an element, or several small ones."""
    return max(BITS[dtype] // _BYTE, 1)


class _Sum:
    """A sum whose size no float needs to hold: value times a power of two."""

    def __init__(self) -> None:
        self.value, self.exponent = 0.0, 0

    def add(self, value: float, exponent: int) -> None:
        """Add value times two to the exponent."""
        if value and (not self.value or exponent > self.exponent):
            self.value = math.ldexp(self.value, self.exponent - exponent)
            self.exponent = exponent
        self.value += math.ldexp(value, exponent - self.exponent)

    def root(self) -> float:
        """Return its square root, infinite beyond the range of floats."""
        return _power(math.sqrt(self.value), self.exponent // 2)


class Tally:
    """What of two tensors of one shape differs, from blocks of both that hold the same elements.

    Args:
        first: the type of the first side's.
        second: of the second side's.
    """

    def __init__(self, first: str, second: str) -> None:
        self.differing = 0
        self.same_bytes = first == second
        self.non_finite = [0, 0]
        self._types = (first, second)
        self._floats = first in numbers.FLOATS and second in numbers.FLOATS
        self._wide = "f64" in self._types
        self._first, self._second, self._product, self._apart = (_Sum() for _ in range(4))

    def feed(self, first: memoryview, second: memoryview) -> None:
        """Take the next block of both."""
        same = self._types[0] == self._types[1] and _equal_bytes(first, second)
        self.same_bytes = self.same_bytes and same
        if self._floats:
            with np.errstate(all="ignore"):  # NaN, and what no float holds, are looked for
                self._compare(first, second, same=same)
        elif not same:
            self.differing += self._unequal(first, second)

    def _unequal(self, first: memoryview, second: memoryview) -> int:
        """Return how many elements differ, of integers or of types that are compared by bytes."""
        if self._types[0] in _INTEGERS:
            here, there = (
                np.frombuffer(raw, _INTEGERS[dtype])
                for raw, dtype in zip((first, second), self._types, strict=True)
            )
            return int(np.count_nonzero(here != there))
        size = unit(self._types[0])
        rows = [np.frombuffer(raw, np.uint8).reshape(-1, size) for raw in (first, second)]
        return int(np.count_nonzero((rows[0] != rows[1]).any(axis=1)))

    def _compare(self, first: memoryview, second: memoryview, *, same: bool) -> None:
        """Compare floats, and add their squares up."""
        here = _float_words(first, self._types[0])
        there = here if same else _float_words(second, self._types[1])
        if not same:
            if self._wide:
                here, there = _widened(here), _widened(there)
            self.differing += _differing(here, there)
        a = _values(here)
        b = a if same else _values(there)
        bad = [int(np.count_nonzero(~np.isfinite(each))) for each in ((a,) if same else (a, b))]
        self.non_finite[0] += bad[0]
        self.non_finite[1] += bad[-1]
        if not any(self.non_finite):
            self._add(a, b, same=same)

    def _add(self, a: Numbers, b: Numbers, *, same: bool) -> None:
        """Add up squares and products; of float64, scaled so that none leaves the range."""
        scaled, up = self._scaled(a)
        self._first.add(_dot(scaled, scaled), 2 * up)
        if same:
            self._second.add(_dot(scaled, scaled), 2 * up)
            self._product.add(_dot(scaled, scaled), 2 * up)
            return
        other, there = self._scaled(b)
        self._second.add(_dot(other, other), 2 * there)
        self._product.add(_dot(scaled, other), up + there)
        top = max(up, there)
        apart, more = self._scaled(np.ldexp(a, -top) - np.ldexp(b, -top) if self._wide else a - b)
        self._apart.add(_dot(apart, apart), 2 * (top + more))

    def _scaled(self, values: Numbers) -> tuple[Numbers, int]:
        """Return numbers that are at most 1 in size, and the power of two to make them so."""
        if not self._wide or not values.size:
            return values, 0
        exponent = math.frexp(max(-float(values.min()), float(values.max())))[1]
        return np.ldexp(values, -exponent), exponent

    @property
    def status(self) -> Status:
        """What the elements say; all were fed."""
        if self.same_bytes:
            return Status.SAME
        if len({tensors.value_dtype(dtype) for dtype in self._types}) > 1:
            return Status.OTHER_TYPE
        is_equal = not self.differing and self._floats
        return Status.SAME_VALUES if is_equal else Status.DIFFERS

    @property
    def counted(self) -> int | None:
        """How many elements differ, None where several share a byte."""
        small = BITS[self._types[0]] < _BYTE
        return self.differing if self.same_bytes or not small else None

    def halves(self, shape: tuple[int, ...]) -> tuple[Half, Half]:
        """Return both sides as they are stored, with what is not finite in them."""
        bad = self.non_finite if self._floats else (None, None)
        first, second = (Half(dtype, shape, n) for dtype, n in zip(self._types, bad, strict=True))
        return first, second

    @property
    def gap(self) -> Gap | None:
        """How far apart the numbers are, None where they are no floats or not all finite."""
        if not self._floats or any(self.non_finite):
            return None
        norms = self._first.root(), self._second.root(), self._apart.root()
        if not all(map(math.isfinite, norms)):
            return None
        return Gap(*norms, self._relative(), self._cosine())

    def _relative(self) -> float | None:
        if not self._apart.value:
            return 0.0
        if not self._first.value:
            return None
        ratio = math.sqrt(self._apart.value / self._first.value)
        relative = _power(ratio, (self._apart.exponent - self._first.exponent) // 2)
        return relative if math.isfinite(relative) else None

    def _cosine(self) -> float | None:
        if not self._first.value or not self._second.value:
            return None
        if not self._apart.value:
            return 1.0
        size = math.sqrt(self._first.value) * math.sqrt(self._second.value)
        exponent = self._product.exponent - (self._first.exponent + self._second.exponent) // 2
        return max(-1.0, min(1.0, _power(self._product.value / size, exponent)))


def _power(value: float, exponent: int) -> float:
    """Return value times two to the exponent, infinite beyond the range of floats."""
    try:
        return math.ldexp(value, exponent)
    except OverflowError:
        return math.inf


def _equal_bytes(first: memoryview, second: memoryview) -> bool:
    return np.array_equal(np.frombuffer(first, np.uint8), np.frombuffer(second, np.uint8))


def _float_words(raw: memoryview, dtype: str) -> numbers.Floats:
    """Return the bits of floats, f16 and bf16 as float32."""
    if dtype == "f16":
        return numbers.widen_halves(raw, np.empty(len(raw) // 2, np.uint32))[0]
    if dtype == "bf16":
        return numbers.widen(raw, np.empty(len(raw) // 2, np.uint32))
    words: Any = np.frombuffer(raw, "<u4" if dtype == "f32" else "<u8")
    return words  # type: ignore[no-any-return]


def _values(words: numbers.Floats) -> Numbers:
    """Return floats, of their bits, as float64."""
    return words.view(f"<f{words.itemsize}").astype(np.float64)


def _widened(words: numbers.Floats) -> numbers.Floats:
    """Return the bits of floats as float64."""
    return _values(words).view(np.uint64)


def _differing(here: numbers.Floats, there: numbers.Floats) -> int:
    """Return how many floats differ; zeros of both signs are equal, and so are all NaNs."""
    apart = here != there
    if not apart.any():
        return 0
    first, second = (numbers.canonical(words[apart])[0] for words in (here, there))
    return int(np.count_nonzero(first != second))


def _dot(a: Numbers, b: Numbers) -> float:
    # Not np.dot: that one starts threads, and its last digits depend on how many.
    return float(np.einsum("i,i->", a, b))
