"""What no cluster is asked to do: refused in one line, before anything is submitted."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from catalog.errors import BadInput

if TYPE_CHECKING:
    from catalog.verbs.selecting import Selected

COMMANDS = ("populate", "verify")
NOT_OPTIONS = frozenset({"targets", "record", "against"})
"""What a method takes beside options: said of each target, or not to tasks."""
RECORDS = ("auto", "database", "files")


def writes(url: str, records: str) -> bool:
    """Return whether tasks record what they find there themselves.

    Raises:
        BadInput: they would write into an SQLite file.
    """
    from catalog.sql.urls import is_sqlite

    if records not in RECORDS:
        raise BadInput(f"unknown way to record {records!r}", f"one of {', '.join(RECORDS)}")
    if records == "database" and is_sqlite(url):
        why = (
            "on a disk that several machines share SQLite's locks do not hold, and a catalog breaks"
        )
        hint = "leave out --records, or keep the catalog in PostgreSQL"
        raise BadInput(f"tasks do not write to an SQLite file: {why}", hint)
    return records == "database" or (records == "auto" and not is_sqlite(url))


def require(command: str, targets: "Sequence[Selected]", tasks: int | None) -> None:
    """Refuse what no cluster can do.

    Raises:
        BadInput: nothing to do, no such command, or no task to do it.
    """
    if command not in COMMANDS:
        raise BadInput(f"a cluster does not {command}", f"one of {', '.join(COMMANDS)}")
    if not targets:
        raise BadInput("nothing to do", "give MODEL@REVISION, a path, or --from FILE")
    if tasks is not None and tasks < 1:
        raise BadInput(f"{tasks} tasks", "give 1 or more")


def chosen(method: Callable[..., object], options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of a method as it will be called, the defaults too.

    Raises:
        BadInput: a level, device or arithmetic that there is not.
    """
    from catalog import forward
    from catalog.core.verdicts import Level

    bound = inspect.signature(method).bind((), **options)
    bound.apply_defaults()
    every = bound.arguments
    forward.check(every["device"], every["dtype"])
    Level.of(every["level"])  # says that there is no such level
    return {name: value for name, value in every.items() if name not in NOT_OPTIONS}
