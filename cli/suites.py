"""`catalog suites`: suites as data files."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from . import output
from .options import DatabaseOpt, JsonOpt, database_url

app = typer.Typer(help="Suites as data files.", no_args_is_help=True, rich_markup_mode=None)


@app.command()
def ls(db: DatabaseOpt = None, json: JsonOpt = False) -> None:
    """List the suites."""
    from catalog.sql import database
    from catalog.sql.queries import models

    with database.reading(database_url(db)) as connection:
        found = models.suites(connection)
    if json:
        output.emit_json(found)
        return
    columns = ("suite", "kind", "models", "checkpoints", "title", "from")
    output.table(
        columns,
        [
            (s.name, s.kind, s.models, s.checkpoints, s.title, "shipped" if s.shipped else "added")
            for s in found
        ],
    )


@app.command()
def add(
    file: Annotated[
        Path, typer.Argument(help="A suite file (docs/reference/suite-files.md).", readable=False)
    ],
    db: DatabaseOpt = None,
    json: JsonOpt = False,
) -> None:
    """Add a suite of your own, or a new version of it. A broken file changes nothing."""
    from catalog.sql import database
    from catalog.verbs import suites

    with database.writing(database_url(db)) as connection:
        loaded = suites.add(connection, file, now=datetime.now(UTC))
    if json:
        output.emit_json(loaded)
        return
    output.line(
        f"{loaded.suite}: {loaded.status}, "
        f"{output.count(loaded.models, 'model')}, "
        f"{output.count(loaded.checkpoints, 'checkpoint')}"
    )
