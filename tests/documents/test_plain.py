"""Values as plain data: what JSON holds, whatever kind of frozen value it is."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import NamedTuple

import pytest

from catalog.core.scores.rows import ScoreRow
from catalog.documents import scores
from catalog.documents.plain import plain


class Kind(StrEnum):
    """A word."""

    GOOD = "good"


class Point(NamedTuple):
    """A named tuple."""

    x: int
    when: date | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A dataclass that holds named tuples."""

    start: Point
    rest: tuple[Point, ...] = ()


POINT = {"x": 1, "when": "2026-11-26"}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Point(1, date(2026, 11, 26)), POINT),
        ([Point(1)], [{"x": 1, "when": None}]),
        (Line(Point(1, date(2026, 11, 26))), {"start": POINT, "rest": []}),
        ((1, 2), [1, 2]),
        ({"a": Point(1, date(2026, 11, 26))}, {"a": POINT}),
        (Kind.GOOD, "good"),
    ],
    ids=["named tuple", "list of them", "in a dataclass", "tuple", "in a mapping", "word"],
)
def test_frozen_values_are_objects(value, expected):
    """A named tuple is an object as a dataclass is; any other tuple is a list."""
    assert plain(value) == expected


def test_a_score_is_told_whole():
    """Each field of a score is in its document as `plain` has it, but for the database's rows."""
    words = {"advisories": ("A-1",), "findings": ("moved",), "remarks": ("taken for it",)}
    moment = datetime(2026, 11, 26, tzinfo=UTC)
    row = ScoreRow(*map(str, range(27)))._replace(**words, evaluated_at=moment)
    document = scores.score(row)
    assert (document.pop("mark"), document.pop("reasons")) == (
        "!",
        ["A-1: a known problem", "open finding: moved", "taken for it"],
    )
    for key, value in document.items():
        assert value == plain(getattr(row, key))
        assert type(value) is type(plain(getattr(row, key)))
    assert set(ScoreRow._fields) - set(document) == {"checkpoint_id", "evaluation_id"}
