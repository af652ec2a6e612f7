"""A picture of how far two checkpoints are apart: by kind of tensor, and by layer."""

from typing import TYPE_CHECKING

from catalog.core.parts import Kind

from . import output, streams
from .tables import Column

if TYPE_CHECKING:
    from catalog.core.comparisons import Group
    from catalog.verbs.comparing import WeightComparison

WIDEST, NARROWEST, IN_A_PIPE = 60, 8, 80
BLOCKS = " ▏▎▍▌▋▊▉█"
SHOWN = (Kind.ATTENTION, Kind.MLP, Kind.NORM)


def small(number: float | None) -> str | None:
    """Return a distance in few characters; what is no zero is never shown as one."""
    if not number:
        return None if number is None else "0"
    return f"{number:.4f}" if 0.0001 <= number < 100_000 else f"{number:.1e}"  # noqa: PLR2004 - as wide


def cosine(number: float | None) -> str | None:
    """Return a cosine; what is not 1 is never shown as 1."""
    if number is None or abs(number) == 1:
        return None if number is None else f"{number:.0f}"
    text = f"{number:.6f}"
    return text.replace("1.000000", "0.999999")


def print_kinds(groups: "list[Group]") -> None:
    """Print one line a kind of tensor."""
    columns = (
        Column("label", "kind"),
        Column("tensors"),
        Column("unequal", "differ"),
        Column("differing", "numbers that differ", gives_way=2),
        Column("elements", "of", gives_way=3),
        Column("relative_l2", "rel. L2"),
        Column("cosine", gives_way=1),
    )
    output.table(columns, [_row(group) for group in groups])


def _row(group: "Group") -> dict[str, object]:
    gap = group.gap
    return {
        "label": group.label,
        "tensors": group.tensors,
        "unequal": group.unequal,
        "differing": group.differing,
        "elements": group.elements,
        "relative_l2": small(gap.relative_l2 if gap else None),
        "cosine": cosine(gap.cosine if gap else None),
    }


def print_layers(comparison: "WeightComparison") -> None:
    """Print one line a layer, with a bar: relative L2 distances of its parameters."""
    layers = comparison.layers()
    by_kind = {kind: _distances(comparison.layers(kind)) for kind in SHOWN}
    rows: list[dict[str, object]] = [
        {
            "label": group.label,
            **{kind.value: small(by_kind[kind].get(group.label)) for kind in SHOWN},
            "all": small(group.gap.relative_l2 if group.gap else None),
        }
        for group in layers
    ]
    columns = [Column("label", "layer"), *(Column(kind.value) for kind in SHOWN), Column("all")]
    _draw(rows, columns, _distances(layers))


def _distances(groups: "list[Group]") -> dict[str, float | None]:
    return {group.label: group.gap.relative_l2 if group.gap else None for group in groups}


def _draw(
    rows: list[dict[str, object]], columns: list[Column], distances: dict[str, float | None]
) -> None:
    """Print rows with a bar each, as long as the terminal is wide."""
    wide = [
        max(len(column.title or column.key), *(len(str(column.of(row) or "-")) for row in rows))
        for column in columns
    ]
    room = (output.width() or IN_A_PIPE) - sum(wide) - 2 * len(columns)
    most = max((distance or 0.0 for distance in distances.values()), default=0.0)
    for row, distance in zip(rows, distances.values(), strict=True):
        share = (distance or 0.0) / most if most else 0.0
        row["bar"] = bar(share, max(NARROWEST, min(room, WIDEST)))
    title = f"rel. L2, longest {small(most)}"
    output.table([*columns, Column("bar", title if room >= len(title) else "rel. L2")], rows)


def bar(share: float, width: int) -> str:
    """Return a bar that takes a share of some characters; what is no zero shows.

    >>> bar(0.5, 8)
    '████'
    """
    if not streams.holds(BLOCKS):
        return "#" * max(round(share * width), int(share > 0))
    whole, rest = divmod(max(round(share * width * 8), int(share > 0)), 8)
    return BLOCKS[-1] * whole + BLOCKS[rest].strip()
