"""Fresh databases for tests in milliseconds: each kind is built once a run, then copied.

Kinds: `blank` (no table), `empty` (migrated), `facts` (as `catalog init` leaves it), `trained`
(knows the small trained run and nothing else). Workers of one run share the templates. It knows
nothing of single tests.
"""

import fcntl
import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

import sqlalchemy as sa


class Postgres:
    """A server with an open administration connection.

    Args:
        url: of the database `postgres` on it.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
        self._connection = self._engine.connect()

    def database(self, name: str) -> str:
        """Return the URL of a database on this server."""
        return self.url.replace("/postgres?", f"/{name}?")

    def exists(self, name: str) -> bool:
        """Return whether there is such a database."""
        query = sa.text("SELECT count(*) FROM pg_database WHERE datname = :name")
        return bool(self._connection.scalar(query, {"name": name}))

    def do(self, statement: str) -> None:
        """Run one statement outside a transaction."""
        self._connection.exec_driver_sql(statement)

    def copy(self, template: str, name: str) -> None:
        """Make a database that is a copy of another one.

        File by file: page by page, the default since PostgreSQL 15, each is logged as well.
        """
        version = int(self._connection.scalar(sa.text("SHOW server_version_num")))
        how = "STRATEGY file_copy" if version >= 150_000 else ""
        self.do(f"CREATE DATABASE {name} TEMPLATE {template} {how}")

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
        self._engine.dispose()


class Templates:
    """Builds each kind of database once and copies it for each test.

    Args:
        folder: shared by the workers of one run.
        postgres: starts or finds the server; called when the first test needs it.
    """

    def __init__(self, folder: Path, postgres: Callable[[], Postgres]) -> None:
        self._folder = folder
        self._start = postgres
        self._numbers = itertools.count()

    @cached_property
    def _postgres(self) -> Postgres:
        return self._start()

    def close(self) -> None:
        """Close what was opened."""
        if "_postgres" in self.__dict__:
            self._postgres.close()

    @contextmanager
    def copy(self, backend: str, kind: str, folder: Path) -> Iterator[str]:
        """Yield the URL of a fresh database of this kind and drop it afterwards.

        Args:
            backend: `sqlite` or `postgresql`.
            kind: `blank`, `empty`, `facts` or `trained`.
            folder: where an SQLite file may lie.
        """
        if backend == "sqlite":
            path = folder / f"catalog-{next(self._numbers)}.db"
            if kind != "blank":
                shutil.copyfile(self._sqlite_template(kind), path)
            yield f"sqlite:///{path}"
            return
        worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
        name = f"test_{worker}_{next(self._numbers)}"
        self._postgres.copy(self._postgres_template(kind), name)
        try:
            yield self._postgres.database(name)
        finally:
            self._postgres.do(f"DROP DATABASE {name} WITH (FORCE)")

    def _sqlite_template(self, kind: str) -> Path:
        ready = self._folder / f"template-{kind}.db"
        with self._alone(f"sqlite-{kind}"):
            if not ready.exists():
                building = ready.with_suffix(".building.db")
                fill(f"sqlite:///{building}", kind)
                building.rename(ready)
        return ready

    def _postgres_template(self, kind: str) -> str:
        if kind == "blank":
            return "template0"
        ready = f"template_{kind}"
        with self._alone(ready):
            if not self._postgres.exists(ready):
                self._postgres.do(f"DROP DATABASE IF EXISTS {ready}_building")
                self._postgres.do(f"CREATE DATABASE {ready}_building TEMPLATE template0")
                building = self._postgres.database(f"{ready}_building")
                if kind == "facts":  # a third of the work of `init`; test_init has that done
                    run("db", "copy", f"sqlite:///{self._sqlite_template(kind)}", building)
                else:
                    fill(building, kind)
                self._postgres.do(f"ALTER DATABASE {ready}_building RENAME TO {ready}")
        return ready

    @contextmanager
    def _alone(self, what: str) -> Iterator[None]:
        with (self._folder / f"{what}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def fill(url: str, kind: str) -> None:
    """Migrate a blank database; for `facts` and `trained`, run the command that fills it."""
    if kind in ("empty", "trained"):
        from catalog.sql import database

        database.upgrade(url)
    if kind == "trained":
        import trajectory

        run("suites", "add", str(trajectory.cached() / "suite.toml"), "--db", url)
    elif kind == "facts":
        run("init", "--db", url)


def run(*words: str) -> None:
    """Run a command that must succeed."""
    from cli.main import main

    try:
        main(words)
    except SystemExit as done:
        if done.code:
            raise RuntimeError(f"`catalog {' '.join(words)}` exits {done.code}") from done
