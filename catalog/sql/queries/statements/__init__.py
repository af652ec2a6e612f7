"""Every SELECT that answers a question, in SQLAlchemy Core, one module a subject.

A statement is a module's capitalised `Select`; its name is `SUBJECT.name`, in lower case. Every
column has a name of its own, and every value is a bound parameter with a name: so the same text
runs through SQLAlchemy and, compiled ahead (`catalog.sql.compiling`), through sqlite3 alone.
"""

from functools import cache

import sqlalchemy as sa

from catalog.sql.queries.statements import desk, evals, holders, hub, models, sharing, weights


@cache
def every() -> dict[str, sa.Select[*tuple[object, ...]]]:
    """Return every statement by its name."""
    return {
        f"{module.__name__.rpartition('.')[2]}.{name.lower()}": statement
        for module in (desk, evals, holders, hub, models, sharing, weights)
        for name, statement in vars(module).items()
        if name[0].isalpha() and isinstance(statement, sa.Select)
    }
