"""`catalog evals`: import score files, show and compare scores."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from catalog import refs
from catalog.errors import CouldNotCheck, UnknownName
from catalog.scores import comparing

from . import output
from .options import CsvOpt, DatabaseOpt, JsonOpt, database_url

if TYPE_CHECKING:
    from collections.abc import Sequence

    import sqlalchemy as sa

    from catalog.evals import Outcome, Read
    from catalog.queries.evals import ScoreRow
    from catalog.queries.models import Checkpoint

app = typer.Typer(no_args_is_help=True, help="Evaluation scores: import, show, compare.")

TaskOpt = Annotated[
    list[str] | None,
    typer.Option("--task", metavar="TASK", help="Only this task; `*` matches. Repeatable."),
]
MetricOpt = Annotated[
    list[str] | None,
    typer.Option("--metric", metavar="METRIC", help="Only this metric, as in acc. Repeatable."),
]
ShotsOpt = Annotated[int | None, typer.Option("--shots", help="Only this number of shots.")]

# The gravest of several inputs decides: broken, then could not check, then asked wrongly.
_GRAVITY = (1, 3, 2, 0)


@app.command("import")
def import_(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH...", help="Files, folders or tar archives.")
    ],
    withdrawn: Annotated[
        str | None,
        typer.Option(
            "--withdrawn", metavar="REASON", help="Record these scores as taken back, and why."
        ),
    ] = None,
    db: DatabaseOpt = None,
    json: JsonOpt = False,
) -> int:
    """Import result files of lm-evaluation-harness and score tables. Safe to repeat.

    Each file ends as imported, known (the same bytes are in the catalog) or refused. The content
    decides which checkpoint was scored; name and folder complete what it leaves open.
    """
    from catalog import database, evals

    with database.writing(database_url(db)) as connection:
        outcomes = list(
            evals.import_files(connection, paths, now=datetime.now(UTC), withdrawn=withdrawn)
        )
    if json:
        counts = {word: sum(o.status == word for o in outcomes) for word in _STATUSES}
        output.emit_json({"files": [_file(outcome) for outcome in outcomes], "counts": counts})
    else:
        _print_outcomes(outcomes)
    codes = {outcome.exit_code for outcome in outcomes}
    return next(code for code in _GRAVITY if code in codes or code == 0)


_STATUSES = ("imported", "known", "refused")


def _file(outcome: "Outcome") -> dict[str, Any]:
    """Return what `--json` documents for a file."""
    one = outcome.evaluations[0] if len(outcome.evaluations) == 1 else None
    models = {each.model for each in outcome.evaluations}
    found: dict[str, Any] = {
        "path": outcome.path,
        "status": outcome.status,
        "form": outcome.form,
        "reason": outcome.reason,
        "unread": list(outcome.unread),
        **(_read(one) if one else _NOTHING),
        "model": next(iter(models)) if len(models) == 1 else None,
        "scores": sum(each.scores for each in outcome.evaluations),
    }
    if outcome.form == "csv" or len(outcome.evaluations) > 1:
        found["conflicts"] = [c for each in outcome.evaluations for c in _conflicts(each)]
        shared = {"path": outcome.path, "status": outcome.status, "reason": outcome.reason}
        found["evaluations"] = [shared | _read(each) for each in outcome.evaluations]
    return found


_NOTHING: dict[str, Any] = {
    "model": None,
    "revision": None,
    "published_step": None,
    "training_step": None,
    "tokens_seen": None,
    "num_fewshot": None,
    "scores": 0,
    "conflicts": [],
}


def _read(one: "Read") -> dict[str, Any]:
    shown: dict[str, Any] = output.plain(one)
    del shown["notes"]
    shown["conflicts"] = _conflicts(one)
    shown["completed"] = [
        {"field": note.field, "value": note.used, "from": note.place}
        for note in one.notes
        if note.kind == "completed"
    ]
    shown["doubts"] = [note.other for note in one.notes if note.kind == "doubt"]
    return shown


def _conflicts(one: "Read") -> list[dict[str, Any]]:
    return [
        {"field": note.field, "used": note.used, "stated": note.other, "place": note.place}
        for note in one.notes
        if note.kind == "contradiction"
    ]


def _print_outcomes(outcomes: "Sequence[Outcome]") -> None:
    """List what needs a reader's eye, then count."""
    for outcome in outcomes:
        if outcome.status == "refused":
            output.line(f"refused  {outcome.path}: {outcome.reason}")
        if outcome.status == "imported":
            for text in _remarks(outcome):
                output.line(f"{outcome.path}: {text}")
    for word in _STATUSES:
        number = sum(outcome.status == word for outcome in outcomes)
        output.line(f"{word}  {number:,} files")
    fresh = [outcome for outcome in outcomes if outcome.status == "imported"]
    read = [one for outcome in fresh for one in outcome.evaluations]
    if read:
        scores = sum(one.scores for one in read)
        models = len({one.model for one in read})
        output.line(f"{scores:,} scores in {len(read):,} evaluations of {models:,} models")


