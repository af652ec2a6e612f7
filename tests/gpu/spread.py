"""How measured differences are spread."""

import statistics
from collections.abc import Sequence


def quantiles(values: Sequence[float]) -> dict[str, float]:
    """Return how many there are, and what half, nine tenths, all but one in a hundred are below."""
    cuts = statistics.quantiles(values, n=100, method="inclusive") if values[1:] else [*values] * 99
    return {
        "pairs": len(values),
        "median": cuts[49],
        "p90": cuts[89],
        "p99": cuts[98],
        "largest": max(values),
    }
