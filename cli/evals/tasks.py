"""`catalog evals tasks`: what checkpoints were scored on."""

from typing import Annotated, Any

import typer

from catalog.core.counts import count

from .. import complete, output, scoreboard
from ..arguments import TableOpt, TaskOpt
from ..call import Call, command
from ..output import Report
from ..tables import Column

KEYS = ("task", "metrics", "shots", "harnesses", "models", "checkpoints", "scores")
COLUMNS = (
    Column("task"),
    Column("metrics", wraps=True),
    Column("shots"),
    Column("harnesses", "harness", gives_way=2, cell=lambda row: row["harnesses"] or None),
    Column("models"),
    Column("checkpoints"),
    Column("scores", gives_way=1),
)


@command
def tasks(
    call: Call,
    texts: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[MODEL|SUITE|REF]...",
            help="Default: everything on record.",
            show_default=False,
            autocompletion=complete.selections,
        ),
    ] = None,
    task: TaskOpt = None,
    every: Annotated[
        bool, typer.Option("--all", help="Also every sub-task of large groups.")
    ] = False,
    file: TableOpt = None,
) -> None:
    """List the tasks that were scored: metrics, shots, harnesses, and of how many checkpoints."""
    from catalog.documents import scores

    rows = [scores.task(row) for row in call.catalog.scored_tasks(*texts or (), tasks=task or ())]
    report = Report(
        rows,
        rows,
        COLUMNS,
        text=lambda: _print(rows, whole=every or bool(task)),
        keys=KEYS,
    )
    call.save(report, file)


def _print(rows: list[dict[str, Any]], *, whole: bool) -> None:
    """Print a table; sub-tasks of large groups are counted unless the whole was asked for."""
    shown = [row for row in rows if whole or not row["task"].startswith(scoreboard.GROUPS)]
    output.table(COLUMNS, shown)
    for group in scoreboard.GROUPS:
        number = sum(row["task"].startswith(group) for row in rows)
        if number and not whole:
            output.say(f"not shown: {count(number, 'task')} {group}* (--task, --all)")
