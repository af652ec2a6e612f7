"""Where the two databases differ: ON CONFLICT, and the quick way to fill a table."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from catalog.sql.connections import Writer

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite


def insert(writer: Writer, table: sa.Table) -> "sqlite.Insert | postgresql.Insert":
    """Return the dialect's INSERT, which knows ON CONFLICT on both of our databases."""
    # The other database's dialect is 80 ms that nobody needs.
    if writer.connection.dialect.name == "sqlite":
        from sqlalchemy.dialects import sqlite  # noqa: PLC0415

        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql  # noqa: PLC0415

    return postgresql.insert(table)


def upsert(writer: Writer, table: sa.Table, unique: list[str], rows: list[dict[str, Any]]) -> None:
    """Insert rows; where the unique columns are there already, overwrite the others."""
    if not rows:
        return
    statement = insert(writer, table)
    changed = {key: statement.excluded[key] for key in rows[0] if key not in unique}
    writer.execute(statement.on_conflict_do_update(index_elements=unique, set_=changed), rows)


def fill(writer: Writer, table: sa.Table, rows: Iterable[tuple[object, ...]]) -> None:
    """Insert whole rows by the driver's fast way: a quarter of a million come with `init`."""
    columns = ", ".join(f'"{column.name}"' for column in table.columns)
    if writer.connection.dialect.name == "postgresql":
        raw = writer.connection.connection.driver_connection
        copying = f"COPY {table.name} ({columns}) FROM STDIN"
        with raw.cursor() as cursor, cursor.copy(copying) as copy:  # type: ignore[union-attr]
            for row in rows:
                copy.write_row(row)
        return
    places = ", ".join("?" * len(table.columns))
    statement = f"INSERT INTO {table.name} ({columns}) VALUES ({places})"  # noqa: S608 - our own names
    ready = list(rows)
    if ready:
        writer.connection.exec_driver_sql(statement, ready)
