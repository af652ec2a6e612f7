"""`catalog init`: create or upgrade the database and load the shipped facts."""

from datetime import UTC, datetime

from . import output
from .options import DatabaseOpt, JsonOpt, database_url


def init(db: DatabaseOpt = None, json: JsonOpt = False) -> None:
    """Create or upgrade the catalog and load the facts that ship. Safe to repeat."""
    from catalog.sql import database
    from catalog.verbs import evals, suites
    from catalog.verbs.inventories import shipping

    url = database_url(db)
    database.upgrade(url)
    with database.writing(url) as connection:
        now = datetime.now(UTC)
        loaded = list(suites.shipped(connection, now=now))
        scores = evals.load_shipped(connection, now=now)
        seen = shipping.load_shipped(connection)
    if json:
        shown = {"database": database.shown(url), "suites": loaded}
        output.emit_json(shown | {"evaluations": scores, "observations": seen})
        return
    output.line(f"catalog ready: {database.shown(url)}")
    columns = ("suite", "models", "checkpoints", "status")
    output.table(columns, [(s.suite, s.models, s.checkpoints, s.status) for s in loaded])
    if scores.status == "known":
        output.line("evaluation figures: known")
    else:
        output.line(f"evaluation figures: {scores.scores:,} from {scores.files:,} files")
    if seen.status == "known":
        output.line("observations of the Hub: known")
    else:
        output.line(f"observations of the Hub: {output.count(seen.branches, 'branch record')}")
    for path in scores.skipped:
        output.say(f"not loaded, it was imported before or its checkpoint is unknown: {path}")
