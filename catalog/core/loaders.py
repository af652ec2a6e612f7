"""Which of a branch's weight sets a loader takes: ordered rules, as data with their source.

The rules are in `shipped/loaders.toml`, each with the version that it was read from. It knows
names only; whether what a loader takes is right is judged in `catalog.core.branches`.
"""

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import cache
from types import MappingProxyType

from catalog.core import packaged
from catalog.core.tuples import NamedTuple
from catalog.core.weightsets import RAW, WeightSet

DEFAULT = "transformers-5"
"""The loader whose choice decides a branch's own verdict."""


class Profile(NamedTuple):
    """How one loader chooses.

    Args:
        key: its name in every output.
        title: what people call it.
        read_from: program, version and place that the rule was read from.
        url: that place.
        order: names of weight sets and patterns of files, best first.
    """

    key: str
    title: str
    read_from: str
    url: str
    order: tuple[str, ...]

    def choose(self, sets: Iterable[WeightSet]) -> WeightSet | None:
        """Return the set that the loader takes, None where it finds none."""
        usable = [weights for weights in sets if weights.layout != RAW]
        for entry in self.order:
            fitting = [weights for weights in usable if _fits(weights, entry)]
            if fitting:
                return max(fitting, key=lambda weights: (weights.files or ("",))[-1])
        return None


def _fits(weights: WeightSet, entry: str) -> bool:
    """Return whether a rule's entry means this set."""
    if "*" not in entry:
        return weights.name == entry and weights.indexed
    return any("/" not in file and fnmatchcase(file, entry) for file in weights.files)


@cache
def profiles() -> Mapping[str, Profile]:
    """Return every loader profile that ships, by key."""
    return MappingProxyType(
        {
            key: Profile(key, rule["title"], rule["read_from"], rule["url"], tuple(rule["order"]))
            for key, rule in packaged.table("loaders").items()
        }
    )


def names_loaded() -> tuple[str, ...]:
    """Return the names of the weight sets that the default loader looks for, best first."""
    return profiles()[DEFAULT].order


def loaded(sets: Sequence[WeightSet]) -> WeightSet | None:
    """Return the set that the default loader takes; where it takes none, the only one there is."""
    return profiles()[DEFAULT].choose(sets) or (sets[0] if len(sets) == 1 else None)


def choices(sets: Iterable[WeightSet]) -> dict[str, str | None]:
    """Return the name of the set that each loader takes, by the loader's key."""
    there = tuple(sets)
    chosen = {key: profile.choose(there) for key, profile in profiles().items()}
    return {key: None if weights is None else weights.name for key, weights in chosen.items()}
