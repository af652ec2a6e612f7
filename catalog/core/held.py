"""What the branches of a repository were judged to hold, in short: what a guard of loads needs.

Values, and their packed form that ships for machines without a catalog. The judgement is that of
`catalog.core.branches`; what a load gets is decided in `catalog.core.loads`.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from catalog.core import packaged
from catalog.core.weightsets import BIN_SHARDED, SAFETENSORS_SHARDED

PACKED = "loads.json"
SHARDED = (SAFETENSORS_SHARDED, BIN_SHARDED)


class HeldSet(NamedTuple):
    """A weight set of a branch, as it was judged.

    Args:
        name: its index or single file.
        layout: as in `catalog.core.weightsets`.
        verdict: a value of `BranchVerdict`.
        holds: the revision whose weights its bytes are, main's being the last step's; None where
            that cannot be told, or is moot.
        others: the other revisions that have its bytes.
        reason: one sentence of the judgement.
        digests: path → SHA-256 (or git's blob id) that the Hub declared of each weight file.
    """

    name: str
    layout: str
    verdict: str
    holds: str | None
    others: tuple[str, ...]
    reason: str
    digests: Mapping[str, str]

    @property
    def files(self) -> tuple[str, ...]:
        """Its weight files."""
        return tuple(self.digests)

    def has(self, path: str) -> bool:
        """Return whether a file is of this set: its index, its file, one of its shards."""
        return path == self.name or path in self.digests

    def __str__(self) -> str:
        """Return what a sentence calls it."""
        return f"the shards ({self.name})" if self.layout in SHARDED else self.name


class HeldBranch(NamedTuple):
    """A branch as it was judged.

    Args:
        revision: its name.
        commit: that it was seen at.
        step: published step; None where the name gives none.
        tokens_seen: None where nobody knows.
        final: main, or the last step.
        claims: whether its name promises a checkpoint.
        best: name of the right set that is easiest to load, None where it has none.
        sets: every weight set in it.
    """

    revision: str
    commit: str
    step: int | None
    tokens_seen: int | None
    final: bool
    claims: bool
    best: str | None
    sets: tuple[HeldSet, ...]

    def set_of(self, paths: Iterable[str]) -> HeldSet | None:
        """Return the set that some files are of, None where there is none."""
        wanted = tuple(paths)
        return next((held for held in self.sets if any(map(held.has, wanted))), None)

    @property
    def right(self) -> HeldSet | None:
        """The right set that is easiest to load."""
        return next((held for held in self.sets if held.name == self.best), None)


class HeldRepository(NamedTuple):
    """What is known of the branches of a repository.

    Args:
        repo_id: under which it was observed.
        model: the model in it, None where the catalog knows none.
        names: under which a loader may ask for it too, in small letters.
        branches: those that were seen.
    """

    repo_id: str
    model: str | None
    names: tuple[str, ...]
    branches: tuple[HeldBranch, ...]


# What ships ------------------------------------------------------------------------------------


def packed(known: Iterable[HeldRepository]) -> str:
    """Return what `shipped/loads.json` should hold: one line a branch, for a diff to be read."""
    import json  # noqa: PLC0415 - a guard with a catalog needs none

    lines = []
    for each in known:
        rows = ",\n".join(
            json.dumps([*branch[:-1], branch.sets], separators=(",", ":"))
            for branch in each.branches
        )
        head = json.dumps([each.repo_id, each.model, each.names], separators=(",", ":"))
        lines.append(f"[{head},[\n{rows}]]")
    return "[" + ",\n".join(lines) + "]\n"


def shipped(repo_id: str) -> HeldRepository | None:
    """Return what the observations that ship say of a repository, without any catalog.

    >>> known = shipped("EleutherAI/pythia-2.8b")
    >>> known.model, len(known.branches)
    ('pythia-2.8b', 155)
    >>> shipped("somebody/pythia-2.8b") is None
    True
    """
    import json  # noqa: PLC0415 - as above

    wanted = repo_id.lower()
    for (own, model, names), rows in json.loads(packaged.text(PACKED)):
        if wanted == own.lower() or wanted in names:
            return HeldRepository(own, model, tuple(names), tuple(map(_branch, rows)))
    return None


def _branch(row: list[Any]) -> HeldBranch:
    revision, commit, step, tokens_seen, final, claims, best, sets = row
    held = (
        HeldSet(name, layout, verdict, holds, tuple(others), reason, digests)
        for name, layout, verdict, holds, others, reason, digests in sets
    )
    return HeldBranch(revision, commit, step, tokens_seen, final, claims, best, tuple(held))
