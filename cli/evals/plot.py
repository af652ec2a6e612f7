"""`catalog evals plot`: scores as a picture, for a paper or on the terminal."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from catalog.errors import one_line

from .. import complete, drawings, output
from ..arguments import TaskOpt
from ..call import Call, command
from ..output import Report
from ..spreads import CommonOpt, EveryOpt, LinearOpt, LogOpt, ScoredOpt
from ..tables import Column
from .options import ArithmeticOpt, CleanOpt, HarnessOpt, MetricOpt, ScoredArg, ShotsOpt

if TYPE_CHECKING:
    from catalog._door.drawing import Drawing

COLUMNS = (
    Column("line"),
    Column("ref"),
    Column("task"),
    Column("metric"),
    Column("value"),
    Column("stderr"),
    Column("mark"),
)


class Axis(StrEnum):
    """What is counted along the horizontal axis."""

    TOKENS = "tokens"
    STEPS = "steps"
    PARAMS = "params"


class Scale(StrEnum):
    """How it is counted."""

    LOG = "log"
    LINEAR = "linear"


@command
def plot(
    call: Call,
    texts: ScoredArg,
    task: TaskOpt = None,
    metric: MetricOpt = None,
    over: Annotated[
        Axis,
        typer.Option("--over", help="The horizontal axis; params: a line a suite, its last steps."),
    ] = Axis.TOKENS,
    references: Annotated[
        list[str] | None,
        typer.Option(
            "--reference",
            metavar="MODEL|SUITE",
            help="Compare with this one, as a dashed line. Repeatable.",
            autocompletion=complete.selections,
        ),
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Write a picture: .png, .svg or .pdf. Without it: on the terminal.",
            readable=False,
            show_default=False,
        ),
    ] = None,
    style: Annotated[
        drawings.Style, typer.Option("--style", help="How the picture looks.")
    ] = drawings.Style.PAPER,
    columns: Annotated[
        int | None,
        typer.Option(
            "--columns",
            min=1,
            max=2,
            help="Columns of a paper that it is wide: 1 (3.25 in) or 2 (6.75 in). "
            "Default: 1 for one task.",
            show_default=False,
        ),
    ] = None,
    scale: Annotated[Scale, typer.Option("--scale", help="Of the horizontal axis.")] = Scale.LOG,
    shots: ShotsOpt = None,
    harness: HarnessOpt = None,
    dtype: ArithmeticOpt = None,
    clean: CleanOpt = False,
    log: LogOpt = None,
    linear: LinearOpt = None,
    stride: EveryOpt = None,
    scored: ScoredOpt = False,
    common: CommonOpt = False,
) -> None:
    """Draw scores over tokens, steps or parameters, with bands of one standard error.

    A panel each task (by default those of the headlines, by acc), a line each model. A line never
    mixes conditions; what was left out is said. Points with a mark are hollow, and a line is dotted
    where a checkpoint that was asked for has no score. The same scores give the same file.
    """
    if file is not None:
        drawings.require_place(file)
    drawing = call.catalog.plot(
        *texts,
        tasks=task or (),
        metrics=metric or (),
        over=over,
        references=references or (),
        log_axis=scale is Scale.LOG,
        shots=shots,
        harness=harness,
        dtype=dtype,
        clean=clean,
        log=log,
        linear=linear,
        stride=stride,
        scored=scored,
        common=common,
    )
    if file is not None:
        drawings.write(drawing, file, style=style, columns=columns)
        for reason in drawing.picture.reasons:
            call.teller.remark(f"hollow: {reason}")
    if file is None or not call.output.is_for_people:
        call.print(_report(drawing))


def _lines(drawing: "Drawing") -> list[str]:
    return drawing.text(output.width() or drawings.WIDTH).split("\n")


def _report(drawing: "Drawing") -> Report:
    from catalog.documents import pictures

    document = pictures.picture(drawing.picture)
    rows = document["points"]
    return Report(
        document,
        rows,
        COLUMNS,
        text=lambda: output.write_lines(map(one_line, _lines(drawing))),
        keys=list(rows[0]),
        quiet=lambda row: row["value"],
    )
