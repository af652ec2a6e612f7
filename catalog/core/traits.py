"""The numbers of a fingerprint that training changes: what a run's curves are drawn of."""

import math
from collections.abc import Iterable

from catalog.core.fingerprints import Fingerprint, limit_between

GRAIN = 1e-3
"""Of how far weights have moved: half precision's own."""
COARSE = 1e-2
"""A grain of half precision or more: it hides where training has not come far."""
_UNMOVED = 1e-6  # of a vector: below the first updates of a long warm-up
Row = dict[tuple[str, str], float]
"""Numbers by kind (`loss`, `logits`, `state`, `weight`, `moved`, `spread`) and what they are of."""


def losses(seen: Fingerprint) -> str:
    """Return both losses: the mean over all probes, and that on natural text."""
    return f"loss {seen.loss:.4f} over all probes, {seen.text_loss:.4f} on the text probe"


def grain_of(seen: Fingerprint, records: Iterable[Fingerprint]) -> float:
    """Return how far numbers may differ because of what ran the networks."""
    worst = 0.0
    for record in records:
        limit = limit_between(record.environment, seen.environment)
        if limit is not None and record.environment != seen.environment:
            worst = max(worst, limit.any_device)
    return worst


def moved_grain(grain: float) -> float:
    """Return what a distance between weights may be off by, as a share of their size."""
    return max(GRAIN, grain / 10)


def row_of(seen: Fingerprint, start: Fingerprint | None, grain: float) -> Row:
    """Return the numbers that training changes; sizes as logarithms, so that shares count.

    Args:
        seen: the fingerprint.
        start: of the run's first record; without one, vectors tell how far training has come.
        grain: how far numbers may differ because of what ran the networks.
    """
    row: Row = {}
    for reading in seen.readings:
        row["loss", reading.name] = reading.nll
        row["logits", reading.name] = _log(reading.logit_rms)
        row |= {
            ("state", f"{reading.name} {n}"): _log(norm) for n, norm in enumerate(reading.norms)
        }
    row |= {("weight", weight.name): _log(weight.rms) for weight in seen.weights}
    if start is not None:
        return row | _moved(seen, start, moved_grain(grain))
    least = grain if grain > COARSE else _UNMOVED
    return row | {("spread", each.name): _log(each.spread + least) for each in seen.spreads}


def _moved(seen: Fingerprint, start: Fingerprint, grain: float) -> Row:
    """Return how far each tensor is from where it was, as a share of its size there."""
    before = {weight.name: weight.numbers for weight in start.weights}
    row: Row = {}
    for weight in seen.weights:
        old = before.get(weight.name, ())
        if len(old) == len(weight.numbers) and any(old):
            moved = math.dist(weight.numbers, old) / math.hypot(*old)
            row["moved", weight.name] = _log(moved + grain)
    return row


def _log(number: float) -> float:
    return math.log(max(number, 1e-9))
