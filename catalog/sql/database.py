"""Opens the catalog: for reading, for one transaction, to change its schema.

A read of an SQLite file needs the standard library only; what imports SQLAlchemy or Alembic is
imported when it is asked for. No statement is here: those are in `queries` and `records`.
"""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

from catalog.errors import BadInput, NoDatabase
from catalog.sql.schema import HEAD, REVISIONS, require_current
from catalog.sql.urls import default_url, file_of, is_plain_file, normalise_url, shown

if TYPE_CHECKING:
    from catalog.sql.connections import Opened, Reader, Writer

__all__ = (
    "HEAD",
    "REVISIONS",
    "current",
    "default_url",
    "drift",
    "normalise_url",
    "reading",
    "shown",
    "upgrade",
    "writing",
)


@contextmanager
def reading(url: str, *, filled: bool = False, endpoint: str | None = None) -> Iterator["Reader"]:
    """Open an existing catalog of the current schema for reading.

    Args:
        url: an SQLAlchemy URL.
        filled: whether something must have been loaded into it: an interrupted `init` leaves a
            catalog from which every answer would be "no such model".
        endpoint: as `Reader` has it.

    Raises:
        NoDatabase: there is none, or an empty one where that will not do.
        SchemaOutOfDate: its schema is older or newer than this program's.
    """
    with _opened(url) as reader:
        require_current(reader.revision(), url)
        if filled and reader.is_empty():
            raise NoDatabase(shown(url), is_empty=True)
        reader.endpoint = endpoint
        yield reader


@contextmanager
def writing(url: str) -> Iterator["Writer"]:
    """Open an existing catalog for one transaction: committed at the end, or not at all."""
    from catalog.sql import engines  # noqa: PLC0415 - SQLAlchemy: no read of a file pays for it

    _require_existing(url)
    with engines.opened(url, writes=True) as writer:
        require_current(writer.revision(), url)
        yield writer
        writer.connection.commit()


def _opened(url: str) -> AbstractContextManager["Opened"]:
    """Return how to open an existing database for reading, whatever its schema."""
    _require_existing(url)
    if is_plain_file(url):
        from catalog.sql import prompt  # noqa: PLC0415 - the other way needs no sqlite3

        return prompt.opened(url)
    from catalog.sql import engines  # noqa: PLC0415 - as in writing

    return engines.opened(url)


def _require_existing(url: str) -> None:
    if "://" not in url:
        raise BadInput(f"not a database address: {url!r}")
    file = file_of(url)
    if file is not None and not os.path.exists(file):  # noqa: PTH110 - no pathlib at start-up
        raise NoDatabase(shown(url))


def current(url: str) -> str | None:
    """Return the schema revision of the database at this URL, None where it is empty."""
    with _opened(url) as reader:
        return reader.revision()


def upgrade(url: str, target: str = "head") -> tuple[str | None, str | None]:
    """Create the database or migrate it; return the revisions before and after.

    Raises:
        SchemaOutOfDate: the database comes from a later version of the program.
    """
    from catalog.sql import migrating  # noqa: PLC0415 - Alembic: 300 ms

    return migrating.upgrade(url, target)


def drift(url: str) -> list[str]:
    """Return the differences between the database and `tables`, empty when there are none."""
    from catalog.sql import migrating  # noqa: PLC0415 - as in upgrade

    _require_existing(url)
    return migrating.drift(url)
