"""Tags and notes, as frozen values."""

from typing import TYPE_CHECKING

from catalog.core.desk import Mark

if TYPE_CHECKING:
    from catalog.sql.connections import Reader


def tags(reader: "Reader") -> list[Mark]:
    """Return every tag, in suite order, then by tokens; a model's own before its checkpoints'."""
    return [Mark(*row) for row in reader.rows("desk.tags")]


def notes(reader: "Reader") -> list[Mark]:
    """Return every note, in the same order."""
    return [Mark(*row) for row in reader.rows("desk.notes")]
