"""What a weight file holds and where: the result of reading its header, before its bulk is read.

Values only. `catalog.weights.safetensors`, `torchzip` and `legacy` make plans, `stream` follows
them. Offsets and ends are bytes from the file's beginning.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import prod

from catalog.errors import CheckedBad, CouldNotCheck

# safetensors' type names in lower case and their bits; torch's files use the same names here.
BITS = {
    "bool": 8, "u8": 8, "i8": 8, "u16": 16, "i16": 16, "u32": 32, "i32": 32, "u64": 64, "i64": 64,
    "f16": 16, "bf16": 16, "f32": 32, "f64": 64, "c64": 64, "c128": 128,
    "f8_e4m3": 8, "f8_e5m2": 8, "f8_e8m0": 8, "f8_e4m3fnuz": 8, "f8_e5m2fnuz": 8,
    "f4": 4, "f6_e2m3": 6, "f6_e3m2": 6,
}  # fmt: skip
# What NumPy can follow; PyTorch's own limit is the same.
DIMENSIONS = 64
# Of an expanded view (stride 0) and of a view into a much larger storage.
EXPANDED_LIMIT = 64 << 20
# Of all views together, beyond twice the file: tensors may share bytes, not without end.
SHARED_LIMIT = 256 << 20
REGION_LIMIT = 192 << 20


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """One tensor of a weight file.

    Args:
        name: as the file spells it.
        dtype: a key of `BITS`.
        shape: its dimensions.
        start: where its first byte is.
        end: one past the last byte that any of its elements needs.
        strides: in elements, None where the bytes are already contiguous and row-major.
    """

    name: str
    dtype: str
    shape: tuple[int, ...]
    start: int
    end: int
    strides: tuple[int, ...] | None = None

    @property
    def parameters(self) -> int:
        """How many numbers it holds, 1 for a scalar."""
        return prod(self.shape)

    @property
    def size_bytes(self) -> int:
        """The size of its row-major bytes."""
        return size_bytes(self.dtype, self.shape)


@dataclass(frozen=True, slots=True)
class Crc:
    """A stretch of the file that carries a CRC-32 of its own.

    Args:
        name: what the file calls it.
        start: its first byte.
        end: one past its last byte.
        crc32: what it should be.
    """

    name: str
    start: int
    end: int
    crc32: int


@dataclass(frozen=True, slots=True)
class FilePlan:
    """What one weight file says it holds.

    Args:
        kind: "safetensors", "torch-zip" or "torch-legacy".
        tensors: in stored order; tied tensors once.
        tied: further names of tensors in `tensors`, as (name, stored name).
        crcs: stretches to check on the way.
    """

    kind: str
    tensors: tuple[TensorSpec, ...]
    tied: tuple[tuple[str, str], ...] = ()
    crcs: tuple[Crc, ...] = ()


def size_bytes(dtype: str, shape: Iterable[int]) -> int:
    """Return the bytes that a contiguous tensor takes, rounded up for types under a byte."""
    return -(-prod(shape) * BITS[dtype] // 8)


def value_dtype(dtype: str) -> str:
    """Return the type that a tensor has in the value digest's text."""
    return "f32" if dtype in ("f16", "bf16") else dtype


def row_major(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the strides, in elements, of a contiguous tensor."""
    strides, step = [], 1
    for size in reversed(shape):
        strides.append(step)
        step *= size
    return tuple(reversed(strides))


def is_row_major(shape: tuple[int, ...], strides: tuple[int, ...]) -> bool:
    """Return whether elements follow one another; a dimension of 1 may have any stride."""
    pairs = zip(shape, strides, row_major(shape), strict=True)
    return 0 in shape or all(size == 1 or have == want for size, have, want in pairs)


def extent(shape: tuple[int, ...], strides: tuple[int, ...]) -> int:
    """Return how many elements of the storage a view reaches over, 0 for an empty one."""
    if 0 in shape:
        return 0
    return 1 + sum((size - 1) * stride for size, stride in zip(shape, strides, strict=True))


def refuse_overgrown(plan: FilePlan, where: str, file_bytes: int) -> None:
    """Refuse views that would take much more memory or time than their file's size suggests.

    Args:
        plan: of a file.
        where: what to call it.
        file_bytes: its size.

    Raises:
        CouldNotCheck: a view whose row-major copy or whose storage is out of proportion, or views
            that are so together.
    """
    largest = max((tensor.size_bytes for tensor in plan.tensors), default=0)
    for tensor in plan.tensors:
        if tensor.strides is not None:
            reach = tensor.end - tensor.start
            if tensor.size_bytes > max(reach, EXPANDED_LIMIT):
                raise CouldNotCheck(f"{where}: tensor {tensor.name} expands {reach:,} stored bytes")
    for region in regions(plan.tensors):
        reach = max(tensor.end for tensor in region) - region[0].start
        if reach > largest + REGION_LIMIT:
            name = region[0].name
            raise CouldNotCheck(f"{where}: tensor {name} is spread over {reach:,} bytes")
    total = sum(tensor.size_bytes for tensor in plan.tensors)
    if total > 2 * file_bytes + SHARED_LIMIT:
        raise CouldNotCheck(f"{where}: its tensors take {total:,} bytes, the file {file_bytes:,}")


def regions(tensors: Iterable[TensorSpec]) -> list[list[TensorSpec]]:
    """Return the strided views, those that overlap together, by rising start."""
    groups: list[list[TensorSpec]] = []
    reach = 0
    for tensor in sorted(tensors, key=lambda tensor: tensor.start):
        if tensor.strides is None:
            continue
        if not groups or tensor.start >= reach:
            groups.append([])
            reach = 0
        groups[-1].append(tensor)
        reach = max(reach, tensor.end)
    return groups


def refuse_twins(names: Iterable[str], where: str) -> None:
    """Refuse a name that occurs twice, or that no canonical text can spell.

    Raises:
        CheckedBad: such a name.
    """
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise CheckedBad(f"{where} is broken: tensor {name!r} occurs twice")
        if not name.isprintable():
            raise CheckedBad(f"{where} is broken: {name!r} is not a tensor's name")
        seen.add(name)
