"""Arguments and options that several commands about scores share, as annotated types."""

from typing import Annotated

import typer

from .. import complete

ScoredArg = Annotated[
    list[str],
    typer.Argument(
        metavar="MODEL|SUITE|REF...",
        help="MODEL or SUITE: all that were scored; MODEL@REVISION; MODEL@step1..step512, @log14.",
        autocompletion=complete.selections,
    ),
]
MetricOpt = Annotated[
    list[str] | None,
    typer.Option("--metric", metavar="METRIC", help="Only this metric, as in acc. Repeatable."),
]
ShotsOpt = Annotated[int | None, typer.Option("--shots", help="Only this number of shots.")]
HarnessOpt = Annotated[
    str | None,
    typer.Option(
        "--harness",
        metavar="VERSION",
        help="Only this version of the harness; unknown: where none is stated.",
        show_default=False,
    ),
]
ArithmeticOpt = Annotated[
    str | None,
    typer.Option(
        "--dtype",
        metavar="TYPE",
        help="Only this type of arithmetic, as in float16; unknown: where none is stated.",
        show_default=False,
    ),
]
AlikeOpt = Annotated[
    bool,
    typer.Option(
        "--like-with-like",
        help="Of each task only scores made under the conditions that most share; "
        "how the others differ is said.",
    ),
]
CleanOpt = Annotated[
    bool,
    typer.Option("--clean", help="Leave out scores with a mark: of advisories, findings, doubts."),
]
