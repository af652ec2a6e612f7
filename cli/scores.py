"""`catalog evals show`: the scores of checkpoints."""

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from catalog.core import refs
from catalog.core.scores import comparing
from catalog.errors import CouldNotCheck, UnknownName

from . import output
from .options import CsvOpt, DatabaseOpt, JsonOpt, database_url

if TYPE_CHECKING:
    from collections.abc import Sequence

    from catalog.core.scores.rows import ScoreRow
    from catalog.sql.connections import Reader

TaskOpt = Annotated[
    list[str] | None,
    typer.Option("--task", metavar="TASK", help="Only this task; `*` matches. Repeatable."),
]
MetricOpt = Annotated[
    list[str] | None,
    typer.Option("--metric", metavar="METRIC", help="Only this metric, as in acc. Repeatable."),
]
ShotsOpt = Annotated[int | None, typer.Option("--shots", help="Only this number of shots.")]


def show(
    ref: Annotated[
        str,
        typer.Argument(
            metavar="MODEL[@REVISION]", help="Without a revision: all that were scored."
        ),
    ],
    task: TaskOpt = None,
    metric: MetricOpt = None,
    shots: ShotsOpt = None,
    every: Annotated[
        bool, typer.Option("--all", help="Also older runs, withdrawn scores and every sub-task.")
    ] = False,
    db: DatabaseOpt = None,
    csv: CsvOpt = False,
    json: JsonOpt = False,
) -> None:
    """Show the scores of a checkpoint, or of every checkpoint of a model."""
    from catalog.sql import database
    from catalog.sql.queries import evals, models

    asked = refs.parse(ref)
    with database.reading(database_url(db)) as connection:
        one = models.named(connection, asked.model)
        output.renamed(asked.model, one.name)
        if asked.revision is None:
            ids = evals.checkpoint_ids_with_scores(connection, one.id)
        else:
            ids = [models.checkpoint_at(connection, one, asked.revision).id]
        rows = rows_of(connection, ids, task, metric, withdrawn=every)
    if shots is not None:
        rows = [row for row in rows if row.shots == shots]
    if not every:
        rows = comparing.newest(rows, with_runs)
    if not rows:
        raise CouldNotCheck(f"no scores of {ref} are recorded", "see `catalog evals import --help`")
    if json:
        output.emit_json([score_json(row) for row in rows])
    elif csv:
        columns = list(score_json(rows[0]))
        output.emit_csv(columns, [list(score_json(row).values()) for row in rows])
    else:
        print_scores(rows, whole=every or bool(task), single=asked.revision is not None)


def rows_of(
    connection: "Reader",
    ids: "Sequence[int]",
    task: "Sequence[str] | None",
    metric: "Sequence[str] | None",
    *,
    withdrawn: bool = False,
) -> "list[ScoreRow]":
    """Return scores of checkpoints; a task or metric is meant under each of its names.

    Raises:
        UnknownName: no checkpoint has such a task.
    """
    from catalog.sql.queries import evals

    wanted = None
    if task:
        known = evals.tasks(connection, ids)
        for pattern in task:
            if known and not comparing.matching(known, [pattern]):
                raise _unknown_task(pattern, known)
        wanted = comparing.matching(known, task)
    rows = evals.scores(connection, ids, tasks=wanted, withdrawn=withdrawn)
    if metric:
        names = {comparing.metric_name(one) for one in metric}
        rows = [row for row in rows if comparing.metric_name(row.metric) in names]
    return rows


def _unknown_task(pattern: str, known: "Sequence[str]") -> UnknownName:
    from difflib import get_close_matches

    nearest = get_close_matches(pattern, known, n=3, cutoff=0.4)
    return UnknownName("task", pattern, nearest or comparing.ordered(known)[:5])


def with_runs(row: "ScoreRow", runs: int) -> "ScoreRow":
    """Return a score that stands for several runs."""
    return replace(row, runs=runs)


def score_json(row: "ScoreRow") -> dict[str, Any]:
    """Return what `--json` documents for a score."""
    shown: dict[str, Any] = output.plain(row)
    del shown["checkpoint_id"], shown["evaluation_id"]
    return shown


def print_scores(
    rows: "Sequence[ScoreRow]", *, whole: bool, single: bool, more: str = "--task, --all"
) -> None:
    """Print a table; sub-tasks of large groups are counted unless the whole was asked for.

    Args:
        rows: to print.
        whole: print sub-tasks too.
        single: they are all of one checkpoint.
        more: what to type to see the rest.
    """
    grouped = [] if whole else [row for row in rows if _group(row.task)]
    shown = rows if whole else [row for row in rows if not _group(row.task)]
    if not whole and not single:
        shown = [row for row in shown if row.metric in ("acc", "em")]
    columns = ["task", "metric", "value", "stderr", "shots", "dtype", "harness", "commit", "date"]
    body = [[*_cells(row)] for row in shown]
    if not single:
        columns = ["revision", "tokens", *columns]
        body = [
            [_revision(row), row.tokens_seen, *cells]
            for row, cells in zip(shown, body, strict=True)
        ]
    output.table(columns, body)
    repeated = sum(row.runs > 1 for row in shown)
    if repeated:
        output.say(
            f"{repeated} of these were measured more than once: the newest are shown ({more})"
        )
    if grouped:
        groups = sorted({f"{_group(row.task)}*" for row in grouped})
        output.say(f"not shown: {len(grouped):,} scores of {', '.join(groups)} ({more})")


def _cells(row: "ScoreRow") -> list[object]:
    task = f"{row.task} ({row.prompt})" if row.prompt else row.task
    name = f"{row.metric},{row.filter}" if row.filter not in (None, "none") else row.metric
    error = None if row.stderr is None else f"{row.stderr:.4f}"
    day = row.evaluated_at.date().isoformat() if row.evaluated_at else None
    commit = row.commit[:8] if row.commit else None
    value = f"{row.value:.4f}" + (" (withdrawn)" if row.withdrawn else "")
    shots = None if row.shots is None else str(row.shots)
    return [task, name, value, error, shots, row.dtype, row.harness_version, commit, day]


def _group(task: str) -> str | None:
    for prefix in ("hendrycksTest-", "mmlu_", "blimp_", "crows_pairs_", "num_reasoning_"):
        if task.startswith(prefix):
            return prefix
    return None


def _revision(row: "ScoreRow") -> str:
    return row.revision or f"training step {row.training_step}"
