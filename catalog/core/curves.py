"""Where on a training run's curves a fingerprint lies: what it computes and weighs, by step.

A curve is drawn through recorded fingerprints, straight in the logarithm of the step; how far a
record lies from the line through the others says how far the line can be trusted. Nothing here is
a verdict: `catalog.core.plausibility` makes it.
"""

import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from catalog.core.fingerprints import Fingerprint
from catalog.core.traits import Row, grain_of, row_of

FEWEST = 5
"""Records that a curve is drawn through; of fewer nobody can say how far it can be trusted."""
EXCESS = 2.0
"""Standard deviations, on average, that a step's misfit may exceed the best one's."""
STRANGE = 3.5
"""And those from which on the best one is no fit at all."""
_CLIP = 5.0  # beyond it a number counts no more: one that jumps must not outvote the others
_FLOOR = 1e-4
_FINE = 0.1  # octaves
_BENT = 0.1  # of what two records differ by, that a line between them may be off half way
_BEYOND = 1.0  # octaves after the last record that a fit is sought in


@dataclass(frozen=True, slots=True)
class Fit:
    """Which steps a fingerprint fits.

    Args:
        steps: the recorded ones that fit, or the two between which it lies; empty for none.
        fits_step: whether the step in question does; None where none is.
        beyond: it lies after all of them.
        misfit: how far off the best place is, in standard deviations.
    """

    steps: tuple[int, ...]
    fits_step: bool | None
    beyond: bool = False
    misfit: float = 0.0

    def __str__(self) -> str:
        """Return them in words.

        >>> str(Fit((8, 64), True)), str(Fit((8,), False)), str(Fit((), False))
        ('steps 8..64', 'step 8', '')
        """
        if not self.steps:
            return ""
        first, last = self.steps[0], self.steps[-1]
        shown = f"step {first}" if first == last else f"steps {first}..{last}"
        return f"{shown} or later" if self.beyond else shown


def of_run(seen: Fingerprint, records: Mapping[int, Fingerprint], step: int | None) -> Fit | None:
    """Return which steps of its own run a fingerprint fits; None with too few records.

    Args:
        seen: the fingerprint.
        records: of the run, by training step.
        step: the one in question.
    """
    if len(records) < FEWEST:
        return None
    grain = grain_of(seen, records.values())
    start = records[min(records)]
    rows = {number: row_of(record, start, grain) for number, record in records.items()}
    curve = _drawn(rows, row_of(seen, start, grain), grain)
    return curve.fit(step)


def of_siblings(
    seen: Fingerprint,
    runs: Sequence[Mapping[int, Fingerprint]],
    step: int | None,
    start: Fingerprint | None = None,
) -> Fit | None:
    """Return which steps a fingerprint fits on the mean curve of other runs; None with too few.

    Args:
        seen: the fingerprint.
        runs: their records by training step, each with step 0 where `start` is given; two at least
            say how far runs lie apart.
        step: the one in question.
        start: the record of step 0 of the run itself, if there is one.
    """
    runs = [run for run in runs if len(run) >= FEWEST]
    if len(runs) <= 1:
        return None
    grain = max(grain_of(seen, run.values()) for run in runs)
    tables = []
    for run in runs:
        first = None if start is None else run[0]
        tables.append({number: row_of(record, first, grain) for number, record in run.items()})
    own = row_of(seen, start, grain)
    common = set(own).intersection(*(row for table in tables for row in table.values()))
    own = {name: value for name, value in own.items() if name in common}
    curve = _mean([_drawn(table, own, grain) for table in tables])
    return curve.fit(step) if len(curve.steps) >= FEWEST else None


# Curves ----------------------------------------------------------------------------------------


def _octave(step: float) -> float:
    return math.log2(step + 1)


@dataclass(frozen=True, slots=True)
class _Curve:
    """Recorded numbers by step, what was seen, and how far off the line a number may lie.

    Args:
        steps: recorded, the first one first.
        places: theirs, in octaves.
        rows: a list of numbers for each.
        seen: those of the fingerprint.
        noise: standard deviation of each, about half way in a gap of `gap`.
        gap: in octaves; in a wider one the line is off by more, as its square.
    """

    steps: Sequence[int]
    places: Sequence[float]
    rows: Sequence[Sequence[float]]
    seen: Sequence[float]
    noise: Sequence[float]
    gap: float

    def misfit(self, octave: float) -> float:
        """Return how far off the line at a place what was seen is, in standard deviations."""
        place = _Place.at(octave, self.places, self.rows)
        wider = max(1.0, place.gap / self.gap) ** 2
        squares = (
            min(_CLIP**2, (value - here) ** 2 / ((noise * wider) ** 2 + guessed**2))
            for value, here, noise, guessed in zip(
                self.seen, place.numbers, self.noise, place.guessed, strict=True
            )
        )
        return math.sqrt(math.fsum(squares) / len(self.seen))

    def fit(self, step: int | None) -> Fit:
        """Return where what was seen lies."""
        last = self.places[-1]
        fine = [number * _FINE for number in range(int((last + _BEYOND) / _FINE) + 1)]
        known = dict(zip(self.steps, map(self.misfit, self.places), strict=True))
        asked = None if step is None else self.misfit(_octave(step))
        between = {octave: self.misfit(octave) for octave in fine}
        best = min(*known.values(), *between.values(), math.inf if asked is None else asked)
        if best > STRANGE:
            return Fit((), None if asked is None else False)
        allowed = best + EXCESS
        fits = [octave for octave, misfit in between.items() if misfit <= allowed]
        steps = {each for each, misfit in known.items() if misfit <= allowed}
        return Fit(
            tuple(sorted(steps)) or self._around(fits),
            None if asked is None else asked <= allowed,
            beyond=bool(fits) and not steps and fits[0] > last,
            misfit=best,
        )

    def _around(self, octaves: Sequence[float]) -> tuple[int, ...]:
        """Return the records next to places between them."""
        if not octaves:
            return ()
        after = [each for each in self.steps if _octave(each) >= octaves[-1]]
        before = [each for each in self.steps if _octave(each) <= octaves[0]]
        return tuple(sorted({*before[-1:], *after[:1]}))


