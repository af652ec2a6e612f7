"""What sizes say: whether a set's bytes are a sum of its network's tensors, and of which.

Where the network is known that is arithmetic: a set that is no such sum is told with the number.
Where it is not, a file smaller than all its neighbours is `suspect`, which is statistics.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping

from catalog.core import stored, weightsets
from catalog.core.branches.holdings import Content, Family, Held
from catalog.core.branches.rulings import Verdict
from catalog.core.branches.values import BranchVerdict, Misfit, Publication
from catalog.core.stored import Sum
from catalog.core.tuples import NamedTuple
from catalog.core.weightsets import RAW

BYTES_PER_PARAMETER = 2
"""Of the smallest precision in which these suites are published."""

ALIKE = 3
"""So many checkpoints of one size say what the size should be."""

OTHER_PRECISIONS = (0.5, 0.25)
"""A file of half the size holds the same network in another precision."""


class Account(NamedTuple):
    """What the bytes of a set are.

    Args:
        stored: the way of storing that gives so many, None where none does, or several do.
        misfit: what it would be, where no way of storing gives so many bytes.
    """

    stored: Sum | None = None
    misfit: Misfit | None = None


class Sizes:
    """The sizes that the weight sets of one repository have.

    Args:
        publication: the repository.
        family: its holdings.
    """

    def __init__(self, publication: Publication, family: Family) -> None:
        parameters = publication.params_total
        self._least = None if parameters is None else parameters * BYTES_PER_PARAMETER
        self._network = publication.network
        contents: dict[str, dict[Content, Held]] = defaultdict(dict)
        for label in family.labels[publication.repo_id]:
            for held in family.held.get((label.repo_id, label.ref.commit), ()):
                if held.weights.complete:
                    contents[held.weights.name][held.content] = held
        self._contents = {name: list(distinct.values()) for name, distinct in contents.items()}
        self._sizes = {
            name: Counter(held.size_bytes for held in distinct)
            for name, distinct in self._contents.items()
        }

    def account(self, held: Held) -> Account:
        """Return what a set's bytes are."""
        ways = self._ways(held)
        if not ways or not held.weights.complete:
            return Account()
        fits = stored.fitting(ways, held.size_bytes)
        if fits:
            return Account(fits[0] if len({str(way) for way in fits}) == 1 else None)
        due = self._usual_way(held.weights.name) or stored.nearest(ways, held.size_bytes)
        return Account(None, Misfit(held.size_bytes, due))

    def _usual_way(self, name: str) -> Sum | None:
        """Return how most checkpoints store a weight set, None where none fits a sum."""
        ways = Counter(
            way
            for held in self._contents.get(name, ())
            for way in stored.fitting(self._ways(held), held.size_bytes)
        )
        return max(ways, key=lambda way: ways[way], default=None)

    def judge(self, held: Held, account: Account) -> Verdict | None:
        """Return what a set's size says against it, None for nothing."""
        size = held.size_bytes
        if self._least is not None and size < self._least and not _is_unclear(held):
            text = (
                f"Its {size:,} bytes are too few: the network's parameters alone fill "
                f"{self._least:,}."
            )
            if size <= _POINTER * len(held.content):
                text += " So small is a Git LFS pointer."
            return Verdict(BranchVerdict.INCOMPLETE, text)
        if account.misfit is not None:
            return Verdict(BranchVerdict.SUSPECT, str(account.misfit))
        if self._ways(held) or held.weights.layout == RAW:
            return None
        return self._beside_neighbours(held)

    def _ways(self, held: Held) -> tuple[Sum, ...]:
        if self._network is None:
            return ()
        return stored.sums(self._network, held.weights.layout, len(held.content))

    def _beside_neighbours(self, held: Held) -> Verdict | None:
        """Return what the sizes of other checkpoints say, where there is no formula."""
        size = held.size_bytes
        usual = _usual(self._sizes.get(held.weights.name, {}))
        if usual is None or size >= usual or _is_other_precision(size / usual):
            return None
        if self._sizes[held.weights.name][size] > 1 or usual - size < usual // 1000:
            return None
        text = f"It is smaller than every other checkpoint: {size:,} bytes, not {usual:,}."
        return Verdict(BranchVerdict.SUSPECT, text)


# Bytes: Git LFS writes 127 and the digits of a size.
_POINTER = 150


def _is_unclear(held: Held) -> bool:
    """Return whether the files may be the optimizer's: then their size says nothing."""
    return any(weightsets.is_optimizer_too(path) for path in held.weights.files)


def _usual(sizes: Mapping[int, int]) -> int | None:
    """Return the size that most contents have, None where too few agree."""
    size = max(sizes, key=lambda each: sizes[each], default=None)
    return size if size is not None and sizes[size] >= ALIKE else None


def _is_other_precision(ratio: float) -> bool:
    return any(abs(ratio - other) < other / 50 for other in OTHER_PRECISIONS)
