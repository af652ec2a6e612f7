"""Copies of a whole catalog: into another database, or as one file that others read."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from catalog.errors import BadInput, CouldNotCheck, NoDatabase, SchemaOutOfDate
from catalog.sql import database, dialect, engines
from catalog.sql.schema import HEAD, REVISIONS, require_current
from catalog.sql.tables import metadata
from catalog.sql.urls import file_of, is_sqlite, shown

if TYPE_CHECKING:
    from catalog.sql.connected import Connected

AT_ONCE = 1_000
"""So many rows are in memory at once."""


def copy(source_url: str, target_url: str, *, force: bool = False) -> dict[str, int]:
    """Copy every row into another database in one transaction; return how many, by table.

    Args:
        source_url: an existing catalog of this schema; nobody's writing is waited for.
        target_url: a database that is blank, or holds no row; it is given the schema.
        force: replace what is in it.

    Raises:
        BadInput: it is one and the same, or the target is not empty.
        CouldNotCheck: one of them does not work, or a row was lost on the way.
        SchemaOutOfDate: one of them is of another version.
    """
    with _of_one_moment(source_url) as source:
        _require_two(source, target_url)
        _prepare(target_url)
        with engines.opened(target_url, writes=True) as target:
            _require_other(source, target)
            _empty(target, target_url, force=force)
            counts = {table.name: _copy(table, source, target) for table in metadata.sorted_tables}
            _require_whole(target, counts)
            target.connection.commit()
    return counts


@contextmanager
def _of_one_moment(url: str) -> "Iterator[Connected]":
    """Open a catalog so that all its tables are read as they were at one moment."""
    with database.reading(url), engines.opened(url) as source:  # the first says what is wrong
        if not is_sqlite(url):
            source.connection.execution_options(isolation_level="REPEATABLE READ")
        require_current(source.revision(), url)
        yield source


def _require_two(source: "Connected", target_url: str) -> None:
    file = file_of(target_url)
    own = file_of(source.connection.engine.url.render_as_string(hide_password=False))
    with suppress(OSError):  # one that is not there yet is another
        if file is not None and own is not None and Path(file).samefile(own):
            raise BadInput(f"{file} cannot be copied to itself", "give another target")


def _require_other(source: "Connected", target: "Connected") -> None:
    """Refuse one database of one server under two addresses."""
    who = sa.text(
        "SELECT oid, pg_postmaster_start_time() FROM pg_database WHERE datname = current_database()"
    )
    both = [source.connection, target.connection]
    if all(each.dialect.name == "postgresql" for each in both):
        first, second = (each.execute(who).one() for each in both)
        if first == second:
            raise BadInput("a database cannot be copied to itself", "give another target")


def _prepare(url: str) -> None:
    """Give a blank database the schema.

    Raises:
        SchemaOutOfDate: it has another one.
    """
    try:
        current = database.current(url)
    except NoDatabase:
        current = None
    if current is None:
        database.upgrade(url)
    elif current != HEAD:
        raise SchemaOutOfDate(current, HEAD, newer=current not in REVISIONS)


def _empty(target: "Connected", url: str, *, force: bool) -> None:
    """Remove every row, or refuse to.

    Raises:
        BadInput: there is one, and nobody said that it may go.
    """
    if not force and any(_count(target, table) for table in metadata.sorted_tables):
        hint = "give a new database, or --force to replace all that is in it"
        raise BadInput(f"{shown(url)} is not empty", hint)
    if target.connection.dialect.name == "sqlite":  # a look may refer to a later one
        target.connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
    for table in reversed(metadata.sorted_tables):
        target.execute(sa.delete(table))


def _copy(table: sa.Table, source: "Connected", target: "Connected") -> int:
    """Copy a table; return how many rows it has."""
    order = list(table.primary_key.columns)
    asked = source.connection.execution_options(yield_per=AT_ONCE).execute(
        sa.select(table).order_by(*order)
    )
    rows = _Counted(iter(asked))
    if target.connection.dialect.name == "postgresql":
        dialect.fill(target, table, rows)
        _number_on(table, target)
    else:
        names = [column.name for column in table.columns]
        while some := [dict(zip(names, row, strict=True)) for row in islice(rows, AT_ONCE)]:
            target.execute(sa.insert(table), some)
    return rows.count


class _Counted(Iterator[Any]):
    """Rows, counted while they pass."""

    def __init__(self, rows: Iterator[Any]) -> None:
        self._rows = rows
        self.count = 0

    def __next__(self) -> Any:  # noqa: ANN401 - a row
        row = next(self._rows)
        self.count += 1
        return row


def _number_on(table: sa.Table, target: "Connected") -> None:
    """Let PostgreSQL number new rows from the last one on; SQLite does so by itself."""
    if "id" in table.columns:
        target.connection.exec_driver_sql(
            f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), max(id))"  # noqa: S608 - our own names
            f" FROM {table.name} HAVING max(id) IS NOT NULL"
        )


def _require_whole(target: "Connected", counts: dict[str, int]) -> None:
    """Count what arrived, before it is kept."""
    for table in metadata.sorted_tables:
        if (arrived := _count(target, table)) != counts[table.name]:
            lost = f"of {counts[table.name]:,} rows of {table.name} {arrived:,} arrived"
            raise CouldNotCheck(f"{lost}; nothing was kept", "try again")


def _count(target: "Connected", table: sa.Table) -> int:
    return int(target.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())


# One file that others read ---------------------------------------------------------------------


def snapshot(url: str, file: Path) -> None:
    """Write a catalog into an SQLite file that others may read wherever it lies.

    Nobody writes to it, and no log stands beside it: what SQLite would need shared memory for.

    Args:
        url: a catalog in any database.
        file: replaced where it is there, in one step.

    Raises:
        CouldNotCheck: no permission, no space.
    """
    beside = file.with_name(f".{file.name}.part")
    try:
        beside.unlink(missing_ok=True)
        if is_sqlite(url):
            _back_up(url, beside)
        else:
            copy(url, f"sqlite:///{beside}")
        with closing(sqlite3.connect(beside)) as made:
            made.execute("PRAGMA journal_mode = DELETE")
        beside.chmod(0o400)
        beside.replace(file)
    except (OSError, sqlite3.DatabaseError) as error:
        raise CouldNotCheck(f"cannot write {file}: {error}", "give another --logs") from error


def _back_up(url: str, file: Path) -> None:
    """Copy an SQLite file as it is, whoever writes to it meanwhile."""
    with (
        database.reading(url),
        closing(sqlite3.connect(file_of(url) or "")) as source,
        closing(sqlite3.connect(file)) as target,
    ):
        source.backup(target)
