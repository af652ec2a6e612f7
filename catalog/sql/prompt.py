"""Answers questions from an SQLite file with the standard library alone: quick at the prompt.

It runs `shipped/statements.json`: the statements of `queries.statements`, compiled ahead (`make
statements`), because SQLAlchemy takes longer to import than most questions take to answer.
"""

import json
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import cache, partial
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from catalog.core import packaged
from catalog.sql.failures import BUSY_TIMEOUT_S, foreseen, unstorable
from catalog.sql.schema import ANYTHING, VERSION
from catalog.sql.urls import file_of

if TYPE_CHECKING:
    from catalog.sql.connections import Row

PACKED = "statements.json"
KEPT, SHORT = 32, 1000
"""So many answers are kept to be asked for again, of fewer rows than this."""


class Statement:
    """A statement, compiled ahead.

    Args:
        text: SQL with named parameters; `{name}` stands for a list.
        values: those that the statement itself binds.
        lists: the names of the parameters that are lists.
        columns: how each column is stored, by its name: `time`, `date`, `boolean` or `plain`.
    """

    def __init__(
        self, text: str, values: Mapping[str, object], lists: list[str], columns: dict[str, str]
    ) -> None:
        self._text, self._values, self._lists = text, values, lists
        self._make = _row_of(list(columns))
        stored = ((place, _DECODED.get(kind)) for place, kind in enumerate(columns.values()))
        self._decoded = [(place, decode) for place, decode in stored if decode]

    def bound(self, values: Mapping[str, object]) -> tuple[str, dict[str, object]]:
        """Return the text and its parameters, a parameter for each value of a list."""
        parameters = {**self._values, **values}
        places = {}
        for name in self._lists:
            numbered = {f"{name}_{i}": value for i, value in enumerate(parameters.pop(name))}  # type: ignore[arg-type, var-annotated]
            places[name] = ", ".join(f":{number}" for number in numbered)
            parameters |= numbered
        return (self._text.format(**places) if places else self._text), parameters

    def row(self, stored: tuple[Any, ...]) -> "Row":
        """Return a stored row with the types that its columns have."""
        if not self._decoded:
            return self._make(stored)
        values = list(stored)
        for place, decode in self._decoded:
            if values[place] is not None:
                values[place] = decode(values[place])
        return self._make(values)


def _row_of(columns: list[str]) -> Callable[[Iterable[Any]], "Row"]:
    """Return the class of a statement's rows, as a function of their values.

    It is a `namedtuple` without what nobody asks a row for, made in a fifth of the time.
    """
    read = {name: property(itemgetter(place)) for place, name in enumerate(columns)}
    return partial(tuple.__new__, type("Row", (tuple,), {"__slots__": (), **read}))


def _moment(stored: str) -> datetime:
    """Return a time: stored without a zone, it is UTC."""
    return datetime.fromisoformat(stored).replace(tzinfo=UTC)


_DECODED: dict[str, Callable[[Any], object]] = {
    "time": _moment,
    "date": date.fromisoformat,
    "boolean": bool,
}


@cache
def _packed() -> dict[str, Any]:
    packed: dict[str, Any] = json.loads(packaged.text(PACKED))
    return packed


@cache
def statement(name: str) -> Statement:
    """Return a packed statement by its name."""
    return Statement(**_packed()[name])


class PromptReader:
    """A `Reader` over the standard library's driver.

    Args:
        connection: in a transaction, so that all answers are of one moment.
    """

    endpoint: str | None = None

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._answers: dict[tuple[object, ...], list[Row]] = {}

    def rows(self, name: str, /, **values: object) -> "list[Row]":
        """Return every row; what was asked before is not read again, as all is of one moment."""
        asked = statement(name)
        text, parameters = asked.bound(values)
        key = (text, *parameters.items())
        rows = self._answers.get(key)
        if rows is None:
            rows = list(map(asked.row, self._connection.execute(text, parameters)))
            if len(self._answers) < KEPT and len(rows) < SHORT:
                self._answers[key] = rows
        return list(rows)

    def first(self, name: str, /, **values: object) -> "Row | None":
        """Return the first row, None where there is none."""
        asked = statement(name)
        stored = self._connection.execute(*asked.bound(values)).fetchone()
        return None if stored is None else asked.row(stored)

    def column(self, name: str, /, **values: object) -> list[Any]:
        """Return the first column of every row."""
        return [next(iter(row)) for row in self.rows(name, **values)]

    def revision(self) -> str | None:
        """Return the schema revision, None where there is no catalog."""
        tables = "SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'"
        if self._connection.execute(tables).fetchone() is None:
            return None
        row = self._connection.execute(VERSION).fetchone()
        return None if row is None else str(row[0])

    def is_empty(self) -> bool:
        """Return whether the catalog holds neither a suite nor an observation."""
        return self._connection.execute(ANYTHING).fetchone() is None


@contextmanager
def opened(url: str) -> Iterator[PromptReader]:
    """Open a plain SQLite file that exists (`urls.is_plain_file`).

    Raises:
        CouldNotCheck: it is locked, not to be read, or no database.
    """
    try:
        connection = connected(file_of(url) or "")
        try:
            yield PromptReader(connection)
        finally:
            connection.close()
    except sqlite3.DatabaseError as error:
        ours = not isinstance(error, sqlite3.OperationalError)
        known = foreseen(url, str(error), ours=ours)
        if known is None:
            raise
        raise known from error
    except (UnicodeError, OverflowError) as error:
        raise (unstorable(error) or error) from error


def connected(file: str) -> sqlite3.Connection:
    """Return a connection in a transaction, in the first mode that works."""
    *modes, last = _modes(file)
    for mode in modes:
        try:
            return _begun(file, mode)
        except sqlite3.OperationalError:
            continue
    return _begun(file, last)


def _modes(file: str) -> list[str]:
    """Return how to open a file.

    Even a reader writes beside a file in WAL mode, and tidies up when it leaves, so it opens for
    writing where it may. Where it may not, the file may be read as it is, if no log waits beside it
    that would be overlooked.
    """
    folder = os.path.dirname(file) or "."  # noqa: PTH120 - no pathlib at start-up
    if os.access(file, os.W_OK) and os.access(folder, os.W_OK):
        return ["mode=rw"]
    log = f"{file}-wal"
    waiting = os.path.exists(log) and os.path.getsize(log) > 0  # noqa: PTH110, PTH202 - as above
    return ["mode=ro"] if waiting else ["mode=ro", "mode=ro&immutable=1"]


def _begun(file: str, mode: str) -> sqlite3.Connection:
    path = os.path.abspath(file)  # noqa: PTH100 - as above
    for sign in "%?#":  # the three that mean something in a URI
        path = path.replace(sign, f"%{ord(sign):02x}")
    connection = sqlite3.connect(
        f"file://{path}?{mode}", uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None
    )
    try:
        connection.execute("BEGIN")
        connection.execute("SELECT 1 FROM sqlite_master").fetchone()
    except sqlite3.DatabaseError:
        connection.close()
        raise
    return connection
