"""Findings: what the verdicts on the branches of a repository amount to, with stable rule codes.

Each rule is explained in docs/reference/findings.md.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from catalog.core import loaders
from catalog.core.branches.labels import labels
from catalog.core.branches.values import BranchVerdict, JudgedBranch, JudgedSet, Publication
from catalog.core.published import Finding, LookStatus
from catalog.core.refs import MAIN

ERROR, WARNING, NOTE = SEVERITIES = "error", "warning", "note"

RULES: dict[str, tuple[str, str]] = {
    "same-as": (ERROR, "transformers 5 loads another checkpoint from the branch"),
    "alias": (ERROR, "the branch points at the commit of another checkpoint"),
    "spliced": (ERROR, "transformers 5 loads a mixture of checkpoints from the branch"),
    "incomplete": (ERROR, "what transformers 5 would load lacks a part"),
    "missing-branch": (ERROR, "a branch of the save schedule does not exist"),
    "missing-weights": (ERROR, "the branch holds no weights"),
    "not-loadable": (WARNING, "the branch holds weights, but none that transformers 5 loads"),
    "sets-differ": (WARNING, "sets that should hold the same weights hold different ones"),
    "norms-equal": (WARNING, "all that was read of the branch's weights is another step's"),
    "suspect": (WARNING, "statistical evidence speaks against the branch"),
    "odd-size": (WARNING, "what transformers 5 would load has a size that it cannot have"),
    "other-set": (WARNING, "transformers 5 loads the right weights, another loader may not"),
    "unread": (WARNING, "the files of the branch's commit could not be read"),
    "vanished": (ERROR, "a branch or tag that was seen is not there any more"),
    "moved": (WARNING, "the branch no longer holds the weights that it was seen to hold"),
    "renamed": (WARNING, "the repository has another name now"),
    "record-contradicts": (ERROR, "what populate recorded is not what was observed"),
    "observers-disagree": (ERROR, "two observers contradict one another about a checkpoint"),
    "gap": (WARNING, "steps are missing from a regular sequence of branches"),
    "repository-gone": (ERROR, "the Hub no longer has the repository"),
    "repository-gated": (WARNING, "the repository is closed to this user"),
    "extra-branch": (NOTE, "the save schedule knows no such branch"),
    "moved-files": (NOTE, "the branch points at another commit, with the same weights"),
    "main-differs": (NOTE, "main and the last step have different files"),
}
"""Every rule: its severity and what it says."""

UNCHECKED = frozenset({"unread", "repository-gated"})
"""Rules that say what could not be looked at, not what is wrong."""

_OF_VERDICT = {
    BranchVerdict.SAME_AS: "same-as",
    BranchVerdict.ALIAS: "alias",
    BranchVerdict.SPLICED: "spliced",
    BranchVerdict.INCOMPLETE: "incomplete",
    BranchVerdict.SUSPECT: "suspect",
}
ODD_SIZE = "odd-size"
REGULAR = 4
"""So many equal distances make a sequence of steps regular."""


def findings(
    publications: Sequence[Publication], branches: Iterable[JudgedBranch]
) -> list[Finding]:
    """Return what is wrong, or worth knowing, in some repositories."""
    by_repository: dict[str, list[Finding]] = {
        publication.repo_id: list(_of_repository(publication)) for publication in publications
    }
    for branch in branches:
        by_repository[branch.publication.repo_id] += _of_branch(branch)
    return [finding for group in by_repository.values() for finding in group]


def _of_repository(publication: Publication) -> Iterator[Finding]:
    look = publication.repository.look
    day = None if look.observed_at is None else f"{look.observed_at:%Y-%m-%d}"
    if look.status is LookStatus.GONE:
        yield _finding("repository-gone", publication, None, "The Hub has no such repository.")
    if look.status is LookStatus.GATED:
        text = "The repository is closed to this user."
        yield _finding("repository-gated", publication, None, text, observed=day)
    if not publication.expected and not look.partial:
        yield from _gaps(publication)


def _gaps(publication: Publication) -> Iterator[Finding]:
    """Yield the steps that a regular sequence of branches lacks."""
    steps = sorted({label.step for label in labels(publication) if label.step is not None})
    distances = Counter(after - before for before, after in pairwise(steps))
    usual, times = max(distances.items(), key=lambda distance: distance[1], default=(0, 0))
    if times < REGULAR:
        return
    absent = [
        step
        for before, after in pairwise(steps)
        if before % usual == after % usual == 0
        for step in range(before + usual, after, usual)
    ]
    if absent:
        text = f"Branches come every {usual:,} steps, but not {', '.join(map(str, absent))}."
        yield _finding("gap", publication, None, text, steps=absent)


def _of_branch(branch: JudgedBranch) -> Iterator[Finding]:
    publication, revision = branch.publication, branch.revision
    if not branch.claims:
        text = f"{revision} promises no checkpoint."
        yield _finding("extra-branch", publication, revision, text)
        return
    if rule := _rule(branch):
        yield _finding(rule, publication, revision, branch.reason, **_evidence(branch))
        yield from _of_size(branch, rule)
    elif wrong := [judged for judged in branch.weight_sets if not judged.verdict.is_true]:
        text = f"{wrong[0].name}: {wrong[0].reason}"
        yield _finding("other-set", publication, revision, text, **_evidence(branch))
    if branch.expected is False:
        text = f"The save schedule has no {revision}."
        yield _finding("extra-branch", publication, revision, text)
    loaded = branch.loaded
    if branch.revision == MAIN and loaded is not None and loaded.differs_from is not None:
        yield _finding("main-differs", publication, revision, branch.reason, **_evidence(branch))


def _of_size(branch: JudgedBranch, rule: str) -> Iterator[Finding]:
    """Yield that a size cannot be, where the branch's verdict says something else already."""
    misfit = None if branch.loaded is None else branch.loaded.misfit
    if misfit is not None and rule not in (ODD_SIZE, "incomplete"):
        evidence = _evidence(branch)
        yield _finding(ODD_SIZE, branch.publication, branch.revision, str(misfit), **evidence)


