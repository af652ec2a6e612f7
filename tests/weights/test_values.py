"""Canonical numbers, bit by bit, and what the quick look at them may never overlook."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from catalog.weights import numbers

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
    floats = words.view(BITS[words.dtype.str])
    special = ~np.isfinite(floats) | ((floats == 0) & np.signbit(floats))
    if numbers.is_canonical(words):
        assert not special.any()
    fixed, bad = numbers.canonical(words)
    assert bad == np.count_nonzero(~np.isfinite(floats))
    changed = np.isnan(floats) | ((floats == 0) & np.signbit(floats))
    assert np.array_equal(fixed[~changed], words[~changed])
    assert len(set(fixed[np.isnan(floats)].tolist())) <= 1


@pytest.mark.parametrize("kind", sorted(BITS))
def test_ordinary_weights_take_the_quick_way(kind):
    """Weights as they are trained, subnormal ones among them, need no second digest."""
    floats = np.random.default_rng(1).normal(0, 0.02, 4096).astype(BITS[kind])
    floats[floats == 0] = 1
    floats[:2] = np.array([1, 3], kind).view(BITS[kind])
    assert numbers.is_canonical(floats.view(kind))


def test_every_half_widens_exactly():
    """All 65,536 halves: the float32 that NumPy makes, but for -0.0 and NaN."""
    halves = np.arange(1 << 16, dtype=np.uint16)
    wide = halves.view(np.float16).astype(np.float32)
    wide[wide == 0] = 0
    bits = wide.view(np.uint32).copy()
    bits[np.isnan(wide)] = 0x7FC00000
    assert np.array_equal(numbers.half_table(), bits)


@pytest.mark.parametrize("common", [0, 200, 40_000])
def test_halves_widen_alike_in_passes_and_looked_up(common):
    """Few numbers that are not normal go one way, many the other: the digest cannot tell."""
    random = np.random.default_rng(common)
    special = random.permutation(np.arange(1 << 16, dtype=np.uint16))[:common]
    normal = random.normal(0, 0.02, 50_001).astype(np.float16)
    normal[np.abs(normal) < np.float16(1e-4)] = 1
    words = random.permutation(np.concatenate([special, normal.view(np.uint16)]))
    room = np.empty(1 << 17, np.uint32)
    wide, bad = numbers.widen_halves(memoryview(words).cast("B"), room)
    assert np.array_equal(wide, numbers.half_table()[words])
    assert bad == np.count_nonzero(~np.isfinite(words.view(np.float16)))


def test_every_half_widens_alone():
    """Each of the 65,536 among normal ones, wherever a piece may end."""
    words = np.full((1 << 16, 17), 0x3C00, np.uint16)
    words[:, 16] = np.arange(1 << 16)
    room = np.empty(17, np.uint32)
    for row in words[::97]:
        wide, _ = numbers.widen_halves(memoryview(row).cast("B"), room)
        assert np.array_equal(wide, numbers.half_table()[row])
