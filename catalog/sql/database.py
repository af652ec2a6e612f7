"""The database itself: engine, connection habits, migrations, "is the schema current?".

Reads compare one row with `HEAD` and never import alembic; only the functions that migrate do.
It holds no statement about models or scores: those are in `queries` and `records`.
"""

import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError, OperationalError

from catalog.errors import (
    BadInput,
    CheckedBad,
    CouldNotCheck,
    DatabaseBusy,
    MissingExtra,
    NoDatabase,
    SchemaOutOfDate,
)

if TYPE_CHECKING:
    from alembic.config import Config

REVISIONS = ("0001", "0002", "0003", "0004")
"""Every migration, oldest first. A revision in a database that is not here is a newer one."""

HEAD = REVISIONS[-1]
"""The migration this program was written for; a test compares it with `migrations/versions`."""

# Else logging prints a traceback of its own where an interruption breaks a connection off.
logging.getLogger("sqlalchemy").addHandler(logging.NullHandler())

BUSY_TIMEOUT_S = 5.0


def default_url() -> str:
    """Return the SQLite URL in the platform's user-data folder."""
    from platformdirs import user_data_path  # noqa: PLC0415 - costs 10 ms, needed by default only

    return f"sqlite:///{user_data_path('checkpoint-catalog') / 'catalog.db'}"


def normalise_url(address: str) -> str:
    """Return an SQLAlchemy URL; a bare path is an SQLite file, `postgresql:` means psycopg 3."""
    if "://" not in address:
        return f"sqlite:///{Path(address).expanduser()}"
    for scheme in ("postgresql://", "postgres://"):
        if address.startswith(scheme):
            return "postgresql+psycopg://" + address.removeprefix(scheme)
    return address


def shown(url: str) -> str:
    """Return the URL as messages show it: an SQLite file as its path, never a password."""
    parsed = sa.make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        return parsed.database
    return parsed.render_as_string(hide_password=True)


def _patience(url: sa.URL) -> dict[str, Any]:
    """Return the driver's arguments for how long a write waits for another process' lock."""
    if url.get_backend_name() == "sqlite":
        return {"timeout": BUSY_TIMEOUT_S}
    if "options" in url.query:
        return {}  # the user's own
    return {"options": f"-c lock_timeout={BUSY_TIMEOUT_S * 1000:.0f}"}


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
    """Turn foreign keys on, per connection; the migration engine leaves them off (see upgrade)."""
    if connection.dialect.name == "sqlite":
        raw = connection.connection.driver_connection
        if isinstance(raw, sqlite3.Connection):
            raw.execute("PRAGMA foreign_keys = ON")


@contextmanager
def reading(url: str) -> Iterator[sa.Connection]:
    """Open an existing catalog of the current schema for reading.

    Raises:
        NoDatabase: there is none.
        SchemaOutOfDate: its schema is older or newer than this program's.
    """
    _require_existing(url)
    with _opened(url, writes=False) as connection:
        require_current(connection)
        yield connection


@contextmanager
def writing(url: str) -> Iterator[sa.Connection]:
    """Open an existing catalog for one transaction: committed at the end, or not at all."""
    _require_existing(url)
    with _opened(url, writes=True) as connection:
        require_current(connection)
        yield connection
        connection.commit()


@contextmanager
def _opened(url: str, *, writes: bool) -> Iterator[sa.Connection]:
    built = engine(url)
    try:
        with _plain_errors(url), built.connect() as connection:
            _enforce_foreign_keys(connection)
            yield connection.execution_options(writes=writes)
    finally:
        built.dispose()


