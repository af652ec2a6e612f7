"""`catalog db`: the schema of the database, and the whole of it in another one."""

from typing import Annotated

import typer

from catalog.core.counts import count
from catalog.errors import BadInput

from . import output
from .call import Call, command
from .group import group
from .output import Report
from .tables import Column

COLUMNS = (Column("database"), Column("schema"), Column("wanted"))
UPGRADED = (Column("database"), Column("before"), Column("after"))
OUTDATED = 3

app = group("The schema of the database.")


@app.command()
@command
def upgrade(call: Call) -> None:
    """Bring the schema to this version's, keeping every row."""
    from catalog.documents import models

    schema = call.catalog.upgrade()
    said = f"schema {schema.before or 'none'} -> {schema.after}"
    if schema.before == schema.after:
        said = f"schema {schema.after} is current"
    document = models.upgraded(schema)
    call.print(Report(document, [document], UPGRADED, text=lambda: output.line(said)))


@app.command()
@command
def current(call: Call) -> int:
    """Print the schema of the database; exit 3 unless it is this version's."""
    from catalog.documents import models

    schema = call.catalog.schema()
    said = f"schema {schema.after or 'none'}, this program needs {schema.wanted}"
    document = models.schema(schema)
    call.print(Report(document, [document], COLUMNS, text=lambda: output.line(said)))
    if schema.is_current:
        return 0
    if call.output.is_for_people:
        output.say("catalog: run `catalog db upgrade`")
    return OUTDATED


@app.command()
@command
def check(call: Call) -> int:
    """Compare the database with the schema this program declares; exit 1 if they differ."""
    differences = call.catalog.drift()
    rows = [{"difference": difference} for difference in differences]

    def text() -> None:
        for difference in differences:
            output.line(difference)
        output.line(count(len(rows), "difference") if rows else "no difference")

    document = {"differences": list(differences)}
    call.print(Report(document, rows, (Column("difference"),), text=text))
    return int(bool(differences))


SourceArg = Annotated[str, typer.Argument(metavar="FROM", help="A file or URL, as in --db.")]
TargetArg = Annotated[
    str, typer.Argument(metavar="TO", help="Another one: new, or without any row.")
]
ReplaceOpt = Annotated[bool, typer.Option("--force", help="Replace all that is in TO.")]


@app.command()
@command
def copy(call: Call, source: SourceArg, target: TargetArg, force: ReplaceOpt = False) -> None:
    """Copy a whole catalog into another database, from SQLite to PostgreSQL or back.

    One transaction: all rows are there afterwards, or none. TO is given the schema where it has
    none; of another version, or with rows in it, it is refused.
    """
    from catalog.documents import models

    if call.url is not None:
        raise BadInput("FROM says which database is copied", "leave out --db")
    copied = call._replace(url=source).catalog.copy_to(target, force=force)
    document = models.copied(copied)
    rows = [{"table": table, "rows": count} for table, count in copied.rows.items()]

    def text() -> None:
        count = sum(copied.rows.values())
        output.line(f"{copied.target}: {count:,} rows of {len(rows)} tables, as {copied.source}")

    call.print(Report(document, rows, (Column("table"), Column("rows")), text=text))
