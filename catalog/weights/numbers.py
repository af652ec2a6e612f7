"""What the value digest digests: numbers as canonical bytes, made by integer rules only.

* f16, bf16 and f32 become little-endian float32. The widening is exact; nothing is flushed to
  zero, because no floating-point instruction touches the numbers.
* -0.0 becomes +0.0, and every NaN becomes 0x7fc00000 (as f64: 0x7ff8000000000000).
* All other types keep their bytes.

Does not hash; `catalog.weights.sinks` does.
"""

import math
from functools import cache

import numpy as np
from numpy.typing import NDArray

# The bits of f32 or f64 elements.
Floats = NDArray[np.uint32] | NDArray[np.uint64]

# Bits of a word: everything but the sign, and infinity; above infinity are the NaNs.
_HALF_TOP = 0x1F  # the exponent of infinities and NaNs
_INFINITY = {16: 0x7C00, 32: 0x7F800000, 64: 0x7FF0000000000000}
_QUIET_NAN = {32: 0x7FC00000, 64: 0x7FF8000000000000}
# Where more than one half of so many is no normal number, looking all of them up is quicker.
_RARE = 16
FLOATS = {"f16": 2, "bf16": 2, "f32": 4, "f64": 8}


@cache
def half_table() -> NDArray[np.uint32]:
    """Return, for each of the 65,536 halves, the bits of its canonical float32."""
    half = np.arange(1 << 16, dtype=np.uint32)
    sign, exponent, fraction = half >> 15 << 31, half >> 10 & _HALF_TOP, half & 0x3FF
    # A normal number: rebias 15 to 127 and move the fraction up.
    bits = sign | (exponent + 112) << 23 | fraction << 13
    # A subnormal is fraction times 2**-24: its leading one, at bit `top`, becomes the implicit one.
    top = np.zeros_like(half)
    for position in range(10):
        top[fraction >> position == 1] = position
    subnormal = sign | (top + 103) << 23 | (fraction << 23 - top & 0x7FFFFF)
    bits = np.where(exponent == 0, subnormal, bits)
    bits[(exponent == 0) & (fraction == 0)] = 0
    bits = np.where(exponent == _HALF_TOP, sign | _INFINITY[32], bits)
    bits[(exponent == _HALF_TOP) & (fraction != 0)] = _QUIET_NAN[32]
    return bits.astype(np.uint32)


def widen(raw: memoryview, out: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Widen bf16 bytes to float32 bits.

    Args:
        raw: whole little-endian elements.
        out: room for the result, at least as many elements.

    Returns:
        The filled part of `out`: the numbers as they are, not canonical.
    """
    words = np.frombuffer(raw, "<u2")
    out = out[: len(words)]
    np.left_shift(words, np.uint32(16), out=out, dtype=np.uint32)
    return out


def widen_halves(raw: memoryview, out: NDArray[np.uint32]) -> tuple[NDArray[np.uint32], int]:
    """Widen f16 bytes to canonical float32 bits.

    Normal numbers, nearly all, are moved and rebiased in whole passes; the others are looked up.

    Args:
        raw: whole little-endian elements.
        out: room for the result, at least as many elements.

    Returns:
        The filled part of `out`, and how many elements are NaN or infinite.
    """
    words = np.frombuffer(raw, "<u2")
    out = out[: len(words)]
    # 1 to 30 is a normal number's exponent: one more, and 0 and 31 are those below 2.
    special = words + np.uint16(1 << 10) & np.uint16(0x7FFF)
    rare = np.flatnonzero(special < np.uint16(2 << 10))
    if len(rare) > len(words) // _RARE:
        # "clip" only skips a check: no 16-bit index is out of range.
        np.take(half_table(), words, out=out, mode="clip")
    else:
        np.copyto(out.view(np.int32), words.view("<i2"))  # the sign fills the upper half
        np.left_shift(out, np.uint32(13), out=out)
        np.bitwise_and(out, np.uint32(0x8FFFE000), out=out)
        np.add(out, np.uint32(112 << 23), out=out)
        out[rare] = half_table()[words[rare]]
    infinite = (words[rare] & np.uint16(0x7FFF)) >= np.uint16(_INFINITY[16])
    return out, int(np.count_nonzero(infinite))


def is_canonical(words: Floats) -> bool:
    """Return whether float bits hold neither -0.0 nor NaN; infinities too are answered "no".

    Two passes, each quicker than any comparison with a temporary: -0.0 is the least signed integer,
    and a sum is finite only if every number in it is. A sum that overflows is one more "no": it
    costs the caller time, nothing else. No number that is digested comes from it.
    """
    if not words.size:
        return True
    size = words.itemsize
    if int(np.minimum.reduce(words.view(f"<i{size}"))) == -1 << (size * 8 - 1):
        return False
    return math.isfinite(np.einsum("i->", words.view(f"<f{size}")))


def canonical(
    words: Floats,
) -> tuple[Floats, int]:
    """Return float bits with +0.0 for -0.0 and one NaN, and how many elements are not finite."""
    bits = words.itemsize * 8
    kind = words.dtype.type
    size = words & kind((1 << (bits - 1)) - 1)
    infinity = kind(_INFINITY[bits])
    fixed = np.where(size == 0, kind(0), words)
    fixed = np.where(size > infinity, kind(_QUIET_NAN[bits]), fixed)
    return fixed, int(np.count_nonzero(size >= infinity))


def without_zero_signs(raw: bytes, dtype: str) -> bytes:
    """Return bytes of floats with every negative zero made a positive one; others as they are."""
    word = {"f16": "<u2", "bf16": "<u2", "f32": "<u4", "f64": "<u8"}.get(dtype)
    if word is None:
        return raw
    words = np.frombuffer(raw, word).copy()
    words[words == 1 << (8 * words.itemsize - 1)] = 0
    return words.tobytes()
