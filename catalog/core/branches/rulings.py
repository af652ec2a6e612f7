"""Who owns equal content: the rules (a) to (e) on one content or one commit, and why.

Works on groups; what a single branch makes of it is in `catalog.core.branches.judging`, and what
main stands for in `catalog.core.branches.mains`.
"""

from collections.abc import Iterable, Sequence

from catalog.core.branches.holdings import Content, Family, Held
from catalog.core.branches.mains import Mains, Standing
from catalog.core.branches.reasons import Reason, Reasons
from catalog.core.branches.values import BranchVerdict, Evidence, JudgedSet, Label
from catalog.core.tuples import NamedTuple

NAMED = 3
"""A sentence names this many branches and counts the rest."""


class Ruling(NamedTuple):
    """What is decided about one content.

    Args:
        members: every branch that has it.
        reason: what makes all of them right but main where it is stale; None without one.
        owner: whose it is, None where that cannot be told.
        stale: the mains that have it though they should hold the last step's.
    """

    members: tuple[Label, ...]
    reason: Reason | None
    owner: Label | None
    stale: tuple[Label, ...] = ()


class Verdict(NamedTuple):
    """A verdict with its grounds, before it is put on a weight set."""

    verdict: BranchVerdict
    reason: str
    group: tuple[Label, ...] = ()
    owner: Label | None = None
    level: Evidence = Evidence.METADATA


class Court:
    """Rules on the weight sets of one family.

    Args:
        family: everything that is compared.
        reasons: why branches may be equal.
    """

    def __init__(self, family: Family, reasons: Reasons) -> None:
        self._family = family
        self._reasons = reasons
        self._mains = Mains(family)
        self._rulings: dict[Content, Ruling] = {}
        self._splices: dict[Content, Verdict | None] = {}

    def judge(self, label: Label, held: Held) -> Verdict:
        """Return the verdict on one weight set of one branch."""
        if not held.weights.complete:
            return Verdict(BranchVerdict.INCOMPLETE, f"Incomplete: {held.weights.problems[0]}.")
        if "" in held.content:
            return Verdict(BranchVerdict.UNKNOWN, "No digest of its files is known.")
        ruling = self._ruling(held.content)
        mates = self._family.by_commit[label.repo_id, label.ref.commit]
        verdict = self._alias(label, mates, ruling) or self._equal(label, ruling)
        if verdict is None and len(held.content) > 1:
            verdict = self._spliced(held.content)
        return verdict or Verdict(BranchVerdict.OWN, _own(label), ruling.members, label)

    def _alias(self, label: Label, mates: Sequence[Label], ruling: Ruling) -> Verdict | None:
        """Apply (a): the same commit, unless one reason covers all of its branches."""
        claimants = _claiming(mates, label)
        if len(claimants) < 2 or label.final or self._reasons.covering(claimants):  # noqa: PLR2004
            return None
        if ruling.owner == label:
            return None
        others = [mate for mate in mates if mate != label]
        text = f"It points at the same commit as {names(others, label)}."
        return Verdict(BranchVerdict.ALIAS, text, ruling.members, ruling.owner, level=Evidence.REFS)

    def _ruling(self, content: Content) -> Ruling:
        """Return who owns a content."""
        ruling = self._rulings.get(content)
        if ruling is None:
            ruling = self._rulings[content] = self._ruled(content)
        return ruling

    def _ruled(self, content: Content) -> Ruling:
        """Apply (b), (c) and (d) to the branches that have one content."""
        members = self._family.by_content[content]
        claimants = [label for label in members if label.claims]
        reason = self._reasons.covering(claimants) if len(claimants) > 1 else None
        if reason:
            return Ruling(members, reason, _last(claimants) or _only(claimants))
        standing = {
            label: self._standing(label, content, claimants) for label in claimants if label.is_main
        }
        stale = tuple(main for main in standing if standing[main] is Standing.STALE)
        if stale:
            return self._without(stale, members, claimants)
        sure = [label for label in claimants if standing.get(label) is not Standing.OPEN]
        owner = _last(sure)
        if owner is None and len(claimants) == 1:
            owner = claimants[0]
        return Ruling(members, None, owner)

    def _standing(self, main: Label, content: Content, claimants: Sequence[Label]) -> Standing:
        """Return what main is beside those that claim one of its contents too."""
        rest = [label for label in claimants if label != main]
        one = len(rest) == 1 or self._reasons.covering(rest) is not None
        return self._mains.standing(main, content, rest, one_step=one)

    def _without(
        self, stale: tuple[Label, ...], members: tuple[Label, ...], claimants: Sequence[Label]
    ) -> Ruling:
        """Rule on what an inner step has, and main by mistake."""
        rest = [label for label in claimants if label not in stale]
        reason = self._reasons.covering(rest) if len(rest) > 1 else None
        owner = rest[0] if reason or len(rest) == 1 else None
        return Ruling(members, reason, owner, stale)

    def _equal(self, label: Label, ruling: Ruling) -> Verdict | None:
        """Return what equal bytes make of one branch, None where no other claims them."""
        members, owner = ruling.members, ruling.owner
        others = [each for each in _claiming(members, label) if each != label]
        if not others:
            return None
        if ruling.reason and label.claims and label not in ruling.stale:
            alike = [each for each in others if each not in ruling.stale]
            text = f"Its bytes are those of {names(alike, label)}: {ruling.reason.because}."
            return Verdict(BranchVerdict.EXPECTED_EQUAL, text, members, owner)
        if owner is None:
            text = (
                f"Its bytes are also those of {names(others, label)}; which name is right cannot "
                "be told from metadata."
            )
            return Verdict(BranchVerdict.SAME_AS, text, members, None)
        if owner == label:
            text = f"Its bytes are its own; {names(others, label)} {_hold(others)} a copy."
            return Verdict(BranchVerdict.OWN, text, members, owner)
        if label.final and owner.final and owner.repo_id == label.repo_id:
            text = f"Its bytes are those of {owner.ref.revision}: main is the last step."
            return Verdict(BranchVerdict.EXPECTED_EQUAL, text, members, owner)
        return Verdict(BranchVerdict.SAME_AS, _copy(label, owner, others), members, owner)

    def _spliced(self, content: Content) -> Verdict | None:
        """Apply (e) to a sharded set that is nobody else's as a whole."""
        if content not in self._splices:
            self._splices[content] = self._splice(content)
        return self._splices[content]

    def _splice(self, content: Content) -> Verdict | None:
        mine = self._family.by_content[content]
        if len(set(content)) < len(content):
            return Verdict(
                BranchVerdict.SPLICED, "Two of its shards are the same file.", mine, None
            )
        # Whoever copies a shard of the last step's makes that shard shared; the last step is no
        # mixture for it, so it is the other side that is accused, when its own turn comes.
        if self._mains.is_shielded(mine, content):
            return None
        shared: dict[Label, None] = {}
        for digest in content:
            for other in self._family.by_shard[digest]:
                theirs = self._family.by_content[other]
                claimants = [label for label in (*mine, *theirs) if label.claims]
                # What may be equal as a whole, for a stated reason, may share a shard too.
                mixed = other == content or self._mains.is_mixture(other)
                if not mixed and not self._reasons.covering(claimants):
                    shared.update(dict.fromkeys(theirs))
        return self._mixture(mine, tuple(shared)) if shared else None

    def _mixture(self, mine: tuple[Label, ...], others: tuple[Label, ...]) -> Verdict:
        """Return the verdict on a set that shares some of its files with others."""
        owner = _last(others)
        text = f"Some of its shards are those of {names(others, mine[0])}, the others are not."
        group = (*mine, *(label for label in others if label not in mine))
        return Verdict(BranchVerdict.SPLICED, text, group, owner)


