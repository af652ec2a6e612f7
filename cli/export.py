"""`catalog export`: what a catalog holds, as files for others."""

from pathlib import Path
from typing import Annotated

import typer

from . import output, writing
from .call import Call, command
from .group import group
from .output import Report
from .tables import Column

COLUMNS = tuple(
    Column(name)
    for name in ("file", "by", "observation", "fingerprint", "verification", "look", "digest")
)

app = group("Files for others: the records of observation.")


@app.command()
@command
def records(
    call: Call,
    file: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="Write to.", readable=False)
    ],
    by: Annotated[
        str | None,
        typer.Option(
            "--as",
            metavar="NAME",
            help="Who observed what nobody else did. Default: $CATALOG_OBSERVER.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Write looks, digests, fingerprints and verifications to one file, who said what and when.

    What ships with the program is left out. `catalog import records FILE` takes it in, elsewhere
    or here; nothing is taken twice.
    """
    from catalog.documents import sharing

    writing.require_place(file)
    exported = call.catalog.export_records(by=by)
    writing.write_file(file, exported.content)
    document = sharing.exported(exported, str(file))
    text = f"{file}: {sharing.in_words(exported.counts)}, digest {exported.digest}"
    call.print(
        Report(
            document,
            [document],
            COLUMNS,
            text=lambda: output.line(text),
            quiet=lambda _: exported.digest,
        )
    )
