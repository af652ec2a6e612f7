"""`catalog ls`: the models."""

from typing import Annotated

import typer

from . import output
from .options import CsvOpt, DatabaseOpt, JsonOpt, database_url

COLUMNS = ("model", "suite", "params_total", "params_non_embedding", "repo_id")


def ls(
    suite: Annotated[str | None, typer.Option(help="Only models of this suite.")] = None,
    size: Annotated[str | None, typer.Option(help="Only this size, as in 70M or 1.4B.")] = None,
    db: DatabaseOpt = None,
    csv: CsvOpt = False,
    json: JsonOpt = False,
) -> None:
    """List the models."""
    from catalog.sql import database
    from catalog.sql.queries import models

    with database.reading(database_url(db)) as connection:
        found = models.models(connection, in_suite=suite, size=size)
    rows = [
        (one.name, one.suite, one.params_total, one.params_non_embedding, one.repo_id)
        for one in found
    ]
    if json:
        output.emit_json([_public(one) for one in found])
    elif csv:
        output.emit_csv(COLUMNS, rows)
    else:
        output.table(COLUMNS, rows)
        output.say(output.count(len(rows), "model"))


def _public(one: object) -> dict[str, object]:
    shown: dict[str, object] = output.plain(one)
    name = shown.pop("name")
    del shown["id"]
    return {"model": name} | shown
