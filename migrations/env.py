"""Runs migrations: on the connection the program hands over, or on alembic.ini's own URL.

Foreign keys are off while tables are rebuilt, every reference is checked before the commit, and
a migration that fails midway leaves nothing behind, on SQLite too.
"""

import logging.config

import sqlalchemy as sa
from alembic import context

from catalog.sql import engines, urls
from catalog.sql.tables import metadata

config = context.config


def migrate(connection: sa.Connection) -> None:
    """Run the migrations in one transaction and check references at its end."""
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,
        transactional_ddl=True,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()
        if connection.dialect.name == "sqlite":
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
            if broken:
                raise RuntimeError(f"rows without their parent after the migration: {broken[:5]}")


handed_over = config.attributes.get("connection")
if handed_over is not None:
    migrate(handed_over)
else:
    if config.config_file_name:
        # Alembic's own command line: its log settings, without silencing loggers that exist.
        logging.config.fileConfig(config.config_file_name, disable_existing_loggers=False)
    url = urls.normalise_url(config.get_main_option("sqlalchemy.url") or urls.default_url())
    with engines.engine(url).connect() as own:
        migrate(own.execution_options(writes=True))
        own.commit()
