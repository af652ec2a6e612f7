"""Creates the schema, changes it, and compares it with `tables`: the only user of Alembic."""

from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext

from catalog.errors import CouldNotCheck, SchemaOutOfDate
from catalog.sql import engines
from catalog.sql.schema import HEAD, REVISIONS, require_current
from catalog.sql.tables import metadata
from catalog.sql.urls import file_of


def upgrade(url: str, target: str) -> tuple[str | None, str | None]:
    """Create the database or migrate it; return the revisions before and after.

    Foreign keys stay off meanwhile: SQLite changes a table by copy, drop, rename, and with them
    on the drop deletes the children (https://alembic.sqlalchemy.org/en/latest/batch.html).
    `env.py` checks every reference before it commits.

    Raises:
        SchemaOutOfDate: the database comes from a later version of the program.
    """
    _make_parent(url)
    with engines.opened(url, writes=True, foreign_keys=False) as writer:
        before = writer.revision()
        if before is not None and before not in REVISIONS:
            raise SchemaOutOfDate(before, HEAD, newer=True)
        config = alembic_config(url)
        config.attributes["connection"] = writer.connection
        down = target != "head" and (target == "base" or target < (before or ""))
        (command.downgrade if down else command.upgrade)(config, target)
        writer.connection.commit()
        return before, writer.revision()


def drift(url: str) -> list[str]:
    """Return the differences between the database and `tables`, empty when there are none."""
    with engines.opened(url) as reader:
        require_current(reader.revision(), url)
        context = MigrationContext.configure(reader.connection)
        differences: list[Any] = compare_metadata(context, metadata)
        return [str(difference) for difference in differences]


def alembic_config(url: str) -> Config:
    """Return Alembic's configuration, built in code: an installed program ships no alembic.ini."""
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
    file = file_of(url)
    if file is None:
        return
    folder = Path(file).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CouldNotCheck(
            f"cannot create {folder}: {error.strerror}", "give another --db"
        ) from error
