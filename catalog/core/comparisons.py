"""What two weight sets have in common, tensor by tensor, and how far apart their numbers are.

Values and their sums; `catalog.weights.comparing` reads the bytes. Elements are compared by the
rules of the value digest: f16, bf16 and f32 as float32, -0.0 equal to +0.0, every NaN equal to
every other; float64, integers and all else by their own type. The relations are those of
`catalog.core.witnesses`, and rest on parameters alone: buffers are compared and shown.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import prod

from catalog.core import parts
from catalog.core.parts import Kind
from catalog.core.witnesses import Relation


class Status(StrEnum):
    """How a tensor of one side relates to that of the same name on the other."""

    SAME = "same"
    SAME_VALUES = "same values"
    DIFFERS = "differs"
    OTHER_TYPE = "other type"
    OTHER_SHAPE = "other shape"
    ONLY_FIRST = "only first"
    ONLY_SECOND = "only second"


@dataclass(frozen=True, slots=True)
class Gap:
    """How far apart the numbers of two tensors, or of several together, are; all are finite.

    Attributes:
        first_norm: the square root of the sum of the squares of the first side's numbers.
        second_norm: of the second side's.
        norm: of the differences.
        relative_l2: `norm` over `first_norm`; None where the first side is all zeros and the
            second is not, or where no float can hold it.
        cosine: of the angle between both, None where one side is all zeros.
    """

    first_norm: float
    second_norm: float
    norm: float
    relative_l2: float | None
    cosine: float | None

    @classmethod
    def together(cls, gaps: "Iterable[Gap]") -> "Gap | None":
        """Return that of several tensors taken as one, None of none."""
        held = list(gaps)
        if not held:
            return None
        first, second, norm = (
            math.hypot(*(getattr(gap, name) for gap in held))
            for name in ("first_norm", "second_norm", "norm")
        )
        relative = None if norm else 0.0
        if first:
            relative = norm / first
        if not first or not second:
            return cls(first, second, norm, relative, None)
        shares = (
            (gap.cosine or 0.0) * (gap.first_norm / first) * (gap.second_norm / second)
            for gap in held
        )
        cosine = 1.0 if not norm else max(-1.0, min(1.0, math.fsum(shares)))
        return cls(first, second, norm, relative, cosine)


@dataclass(frozen=True, slots=True)
class Half:
    """A tensor as one side stores it.

    Attributes:
        dtype: safetensors' name in lower case.
        shape: its dimensions.
        non_finite: how many of its elements are NaN or infinite; None where nobody counted: it was
            not read, or is of a type that is compared by its bytes.
    """

    dtype: str
    shape: tuple[int, ...]
    non_finite: int | None = None


@dataclass(frozen=True, slots=True)
class ComparedTensor:
    """One tensor, by its canonical name.

    Attributes:
        name: in the published files.
        status: `same`: type, shape and bytes; `same values`: the value digests agree; `differs`;
            `other type`: the types are such that value digests never agree (f64 and f32, say),
            whatever the numbers; `other shape`; `only first` and `only second`.
        first: as the first side stores it, None where it does not.
        second: as the second side does.
        is_buffer: not a parameter.
        differing: how many elements are not equal; None where they cannot be paired.
        gap: how far apart the numbers are; None where they are no floats, or not all finite, or
            where no float can hold their norm.
    """

    name: str
    status: Status
    first: Half | None
    second: Half | None
    is_buffer: bool
    differing: int | None = None
    gap: Gap | None = None

    @property
    def kind(self) -> Kind:
        """What it does in the network."""
        return Kind.BUFFER if self.is_buffer else parts.kind_of(self.name)

    @property
    def layer(self) -> int | None:
        """The layer that it is in, None outside the layers."""
        return parts.layer_of(self.name)

    @property
    def elements(self) -> int:
        """How many numbers it holds, on the first side that has it."""
        half = self.first or self.second
        return 0 if half is None else prod(half.shape)

    @property
    def is_equal(self) -> bool:
        """Whether both sides hold the same values."""
        return self.status in (Status.SAME, Status.SAME_VALUES)

    @property
    def is_beyond_measure(self) -> bool:
        """Whether its floats were compared, and are not all finite: it has no gap."""
        half = self.first or self.second
        return half is not None and half.non_finite is not None and self.gap is None


@dataclass(frozen=True, slots=True)
class Group:
    """Several tensors together.

    Attributes:
        label: what they share.
        tensors: how many there are.
        unequal: how many of them do not hold the same values on both sides.
        elements: how many numbers they hold.
        differing: how many of these are not equal, as far as they can be paired.
        gap: of those that have one, None where none has, or where one holds what is not finite.
    """

    label: str
    tensors: int
    unequal: int
    elements: int
    differing: int
    gap: Gap | None


def relation(tensors: Iterable[ComparedTensor]) -> Relation:
    """Return the strongest relation that the parameters of two sides bear out; no files are asked.

    It is what their parameter digests and value digests would say.
    """
    statuses = {tensor.status for tensor in tensors if not tensor.is_buffer}
    if statuses <= {Status.SAME}:
        return Relation.SAME_PARAMETERS
    equal = statuses <= {Status.SAME, Status.SAME_VALUES}
    return Relation.SAME_VALUES if equal else Relation.DIFFERENT


def by_kind(tensors: Iterable[ComparedTensor]) -> list[Group]:
    """Return what the tensors of each kind have in common, in the order of a network."""
    return _grouped(list(tensors), list(Kind), lambda tensor: tensor.kind)


def by_layer(tensors: Iterable[ComparedTensor], kind: Kind | None = None) -> list[Group]:
    """Return what each layer's parameters have in common, in order; outside them, each kind's.

    Args:
        tensors: of two sides.
        kind: only these.
    """
    held = [each for each in tensors if not each.is_buffer and kind in (None, each.kind)]
    layers = sorted({tensor.layer for tensor in held if tensor.layer is not None})
    after = [each for each in Kind if each is not Kind.EMBEDDING]
    order: list[Kind | int] = [Kind.EMBEDDING, *layers, *after]
    return _grouped(held, order, _place)


def _place(tensor: ComparedTensor) -> Kind | int:
    """Return a tensor's layer, of one outside the layers its kind."""
    return tensor.kind if tensor.layer is None else tensor.layer


def _grouped(
    tensors: list[ComparedTensor],
    order: Sequence[Kind | int],
    key: Callable[[ComparedTensor], Kind | int],
) -> list[Group]:
    """Return the groups that hold something, in an order."""
    sorted_in: dict[Kind | int, list[ComparedTensor]] = {}
    for tensor in tensors:
        sorted_in.setdefault(key(tensor), []).append(tensor)
    return [_group(str(each), sorted_in[each]) for each in order if each in sorted_in]


def _group(label: str, tensors: list[ComparedTensor]) -> Group:
    gaps = () if any(tensor.is_beyond_measure for tensor in tensors) else tensors
    return Group(
        label,
        len(tensors),
        sum(not tensor.is_equal for tensor in tensors),
        sum(tensor.elements for tensor in tensors),
        sum(tensor.differing or 0 for tensor in tensors),
        Gap.together(tensor.gap for tensor in gaps if tensor.gap),
    )
