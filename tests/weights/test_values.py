"""Canonical numbers, bit by bit, and what the quick look at them may never overlook."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from catalog.weights.numbers import canonical, half_table, is_canonical

BITS = {"<u4": "<f4", "<u8": "<f8"}
ANY = st.sampled_from(sorted(BITS)).flatmap(
    lambda kind: arrays.arrays(kind, st.integers(0, 300), elements=st.integers(0, 2**32 - 1))
)


@given(ANY, st.sampled_from([0x00, 0x80, 0x7F, 0xFF, 0x7F80, 0xFF80, 0x7FF8, 0xFFF0]))
def test_the_quick_look_overlooks_nothing(words, top):
    """Where it says "canonical", no element is -0.0, NaN or infinite."""
    words = words.copy()
    if words.size:
        bits = words.itemsize * 8
        words[len(words) // 2] = top << (bits - (16 if top > 0xFF else 8))
    numbers = words.view(BITS[words.dtype.str])
    special = ~np.isfinite(numbers) | ((numbers == 0) & np.signbit(numbers))
    if is_canonical(words):
        assert not special.any()
    fixed, bad = canonical(words)
    assert bad == np.count_nonzero(~np.isfinite(numbers))
    changed = np.isnan(numbers) | ((numbers == 0) & np.signbit(numbers))
    assert np.array_equal(fixed[~changed], words[~changed])
    assert len(set(fixed[np.isnan(numbers)].tolist())) <= 1


@pytest.mark.parametrize("kind", sorted(BITS))
def test_ordinary_weights_take_the_quick_way(kind):
    """Weights as they are trained, subnormal ones among them, need no second digest."""
    numbers = np.random.default_rng(1).normal(0, 0.02, 4096).astype(BITS[kind])
    numbers[numbers == 0] = 1
    numbers[:2] = np.array([1, 3], kind).view(BITS[kind])
    assert is_canonical(numbers.view(kind))


def test_every_half_widens_exactly():
    """All 65,536 halves: the float32 that NumPy makes, but for -0.0 and NaN."""
    halves = np.arange(1 << 16, dtype=np.uint16)
    wide = halves.view(np.float16).astype(np.float32)
    wide[wide == 0] = 0
    bits = wide.view(np.uint32).copy()
    bits[np.isnan(wide)] = 0x7FC00000
    assert np.array_equal(half_table(), bits)
