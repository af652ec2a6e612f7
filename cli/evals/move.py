"""`catalog evals move`: scores on record to the checkpoint that was really scored."""

from typing import Annotated

import typer

from catalog.core.counts import count

from .. import complete, output
from ..call import Call, command
from ..output import Report
from .remove import COLUMNS, KEYS, FilesArg


@command
def move(
    call: Call,
    files: FilesArg,
    as_: Annotated[
        str,
        typer.Option(
            "--as",
            metavar="REF",
            help="The checkpoint that was really scored: MODEL@REVISION.",
            autocompletion=complete.refs,
        ),
    ],
    source: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="REF",
            help="Only what is on record as this checkpoint's.",
            autocompletion=complete.refs,
        ),
    ] = None,
) -> None:
    """Give scores on record another checkpoint; that you said so is noted with them."""
    from catalog.documents import scores

    amended = scores.amended(call.catalog.move_scores(*files, to=as_, source=source))

    def text() -> None:
        for row in amended:
            moved = count(row["scores"], "score")
            before = ", ".join(row["before"])
            output.line(f"moved  {row['path']}: {moved} of {before} to {row['after']}")

    call.print(Report(amended, amended, COLUMNS, text=text, keys=KEYS))
