"""Lines through recorded numbers: smooth between records, straight beyond the ends."""

import pytest

from catalog.core import lines

PLACES = [0.0, 1.0, 3.0, 4.0, 6.0]


def line(octave, numbers, places=PLACES):
    """Return what the line through numbers, one a record, is at a place."""
    return lines.place(octave, places, [[number] for number in numbers]).numbers[0]


@pytest.mark.parametrize("octave", [-1.0, 0.0, 0.5, 2.0, 3.0, 5.5, 7.0])
def test_what_is_straight_stays_straight(octave):
    """Between records and beyond both ends; two records make a straight line too."""
    assert line(octave, [2 - 3 * place for place in PLACES]) == pytest.approx(2 - 3 * octave)
    assert line(octave, [2.0, -1.0], PLACES[:2]) == pytest.approx(2 - 3 * octave)


def test_a_line_goes_through_its_records():
    """And bends between them as a parabola does that goes through three on each side."""
    parabola = [place**2 for place in PLACES]
    assert [line(place, parabola) for place in PLACES] == pytest.approx(parabola)
    assert line(1.7, parabola) == pytest.approx(1.7**2)
    assert line(2.4, parabola) == pytest.approx(2.4**2)


def test_a_place_says_how_far_it_is_from_records():
    """Half way the gap is the interval, at a record nothing; beyond the ends intervals count."""
    rows = [[place] for place in PLACES]
    middle, record, beyond = (lines.place(octave, PLACES, rows) for octave in (2.0, 3.0, 7.0))
    assert (middle.gap, middle.amid, middle.outside) == (2.0, 1.0, 0.0)
    assert (record.gap, record.outside) == (0.0, 0.0)
    assert (beyond.gap, beyond.outside, beyond.right) == (0.0, 0.5, 4)


def test_how_far_off_records_lie():
    """Nothing for a straight line; of two numbers, the one that jumps; the gaps are the others'."""
    rows = [[place, float(place == 3.0)] for place in PLACES]
    off, gap = lines.off(PLACES, rows)
    assert off[0] == pytest.approx(0.0, abs=1e-12)
    assert off[1] > 0.5
    assert 2.0 < gap < 3.0
