"""Tags, notes and tables of facts as plain data."""

from typing import TYPE_CHECKING

from catalog.documents.plain import Document, plain

if TYPE_CHECKING:
    from catalog.core.desk import Marked
    from catalog.verbs.tabulating import Cell, FactRow, Field


def marked(value: "Marked") -> Document:
    """Return a model or checkpoint with what was written on it."""
    return {
        "target": value.ref,
        "tags": list(value.tags),
        "note": value.note,
        "at": plain(value.at),
    }


def field(value: "Field") -> Document:
    """Return what a field is."""
    document: Document = plain(value)
    return document


def fact_row(value: "FactRow", *, sources: bool = False) -> Document:
    """Return a model and its fields, each under its own key.

    Args:
        value: it.
        sources: also who says so, under `KEY_source`.
    """
    document: Document = {"model": value.model.name}
    for key, cell in value.cells.items():
        document[key] = plain(cell.value)
        if sources:
            document[f"{key}_source"] = _source(cell)
    return document | {"conflicts": list(value.conflicts)}


def _source(cell: "Cell") -> str | None:
    """Return who says a value, and who says another."""
    if cell.source is None:
        return None
    others = [
        f"{plain(other.value)} ({', '.join(source.key for source in other.sources)})"
        for other in cell.others
    ]
    return "; not ".join([cell.source.key, *others])
