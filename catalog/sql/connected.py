"""Readers and writers over SQLAlchemy: PostgreSQL, and every transaction that writes."""

from typing import TYPE_CHECKING, Any, cast

import sqlalchemy as sa

from catalog.sql.connections import Row, Rows
from catalog.sql.queries.statements import every
from catalog.sql.schema import ANYTHING, VERSION

if TYPE_CHECKING:
    from catalog.sql.connections import Result


class Connected:
    """A `Reader` and a `Writer` over an SQLAlchemy connection.

    Args:
        connection: an open one; its transaction is the caller's.
    """

    endpoint: str | None = None

    def __init__(self, connection: sa.Connection) -> None:
        self.connection = connection

    def rows(self, name: str, /, **values: object) -> list[Row]:
        """Return every row."""
        return cast("list[Row]", self.connection.execute(every()[name], values).all())

    def first(self, name: str, /, **values: object) -> Row | None:
        """Return the first row, None where there is none."""
        return cast("Row | None", self.connection.execute(every()[name], values).first())

    def column(self, name: str, /, **values: object) -> list[Any]:
        """Return the first column of every row."""
        return list(self.connection.execute(every()[name], values).scalars())

    def revision(self) -> str | None:
        """Return the schema revision in the database, None where it has no catalog."""
        if not sa.inspect(self.connection).has_table("alembic_version"):
            return None
        row = self.connection.execute(sa.text(VERSION)).first()
        return None if row is None else str(row[0])

    def is_empty(self) -> bool:
        """Return whether the catalog holds neither a suite nor an observation."""
        return self.connection.execute(sa.text(ANYTHING)).first() is None

    def execute(self, statement: sa.Executable, rows: Rows | None = None) -> "Result":
        """Run a statement, once or for each of some rows."""
        return self.connection.execute(statement, rows)

    def begin_nested(self) -> sa.NestedTransaction:
        """Begin what can be undone by itself, with `rollback`, or kept, with `commit`."""
        return self.connection.begin_nested()
