"""What a load gets: weight files of a commit, held against what its branches were judged to hold.

Values, the rule, and the one line that says it. The judgement itself is that of
`catalog.core.branches`; which library loads is known in `catalog.guard`.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from catalog.core.held import SHARDED, HeldBranch, HeldRepository, HeldSet
from catalog.core.refs import COMMIT, MAIN

OWN, EXPECTED_EQUAL, UNKNOWN = "own", "expected-equal", "unknown"
SAME_AS, ALIAS = "same-as", "alias"
RIGHT = (OWN, EXPECTED_EQUAL)
WRONG = (SAME_AS, ALIAS, "spliced", "incomplete")
"""Verdicts on which a guard may refuse a load; a set that is `suspect` is warned of alone."""
SUSPECT = "suspect"
_FEW = 3


class Load(NamedTuple):
    """What a load gets.

    Args:
        repo_id: as it was asked for.
        model: None where the catalog knows none.
        revision: as it was asked for; by commit: the branch that was seen there, if any.
        commit: 40 hex digits.
        weight_set: what is loaded; the first file where the set is not known.
        verdict: a value of `BranchVerdict`; `unknown` where nobody observed it.
        holds: the revision whose weights these are, if they are another's and it can be told.
        best: the branch's right set, None where it has none or nobody knows.
        line: what is wrong and what is right, one line; None where nothing is.
        branch: what was judged, None where nobody observed it.
    """

    repo_id: str
    model: str | None
    revision: str
    commit: str
    weight_set: str
    verdict: str
    holds: str | None = None
    best: HeldSet | None = None
    line: str | None = None
    branch: HeldBranch | None = None

    @property
    def is_wrong(self) -> bool:
        """Whether these are provably not the weights that the name promises."""
        return self.verdict in WRONG

    @property
    def is_observed(self) -> bool:
        """Whether anybody ever observed what is loaded."""
        return self.verdict != UNKNOWN

    @property
    def name(self) -> str:
        """What to call the checkpoint."""
        return f"{self.model or self.repo_id}@{self.revision}"


class Asked(NamedTuple):
    """What a loader takes.

    Args:
        repo_id: as it was asked for.
        commit: that it really gets.
        revision: as it was asked for, None where that is not known.
        paths: weight files, relative to the repository.
        digests: path → hex that the Hub declared of the file that is really there, if it is known.
    """

    repo_id: str
    commit: str
    revision: str | None
    paths: tuple[str, ...]
    digests: Mapping[str, str] = {}

    @property
    def label(self) -> str | None:
        """The branch or tag that was asked for; a commit names none."""
        named = self.revision or ""
        return None if not named or COMMIT.fullmatch(named) else named


def judge(known: HeldRepository | None, asked: Asked) -> Load | None:
    """Return what a load gets; None for files that are no weight set of a branch that was seen.

    The commit decides which files these are, the revision what they should be. A commit that no
    branch was seen at is recognised by the digests of its files.
    """
    if known is None:
        return _unobserved(None, asked)
    there = [branch for branch in known.branches if branch.commit == asked.commit]
    if not there:
        return _by_digests(known, asked)
    if not any(branch.sets for branch in there):
        return _unobserved(known, asked)
    named = next((branch for branch in there if branch.revision == asked.label), None)
    promised = next((each for each in known.branches if each.revision == asked.label), None)
    if named is None and promised is not None and promised.claims:
        return _moved(known, asked, promised, there)
    return _held(known, asked, [named] if named else there)


def _held(known: HeldRepository, asked: Asked, there: Sequence[HeldBranch]) -> Load | None:
    """Judge by the branches at a commit; of several the one whose weights they are."""
    pairs = [(branch, held) for branch in there if (held := branch.set_of(asked.paths))]
    if not pairs:
        return None
    branch, held = min(pairs, key=lambda pair: (pair[1].verdict not in RIGHT, not pair[0].claims))
    revision = asked.label or branch.revision
    load = _load(known, asked, revision, held)._replace(best=branch.right, branch=branch)
    if held.verdict in RIGHT or not branch.claims:
        return load
    return load._replace(holds=held.holds, line=_line(load, _what(held), str_of(branch.right)))


def _moved(
    known: HeldRepository, asked: Asked, promised: HeldBranch, there: Sequence[HeldBranch]
) -> Load | None:
    """Judge a branch that was seen at another commit, and is now at that of other branches."""
    now = _held(known, asked, there)
    if now is None or now.branch is None or (promised.final and now.branch.final):
        return now
    own = now.holds or _called(known, now.branch)
    load = now._replace(revision=str(asked.label), verdict=ALIAS, holds=own, best=None)
    return load._replace(line=_line(load, f"{now.weight_set} holds {own}'s weights", _NOBODY))


def _by_digests(known: HeldRepository, asked: Asked) -> Load | None:
    """Judge a commit that nobody observed, by whose bytes its files are."""
    wanted = {asked.digests[path] for path in asked.paths if path in asked.digests}
    holders = [
        (branch, held)
        for branch in known.branches
        for held in branch.sets
        if not wanted.isdisjoint(held.digests.values())
    ]
    promised = next((each for each in known.branches if each.revision == asked.label), None)
    if not holders or promised is None or not promised.claims:
        return _unobserved(known, asked)
    own = next((held for branch, held in holders if branch.revision == asked.label), None)
    if own is not None and own.verdict in RIGHT:
        return _load(known, asked, promised.revision, own)._replace(branch=promised)
    branch, held = min(holders, key=lambda pair: pair[1].verdict not in RIGHT)
    if held.verdict not in (OWN, SAME_AS, ALIAS) or (promised.final and branch.final):
        return _unobserved(known, asked)
    load = _load(known, asked, promised.revision, held)
    load = load._replace(verdict=SAME_AS, holds=held.holds or _called(known, branch))
    what = f"{asked.paths[0]} holds {load.holds}'s weights"
    return load._replace(weight_set=asked.paths[0], line=_line(load, what, _NOBODY))


def _called(known: HeldRepository, branch: HeldBranch) -> str:
    """Return what to call the checkpoint of a branch: main is the last step."""
    finals = [each.revision for each in known.branches if each.final and each.revision != MAIN]
    return finals[-1] if branch.revision == MAIN and finals else branch.revision


_NOBODY = "not known: its commit was never observed"


def _load(known: HeldRepository, asked: Asked, revision: str, held: HeldSet) -> Load:
    return Load(asked.repo_id, known.model, revision, asked.commit, held.name, held.verdict)


def _unobserved(known: HeldRepository | None, asked: Asked) -> Load:
    """Return a load of what nobody observed: a line for whoever wants to be told."""
    revision = asked.label or (asked.commit if asked.revision else MAIN)
    model = None if known is None else known.model
    load = Load(asked.repo_id, model, revision, asked.commit, asked.paths[0], UNKNOWN)
    seen = f"nobody observed commit {asked.commit[:8]} of {asked.repo_id}"
    return load._replace(line=f"{load.name}: {seen}; `catalog sync {asked.repo_id}` looks")


def _what(held: HeldSet) -> str:
    """Return what a set that is not right holds."""
    verb = "hold" if held.layout in SHARDED else "holds"
    if held.verdict == SUSPECT:
        return f"{held} {'are' if verb == 'hold' else 'is'} suspect: {held.reason.rstrip('.')}"
    if held.verdict == "incomplete":
        return f"{held} {'are' if verb == 'hold' else 'is'} not whole"
    if held.verdict == "spliced":
        return f"some of {held} are another checkpoint's"
    if held.holds:
        return f"{held} {verb} {held.holds}'s weights"
    several = ", ".join(held.others[:_FEW]) + (", …" if len(held.others) > _FEW else "")
    return f"{held} {verb} the same bytes as {several}, and nobody can tell whose"


def str_of(right: HeldSet | None) -> str:
    """Return what a line calls the right set."""
    return "none in this branch" if right is None else str(right)


def _line(load: Load, what: str, right: str) -> str:
    return f"{load.name}: {what}; right: {right}"
