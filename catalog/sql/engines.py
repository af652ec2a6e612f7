"""SQLAlchemy engines with our connection habits."""

import logging
import os
import sqlite3
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import (
    ArgumentError,
    DatabaseError,
    DataError,
    NoSuchModuleError,
    OperationalError,
    SAWarning,
)

from catalog.errors import BadInput, MissingExtra
from catalog.sql.connected import Connected
from catalog.sql.failures import ATTEMPTS, BUSY_TIMEOUT_S, foreseen, no_address, unstorable
from catalog.sql.urls import file_of, is_plain_file, shown

# Else logging prints a traceback of its own where an interruption breaks a connection off.
logging.getLogger("sqlalchemy").addHandler(logging.NullHandler())

WRITERS_LOCK = 0x63617461_6C6F67
"""The advisory lock of PostgreSQL that every writer holds: the name of the program as a number."""


def engine(url: str, **options: Any) -> sa.Engine:  # noqa: ANN401 - as `create_engine` has them
    """Return an engine with our connection habits.

    Args:
        url: an SQLAlchemy URL.
        **options: further ones of `create_engine`.

    Raises:
        BadInput: the URL cannot be parsed, or names no database we support.
        MissingExtra: the driver for PostgreSQL is not installed.
    """
    try:
        parsed = sa.make_url(url)
        backend = parsed.get_backend_name()
        if backend not in ("sqlite", "postgresql"):
            raise BadInput(
                f"no support for {backend} databases", "use an SQLite file or PostgreSQL"
            )
        with warnings.catch_warnings():
            warnings.simplefilter("error", SAWarning)  # of options that it would leave out
            built = sa.create_engine(parsed, connect_args=_patience(parsed), **options)
    except SAWarning as error:
        raise BadInput(
            f"not a database address: {error}", "SQLite's options need uri=true"
        ) from error
    except (ArgumentError, NoSuchModuleError, ValueError) as error:  # a port that is no number
        raise no_address(repr(shown(url))) from error
    except ModuleNotFoundError as error:
        raise MissingExtra(error.name or "psycopg", "postgres") from error
    (_begin_explicitly if backend == "sqlite" else _take_turns)(built)
    return built


def _patience(url: sa.URL) -> dict[str, Any]:
    """Return the driver's arguments for how long a write waits for another process' lock."""
    if url.get_backend_name() == "sqlite":
        return {"timeout": BUSY_TIMEOUT_S}
    if "options" in url.query:
        return {}  # the user's own
    return {"options": f"-c lock_timeout={ATTEMPTS * BUSY_TIMEOUT_S * 1000:.0f}"}


def _take_turns(postgres_engine: sa.Engine) -> None:
    """Let one writer at a time in, as SQLite does: nobody decides by what another is changing."""

    @event.listens_for(postgres_engine, "begin")
    def _on_begin(connection: sa.Connection) -> None:
        if connection.get_execution_options().get("writes", False):
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITERS_LOCK})")


def _begin_explicitly(sqlite_engine: sa.Engine) -> None:
    """Let SQLAlchemy, not the sqlite3 module, begin transactions: DDL then rolls back too."""

    @event.listens_for(sqlite_engine, "connect")
    def _on_connect(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        # Readers and one writer side by side; the mode stays in the file. Who may not write can do
        # without, and so can who comes while another process does just this.
        with suppress(sqlite3.OperationalError):
            connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")

    @event.listens_for(sqlite_engine, "begin")
    def _on_begin(connection: sa.Connection) -> None:
        # A writer takes the lock at once, so that "database is locked" can be waited out:
        # SQLite never waits when a transaction that has already read wants to write.
        if not connection.get_execution_options().get("writes", False):
            connection.exec_driver_sql("BEGIN")
        elif not _got_lock(connection.connection.driver_connection):
            connection.exec_driver_sql("BEGIN IMMEDIATE")


def _got_lock(raw: Any) -> bool:  # noqa: ANN401 - a driver's connection is
    """Wait for SQLite's lock for writing, in all attempts but the last; return whether it is ours.

    SQLite itself could wait as long, but would not hear Ctrl-C.
    """
    for _ in range(ATTEMPTS - 1):
        try:
            raw.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                return False  # the last attempt says what it is
        else:
            return True
    return False


def _enforce_foreign_keys(connection: sa.Connection) -> None:
    """Turn foreign keys on, per connection; migrations leave them off (see `migrating.upgrade`)."""
    if connection.dialect.name == "sqlite":
        raw = connection.connection.driver_connection
        if isinstance(raw, sqlite3.Connection):
            raw.execute("PRAGMA foreign_keys = ON")


@contextmanager
def opened(url: str, *, writes: bool = False, foreign_keys: bool = True) -> Iterator[Connected]:
    """Open a database.

    Args:
        url: an SQLAlchemy URL.
        writes: take SQLite's lock for writing when the transaction begins.
        foreign_keys: whether SQLite holds to them; PostgreSQL always does.
    """
    file = file_of(url)
    is_kept = file is None or is_plain_file(url) or os.path.isabs(file)  # noqa: PTH117 - a text
    if file is not None and is_plain_file(url):  # an engine means one file, wherever we go
        address = sa.make_url(url).set(database=os.path.abspath(file))  # noqa: PTH100 - a text
        built = _kept(address.render_as_string(hide_password=False), reads=not writes)
    else:
        built = _kept(url, reads=False) if is_kept else engine(url, poolclass=sa.NullPool)
    with plain_errors(url), _connected(built, url) as connection:
        if foreign_keys:
            _enforce_foreign_keys(connection)
        yield Connected(connection.execution_options(writes=writes))


def _connected(built: sa.Engine, url: str) -> sa.Connection:
    """Return a connection; that there is none is never a mistake of this program."""
    try:
        return built.connect()
    except DatabaseError as error:
        raise foreseen(url, str(error.orig), ours=False) or error from error


@lru_cache(maxsize=4)
def _kept(url: str, *, reads: bool) -> sa.Engine:
    """Return an engine that keeps no connection, so nothing is open between two transactions.

    What it keeps is how statements are written for this database, which takes longer than running
    most of them. It may be used in any thread, and after a fork.
    """
    return _engine_of_reader(url) if reads else engine(url, poolclass=sa.NullPool)


def _engine_of_reader(url: str) -> sa.Engine:
    """Return an engine for an SQLite file that may lie where nothing can be written."""
    from catalog.sql import prompt  # noqa: PLC0415 - a writer needs none of it

    def connected() -> sqlite3.Connection:
        connection = prompt.connected(file_of(url) or "")
        connection.rollback()  # its transaction: SQLAlchemy begins its own
        return connection

    return engine(url, creator=connected, poolclass=sa.NullPool)


def _first_line(error: DataError) -> str:
    return (str(error.orig).strip().splitlines() or ["it says no more"])[0]


@contextmanager
def plain_errors(url: str) -> Iterator[None]:
    """Word what the driver says about locks, permissions, full disks and foreign files."""
    try:
        yield
    except DataError as error:  # a number too large for its column, a zero byte in a text
        raise BadInput(f"a value cannot be stored: {_first_line(error)}") from error
    except DatabaseError as error:
        ours = not isinstance(error, OperationalError)
        known = foreseen(url, str(error.orig), ours=ours)
        if known is None:
            raise
        raise known from error
    except (UnicodeError, OverflowError) as error:
        raise (unstorable(error) or error) from error
