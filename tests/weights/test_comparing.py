"""Two weight sets side by side: what differs is what numpy and torch say."""

import math
import os
import tracemalloc
from itertools import pairwise

import checkpoints
import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_weights import write_tensors
from torch import tensor

from catalog.core.comparisons import Gap, Status
from catalog.core.witnesses import Relation, relation
from catalog.errors import BadInput, CheckedBad, CouldNotCheck
from catalog.progress import SILENT, Watcher
from catalog.weights import comparing, files, hashing, sides
from catalog.weights.distances import Tally, are_comparable, unit
from catalog.weights.plan import BITS

TORCH = {
    "f16": torch.float16,
    "bf16": torch.bfloat16,
    "f32": torch.float32,
    "f64": torch.float64,
}
INTEGERS = {
    "bool": np.bool_, "u8": np.uint8, "i8": np.int8, "u16": np.uint16, "i16": np.int16,
    "u32": np.uint32, "i32": np.int32, "u64": np.uint64, "i64": np.int64,
}  # fmt: skip
# Bits that are worth more tries than chance gives them: zeros, NaNs, infinities, the ends.
ODD = (0, 1, 0x7F, 0x80, 0xFF)


def raw(draw, size):
    """Return any bytes, or some of those bytes alone that make numbers odd."""
    chance = draw(st.binary(min_size=size, max_size=size))
    return bytes(ODD[byte % len(ODD)] for byte in chance) if draw(st.booleans()) else chance


@st.composite
def pairs(draw, types):
    """Return two tensors of one length, the second often much like the first."""
    first, second = draw(st.sampled_from(types)), draw(st.sampled_from(types))
    count = draw(st.integers(0, 9))
    one, other = (raw(draw, unit(dtype) * count) for dtype in (first, second))
    if first == second and draw(st.booleans()):
        cut = draw(st.integers(0, count)) * unit(first)
        other = one[:cut] + other[cut:]
    return first, second, count, one, other, draw(st.integers(1, 9))


def tallied(first, second, count, one, other, step):
    """Return what a tally says, fed in blocks of some elements."""
    tally = Tally(first, second)
    for at in range(0, count, step):
        end = min(at + step, count)
        tally.feed(
            *(
                memoryview(held)[at * unit(dtype) : end * unit(dtype)]
                for dtype, held in ((first, one), (second, other))
            )
        )
    return tally


def floats(raw, dtype):
    """Return elements as torch reads them, in a float of more range than float64 has."""
    held = torch.frombuffer(bytearray(raw), dtype=TORCH[dtype]) if raw else torch.zeros(0)
    return held.double().numpy().astype(np.longdouble)


def in_range(number):
    """Return a number as float64 holds it, None beyond its range."""
    return float(number) if math.isfinite(float(number)) else None


@given(pairs(list(TORCH)))
@settings(max_examples=80)
def test_floats_are_told_apart_as_torch_does(case):
    """Elements that differ, what is not finite, norms, distance and cosine."""
    first, second, _, one, other, _ = case
    tally = tallied(*case)
    a, b = floats(one, first), floats(other, second)
    assert tally.differing == np.count_nonzero(~((a == b) | (np.isnan(a) & np.isnan(b))))
    assert tally.non_finite == [np.count_nonzero(~np.isfinite(each)) for each in (a, b)]
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        assert tally.gap is None
        return
    norms = [np.sqrt(np.sum(each * each)) for each in (a, b, a - b)]
    if None in map(in_range, norms):
        assert tally.gap is None
        return
    gap = tally.gap
    assert [gap.first_norm, gap.second_norm, gap.norm] == pytest.approx(
        [float(each) for each in norms], rel=1e-9
    )
    assert (gap.norm > 0) == (tally.differing > 0)
    wanted = in_range(norms[2] / norms[0]) if norms[0] else None if norms[2] else 0.0
    assert gap.relative_l2 == (wanted if wanted is None else pytest.approx(wanted, rel=1e-9))
    if norms[0] and norms[1]:
        cosine = float(np.sum((a / norms[0]) * (b / norms[1])))
        assert gap.cosine == pytest.approx(cosine, rel=1e-9, abs=1e-9)
        assert -1 <= gap.cosine <= 1
    else:
        assert gap.cosine is None


