"""Writes the sources that what ships comes from, and reads which of them is there."""

import sqlalchemy as sa

from catalog.sql import tables
from catalog.sql.connections import Writer
from catalog.sql.dialect import insert


def ensure_source(writer: Writer, row: dict[str, str | None]) -> int:
    """Return the row of a source, adding it if it is new; of a known one only the digest changes.

    Args:
        writer: an open catalog, in a transaction of the caller's.
        row: the columns of the source, its key among them.
    """
    statement = insert(writer, tables.source).values(row)
    if "digest" in row:
        changed = {"digest": row["digest"]}
        writer.execute(statement.on_conflict_do_update(index_elements=["key"], set_=changed))
    else:
        writer.execute(statement.on_conflict_do_nothing())
    of_key = sa.select(tables.source.c.id).where(tables.source.c.key == row["key"])
    row_id: int = writer.execute(of_key).scalar_one()
    return row_id


def source_digest(writer: Writer, key: str) -> str | None:
    """Return the digest recorded for a source, None where there is none."""
    asked = sa.select(tables.source.c.digest).where(tables.source.c.key == key)
    digest: str | None = writer.execute(asked).scalar()
    return digest