@dataclass(frozen=True, slots=True)
class _Place:
    """A place on the line between two records, or beyond the ends.

    Args:
        before: the numbers of the record below it.
        after: those of the record above it.
        share: of the way between them, below 0 or above 1 beyond the ends.
        gap: how far both are away, in octaves; 0 at a record.
    """

    before: Sequence[float]
    after: Sequence[float]
    share: float
    gap: float

    @classmethod
    def at(
        cls, octave: float, places: Sequence[float], rows: Sequence[Sequence[float]]
    ) -> "_Place":
        """Return a place by its octave, among those of records."""
        right = min(max(bisect_left(places, octave), 1), len(places) - 1)
        low, high = places[right - 1], places[right]
        share = (octave - low) / (high - low)
        return cls(rows[right - 1], rows[right], share, 4 * share * (1 - share) * (high - low))

    @property
    def numbers(self) -> list[float]:
        """The numbers on the line."""
        pairs = zip(self.before, self.after, strict=True)
        return [before + (after - before) * self.share for before, after in pairs]

    @property
    def guessed(self) -> list[float]:
        """How far each may be off because no line is straight, and least so beyond its ends."""
        outside = max(-self.share, self.share - 1)
        part = outside / 2 if outside > 0 else _BENT * 4 * self.share * (1 - self.share)
        return [
            abs(after - before) * part
            for before, after in zip(self.before, self.after, strict=True)
        ]


def _drawn(rows: Mapping[int, Row], seen: Row, grain: float) -> _Curve:
    """Return the curve through records, of the numbers that all have."""
    steps = sorted(rows)
    names = [name for name in seen if all(name in row for row in rows.values())]
    table = [[rows[step][name] for name in names] for step in steps]
    places = [_octave(step) for step in steps]
    off, gap = _off_the_line(places, table)
    noise = [math.hypot(each, _FLOOR, grain) for each in off]
    return _Curve(steps, places, table, [seen[name] for name in names], noise, gap)


def _off_the_line(
    places: Sequence[float], table: Sequence[Sequence[float]]
) -> tuple[list[float], float]:
    """Return how far inner records lie from the line through the others, and over which gaps."""
    squares = [0.0] * len(table[0])
    gaps = []
    for each in range(1, len(places) - 1):
        others = [*places[:each], *places[each + 1 :]]
        rows = [*table[:each], *table[each + 1 :]]
        place = _Place.at(places[each], others, rows)
        gaps.append(place.gap)
        for number, (value, here) in enumerate(zip(table[each], place.numbers, strict=True)):
            squares[number] += (value - here) ** 2
    return [math.sqrt(square / len(gaps)) for square in squares], math.hypot(*gaps) / len(
        gaps
    ) ** 0.5


def _mean(curves: Sequence[_Curve]) -> _Curve:
    """Return the mean of several runs' curves; they say how far apart runs lie."""
    low = max(curve.steps[0] for curve in curves)
    high = min(curve.steps[-1] for curve in curves)
    steps = sorted({step for curve in curves for step in curve.steps if low <= step <= high})
    count, size = len(curves), len(curves[0].seen)
    places = [_octave(step) for step in steps]
    rows, apart = [], [0.0] * size
    for place in places:
        lines = [_Place.at(place, run.places, run.rows).numbers for run in curves]
        row = [math.fsum(values) / count for values in zip(*lines, strict=True)]
        rows.append(row)
        for number in range(size):
            apart[number] += math.fsum((line[number] - row[number]) ** 2 for line in lines)
    wider = (1 + 1 / count) / ((count - 1) * len(steps))
    noise = [
        math.hypot(math.sqrt(far * wider), *(run.noise[number] / count**0.5 for run in curves))
        for number, far in enumerate(apart)
    ]
    return _Curve(steps, places, rows, curves[0].seen, noise, max(run.gap for run in curves))
