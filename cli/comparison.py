"""`catalog evals compare`: checkpoints, sizes and suites side by side, like with like."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from catalog.core import refs
from catalog.core.scores import comparing
from catalog.errors import CouldNotCheck

from . import output
from .options import CsvOpt, DatabaseOpt, JsonOpt, database_url
from .scores import TaskOpt, rows_of, score_json, with_runs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from catalog.core.models import Checkpoint
    from catalog.core.scores.rows import ScoreRow
    from catalog.sql.connections import Reader


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
    from catalog.sql import database

    with database.reading(database_url(db)) as connection:
        spots = _spots(connection, texts)
        chosen = task or list(comparing.HEADLINE_TASKS)
        ids = [spot.id for spot in spots.values()]
        rows = rows_of(connection, ids, task, [metric])
    if task is None:
        rows = [row for row in rows if comparing.matching([row.task], chosen)]
    if not rows:
        raise CouldNotCheck(
            f"no {metric} scores of {', '.join(texts)} are recorded",
            "see `catalog evals show --help`",
        )
    table = _compared(spots, comparing.newest(rows, with_runs), shots)
    if json:
        output.emit_json(table)
    elif csv:
        _csv_table(table)
    else:
        _print_table(table)


def _spots(connection: "Reader", texts: "Sequence[str]") -> "dict[str, Checkpoint]":
    """Return the checkpoint of every ref, by what the user will see it called."""
    from catalog.sql.queries import models

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
            output.renamed(asked.model, model.name)
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
    return {**score_json(row), "comparable": not differs, "differs": differs}


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
