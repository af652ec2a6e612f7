"""Which ranges of a file to read: few enough, small enough, and spread over its whole depth.

Only chooses; what is read there, and what that says, is in `catalog.core.branches.samples`.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Protocol, TypeVar

GAP = 16 << 10
"""So many needless bytes between two tensors cost less than a request."""


class Extent(Protocol):
    """Anything at a place in a file, a tensor say."""

    @property
    def start(self) -> int:
        """Its first byte."""

    @property
    def end(self) -> int:
        """One past its last byte."""


Place = TypeVar("Place", bound=Extent)


def clusters(wanted: Iterable[Place], requests: int, allowance: int) -> list[list[Place]]:
    """Return what to read together: at most so many ranges and bytes.

    Where not all fit, the first, the last and some evenly between are left: a splice at any
    depth is met by some.

    Args:
        wanted: what to read, in any order.
        requests: at most so many ranges.
        allowance: at most so many bytes in all.
    """
    made: list[list[Place]] = []
    for place in sorted(wanted, key=lambda place: place.start):
        if made and place.start - made[-1][-1].end <= GAP:
            made[-1].append(place)
        else:
            made.append([place])
    made = _spread(_bridged(made, requests, allowance), requests)
    while made and sum(map(_width, made)) > allowance:
        made = _spread(made, len(made) - 1)
    return made


def _bridged(made: list[list[Place]], requests: int, allowance: int) -> list[list[Place]]:
    """Join the clusters with the smallest gaps, as far as requests want and bytes allow it."""
    # A joined gap is read and thrown away, which loses nothing but bytes; a cluster that is left
    # out leaves a depth of the network unseen. Joining two changes no other gap, so one sort of
    # them is enough, also for a header of 40,000 tensors.
    gaps = [after[0].start - before[-1].end for before, after in pairwise(made)]
    spent = sum(map(_width, made))
    bridged: set[int] = set()
    for number in sorted(range(len(gaps)), key=gaps.__getitem__):
        if len(made) - len(bridged) <= max(1, requests) or spent + gaps[number] > allowance:
            break
        spent += gaps[number]
        bridged.add(number)
    joined: list[list[Place]] = []
    for number, cluster in enumerate(made):
        if number - 1 in bridged:
            joined[-1].extend(cluster)
        else:
            joined.append(list(cluster))
    return joined


def _width(cluster: Sequence[Extent]) -> int:
    return cluster[-1].end - cluster[0].start


def _spread(made: list[list[Place]], count: int) -> list[list[Place]]:
    """Return so many of them, evenly, the first and the last among them."""
    if count >= len(made):
        return made
    if count <= 1:
        return made[:count]
    return [made[round(number * (len(made) - 1) / (count - 1))] for number in range(count)]
