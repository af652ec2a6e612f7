"""Where on a training run's curves a fingerprint lies: what it computes and weighs, by step.

A curve is drawn through recorded fingerprints, smooth in the logarithm of the step; how far a
record lies from the line through the others says how far the line can be trusted. Nothing here is
a verdict: `catalog.core.plausibility` makes it.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from catalog.core import lines, order
from catalog.core.fingerprints import Fingerprint
from catalog.core.fits import Curve, Fit, octave_of
from catalog.core.traits import COARSE, Row, grain_of, moved_grain, row_of

FEWEST = 5
"""Records that a curve is drawn through; of fewer nobody can say how far it can be trusted."""
_FLOOR = 1e-4


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
    fit = _drawn(rows, row_of(seen, start, grain), grain).fit(step)
    if step is None or not order.contradicts(seen, records, step, moved_grain(grain)):
        return fit
    return replace(fit, fits_step=False, disordered=fit.fits_step is True)


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
    curve = _mean([_drawn(table, own, grain) for table in tables], grain)
    return None if curve is None else curve.fit(step)


def _drawn(rows: Mapping[int, Row], seen: Row, grain: float) -> Curve:
    """Return the curve through records, of the numbers that all have."""
    steps = sorted(rows)
    names = [name for name in seen if all(name in row for row in rows.values())]
    table = [[rows[step][name] for name in names] for step in steps]
    places = [octave_of(step) for step in steps]
    off, gap = lines.off(places, table)
    noise = [math.hypot(each, _FLOOR, grain) for each in off]
    own, kinds = [seen[name] for name in names], [kind for kind, _ in names]
    return Curve(steps, places, table, own, kinds, noise, gap, sharp=grain < COARSE)


def _mean(curves: Sequence[Curve], grain: float) -> Curve | None:
    """Return the mean of several runs' curves; they say how far apart runs lie. None: too short."""
    low = max(curve.steps[0] for curve in curves)
    high = min(curve.steps[-1] for curve in curves)
    steps = sorted({step for curve in curves for step in curve.steps if low <= step <= high})
    if len(steps) < FEWEST:
        return None
    places = [octave_of(step) for step in steps]
    rows, squares, unsure = [], [], []
    for place in places:
        heres = [lines.place(place, curve.places, curve.rows) for curve in curves]
        columns = list(zip(*(here.numbers for here in heres), strict=True))
        row = [math.fsum(column) / len(column) for column in columns]
        pairs = zip(columns, row, strict=True)
        rows.append(row)
        squares.append([math.fsum((line - mean) ** 2 for line in column) for column, mean in pairs])
        unsure.append(_unsure(curves, [here.gap for here in heres], grain))
    noise, gap = lines.off(places, rows)
    spread = _spread(places, squares, unsure, len(curves))
    first = curves[0]
    return Curve(steps, places, rows, first.seen, first.kinds, noise, gap, spread)


def _unsure(curves: Sequence[Curve], gaps: Sequence[float], grain: float) -> list[float]:
    """Return variances of the mean line where not all runs have a record, and those of all."""
    shares = [
        (gap / curve.gap) ** 4 / len(curves) ** 2 for gap, curve in zip(gaps, curves, strict=True)
    ]
    return [
        math.fsum(noise**2 * share for noise, share in zip(each, shares, strict=True))
        + _FLOOR**2
        + grain**2
        for each in zip(*(curve.noise for curve in curves), strict=True)
    ]


def _spread(
    places: Sequence[float],
    squares: Sequence[Sequence[float]],
    unsure: Sequence[Sequence[float]],
    count: int,
) -> list[list[float]]:
    """Return the variance of another run about the mean of several, at each record.

    A few runs say little at one step: those within an octave speak together, and all steps as one.
    """
    overall = [
        math.fsum(column) / (count - 1) / len(places) for column in zip(*squares, strict=True)
    ]
    spread = []
    for place, more in zip(places, unsure, strict=True):
        near = [row for other, row in zip(places, squares, strict=True) if abs(other - place) <= 1]
        columns = zip(*near, strict=True)
        free = len(near) * (count - 1) + 1
        spread.append(
            [
                (math.fsum(column) + prior) / free * (1 + 1 / count) + add
                for column, prior, add in zip(columns, overall, more, strict=True)
            ]
        )
    return spread