def _rule(branch: JudgedBranch) -> str | None:
    """Return which rule a branch's verdict breaks."""
    if branch.verdict is BranchVerdict.MISSING:
        if branch.label is None:
            return "missing-branch"
        return "not-loadable" if branch.weight_sets else "missing-weights"
    if branch.verdict is BranchVerdict.UNKNOWN:
        return None if branch.label is None else "unread"
    if branch.verdict is BranchVerdict.SUSPECT and branch.loaded and branch.loaded.misfit:
        return ODD_SIZE
    return _OF_VERDICT.get(branch.verdict)


def _evidence(branch: JudgedBranch) -> dict[str, object]:
    """Return what the verdict rests on, as JSON holds it."""
    label = branch.label
    evidence: dict[str, object] = {
        "commit": None if label is None else label.ref.commit,
        "loaded": (branch.loads or {}).get(loaders.DEFAULT),
    }
    if branch.weight_sets:
        evidence["weight_sets"] = [_set(branch, judged) for judged in branch.weight_sets]
    return evidence


def _set(branch: JudgedBranch, judged: JudgedSet) -> dict[str, object]:
    owner = None if judged.owner is None else judged.owner.seen_from(branch.publication.repo_id)
    evidence: dict[str, object] = {
        "name": judged.name,
        "verdict": judged.verdict.value,
        "evidence_level": judged.evidence_level.value,
        "owner": owner,
        "shared_by": len(judged.group),
    }
    if judged.misfit is not None:
        evidence["size_bytes"] = judged.size_bytes
        evidence["difference_bytes"] = judged.misfit.difference
        evidence["would_fit"] = str(judged.misfit.due)
    return evidence


def _finding(
    rule: str, publication: Publication, revision: str | None, message: str, **evidence: object
) -> Finding:
    severity = RULES[rule][0]
    return Finding(
        rule, severity, publication.repo_id, publication.model, revision, message, evidence
    )
