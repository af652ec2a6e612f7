"""`catalog suites`: suites as data files."""

from pathlib import Path
from typing import Annotated

import typer

from catalog.core.counts import count

from . import output
from .call import Call, command
from .group import group
from .output import Report
from .tables import Column

COLUMNS = (
    Column("name", "suite"),
    Column("kind", gives_way=2),
    Column("models"),
    Column("checkpoints", gives_way=1),
    Column("title", wraps=True),
    Column("shipped", "from", cell=lambda row: "shipped" if row["shipped"] else "added"),
)
KEYS = ("name", "title", "kind", "shipped", "digest", "loaded_at", "models", "checkpoints")
LOADED = (Column("suite"), Column("status"), Column("models"), Column("checkpoints"))

app = group("Suites as data files.")


@app.command()
@command
def ls(call: Call) -> None:
    """List the suites."""
    from catalog.documents import models

    rows = [models.suite(suite) for suite in call.catalog.suites()]
    call.print(Report(rows, rows, COLUMNS, keys=KEYS))


@app.command()
@command
def add(
    call: Call,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            readable=False,
            help="A suite file (docs/reference/suite-files.md).",
        ),
    ],
) -> None:
    """Add a suite of your own, or a new version of it. A broken file changes nothing."""
    from catalog.documents import models

    loaded = call.catalog.add_suite(file)
    document = models.loaded(loaded)
    said = (
        f"{loaded.suite}: {loaded.status}, {count(loaded.models, 'model')}, "
        f"{count(loaded.checkpoints, 'checkpoint')}"
    )
    call.print(Report(document, [document], LOADED, text=lambda: output.line(said)))
