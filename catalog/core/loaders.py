"""Which of a branch's weight sets a loader takes: ordered rules, as data with their source.

The rules are in `shipped/loaders.toml`, each with the version that it was read from. It knows
names only; whether what a loader takes is right is judged in `catalog.core.branches`.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from types import MappingProxyType

from catalog.core import packaged
from catalog.core.weightsets import RAW, WeightSet

DEFAULT = "transformers-5"
"""The loader whose choice decides a branch's own verdict."""


@dataclass(frozen=True, slots=True)
class Profile:
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
        usable = [one for one in sets if one.layout != RAW]
        for wanted in self.order:
            found = [one for one in usable if _fits(one, wanted)]
            if found:
                return max(found, key=lambda one: (one.files or ("",))[-1])
        return None


def _fits(one: WeightSet, wanted: str) -> bool:
    """Return whether a rule's entry means this set."""
    if "*" not in wanted:
        return one.name == wanted and one.indexed
    return any("/" not in file and fnmatchcase(file, wanted) for file in one.files)


@cache
def profiles() -> Mapping[str, Profile]:
    """Return every loader profile that ships, by key."""
    text = packaged.text("loaders.toml")
    return MappingProxyType(
        {
            key: Profile(key, one["title"], one["read_from"], one["url"], tuple(one["order"]))
            for key, one in tomllib.loads(text).items()
        }
    )


def choices(sets: Iterable[WeightSet]) -> dict[str, str | None]:
    """Return the name of the set that each loader takes, by the loader's key."""
    there = tuple(sets)
    chosen = {key: profile.choose(there) for key, profile in profiles().items()}
    return {key: None if one is None else one.name for key, one in chosen.items()}
