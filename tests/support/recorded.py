"""Counts what is on record, and names the small trained run that tests record."""

import sqlalchemy as sa
from sql_rows import connected

from catalog.sql.tables import metadata

MODEL = "topics-183k"


def rows(url):
    """Return how many rows each table has."""
    with connected(url) as connection:
        return {
            table.name: connection.execute(
                sa.select(sa.func.count()).select_from(table)
            ).scalar_one()
            for table in metadata.sorted_tables
        }
