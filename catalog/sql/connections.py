"""What the functions of this ring, and the verbs above it, are handed: a reader or a writer.

There is one way to say a query, `queries.statements`, and two ways to run it: `prompt` reads an
SQLite file with the standard library alone, `connected` goes through SQLAlchemy.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

if TYPE_CHECKING:
    import sqlalchemy as sa

    Result: TypeAlias = sa.CursorResult[*tuple[Any, ...]]

Rows: TypeAlias = Mapping[str, Any] | Sequence[Mapping[str, Any]]
"""What a statement is run with: values by column, or such of many rows."""


class Row(Protocol):
    """One row: its columns in order, and by name."""

    def __iter__(self) -> Iterator[Any]: ...

    def __getattr__(self, name: str) -> Any: ...  # noqa: ANN401 - as the column's type is


class Reader(Protocol):
    """An open catalog that is asked.

    A statement is asked for by its name in `queries.statements`; a list is a value too.

    Attributes:
        endpoint: where the Hub would be asked now; whose looks count is decided by it.
    """

    endpoint: str | None

    def rows(self, name: str, /, **values: object) -> list[Row]:
        """Return every row."""

    def first(self, name: str, /, **values: object) -> Row | None:
        """Return the first row, None where there is none."""

    def column(self, name: str, /, **values: object) -> list[Any]:
        """Return the first column of every row."""


class Opened(Reader, Protocol):
    """A database of any schema, which may not even be a catalog."""

    def revision(self) -> str | None:
        """Return the schema revision, None where there is no catalog."""

    def is_empty(self) -> bool:
        """Return whether the catalog holds neither a suite nor an observation."""


class Writer(Reader, Protocol):
    """An open transaction: asked like a reader, and written to by `records`."""

    @property
    def connection(self) -> "sa.Connection":
        """The transaction itself, for what only the driver can do."""

    def execute(self, statement: "sa.Executable", rows: Rows | None = None) -> "Result":
        """Run a statement, once or for each of some rows."""

    def begin_nested(self) -> "sa.NestedTransaction":
        """Begin what can be undone by itself, with `rollback`, or kept, with `commit`."""
