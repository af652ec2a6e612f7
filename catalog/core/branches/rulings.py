"""Who owns equal content: the rules (a) to (e) on one content or one commit, and why.

Works on groups; what a single branch makes of it is in `catalog.core.branches.judging`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from catalog.core.branches.holdings import Content, Family, Held
from catalog.core.branches.reasons import Reason, Reasons
from catalog.core.branches.values import BranchVerdict, Evidence, JudgedSet, Label

NAMED = 3
"""A sentence names this many branches and counts the rest."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """What is decided about one content.

    Args:
        members: every branch that has it.
        reason: what makes all of them right, None without such a reason.
        owner: whose it is, None where that cannot be told.
    """

    members: tuple[Label, ...]
    reason: Reason | None
    owner: Label | None


@dataclass(frozen=True, slots=True)
class Verdict:
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
        found = self._alias(label, mates, ruling) or self._equal(label, ruling)
        if found is None and len(held.content) > 1:
            found = self._spliced(held.content)
        return found or Verdict(BranchVerdict.OWN, _own(label), ruling.members, label)

    def _alias(self, label: Label, mates: Sequence[Label], ruling: Ruling) -> Verdict | None:
        """Apply (a): the same commit, unless one reason covers all of its branches."""
        claimants = _claiming(mates, label)
        if len(claimants) < 2 or label.final or self._reasons.covering(claimants):  # noqa: PLR2004
            return None
        others = [mate for mate in mates if mate != label]
        text = f"It points at the same commit as {names(others, label)}."
        return Verdict(BranchVerdict.ALIAS, text, ruling.members, ruling.owner, level=Evidence.REFS)

    def _ruling(self, content: Content) -> Ruling:
        """Return who owns a content."""
        found = self._rulings.get(content)
        if found is None:
            members = self._family.by_content[content]
            found = self._rulings[content] = self._ruled(members)
        return found

    def _ruled(self, members: tuple[Label, ...]) -> Ruling:
        """Apply (b), (c) and (d) to the branches that have one content."""
        claimants = [label for label in members if label.claims]
        reason = self._reasons.covering(claimants) if len(claimants) > 1 else None
        finals = [label for label in claimants if label.final]
        if len({label.repo_id for label in finals}) == 1:
            steps = [label for label in finals if not label.is_main]
            return Ruling(members, reason, (steps or finals)[0])
        return Ruling(members, reason, claimants[0] if len(claimants) == 1 else None)

    def _equal(self, label: Label, ruling: Ruling) -> Verdict | None:
        """Return what equal bytes make of one branch, None where no other claims them."""
        members, owner = ruling.members, ruling.owner
        others = [each for each in _claiming(members, label) if each != label]
        if not others:
            return None
        if ruling.reason and label.claims:
            text = f"Its bytes are those of {names(others, label)}: {ruling.reason.because}."
            return Verdict(BranchVerdict.EXPECTED_EQUAL, text, members, owner)
        if owner is None:
            text = (
                f"Its bytes are also those of {names(others, label)}; which name is right cannot "
                "be told from metadata."
            )
            return Verdict(BranchVerdict.SAME_AS, text, members, None)
        if owner == label:
            text = f"Its bytes are its own; {names(others, label)} hold{_s(others)} a copy."
            return Verdict(BranchVerdict.OWN, text, members, owner)
        if label.final and owner.repo_id == label.repo_id:
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
        if any(label.final for label in mine):
            return None
        shared: dict[Label, None] = {}
        for digest in content:
            for other in self._family.by_shard[digest]:
                theirs = self._family.by_content[other]
                claimants = [label for label in (*mine, *theirs) if label.claims]
                if other != content and not self._reasons.covering(claimants):
                    shared.update(dict.fromkeys(theirs))
        return self._mixture(mine, tuple(shared)) if shared else None

    def _mixture(self, mine: tuple[Label, ...], others: tuple[Label, ...]) -> Verdict:
        """Return the verdict on a set that shares some of its files with others."""
        finals = [label for label in others if label.final]
        owner = None
        if len({label.repo_id for label in finals}) == 1:
            owner = next((label for label in finals if not label.is_main), finals[0])
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


def _claiming(labels: Iterable[Label], one: Label) -> list[Label]:
    """Return those that claim a checkpoint, and one label whatever it claims."""
    return [label for label in labels if label.claims or label == one]


def _own(label: Label) -> str:
    return "No other branch has its bytes." if label.claims else "It promises no checkpoint."


def _copy(label: Label, owner: Label, others: Sequence[Label]) -> str:
    more = len(others) - 1
    also = f"; {more} more branch{'es' if more > 1 else ''} hold{_s(range(more))} a copy"
    return f"Its bytes are those of {owner.seen_from(label.repo_id)}{also if more else ''}."


def _s(several: Sequence[object]) -> str:
    """Return the ending of a verb."""
    return "s" if len(several) == 1 else ""