@contextmanager
def _plain_errors(url: str) -> Iterator[None]:
    """Word what the driver says about locks, permissions, full disks and foreign files."""
    try:
        yield
    except DatabaseError as error:
        text = str(error.orig).strip().splitlines()[0]
        where = shown(url)
        if "locked" in text or "lock timeout" in text:
            raise DatabaseBusy(
                f"the database {where} is locked by another process", "try again when it is done"
            ) from error
        if "not a database" in text or "malformed" in text:
            raise CheckedBad(
                f"{where} is not an SQLite database: {text}", "give another --db"
            ) from error
        if isinstance(error, OperationalError):
            raise CouldNotCheck(f"the database {where} does not work: {text}") from error
        raise


def _require_existing(url: str) -> None:
    parsed = sa.make_url(url) if "://" in url else None
    if parsed is None:
        raise BadInput(f"not a database address: {url!r}")
    in_file = parsed.get_backend_name() == "sqlite" and parsed.database not in (
        None,
        "",
        ":memory:",
    )
    if in_file and not os.path.exists(str(parsed.database)):  # noqa: PTH110 - no pathlib at start-up
        raise NoDatabase(shown(url))


def revision(connection: sa.Connection) -> str | None:
    """Return the schema revision in the database, None where it has no catalog."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


def require_current(connection: sa.Connection) -> None:
    """Raise unless the database has exactly the schema this program was written for."""
    found = revision(connection)
    if found == HEAD:
        return
    if found is None:
        raise NoDatabase(shown(str(connection.engine.url.render_as_string(hide_password=False))))
    raise SchemaOutOfDate(found, HEAD, newer=found not in REVISIONS)


def upgrade(url: str, target: str = "head") -> tuple[str | None, str | None]:
    """Create the database or migrate it; return the revisions before and after.

    Foreign keys stay off meanwhile: SQLite changes a table by copy, drop, rename, and with them
    on the drop deletes the children (https://alembic.sqlalchemy.org/en/latest/batch.html).
    `env.py` checks every reference before it commits.

    Raises:
        SchemaOutOfDate: the database comes from a later version of the program.
    """
    from alembic import command  # noqa: PLC0415 - 300 ms that no read should pay

    _make_parent(url)
    built = engine(url)
    try:
        with _plain_errors(url), built.connect() as opened:
            connection = opened.execution_options(writes=True)
            before = revision(connection)
            if before is not None and before not in REVISIONS:
                raise SchemaOutOfDate(before, HEAD, newer=True)
            config = alembic_config(url)
            config.attributes["connection"] = connection
            down = target != "head" and (target == "base" or target < (before or ""))
            (command.downgrade if down else command.upgrade)(config, target)
            connection.commit()
            return before, revision(connection)
    finally:
        built.dispose()


def drift(url: str) -> list[str]:
    """Return the differences between the database and `tables`, empty when there are none."""
    from alembic.autogenerate import compare_metadata  # noqa: PLC0415 - as in upgrade
    from alembic.migration import MigrationContext  # noqa: PLC0415

    from catalog.sql.tables import metadata  # noqa: PLC0415

    _require_existing(url)
    with _opened(url, writes=False) as connection:
        require_current(connection)
        context = MigrationContext.configure(connection)
        differences: list[Any] = compare_metadata(context, metadata)
        return [str(difference) for difference in differences]


def current(url: str) -> str | None:
    """Return the schema revision of the database at this URL, None where it is empty."""
    _require_existing(url)
    with _opened(url, writes=False) as connection:
        return revision(connection)


def alembic_config(url: str) -> "Config":
    """Return Alembic's configuration, built in code: an installed program ships no alembic.ini."""
    from alembic.config import Config  # noqa: PLC0415 - as in upgrade

    config = Config()
    config.set_main_option("script_location", str(_migrations()).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


def _migrations() -> Path:
    """Return the folder of migrations: inside the package in a wheel, beside it in a checkout."""
    package = Path(__file__).parent.parent
    nested = package / "migrations"
    return nested if nested.is_dir() else package.parent / "migrations"


def _make_parent(url: str) -> None:
    parsed = sa.make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        return
    folder = Path(parsed.database).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CouldNotCheck(
            f"cannot create {folder}: {error.strerror}", "give another --db"
        ) from error
