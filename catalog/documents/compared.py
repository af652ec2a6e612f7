"""Comparisons of weights as plain data."""

from typing import TYPE_CHECKING

from catalog.documents.plain import Document, plain

if TYPE_CHECKING:
    from catalog.core.comparisons import ComparedTensor, Gap, Group, Half
    from catalog.verbs.comparing import ComparedSide, WeightComparison


def comparison(value: "WeightComparison") -> Document:
    """Return how two weight sets relate, and where they differ."""
    return {
        "first": _side(value.first),
        "second": _side(value.second),
        "relation": value.relation.value,
        "equal": value.is_equal,
        "kinds": [_group(group) for group in value.kinds],
        "layers": [_group(group) for group in value.layers()],
        "tensors": None if value.tensors is None else [tensor(each) for each in value.tensors],
        "notes": list(value.notes),
    }


def _side(side: "ComparedSide") -> Document:
    return {
        "target": side.text,
        "path": None if side.path is None else str(side.path),
        "recorded_at": plain(side.recorded_at),
        "recorded_by": side.recorded_by,
        "weight_set": side.weight_set,
        "weight_sets": list(side.sets),
        "dtype": side.dtype,
        "params_total": side.params_total,
    }


def _group(group: "Group") -> Document:
    return {
        "label": group.label,
        "tensors": group.tensors,
        "unequal": group.unequal,
        "elements": group.elements,
        "differing": group.differing,
        **_gap(group.gap),
    }


def tensor(value: "ComparedTensor") -> Document:
    """Return one tensor; each side's keys begin with `first` and `second`."""
    return {
        "name": value.name,
        "kind": value.kind.value,
        "layer": value.layer,
        "status": value.status.value,
        "elements": value.elements,
        "differing": value.differing,
        **_gap(value.gap),
        **_half("first", value.first),
        **_half("second", value.second),
    }


def _gap(gap: "Gap | None") -> Document:
    return {
        "relative_l2": gap and gap.relative_l2,
        "cosine": gap and gap.cosine,
        "first_norm": gap and gap.first_norm,
        "second_norm": gap and gap.second_norm,
        "norm": gap and gap.norm,
    }


def _half(side: str, half: "Half | None") -> Document:
    return {
        f"{side}_dtype": half and half.dtype,
        f"{side}_shape": None if half is None else list(half.shape),
        f"{side}_non_finite": half and half.non_finite,
    }
