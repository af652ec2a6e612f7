"""What sizes alone say: a file too small for its parameters, or smaller than all its neighbours.

The first proves that something is missing; the second is statistics and no more than `suspect`.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping

from catalog.core.branches.holdings import Family, Held
from catalog.core.branches.rulings import Verdict
from catalog.core.branches.values import BranchVerdict, Publication
from catalog.core.weightsets import RAW

BYTES_PER_PARAMETER = 2
"""Of the smallest precision in which these suites are published."""

ALIKE = 3
"""So many checkpoints of one size say what the size should be."""

OTHER_PRECISIONS = (0.5, 0.25)
"""A file of half the size holds the same network in another precision."""


class Sizes:
    """The sizes that the weight sets of one repository have.

    Args:
        publication: the repository.
        family: its holdings.
    """

    def __init__(self, publication: Publication, family: Family) -> None:
        parameters = publication.params_total
        self._least = None if parameters is None else parameters * BYTES_PER_PARAMETER
        contents: dict[str, dict[tuple[str, ...], int]] = defaultdict(dict)
        for label in family.labels[publication.repo_id]:
            for held in family.held.get((label.repo_id, label.ref.commit), ()):
                if held.weights.complete:
                    contents[held.weights.name][held.content] = held.size_bytes
        self._sizes = {name: Counter(sizes.values()) for name, sizes in contents.items()}

    def judge(self, held: Held) -> Verdict | None:
        """Return what a set's size says against it, None for nothing."""
        size = held.size_bytes
        if held.weights.layout == RAW:
            return None
        if self._least is not None and size < self._least:
            text = (
                f"Its {size:,} bytes are too few: the network's parameters alone fill "
                f"{self._least:,}."
            )
            return Verdict(BranchVerdict.INCOMPLETE, text)
        usual = _usual(self._sizes.get(held.weights.name, {}))
        if usual is None or size >= usual or _is_other_precision(size / usual):
            return None
        if self._sizes[held.weights.name][size] > 1 or usual - size < usual // 1000:
            return None
        text = f"It is smaller than every other checkpoint: {size:,} bytes, not {usual:,}."
        return Verdict(BranchVerdict.SUSPECT, text)


def _usual(sizes: Mapping[int, int]) -> int | None:
    """Return the size that most contents have, None where too few agree."""
    size = max(sizes, key=lambda each: sizes[each], default=None)
    return size if size is not None and sizes[size] >= ALIKE else None


def _is_other_precision(ratio: float) -> bool:
    return any(abs(ratio - other) < other / 50 for other in OTHER_PRECISIONS)
