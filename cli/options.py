"""Options and arguments that several commands share, as annotated types."""

import os
from typing import Annotated

import typer

DatabaseOpt = Annotated[
    str | None,
    typer.Option(
        "--db",
        metavar="FILE|URL",
        help="Catalog to use: an SQLite file or a PostgreSQL URL. "
        "Default: $CATALOG_DB, else the user-data folder.",
        show_default=False,
    ),
]
JsonOpt = Annotated[bool, typer.Option("--json", help="Print JSON.")]
CsvOpt = Annotated[bool, typer.Option("--csv", help="Print CSV.")]


def database_url(given: str | None) -> str:
    """Return the catalog's URL: the flag beats the environment beats the default."""
    from catalog.sql import database

    address = given or os.environ.get("CATALOG_DB")
    return database.normalise_url(address) if address else database.default_url()
