"""Lines through recorded numbers, by octave of the step: what they are between records and beyond.

A line is smooth: its slope at a record is that of the parabola through it and both neighbours, and
at the first and the last record it does not bend. It knows nothing of fingerprints or verdicts.
"""

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

Numbers = Sequence[float]


@dataclass(frozen=True, slots=True)
class Place:
    """A place on a line.

    Args:
        numbers: on the line there.
        differ: how much the records on both sides of it differ, or the two next to it.
        right: which record is above it, from 1; the last one beyond the end.
        share: of the way there from the record below: below 0 or above 1 beyond the ends.
        width: how far those records are apart, in octaves.
    """

    numbers: Numbers
    differ: Numbers
    right: int
    share: float
    width: float

    @property
    def outside(self) -> float:
        """How far beyond the ends it is, in intervals between records; 0 between them."""
        return max(-self.share, self.share - 1, 0.0)

    @property
    def amid(self) -> float:
        """How far it is from any record: 1 half way between two, 0 at one and beyond the ends."""
        return max(0.0, 4 * self.share * (1 - self.share))

    @property
    def gap(self) -> float:
        """The same in octaves, by the interval's width."""
        return self.amid * self.width


def place(octave: float, places: Numbers, rows: Sequence[Numbers]) -> Place:
    """Return a place on the line through records.

    Args:
        octave: where.
        places: those of the records, rising, two at least.
        rows: the numbers of each.

    >>> place(1.5, [0.0, 1.0, 2.0, 3.0], [[0.0], [1.0], [4.0], [9.0]]).numbers
    [2.25]
    """
    right = min(max(bisect_left(places, octave), 1), len(places) - 1)
    width = places[right] - places[right - 1]
    share = (octave - places[right - 1]) / width
    parts = _parts(share, places, right)
    columns = zip(*(rows[each] for each in parts), strict=True)
    weights = tuple(parts.values())
    numbers = [
        sum(weight * value for weight, value in zip(weights, column, strict=True))
        for column in columns
    ]
    beside = zip(rows[right - 1], rows[right], strict=True)
    return Place(numbers, [abs(after - before) for before, after in beside], right, share, width)


Parts = dict[int, float]


def _parts(share: float, places: Numbers, right: int) -> Parts:
    """Return how much of each record's numbers makes the numbers at a place."""
    left, width = right - 1, places[right] - places[right - 1]
    chord = {left: -1 / width, right: 1 / width}
    start, end = _slope(places, left), _slope(places, right)
    first = start or _sum((1.5, chord), (-0.5, end or chord))
    last = end or _sum((1.5, chord), (-0.5, start or chord))
    if share < 0:
        return _sum((1.0, {left: 1.0}), (width * share, first))
    if share > 1:
        return _sum((1.0, {right: 1.0}), (width * (share - 1), last))
    rest = 1 - share
    return _sum(
        (1.0, {left: (1 + 2 * share) * rest**2, right: (1 + 2 * rest) * share**2}),
        (share * rest**2 * width, first),
        (-rest * share**2 * width, last),
    )


def _slope(places: Numbers, number: int) -> Parts | None:
    """Return what of three records makes the parabola's slope at the middle one, None at an end."""
    if number in (0, len(places) - 1):
        return None
    before, here, after = places[number - 1 : number + 2]
    low, high = here - before, after - here
    left, right = high / (low * (low + high)), low / (high * (low + high))
    return {number - 1: -left, number: left - right, number + 1: right}


def _sum(*terms: tuple[float, Parts]) -> Parts:
    total: Parts = {}
    for factor, parts in terms:
        for number, part in parts.items():
            total[number] = total.get(number, 0.0) + factor * part
    return total


def off(places: Numbers, rows: Sequence[Numbers]) -> tuple[list[float], float]:
    """Return how far inner records lie from the line through the others, and over which gaps.

    Returns:
        The root mean square for each number, and that of the gaps.
    """
    squares, gaps = [0.0] * len(rows[0]), []
    for each in range(1, len(places) - 1):
        near = [other for other in range(each - 2, each + 3) if 0 <= other < len(places)]
        near.remove(each)  # no other record makes the line there
        here = place(places[each], [places[n] for n in near], [rows[n] for n in near])
        gaps.append(here.gap)
        for number, (value, line) in enumerate(zip(rows[each], here.numbers, strict=True)):
            squares[number] += (value - line) ** 2
    count = len(gaps)
    return [math.sqrt(square / count) for square in squares], math.hypot(*gaps) / math.sqrt(count)
