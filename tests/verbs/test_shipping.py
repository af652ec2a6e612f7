"""Packs: the same bytes every time, refused where damaged, loaded once."""

import lzma

import pytest

from catalog.errors import CheckedBad
from catalog.sql import database
from catalog.verbs.evals import shipping as evals
from catalog.verbs.inventories import shipping as inventories
from catalog.verbs.shipping import Origin, Pack

PACK = Pack("examples", "none.xz", "examples 1", "measurement", "shipped-examples", "Examples")
ORIGIN = Origin("lab", "Lab", "https://lab.example", "c" * 40, "MIT")
DATED = Origin("day", "Day", "https://day.example", "d" * 40, "MIT", "2026-08-23")


def test_a_pack_holds_what_was_packed():
    """Head, origins with their days, lines; the same bytes every time."""
    packed = PACK.packed([ORIGIN, DATED], [[1, "é"], [2]], {"table": [3]})
    head, origins, lines = PACK.unpacked(packed)
    assert (origins, lines, head["table"]) == ([ORIGIN, DATED], [[1, "é"], [2]], [3])
    assert (ORIGIN.moment, str(DATED.moment)) == (None, "2026-08-23 00:00:00+00:00")
    assert PACK.packed([ORIGIN, DATED], [[1, "é"], [2]], {"table": [3]}) == packed


@pytest.mark.parametrize(
    ("damaged", "says"),
    [
        (lambda packed: packed[:-9], "damaged"),
        (lambda packed: b"x" + packed, "damaged"),
        (lambda _: lzma.compress(b"{\n"), "damaged"),
        (lambda _: lzma.compress(b'{"form": "examples 2"}\n'), "another form"),
        (lambda _: lzma.compress(b"[]\n"), "another form"),
    ],
)
def test_what_is_no_pack_is_refused(damaged, says):
    """Whole, with the name of what ships."""
    with pytest.raises(CheckedBad, match=f"shipped examples .*{says}"):
        PACK.unpacked(damaged(PACK.packed([ORIGIN], [[1]])))


def test_a_pack_is_loaded_once(db_url):
    """The mark is the digest: another pack is another thing to load."""
    packed, other = PACK.packed([ORIGIN], []), PACK.packed([DATED], [])
    with database.writing(db_url) as connection:
        assert not PACK.is_loaded(connection, packed)
        assert PACK.put_source(connection, ORIGIN) == PACK.put_source(connection, ORIGIN)
        PACK.put_mark(connection, packed)
        assert PACK.is_loaded(connection, packed)
        assert not PACK.is_loaded(connection, other)
        PACK.put_mark(connection, other)
        assert not PACK.is_loaded(connection, packed)


@pytest.mark.parametrize(
    ("pack", "origins"),
    [(evals.PACK, evals.ORIGINS), (inventories.PACK, inventories.ORIGINS)],
    ids=["evaluations", "observations"],
)
def test_what_ships_says_where_it_is_from(pack, origins):
    """The origins in the file are those in the code."""
    _, stated, lines = pack.unpacked(pack.read())
    assert tuple(stated) == origins
    assert {line[0] for line in lines} == set(range(len(origins)))
