"""Which schema this program was written for, and whether a database has it."""

from catalog.errors import NoDatabase, SchemaOutOfDate
from catalog.sql.urls import shown

REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007")
"""Every migration, oldest first. A revision in a database that is not here is a newer one."""

HEAD = REVISIONS[-1]
"""The migration this program was written for; a test compares it with `migrations/versions`."""

ANYTHING = "SELECT 1 FROM suite UNION ALL SELECT 1 FROM repository LIMIT 1"
"""Selects no row from a catalog that nothing was loaded into."""

VERSION = "SELECT version_num FROM alembic_version"
"""Selects the migration that a catalog is at."""


def require_current(revision: str | None, url: str) -> None:
    """Raise unless a database's revision is that of this program.

    Raises:
        NoDatabase: there is no catalog in it.
        SchemaOutOfDate: its schema is older or newer.
    """
    if revision == HEAD:
        return
    if revision is None:
        raise NoDatabase(shown(url))
    raise SchemaOutOfDate(revision, HEAD, newer=revision not in REVISIONS)
