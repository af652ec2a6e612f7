"""`catalog db`: the schema of the database."""

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
        output.line(f"{len(differences)} differences" if differences else "no difference")

    document = {"differences": list(differences)}
    call.print(Report(document, rows, (Column("difference"),), text=text))
    return int(bool(differences))
