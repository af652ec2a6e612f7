"""`python -m catalog.sql.compiling`: compile the statements that ship, for `prompt` to run.

Prints JSON; `make statements` keeps it as `shipped/statements.json`, and a test compares the two.
"""

import json
import re
import sys
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from catalog.sql.queries.statements import every
from catalog.sql.tables import UtcTime

_LIST = re.compile(r"__\[POSTCOMPILE_(\w+)\]")
_STORED = ((UtcTime, "time"), (sa.Date, "date"), (sa.Boolean, "boolean"))


def compiled(statement: sa.Select[*tuple[object, ...]]) -> dict[str, Any]:
    """Return a statement as `prompt.Statement` takes it."""
    text = statement.compile(dialect=sqlite.dialect(paramstyle="named"))
    sql = " ".join(str(text).split())
    return {
        "text": _LIST.sub(r"{\1}", sql),
        "values": {name: value for name, value in text.params.items() if value is not None},
        "lists": sorted(set(_LIST.findall(sql))),
        "columns": {column.name: _stored(column.type) for column in statement.selected_columns},
    }


def _stored(kind: sa.types.TypeEngine[Any]) -> str:
    return next((word for stored, word in _STORED if isinstance(kind, stored)), "plain")


def document() -> str:
    """Return the packed file."""
    packed = {name: compiled(statement) for name, statement in sorted(every().items())}
    return json.dumps(packed, indent=1) + "\n"


if __name__ == "__main__":
    sys.stdout.write(document())
