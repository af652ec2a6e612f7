"""`catalog evals show`: the scores of checkpoints."""

from typing import Annotated

import typer

from .. import complete, scoreboard
from ..arguments import TaskOpt
from ..call import Call, command
from ..output import Report

MetricOpt = Annotated[
    list[str] | None,
    typer.Option("--metric", metavar="METRIC", help="Only this metric, as in acc. Repeatable."),
]
ShotsOpt = Annotated[int | None, typer.Option("--shots", help="Only this number of shots.")]


@command
def show(
    call: Call,
    ref: Annotated[
        str,
        typer.Argument(
            metavar="MODEL[@REVISION]",
            help="Without a revision: all that were scored.",
            autocompletion=complete.refs,
        ),
    ],
    task: TaskOpt = None,
    metric: MetricOpt = None,
    shots: ShotsOpt = None,
    every: Annotated[
        bool, typer.Option("--all", help="Also older runs, withdrawn scores and every sub-task.")
    ] = False,
) -> None:
    """Show the scores of a checkpoint, or of every checkpoint of a model."""
    from catalog.documents import scores

    found = call.catalog.scores(
        ref, tasks=task or (), metrics=metric or (), shots=shots, every=every
    )
    rows = [scores.score(row) for row in found]
    flat = [{**row, **scores.flat_marks(score)} for row, score in zip(rows, found, strict=True)]
    single = len({(row["model"], row["revision"], row["training_step"]) for row in rows}) == 1
    call.print(
        Report(
            rows,
            flat,
            scoreboard.COLUMNS if single else (*scoreboard.OF_CHECKPOINT, *scoreboard.COLUMNS),
            text=lambda: scoreboard.print_scores(
                rows, whole=every or bool(task), single="@" in ref
            ),
            keys=list(rows[0]),
            quiet=lambda row: row["value"],
        )
    )
