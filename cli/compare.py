"""`catalog compare`: how the weights of two checkpoints relate, and where they differ."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from catalog.core.counts import count

from . import complete, drift, output
from .call import Call, command
from .output import Report
from .tables import Column

if TYPE_CHECKING:
    from catalog.verbs.comparing import WeightComparison

DIFFERS = 1
SHOWN = 10
KEYS = (
    *("name", "kind", "layer", "status", "elements", "differing", "relative_l2", "cosine"),
    *("first_norm", "second_norm", "norm", "first_dtype", "second_dtype"),
    *("first_shape", "second_shape", "first_non_finite", "second_non_finite"),
)
HELP = "A folder, a file or index, or MODEL@REVISION, with #FILE one of its weight sets."


def _types(row: Any) -> str:  # noqa: ANN401 - a row
    """Return the type of both sides, once where they share it."""
    return " / ".join(dict.fromkeys(row[f"{side}_dtype"] or "-" for side in ("first", "second")))


def _status(row: Any) -> str:  # noqa: ANN401 - a row
    """Return how both sides stand; where their shapes are in the way, which those are."""
    if row["status"] != "other shape":
        return str(row["status"])
    sides = ("x".join(map(str, row[f"{side}_shape"])) or "()" for side in ("first", "second"))
    return f"other shape: {' / '.join(sides)}"


COLUMNS = (
    Column("name"),
    Column("status", gives_way=1, cell=_status),
    Column("differing", gives_way=2),
    Column("relative_l2", "rel. L2", cell=lambda row: drift.small(row["relative_l2"])),
    Column("cosine", gives_way=3, cell=lambda row: drift.cosine(row["cosine"])),
    Column("types", gives_way=4, cell=_types),
)


@command
def compare(
    call: Call,
    first: Annotated[
        str,
        typer.Argument(
            metavar="REF|PATH",
            help=HELP,
            show_default=False,
            autocompletion=complete.refs_and_paths,
        ),
    ],
    second: Annotated[
        str,
        typer.Argument(
            metavar="REF|PATH",
            help="What to compare it with; distances are relative to the first.",
            show_default=False,
            autocompletion=complete.refs_and_paths,
        ),
    ],
    recorded: Annotated[
        bool,
        typer.Option("--recorded", help="Take the second from the record: digests alone."),
    ] = False,
) -> int:
    """Compare the weights of two checkpoints: same files, parameters, values, or where not.

    Reads both side by side, whatever their formats and shards, and downloads nothing; a REF that is
    not in the cache is what is on record of it. Exit 1 where values differ. Scores are compared by
    `catalog evals compare`.
    """
    from catalog.documents import compared

    comparison = call.catalog.compare_weights(first, second, recorded=recorded)
    document = compared.comparison(comparison)
    rows = document["tensors"] or []
    call.print(Report(document, rows, COLUMNS, lambda: _print(comparison, document), KEYS))
    call.notes(comparison.notes)
    return 0 if comparison.is_equal else DIFFERS


def _print(comparison: "WeightComparison", document: dict[str, Any]) -> None:
    """Print the relation; where values differ, by kind, by layer, and the tensors that do most."""
    output.pairs([(side, _side(document[side])) for side in ("first", "second")])
    output.line()
    output.line(_summary(comparison))
    if comparison.tensors is None or comparison.is_equal:
        return
    output.line()
    drift.print_kinds(comparison.kinds)
    output.line()
    drift.print_layers(comparison)
    unequal = [row for row in document["tensors"] if row["status"] not in ("same", "same values")]
    output.line()
    output.table(COLUMNS, sorted(unequal, key=_gravity)[:SHOWN])
    if len(unequal) > SHOWN:
        output.line(f"and {len(unequal) - SHOWN:,} more that differ; --csv lists every tensor")


def _side(side: dict[str, Any]) -> str:
    """Return what one side is, in a line."""
    size = count(side["params_total"], "parameter")
    where = side["target"] if side["recorded_at"] is None else f"{side['target']} (on record)"
    return f"{where}: {side['weight_set']}, {side['dtype']}, {size}"


def _summary(comparison: "WeightComparison") -> str:
    """Return the relation, and how many tensors bear it out."""
    if comparison.tensors is None:
        where = "" if comparison.is_equal else ": where they differ is not known"
        return f"{comparison.relation} (by digests{where})"
    held = comparison.tensors
    unequal = [tensor for tensor in held if not tensor.is_equal]
    if not unequal:
        return f"{comparison.relation}: all {count(len(held), 'tensor')}"
    pairs = [tensor for tensor in held if tensor.differing is not None]
    numbers = sum(tensor.differing or 0 for tensor in pairs)
    total = sum(tensor.elements for tensor in pairs)
    both = "" if len(pairs) == len(held) else " that have a counterpart"
    return (
        f"{comparison.relation}: {len(unequal):,} of {count(len(held), 'tensor')}, "
        f"{numbers:,} of {total:,} numbers{both}"
    )


def _gravity(row: dict[str, Any]) -> tuple[bool, float, str]:
    """Return what sorts tensors: without a distance first, then by distance, the largest first."""
    distance = row["relative_l2"]
    return distance is not None, -(distance or 0.0), row["name"]
