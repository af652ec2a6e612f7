"""The database itself: engine, connection habits, migrations, "is the schema current?".

Reads compare one row with `HEAD` and never import alembic; only `upgrade` and `check` do.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, OperationalError

from catalog.errors import BadInput, CouldNotCheck, DatabaseBusy, MissingExtra, NoDatabase, SchemaOutOfDate

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0001"
"""The migration this program was written for; a test compares it with `migrations/versions`."""

REVISIONS = ("0001",)
"""Every migration, oldest first; a found revision that is not among them is a newer one."""

BUSY_TIMEOUT_S = 5
