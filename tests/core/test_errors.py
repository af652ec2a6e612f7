"""The tree of errors, as `catalog.errors` draws it, is the tree of its classes."""

import re

from catalog import errors
from catalog.errors import CatalogError

_DRAWN = re.compile(
    r"^ {4}(?P<indent>[ │├└─]*)(?P<name>\w+) +(?P<code>\d|exit code) +(?P<kind>.+)$"
)


def _classes(error: type[CatalogError], depth: int = 0) -> set[tuple[int, str, int, str]]:
    rows = {(depth, error.__name__, error.exit_code, error.kind)} if depth else set()
    return rows.union(*(_classes(child, depth + 1) for child in error.__subclasses__()))


def _ours(rows: set[tuple[int, str, int, str]]) -> set[tuple[int, str, int, str]]:
    return {row for row in rows if hasattr(errors, row[1])}


def test_the_drawing_shows_every_class():
    """Each error stands at its depth, with its exit code and its kind; none is left out."""
    lines = [match for line in errors.__doc__.splitlines() if (match := _DRAWN.match(line))]
    drawn = {
        (len(line["indent"]) // 4, line["name"], int(line["code"]), line["kind"])
        for line in lines
        if line["indent"]
    }

    assert lines[0]["name"] == "CatalogError"
    assert drawn == _ours(_classes(CatalogError))
    assert len(drawn) == len(lines) - 1
