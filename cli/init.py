"""`catalog init`: create or upgrade the database and load the shipped facts."""

from datetime import UTC, datetime

from . import output
from .options import DatabaseOpt, JsonOpt, database_url


def init(db: DatabaseOpt = None, json: JsonOpt = False) -> None:
    """Create or upgrade the catalog and load the facts that ship. Safe to repeat."""
    from catalog import database, load

    url = database_url(db)
    database.upgrade(url)
    with database.writing(url) as connection:
        loaded = list(load.shipped(connection, now=datetime.now(UTC)))
    if json:
        output.emit_json({"database": database.shown(url), "suites": loaded})
        return
    output.line(f"catalog ready: {database.shown(url)}")
    columns = ("suite", "models", "checkpoints", "status")
    output.table(columns, [(s.suite, s.models, s.checkpoints, s.status) for s in loaded])
