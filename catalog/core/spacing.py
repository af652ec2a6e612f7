"""Which of the places along a run lie nearest to evenly spaced marks.

Pure arithmetic on increasing numbers; what they count, tokens or steps, is the caller's business.
"""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise
from math import log2


def logarithmic(places: Sequence[int], count: int) -> list[int]:
    """Return which so many places are spaced evenly in the logarithm.

    The first place that is not zero and the last are among them. The marks between divide the
    logarithm evenly, and each takes the place that is nearest to it in the logarithm, the earlier
    one at a tie. A mark whose nearest place is taken already takes the next one, and the marks
    after it are spread anew from there. So there are as many as were asked for, and all where there
    are not that many; zero is only among those.

    >>> logarithmic([0, 1, 2, 4, 8, 16, 32], 3)
    [1, 3, 6]

    Args:
        places: increasing, none below zero.
        count: how many, at least one.
    """
    zeros = sum(1 for place in places if not place)
    if count > len(places) - zeros:
        return list(range(len(places)))
    return [zeros + at for at in _even([log2(place) for place in places[zeros:]], count)]


def linear(places: Sequence[int], count: int) -> list[int]:
    """Return which so many places are spaced evenly, the first and the last among them.

    As `logarithmic`, in the numbers themselves: a place at zero is like any other.

    >>> linear([0, 1, 2, 4, 8, 16, 32], 3)
    [0, 5, 6]

    Args:
        places: increasing.
        count: how many, at least one.
    """
    return list(range(len(places))) if count > len(places) else _even(places, count)


def every(places: Sequence[int], stride: int) -> list[int]:
    """Return which places are nearest to a multiple of a stride; the first and the last too.

    >>> every([0, 4, 9, 11, 21, 26], 10)
    [0, 2, 4, 5]

    Args:
        places: increasing, none below zero.
        stride: above zero.
    """
    # A place answers for what lies nearer to it than to its neighbours, the middle before it not.
    middles = [first + second for first, second in pairwise(places)]
    begins, ends = [-1, *middles], [*middles, 2 * (places[-1] if places else 0)]
    return [
        at
        for at, (begin, end) in enumerate(zip(begins, ends, strict=False))
        if at in (0, len(places) - 1) or end // (2 * stride) > begin // (2 * stride)
    ][: len(places)]


def _even(places: Sequence[float], count: int) -> list[int]:
    """Return which places are nearest to evenly spaced marks; at least as many as `count`."""
    if count == 1:
        return [len(places) - 1]
    chosen = [0]
    origin, marks, number = places[0], count - 1, 0
    for left in range(count - 1, 0, -1):
        number += 1
        mark = origin + (places[-1] - origin) * number / marks
        wanted = nearest(places, mark) if left > 1 else len(places) - 1
        if wanted <= chosen[-1]:  # it is taken: the marks that are left begin behind the next one
            wanted = chosen[-1] + 1
            origin, marks, number = places[wanted], left - 1, 0
        chosen.append(min(wanted, len(places) - left))  # enough must stay for the marks that follow
    return chosen


def nearest(places: Sequence[float], mark: float) -> int:
    """Return which place is nearest to a mark, the earlier one at a tie.

    >>> nearest([1, 3, 9], 2), nearest([1, 3, 9], 100)
    (0, 2)
    """
    after = bisect_left(places, mark)
    if after == len(places):
        return after - 1
    is_earlier = after > 0 and mark - places[after - 1] <= places[after] - mark
    return after - 1 if is_earlier else after
