"""SQLAlchemy engines with our connection habits."""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError, OperationalError

from catalog.errors import BadInput, MissingExtra
from catalog.sql.connected import Connected
from catalog.sql.failures import BUSY_TIMEOUT_S, foreseen

# Else logging prints a traceback of its own where an interruption breaks a connection off.
logging.getLogger("sqlalchemy").addHandler(logging.NullHandler())


def engine(url: str) -> sa.Engine:
    """Return an engine with our connection habits.

    Args:
        url: an SQLAlchemy URL.

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
        built = sa.create_engine(parsed, connect_args=_patience(parsed))
    except (ArgumentError, NoSuchModuleError) as error:
        raise BadInput(
            f"not a database address: {url!r}", "give a file or an SQLAlchemy URL"
        ) from error
    except ModuleNotFoundError as error:
        raise MissingExtra(error.name or "psycopg", "postgres") from error
    if backend == "sqlite":
        _begin_explicitly(built)
    return built


def _patience(url: sa.URL) -> dict[str, Any]:
    """Return the driver's arguments for how long a write waits for another process' lock."""
    if url.get_backend_name() == "sqlite":
        return {"timeout": BUSY_TIMEOUT_S}
    if "options" in url.query:
        return {}  # the user's own
    return {"options": f"-c lock_timeout={BUSY_TIMEOUT_S * 1000:.0f}"}


def _begin_explicitly(sqlite_engine: sa.Engine) -> None:
    """Let SQLAlchemy, not the sqlite3 module, begin transactions: DDL then rolls back too."""

    @event.listens_for(sqlite_engine, "connect")
    def _on_connect(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        # Readers and one writer side by side; the mode stays in the file.
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")

    @event.listens_for(sqlite_engine, "begin")
    def _on_begin(connection: sa.Connection) -> None:
        # A writer takes the lock at once, so that "database is locked" can be waited out:
        # SQLite never waits when a transaction that has already read wants to write.
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


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
    built = engine(url)
    try:
        with plain_errors(url), built.connect() as connection:
            if foreign_keys:
                _enforce_foreign_keys(connection)
            yield Connected(connection.execution_options(writes=writes))
    finally:
        built.dispose()


@contextmanager
def plain_errors(url: str) -> Iterator[None]:
    """Word what the driver says about locks, permissions, full disks and foreign files."""
    try:
        yield
    except DatabaseError as error:
        ours = not isinstance(error, OperationalError)
        known = foreseen(url, str(error.orig), ours=ours)
        if known is None:
            raise
        raise known from error
