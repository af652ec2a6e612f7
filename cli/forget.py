"""`catalog forget`: takes back a record that was wrong."""

from typing import Annotated

import typer

from . import complete, output
from .call import Call, command
from .output import Report
from .tables import Column

COLUMNS = (
    Column("model"),
    Column("revision"),
    Column("observations"),
    Column("recorded_at"),
    Column("manifest_digest"),
)


@command
def forget(
    call: Call,
    ref: Annotated[
        str,
        typer.Argument(
            metavar="REF",
            help="MODEL@REVISION, of which the record is wrong.",
            autocompletion=complete.refs,
        ),
    ],
) -> None:
    """Take back what `populate` recorded of a checkpoint.

    For a record that contradicts what was observed on the Hub. What was observed stays, and so
    does every verification; `catalog populate` records the checkpoint anew.
    """
    from catalog.documents import weights

    document = weights.forgotten(call.catalog.forget(ref))
    name = f"{document['model']}@{document['revision']}"
    times = f"{document['observations']} record{'s' if document['observations'] > 1 else ''}"
    text = f"{name}: forgot {times}, the last of {document['recorded_at'][:10]}"
    call.print(
        Report(document, [document], COLUMNS, text=lambda: output.line(text), quiet=lambda _: name)
    )
