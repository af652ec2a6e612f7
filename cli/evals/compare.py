"""`catalog evals compare`: checkpoints, sizes and suites side by side, like with like."""

from typing import Annotated, Any

import typer

from .. import complete, output, scoreboard, tables
from ..arguments import TableOpt, TaskOpt
from ..call import Call, command
from ..output import Report
from ..spreads import CommonOpt, EveryOpt, LinearOpt, LogOpt, ScoredOpt
from ..tables import Column
from .options import AlikeOpt, ArithmeticOpt, CleanOpt, HarnessOpt

KEYS = (
    *("ref", "model", "revision", "tokens_seen", "task", "metric", "value", "stderr"),
    *("shots", "harness_version", "dtype", "commit", "comparable", "differs"),
    *("advisories", "findings", "remarks", "mark", "reasons", "loader", "weight_set", "weights"),
)
COLUMNS = tuple(Column(key) for key in ("ref", "tokens_seen", "task", "value", "stderr", "differs"))


@command
def compare(
    call: Call,
    texts: Annotated[
        list[str],
        typer.Argument(
            metavar="REF...",
            help="MODEL[@REVISION], MODEL@log14, or a suite for the last step of each model.",
            autocompletion=complete.selections,
        ),
    ],
    task: TaskOpt = None,
    metric: Annotated[
        str, typer.Option("--metric", metavar="METRIC", help="The metric to compare.")
    ] = "acc",
    shots: Annotated[int, typer.Option("--shots", help="Preferred number of shots.")] = 0,
    harness: HarnessOpt = None,
    dtype: ArithmeticOpt = None,
    like_with_like: AlikeOpt = False,
    clean: CleanOpt = False,
    log: LogOpt = None,
    linear: LinearOpt = None,
    stride: EveryOpt = None,
    scored: ScoredOpt = False,
    common: CommonOpt = False,
    file: TableOpt = None,
) -> None:
    """Put checkpoints, sizes and suites side by side, like with like.

    For each task the conditions (shots, harness, dtype, task version) that most rows share are
    used; a score made under others is marked.
    """
    from catalog.documents import scores

    comparison = call.catalog.compare(
        *texts,
        tasks=task or (),
        metric=metric,
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
    )
    document = scores.comparison(comparison)
    report = Report(
        document,
        scores.comparison_rows(comparison),
        COLUMNS,
        text=lambda: _print(document),
        keys=KEYS,
        quiet=lambda row: row["value"],
    )
    call.save(report, file)


def _print(table: dict[str, Any]) -> None:
    """Print one row a checkpoint, one column a task, and what the marks mean."""
    marks: dict[str, str] = {}
    tasks = list(table["conditions"])
    columns = [
        Column("ref", "checkpoint"),
        Column("tokens_seen", "tokens", gives_way=len(tasks) + 1),
        *(Column(task, gives_way=number) for number, task in enumerate(tasks)),
    ]
    rows = _rows(table, marks)
    narrow = not tables.fits(columns, rows, output.width())
    if narrow:
        rows = _rows(table, marks, errors=False)
    output.table(columns, rows, without=("errors",) if narrow else ())
    by_text: dict[str, list[str]] = {}
    for task, text in table["conditions"].items():
        by_text.setdefault(text, []).append(task)
    for text, names in by_text.items():
        which = "" if len(by_text) == 1 else f" ({', '.join(names)})"
        output.line(f"conditions: {text}{which}")
    scoreboard.print_marks([score for row in table["rows"] for score in row["scores"].values()])
    for text, mark in marks.items():
        output.line(f"{mark} {text}")
    if marks:
        output.say("marked scores were made under other conditions: compare only like with like")


def _rows(
    table: dict[str, Any], marks: dict[str, str], *, errors: bool = True
) -> list[dict[str, Any]]:
    """Return one row a checkpoint; where the terminal is narrow, errors give way before tasks."""
    return [
        {
            "ref": row["ref"],
            "tokens_seen": row["tokens_seen"],
            **{task: _score(score, marks, errors=errors) for task, score in row["scores"].items()},
        }
        for row in table["rows"]
    ]


def _score(score: dict[str, Any], marks: dict[str, str], *, errors: bool) -> str:
    """Return a score with its error, and a mark where it is not comparable."""
    text = f"{score['value']:.4f}"
    if errors and score["stderr"] is not None:
        text += f" ±{score['stderr']:.4f}"
    if score["mark"]:
        text += f" {scoreboard.MARK}"
    if score["differs"]:
        text += " " + marks.setdefault(", ".join(score["differs"]), _mark(len(marks)))
    return text


def _mark(number: int) -> str:
    letter = chr(ord("a") + number % 26)
    return f"[{letter * (number // 26 + 1)}]"