@given(pairs(list(INTEGERS)))
@settings(max_examples=60)
def test_integers_are_told_apart_exactly(case):
    """By their numbers, whatever their widths and signs; they have no distance."""
    first, second, _, one, other, _ = case
    tally = tallied(*case)
    a, b = (
        np.frombuffer(raw, np.uint8 if dtype == "bool" else INTEGERS[dtype]).tolist()
        for raw, dtype in ((one, first), (other, second))
    )
    assert tally.differing == sum(x != y for x, y in zip(a, b, strict=True))
    assert tally.gap is None
    assert (tally.status is Status.SAME) == (first == second and one == other)
    assert (tally.status is Status.OTHER_TYPE) == (first != second)


def test_types_that_are_compared_by_their_bytes():
    """Whole elements of one type; of types under a byte nobody knows how many differ."""
    one, other = bytes(range(64)), bytes([9, *range(1, 63), 9])
    for dtype in sorted(set(BITS) - set(TORCH) - set(INTEGERS)):
        tally = tallied(dtype, dtype, 64 // unit(dtype), one, other, 3)
        assert tally.status is Status.DIFFERS
        assert tally.counted == (None if BITS[dtype] < 8 else 2)
        assert tallied(dtype, dtype, 64 // unit(dtype), one, one, 3).counted == 0
        assert not are_comparable(dtype, "f32")
    assert not are_comparable("i32", "f32")


def test_numbers_beyond_the_range_of_squares():
    """The square of 1e200 is no float64, nor is that of 1e-200; their distance is."""
    for size in (1e200, 1e-200):
        one, other = (np.array([size, number]).tobytes() for number in (0.0, size))
        gap = tallied("f64", "f64", 2, one, other, 1).gap
        assert gap.relative_l2 == pytest.approx(1.0)
        assert gap.cosine == pytest.approx(math.sqrt(0.5))
        assert gap.second_norm == pytest.approx(size * math.sqrt(2))


def test_several_tensors_are_one():
    """Distances of groups are those of the tensors laid end to end."""
    chance = np.random.default_rng(7)
    parts = [(chance.normal(size=n), chance.normal(size=n)) for n in (3, 1, 40)]
    gaps = [tallied("f64", "f64", len(a), a.tobytes(), b.tobytes(), 8).gap for a, b in parts]
    a, b = (np.concatenate(each) for each in zip(*parts, strict=True))
    whole = tallied("f64", "f64", len(a), a.tobytes(), b.tobytes(), 8).gap
    joined = Gap.together(gaps)
    for name in Gap.__slots__:
        assert getattr(joined, name) == pytest.approx(getattr(whole, name))
    assert whole.relative_l2 == pytest.approx(np.linalg.norm(a - b) / np.linalg.norm(a))
    assert whole.cosine == pytest.approx(a @ b / np.linalg.norm(a) / np.linalg.norm(b))
    assert Gap.together([]) is None


# Whole weight sets -----------------------------------------------------------------------------


def opened(folder, weight_set=None):
    """Return one side."""
    return sides.side(files.find(folder), weight_set)


def compared(first, second, watcher=SILENT):
    """Return what comparing two folders says."""
    return comparing.compare(opened(first), opened(second), watcher)


def by_digests(*folders):
    """Return the relation that the digests of two folders' sets say holds."""
    return relation(*(hashing.hash_files(files.find(f), tensors=True).loaded for f in folders))


ANY = [*TORCH, *INTEGERS, "f8_e4m3", "c64", "f4"]


@st.composite
def states(draw):
    """Return two states of named tensors, alike but for an edit here and there."""
    first = {}
    for name in draw(st.lists(st.sampled_from("abcd"), unique=True, min_size=1, max_size=4)):
        dtype = draw(st.sampled_from(ANY))
        shape = draw(st.sampled_from([(), (0,), (1,), (2,), (2, 3), (3, 2)]))
        size = -(-math.prod(shape) * BITS[dtype] // 8)
        first[name] = (dtype, shape, raw(draw, size))
    second = dict(first)
    for name in draw(st.lists(st.sampled_from(sorted(first)), unique=True, max_size=2)):
        dtype, shape, held = second.pop(name)
        match draw(st.sampled_from(["drop", "name", "shape", "bytes", "widen", "type"])):
            case "name":
                second[f"{name}{name}"] = (dtype, shape, held)
            case "shape":
                second[name] = (dtype, tuple(reversed(shape)), held)
            case "bytes":
                second[name] = (dtype, shape, held[:-1] + bytes(min(1, len(held))))
            case "widen" if dtype in ("f16", "bf16"):
                wide = torch.frombuffer(bytearray(held), dtype=TORCH[dtype]) if held else None
                more = b"" if wide is None else wide.float().numpy().tobytes()
                second[name] = ("f32", shape, more)
            case "type" if dtype in ("i32", "f32"):
                second[name] = ("f32" if dtype == "i32" else "i32", shape, held)
    return first, second or {"e": ("f32", (), bytes(4))}


@given(states())
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_relation_is_that_of_the_digests(tmp_path, case):
    """Whatever differs: types, shapes, names, zeros' signs, a NaN's bits, or nothing."""
    here, there = (
        write_tensors(tmp_path / name, state)
        for name, state in zip(("first", "second"), case, strict=True)
    )
    made = compared(here, there)
    assert made.relation is by_digests(here, there)
    for each in made.tensors:
        assert (each.first is None) == (each.name not in case[0])
        assert (each.second is None) == (each.name not in case[1])
    again = compared(there, here)
    assert again.relation is made.relation
    assert [each.differing for each in again.tensors] == [each.differing for each in made.tensors]


def ordinary():
    """Return a state that holds what makes reading hard: views, scalars, nothing at all."""
    chance = torch.Generator().manual_seed(5)
    wide = torch.randn(40, 30, generator=chance)
    return {
        "a.weight": wide,
        "b.weight": torch.randn(7, generator=chance).half(),
        "c": tensor(3.5),
        "d.none": torch.zeros(0, 4),
        "e.bias": torch.arange(9),
    }


@pytest.mark.parametrize("layout", checkpoints.LAYOUTS)
def test_layouts_play_no_part(layout, tmp_path):
    """Every layout holds the same parameters as the plain one, and only itself the same files."""
    plain = checkpoints.safetensors(tmp_path / "plain", ordinary())
    other = checkpoints.LAYOUTS[layout](tmp_path / "other", ordinary())
    made = compared(plain, other)
    wanted = Relation.SAME_FILES if layout == "safetensors" else Relation.SAME_PARAMETERS
    assert made.relation is wanted is by_digests(plain, other)
    twin = checkpoints.LAYOUTS[layout](tmp_path / "twin", ordinary())
    assert compared(other, twin).relation is by_digests(other, twin)
    edited = ordinary()
    edited["a.weight"][3, 4] += 1
    found = compared(other, checkpoints.LAYOUTS[layout](tmp_path / "edited", edited))
    assert {each.name: each.differing for each in found.tensors if each.differing} == {
        "a.weight": 1
    }


@pytest.mark.parametrize("save", [checkpoints.zipped, checkpoints.legacy])
def test_strided_views_are_compared_row_major(save, tmp_path):
    """Transposed, sliced and expanded views, on one side or both, over many blocks."""
    base = torch.randn(300, 400, generator=torch.Generator().manual_seed(1))
    views = {"t": base.t(), "s": base[::2, 1::3], "x": base[:1].expand(5, 400)}
    whole = {name: view.contiguous() for name, view in views.items()}
    strided = save(tmp_path / "views", views)
    plain = checkpoints.safetensors(tmp_path / "plain", whole)
    assert compared(strided, plain).relation is Relation.SAME_PARAMETERS
    assert compared(strided, strided).relation is Relation.SAME_FILES
    plain = checkpoints.safetensors(
        tmp_path / "wrong", {**whole, "t": base.reshape(400, 300).contiguous()}
    )
    first, *_ = (each for each in compared(strided, plain).tensors if each.name == "t")
    a, b = base.t().double().numpy(), base.reshape(400, 300).double().numpy()
    assert first.differing == np.count_nonzero(a != b)
    assert first.gap.relative_l2 == pytest.approx(np.linalg.norm(a - b) / np.linalg.norm(a))


def test_files_are_the_same_only_byte_for_byte(tmp_path):
    """Metadata, and what lies between tensors, tell files apart; their names do not."""
    state = {"w": ("f32", (2,), bytes(8))}
    first = write_tensors(tmp_path / "first", state)
    second = write_tensors(tmp_path / "second", state, metadata={"format": "pt"})
    third = write_tensors(tmp_path / "third", state, metadata={"format": "tf"})
    (first / "model.safetensors").rename(first / "renamed.safetensors")
    assert compared(first, second).relation is Relation.SAME_PARAMETERS
    assert compared(second, third).relation is Relation.SAME_PARAMETERS
    (second / "model.safetensors").write_bytes((first / "renamed.safetensors").read_bytes())
    assert compared(first, second).relation is Relation.SAME_FILES


def test_large_tensors_are_never_held(tmp_path):
    """The peak of memory does not grow with the tensors: some blocks of both."""
    peaks = []
    for megabytes in (2, 16):
        names = []
        for dtype, name in (("f32", "first"), ("f16", "second")):
            count = megabytes << 18
            folder = write_tensors(tmp_path / f"{name}-{megabytes}", {"w": (dtype, (count,), None)})
            names.append(folder)
        tracemalloc.start()
        assert compared(*names).relation is Relation.SAME_VALUES
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert max(peaks) < 6 << 20
    assert all(later < 1.1 * earlier for earlier, later in pairwise(peaks))


class Counter(Watcher):
    """Adds up what it hears."""

    def __init__(self) -> None:
        self.wanted = self.read = 0

    def expect(self, total: int, unit: str = "bytes") -> None:
        """Hear how much there is."""
        del unit
        self.wanted += total

    def advance(self, count: int = 1) -> None:
        """Hear how much was read."""
        self.read += count


def test_progress_ends_where_it_was_said_to(tmp_path):
    """What is read is what was announced; what one side alone has is not read."""
    here = checkpoints.safetensors(tmp_path / "here", {**ordinary(), "only": torch.ones(1000)})
    there = checkpoints.sharded(tmp_path / "there", ordinary())
    counter = Counter()
    compared(here, there, counter)
    assert counter.read == counter.wanted == 2 * (1200 * 4 + 7 * 2 + 4 + 9 * 8)


# What is refused -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["shared", "only"])
def test_a_damaged_archive_is_refused(tmp_path, name):
    """By its own checksum, whether the damaged tensor is compared or has no counterpart."""
    state = {"shared": torch.arange(50.0), "only": torch.arange(50.0) + 100}
    here = checkpoints.zipped(tmp_path / "here", state)
    there = checkpoints.safetensors(tmp_path / "there", {"shared": state["shared"]})
    assert compared(here, there).relation is Relation.DIFFERENT
    weights = here / "pytorch_model.bin"
    content = bytearray(weights.read_bytes())
    content[content.index(state[name].numpy().tobytes()) + 9] ^= 1
    weights.write_bytes(content)
    with pytest.raises(CheckedBad, match="CRC-32"):
        compared(here, there)


class Writes(Watcher):
    """Writes over a file while it is compared."""

    def __init__(self, file) -> None:
        self.file = file

    def advance(self, count: int = 1) -> None:
        """Write."""
        del count
        content = self.file.read_bytes()
        self.file.write_bytes(content[:-1] + b"\1")
        os.utime(self.file, ns=(1, 1))


def test_a_file_that_changes_meanwhile_is_refused(tmp_path):
    """No answer is made of two versions of a file."""
    here, there = (
        write_tensors(tmp_path / name, {"w": ("f32", (2,), raw * 4)})
        for name, raw in (("first", b"\0\0"), ("second", b"\0\1"))
    )
    first, second = opened(here), opened(there)
    with pytest.raises(CouldNotCheck, match="changed while it was read"):
        comparing.compare(first, second, Writes(there / "model.safetensors"))
    write_tensors(here, {"w": ("f32", (2, 1), bytes(8))})
    with pytest.raises(CouldNotCheck, match="changed while it was read"):
        comparing.compare(first, second, SILENT)


def test_what_cannot_be_chosen_is_refused(tmp_path):
    """No weights, none that anybody loads, a set that is not there, or nothing to compare."""
    (tmp_path / "none").mkdir()
    (tmp_path / "none" / "config.json").write_text("{}")
    with pytest.raises(CheckedBad, match="holds no weight files"):
        opened(tmp_path / "none")
    folder = write_tensors(tmp_path / "two", {"w": ("f32", (), bytes(4))}, name="a.safetensors")
    with pytest.raises(BadInput, match=r"has no weight set b\.safetensors"):
        opened(folder, "b.safetensors")
    buffers = {"gpt_neox.layers.0.attention.bias": ("bool", (1,), b"\1")}
    with pytest.raises(CouldNotCheck, match="holds no parameters"):
        opened(write_tensors(tmp_path / "buffers", buffers))
