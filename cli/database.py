"""`catalog db`: the schema of the database."""

import typer

from . import output
from .options import DatabaseOpt, JsonOpt, database_url

app = typer.Typer(help="The schema of the database.", no_args_is_help=True, rich_markup_mode=None)


@app.command()
def upgrade(db: DatabaseOpt = None, json: JsonOpt = False) -> None:
    """Bring the schema to this version's, keeping every row."""
    from catalog.sql import database

    url = database_url(db)
    before, after = database.upgrade(url)
    if json:
        output.emit_json({"database": database.shown(url), "before": before, "after": after})
    elif before == after:
        output.line(f"schema {after} is current")
    else:
        output.line(f"schema {before or 'none'} -> {after}")


@app.command()
def current(db: DatabaseOpt = None, json: JsonOpt = False) -> None:
    """Print the schema of the database; exit 3 unless it is this version's."""
    from catalog.sql import database

    url = database_url(db)
    found = database.current(url)
    if json:
        output.emit_json(
            {"database": database.shown(url), "schema": found, "wanted": database.HEAD}
        )
    else:
        output.line(f"schema {found or 'none'}, this program needs {database.HEAD}")
    if found != database.HEAD:
        if not json:
            output.say("catalog: run `catalog db upgrade`")
        raise typer.Exit(3)


@app.command()
def check(db: DatabaseOpt = None, json: JsonOpt = False) -> None:
    """Compare the database with the schema this program declares; exit 1 if they differ."""
    from catalog.sql import database

    differences = database.drift(database_url(db))
    if json:
        output.emit_json({"differences": differences})
    else:
        for difference in differences:
            output.line(difference)
        output.line(f"{len(differences)} differences" if differences else "no difference")
    if differences:
        raise typer.Exit(1)
