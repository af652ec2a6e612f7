"""Several targets of one command: where they come from, and what would be done with them."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from catalog.errors import BadInput

from . import output, streams
from .arguments import require_whole
from .output import Report
from .tables import Column

if TYPE_CHECKING:
    from collections.abc import Iterable

    from catalog.verbs.planning import Plan
    from catalog.verbs.selecting import Selected

    from .call import Call

FromOpt = Annotated[
    Path | None,
    typer.Option(
        "--from",
        metavar="FILE",
        readable=False,
        help="A file with more targets, one REF or PATH a line; `-` is standard input.",
    ),
]
DryRunOpt = Annotated[
    bool, typer.Option("--dry-run", help="Print what would be done, and do nothing of it.")
]
COLUMNS = (
    Column("target"),
    Column("action"),
    Column("read_bytes"),
    Column("download_bytes"),
    Column("requests"),
    Column("why"),
)


def require_some(texts: Sequence[str], listed: Path | None) -> None:
    """Refuse to do nothing, and words that stand apart.

    Raises:
        BadInput: nothing is asked for, or a model and its revision are two targets.
    """
    if not texts and listed is None:
        raise BadInput("nothing to do", "give MODEL@REVISION, a path, or --from FILE")
    require_whole(texts)


def lines(listed: Path | None) -> "Path | Iterable[str] | None":
    """Return a list of targets as `Catalog.select` takes it: `-` is standard input."""
    return streams.lines() if str(listed) == "-" else listed


def print_plan(
    call: "Call", targets: "Sequence[Selected]", level: str, *, fetches: bool = True
) -> int:
    """Print what would be done; return the code with which it would end, as far as is foreseen."""
    from catalog.documents import weights

    from .call import gravest

    plan = call.catalog.plan(targets, level=level, fetches=fetches)
    document = weights.plan(plan)
    call.print(Report(document, document["steps"], COLUMNS, keys=[c.key for c in COLUMNS]))
    if call.output.is_for_people:
        output.line(_summary(plan))
    return gravest(step.exit_code for step in plan.steps)


def _summary(plan: "Plan") -> str:
    """Return what all of it comes to, in one line."""
    parts = [
        output.count(len(plan.steps), "checkpoint"),
        f"{plan.read_bytes:,} bytes to read",
        f"{plan.download_bytes:,} to download",
        f"{output.count(plan.requests, 'request')} of the Hub",
    ]
    known = f"; of {plan.unknown} nobody knows how much: see `catalog sync`" if plan.unknown else ""
    return f"{', '.join(parts)}{known}; nothing was done"