def _remarks(outcome: "Outcome") -> list[str]:
    """Return contradictions and what was not understood, in words."""
    found = [
        f"{note.field}: the content says {note.used}, the {note.place} says {note.other}"
        for one in outcome.evaluations
        for note in one.notes
        if note.kind == "contradiction"
    ]
    return found + [f"not understood: {text}" for text in outcome.unread]


@app.command("show")
def show(
    ref: Annotated[
        str,
        typer.Argument(metavar="MODEL[@REVISION]", help="Without a revision: all that were scored."),
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
    from catalog import database
    from catalog.queries import evals, models

    asked = refs.parse(ref)
    with database.reading(database_url(db)) as connection:
        one = models.named(connection, asked.model)
        if asked.revision is None:
            ids = evals.checkpoint_ids_with_scores(connection, one.id)
        else:
            ids = [models.checkpoint_at(connection, one, asked.revision).id]
        rows = _rows(connection, ids, task, metric, withdrawn=every)
    if shots is not None:
        rows = [row for row in rows if row.shots == shots]
    if not every:
        rows = comparing.newest(rows, _with_runs)
    if not rows:
        raise CouldNotCheck(f"no scores of {ref} are recorded", "see `catalog evals import --help`")
    if json:
        output.emit_json([_score(row) for row in rows])
    elif csv:
        columns = list(_score(rows[0]))
        output.emit_csv(columns, [list(_score(row).values()) for row in rows])
    else:
        _print_scores(rows, whole=every or bool(task), single=asked.revision is not None)


def _rows(
    connection: "sa.Connection",
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
    from catalog.queries import evals

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

    return UnknownName("task", pattern, get_close_matches(pattern, known, n=3, cutoff=0.4))


def _with_runs(row: "ScoreRow", runs: int) -> "ScoreRow":
    return replace(row, runs=runs)


def _score(row: "ScoreRow") -> dict[str, Any]:
    """Return what `--json` documents for a score."""
    shown: dict[str, Any] = output.plain(row)
    del shown["checkpoint_id"], shown["evaluation_id"]
    return shown


def _print_scores(rows: "Sequence[ScoreRow]", *, whole: bool, single: bool) -> None:
    """Print a table; sub-tasks of large groups are counted unless the whole was asked for."""
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
        output.say(f"{repeated} of these were measured more than once: the newest, --all for all")
    if grouped:
        groups = sorted({f"{_group(row.task)}*" for row in grouped})
        output.say(f"not shown: {len(grouped):,} scores of {', '.join(groups)} (--task, --all)")


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


@app.command("compare")
def compare(
    texts: Annotated[
        list[str],
        typer.Argument(
            metavar="REF...", help="MODEL[@REVISION], or a suite for the last step of each model."
        ),
    ],
    task: TaskOpt = None,
    metric: Annotated[
        str, typer.Option("--metric", metavar="METRIC", help="The metric to compare.")
    ] = "acc",
    shots: Annotated[int, typer.Option("--shots", help="Preferred number of shots.")] = 0,
    db: DatabaseOpt = None,
    csv: CsvOpt = False,
    json: JsonOpt = False,
) -> None:
    """Put checkpoints, sizes and suites side by side, like with like.

    For each task the conditions (shots, harness, dtype, task version) that most rows share are
    used; a score made under others is marked.
    """
    from catalog import database

    with database.reading(database_url(db)) as connection:
        spots = _spots(connection, texts)
        chosen = task or list(comparing.HEADLINE_TASKS)
        ids = [spot.id for spot in spots.values()]
        rows = _rows(connection, ids, task, [metric])
    if task is None:
        rows = [row for row in rows if comparing.matching([row.task], chosen)]
    if not rows:
        raise CouldNotCheck(
            f"no {metric} scores of {', '.join(texts)} are recorded",
            "see `catalog evals show --help`",
        )
    table = _compared(spots, comparing.newest(rows, _with_runs), shots)
    if json:
        output.emit_json(table)
    elif csv:
        _csv_table(table)
    else:
        _print_table(table)


def _spots(connection: "sa.Connection", texts: "Sequence[str]") -> "dict[str, Checkpoint]":
    """Return the checkpoint of every ref, by what the user will see it called."""
    from catalog.queries import models

    suites = {suite.name: suite for suite in models.suites(connection)}
    found: dict[str, Checkpoint] = {}
    for text in texts:
        # A suite's name that is a model's too means the suite.
        members = models.models(connection, in_suite=text) if text in suites else []
        for one in members:
            last = models.final(connection, one.id)
            for spot in [last] if last else models.checkpoints(connection, one.id)[-1:]:
                found[one.name] = spot
        if not members:
            asked = refs.parse(text)
            model = models.named(connection, asked.model)
            spot = models.checkpoint_at(connection, model, asked.revision)
            label = f"{model.name}@{asked.revision}" if asked.revision else model.name
            found[label] = spot
    return found


def _compared(
    spots: "dict[str, Checkpoint]", rows: "Sequence[ScoreRow]", shots: int
) -> dict[str, Any]:
    """Return the comparison as it is documented for `--json`."""
    tasks = comparing.ordered({comparing.task_name(row.task) for row in rows})
    picks: dict[str, dict[int, ScoreRow]] = {}
    shared: dict[str, comparing.Conditions] = {}
    for name in tasks:
        of_task = [row for row in rows if comparing.task_name(row.task) == name]
        by_spot = {
            spot.id: [row for row in of_task if row.checkpoint_id == spot.id]
            for spot in spots.values()
        }
        common, picks[name] = comparing.choose(by_spot, shots=shots)
        if common is not None:
            shared[name] = common
    return {
        "conditions": {name: comparing.described(common) for name, common in shared.items()},
        "rows": [
            {
                "ref": label,
                "model": spot.model,
                "revision": spot.revision,
                "tokens_seen": spot.tokens_seen,
                "scores": {
                    name: _compared_score(picks[name][spot.id], shared[name])
                    for name in tasks
                    if spot.id in picks[name]
                },
            }
            for label, spot in spots.items()
        ],
    }


def _compared_score(row: "ScoreRow", shared: "comparing.Conditions") -> dict[str, Any]:
    differs = comparing.differences(row, shared)
    return {**_score(row), "comparable": not differs, "differs": differs}


def _csv_table(table: dict[str, Any]) -> None:
    kept = ("value", "stderr", "shots", "harness_version", "dtype", "commit", "comparable")
    head = ("ref", "model", "revision", "tokens_seen")
    output.emit_csv(
        [*head, "task", "metric", *kept, "differs"],
        [
            [
                *(row[column] for column in head),
                name,
                score["metric"],
                *(score[column] for column in kept),
                "; ".join(score["differs"]),
            ]
            for row in table["rows"]
            for name, score in row["scores"].items()
        ],
    )


def _print_table(table: dict[str, Any]) -> None:
    """Print one row a checkpoint, one column a task, and what the marks mean."""
    marks: dict[str, str] = {}
    body = []
    for row in table["rows"]:
        cells: list[object] = [row["ref"], row["tokens_seen"]]
        for name in table["conditions"]:
            score = row["scores"].get(name)
            cells.append(_compared_cell(score, marks) if score else None)
        body.append(cells)
    output.table(["checkpoint", "tokens", *table["conditions"]], body)
    by_text: dict[str, list[str]] = {}
    for name, text in table["conditions"].items():
        by_text.setdefault(text, []).append(name)
    for text, names in by_text.items():
        which = "" if len(by_text) == 1 else f" ({', '.join(names)})"
        output.line(f"conditions: {text}{which}")
    for text, mark in marks.items():
        output.line(f"{mark} {text}")
    if marks:
        output.say("marked scores were made under other conditions: compare only like with like")


def _compared_cell(score: dict[str, Any], marks: dict[str, str]) -> str:
    text = f"{score['value']:.4f}"
    if score["stderr"] is not None:
        text += f" ±{score['stderr']:.4f}"
    if score["differs"]:
        text += " " + marks.setdefault(", ".join(score["differs"]), _mark(len(marks)))
    return text


def _mark(number: int) -> str:
    letter = chr(ord("a") + number % 26)
    return f"[{letter * (number // 26 + 1)}]"


@app.command("pack", hidden=True)
def pack(
    archives: Annotated[
        list[Path], typer.Argument(metavar="ARCHIVE...", help="One for each shipped source.")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Where to write the packed file.")],
    db: DatabaseOpt = None,
) -> None:
    """Write the file of figures that ships with the catalog (for maintainers)."""
    from catalog import database, evals

    with database.reading(database_url(db)) as connection:
        packed = evals.pack(connection, archives)
    try:
        out.write_bytes(packed)
    except OSError as error:
        raise CouldNotCheck(f"cannot write {out}: {error.strerror}") from error
    output.line(f"{out}: {len(packed):,} bytes")