def judged(held: Held, verdict: Verdict) -> JudgedSet:
    """Return a weight set with its verdict; that its index was assumed is said too."""
    assumed = " (index assumed: it was not read)" if held.weights.assumed else ""
    return JudgedSet(
        weights=held.weights,
        size_bytes=held.size_bytes,
        verdict=verdict.verdict,
        group=verdict.group,
        owner=verdict.owner,
        reason=verdict.reason.removesuffix(".") + assumed + ".",
        evidence_level=verdict.level,
    )


def names(labels: Iterable[Label], home: Label) -> str:
    """Return branches as a sentence has them: the last step and main first, some, then a count."""
    ranked = sorted(labels, key=lambda each: (not each.final, not each.is_main))
    shown = [label.seen_from(home.repo_id) for label in ranked[:NAMED]]
    rest = len(ranked) - len(shown)
    if rest:
        return f"{', '.join(shown)} and {rest} more"
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def _last(labels: Iterable[Label]) -> Label | None:
    """Return the last step among branches, else main; None without, or of several repositories."""
    finals = [label for label in labels if label.final]
    if len({label.repo_id for label in finals}) != 1:
        return None
    return next((label for label in finals if not label.is_main), finals[0])


def _only(labels: Sequence[Label]) -> Label | None:
    return labels[0] if len(labels) == 1 else None


def _claiming(labels: Iterable[Label], asked: Label) -> list[Label]:
    """Return those that claim a checkpoint, and the label asked about whatever it claims."""
    return [label for label in labels if label.claims or label == asked]


def _own(label: Label) -> str:
    return "No other branch has its bytes." if label.claims else "It promises no checkpoint."


def _copy(label: Label, owner: Label, others: Sequence[Label]) -> str:
    text = f"Its bytes are those of {owner.seen_from(label.repo_id)}"
    more = len(others) - 1
    if more > 1:
        return f"{text}; {more} more branches hold a copy."
    return f"{text}; 1 more branch holds a copy." if more else f"{text}."


def _hold(labels: Sequence[Label]) -> str:
    """Return the verb for some branches."""
    return "holds" if len(labels) == 1 else "hold"
