"""Stated reasons for equal weights: main is the last step, a first update of rate 0, shared starts.

A reason is data with a source: the facts `first_learning_rate` and `initialised_as` of the models.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from catalog.core.branches.values import Label
from catalog.core.tuples import NamedTuple

FIRST_STEPS = frozenset({0, 1})


class Reason(NamedTuple):
    """Why certain branches are right to be equal.

    Args:
        key: `main-is-last`, `one-step`, `first-update` or `shared-start`.
        because: a plain sentence.
    """

    key: str
    because: str


MAIN_IS_LAST = Reason("main-is-last", "main is the last step")
ONE_STEP = Reason("one-step", "these names mean one step")
FIRST_UPDATE = Reason("first-update", "the first update had learning rate 0")
SHARED_START = Reason("shared-start", "these models share their initialisation")


class Reasons(NamedTuple):
    """Every reason that holds.

    Args:
        resting: models whose first update had learning rate 0.
        starts: model → the model whose initial weights it has; itself where it is the first.
    """

    resting: frozenset[str] = frozenset()
    starts: Mapping[str, str] | None = None

    @classmethod
    def of(
        cls, first_rates: Mapping[str, float], initialised_as: Iterable[tuple[str, str]]
    ) -> "Reasons":
        """Return the reasons that facts give.

        Args:
            first_rates: the fact `first_learning_rate` by model.
            initialised_as: model and the model that it starts like.
        """
        starts: dict[str, str] = {}
        for model, first in initialised_as:
            starts[model] = starts.get(first, first)
            starts.setdefault(first, first)
        return cls(frozenset(m for m, rate in first_rates.items() if rate == 0), starts)

    def covering(self, labels: Collection[Label]) -> Reason | None:
        """Return the one reason that covers every one of some branches, None without it."""
        repositories = {label.repo_id for label in labels}
        if len(repositories) == 1 and all(label.final for label in labels):
            return MAIN_IS_LAST
        steps = {label.step for label in labels}
        if len(repositories) == len(steps) == 1 and None not in steps:
            return ONE_STEP
        models = {label.model for label in labels}
        if not steps <= FIRST_STEPS or (len(steps) > 1 and not models <= self.resting):
            return None
        if len(models) == 1:
            return FIRST_UPDATE
        return SHARED_START if self._share_a_start(models, steps) else None

    def _share_a_start(self, models: Collection[str], steps: Collection[int | None]) -> bool:
        starts = self.starts or {}
        first = {starts.get(model) for model in models}
        # After an update of a rate above 0 they are no longer equal.
        still = steps == {0} or set(models) <= self.resting
        return still and None not in first and len(first) == 1

    def families(self) -> dict[str, list[str]]:
        """Return the models that share a start, by the first of them."""
        members: dict[str, list[str]] = defaultdict(list)
        for model, first in (self.starts or {}).items():
            members[first].append(model)
        return dict(members)
