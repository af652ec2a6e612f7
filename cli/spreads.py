"""Options that choose among the checkpoints of each model: the same as a text behind `@`.

What they mean is decided in `catalog.core.selections`; nothing is chosen here.
"""

from typing import Annotated

import typer

LogOpt = Annotated[
    int | None,
    typer.Option(
        "--log",
        metavar="N",
        min=1,
        help="N checkpoints of each MODEL, evenly spaced in the logarithm of the tokens: @logN.",
        show_default=False,
    ),
]
LinearOpt = Annotated[
    int | None,
    typer.Option(
        "--linear",
        metavar="N",
        min=1,
        help="N checkpoints, evenly spaced in the tokens: @linearN.",
        show_default=False,
    ),
]
EveryOpt = Annotated[
    str | None,
    typer.Option(
        "--every",
        metavar="AMOUNT",
        help="Those nearest to the multiples of 10B, or of step1000: @every10B.",
        show_default=False,
    ),
]
ScoredOpt = Annotated[
    bool, typer.Option("--scored", help="Only checkpoints that have scores: @scored.")
]
CommonOpt = Annotated[
    bool,
    typer.Option(
        "--common", help="Only amounts of tokens at which every MODEL has a checkpoint: @common."
    ),
]
