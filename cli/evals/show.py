"""`catalog evals show`: the scores of checkpoints."""

from typing import Annotated

import typer

from .. import scoreboard
from ..arguments import TableOpt, TaskOpt
from ..call import Call, command
from ..output import Report
from ..spreads import CommonOpt, EveryOpt, LinearOpt, LogOpt, ScoredOpt
from .options import (
    AlikeOpt,
    ArithmeticOpt,
    CleanOpt,
    HarnessOpt,
    MetricOpt,
    ScoredArg,
    ShotsOpt,
)


@command
def show(
    call: Call,
    texts: ScoredArg,
    task: TaskOpt = None,
    metric: MetricOpt = None,
    shots: ShotsOpt = None,
    harness: HarnessOpt = None,
    dtype: ArithmeticOpt = None,
    like_with_like: AlikeOpt = False,
    clean: CleanOpt = False,
    log: LogOpt = None,
    linear: LinearOpt = None,
    stride: EveryOpt = None,
    scored: ScoredOpt = False,
    common: CommonOpt = False,
    every: Annotated[
        bool, typer.Option("--all", help="Also older runs, withdrawn scores and every sub-task.")
    ] = False,
    file: TableOpt = None,
) -> None:
    """Show the scores of checkpoints, or of every scored checkpoint of models and suites.

    [!] stands behind a score of which there is something to know before it is used, with the reason
    below; CSV and JSON have it in `mark` and `reasons`.
    """
    from catalog.documents import scores

    shown = call.catalog.scores(
        *texts,
        tasks=task or (),
        metrics=metric or (),
        shots=shots,
        harness=harness,
        dtype=dtype,
        like_with_like=like_with_like,
        clean=clean,
        log=log,
        linear=linear,
        stride=stride,
        scored=scored,
        common=common,
        every=every,
    )
    rows = [scores.score(row) for row in shown]
    flat = [{**row, **scores.flat_marks(score)} for row, score in zip(rows, shown, strict=True)]
    columns = scoreboard.columns(rows)
    single = len(texts) == 1 and "@" in texts[0] and columns == scoreboard.COLUMNS
    whole = every or bool(task)

    def text() -> None:
        scoreboard.print_scores(
            rows, whole=whole, single=single, every_metric=bool(metric), columns=columns
        )
        scoreboard.print_weights(rows)

    report = Report(
        rows, flat, columns, text=text, keys=list(rows[0]), quiet=lambda row: row["value"]
    )
    call.save(report, file)
