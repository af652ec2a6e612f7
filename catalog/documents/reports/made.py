"""Cases out of what the commands find: verifications, recordings, audits, errors."""

import json
from typing import TYPE_CHECKING

from catalog.core.cases import Case, Group, Outcome
from catalog.core.verdicts import Level, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from catalog.core.branches import JudgedBranch
    from catalog.core.published import Finding
    from catalog.core.verdicts import Check, Verification
    from catalog.documents.plain import Document
    from catalog.errors import CatalogError
    from catalog.verbs.outcomes import Audited
    from catalog.verbs.populate import Populated

REFUSED, RECORDED = "refused", "recorded"
NEVER_OBSERVED, UNKNOWN = "never-observed", "unknown"
NO_CHECK = "nothing-to-compare"
PROBE = "probe"

_OUTCOMES = {
    Verdict.PASSED: Outcome.PASSED,
    Verdict.FAILED: Outcome.ERROR,
    Verdict.INCONCLUSIVE: Outcome.UNCHECKED,
}
_BAD = 1
_COPIES = ("same-as", "alias")
_PROBED = frozenset({"header", "range"})
"""Evidence that only a probe brings."""


def failed(target: str, error: "CatalogError", file: str | None = None) -> Group:
    """Return an error in the place of an answer."""
    outcome = Outcome.ERROR if error.exit_code == _BAD else Outcome.UNCHECKED
    return Group(target, (Case(error.kind, outcome, target, str(error), no_answer=True),), file)


def verification(
    value: "Verification", *, name: str | None = None, file: str | None = None
) -> Group:
    """Return the checks of a verification.

    Args:
        value: it.
        name: what to call its target, where that is not as it was given.
        file: the path of what was looked at, None where it is no file of this machine.
    """
    target, depth = name or value.target, value.level.value
    cases = [_check(check, target, depth) for check in value.checks]
    if not cases:  # an empty report would look like a good one
        text = "There was nothing to compare."
        cases = [Case(NO_CHECK, Outcome.UNCHECKED, target, text, depth=depth)]
    return Group(
        target,
        tuple(cases),
        file,
        depths=frozenset(level.value for level in Level if value.level.includes(level)),
        seconds=value.duration_s,
        began=value.started_at.isoformat(),
        notes=value.notes,
    )


def _check(check: "Check", target: str, depth: str) -> Case:
    return Case(
        check.rule.value,
        _OUTCOMES[check.verdict],
        target,
        check.observed or "nothing was seen",
        place=check.subject,
        expected=check.expected,
        depth=depth,
    )


def populated(value: "Populated", *, file: str | None = None) -> Group:
    """Return what came of recording a checkpoint."""
    target = value.target.name
    cases = [Case(REFUSED, Outcome.ERROR, target, problem) for problem in value.problems]
    if value.status == REFUSED and not cases:
        cases = [Case(REFUSED, Outcome.ERROR, target, "It was refused.")]
    if not cases:
        text = f"{value.status}: manifest {value.manifest_digest}"
        cases = [Case(RECORDED, Outcome.PASSED, target, text)]
    began = value.started_at
    return Group(
        target,
        tuple(cases),
        file,
        seconds=None if began is None else value.duration_s,
        began=None if began is None else began.isoformat(),
        notes=value.notes,
    )


# Audits ----------------------------------------------------------------------------------------


def audited(value: "Audited") -> list[Group]:
    """Return what an audit found, a group for each repository: its findings, its clean branches."""
    audit = value.audit
    depths = frozenset({""} if value.probes is None else {"", PROBE})
    repositories = dict.fromkeys(branch.publication.repo_id for branch in audit.branches)
    repositories |= dict.fromkeys(finding.repo_id for finding in audit.findings)
    repositories |= dict.fromkeys(audit.unobserved)
    findings: dict[str, list[Finding]] = {repo_id: [] for repo_id in repositories}
    for finding in audit.findings:
        findings[finding.repo_id].append(finding)
    branches: dict[str, list[JudgedBranch]] = {repo_id: [] for repo_id in repositories}
    for branch in audit.branches:
        branches[branch.publication.repo_id].append(branch)
    return [
        _never_observed(repo_id, findings[repo_id])
        if repo_id in audit.unobserved
        else Group(
            repo_id, tuple(_of_repository(findings[repo_id], branches[repo_id])), depths=depths
        )
        for repo_id in repositories
    ]


def _never_observed(repo_id: str, findings: "Sequence[Finding]") -> Group:
    """Return what is said of a repository that nobody looked at: its scores may speak."""
    text = "It was never observed; see `catalog sync --help`."
    case = Case(NEVER_OBSERVED, Outcome.UNCHECKED, repo_id, text, no_answer=True)
    return Group(repo_id, (case, *map(_finding, findings)))


def _of_repository(
    findings: "Sequence[Finding]", branches: "Sequence[JudgedBranch]"
) -> "Iterator[Case]":
    """Yield the findings of a repository, then the branches that are clean or unknown."""
    cases = [_finding(finding) for finding in findings]
    yield from cases
    named = {case.place for case in cases}
    doubted = {case.place for case in cases if case.outcome is Outcome.UNCHECKED}
    for branch in branches:
        case = _branch(branch)
        if case.place not in (doubted if case.outcome is Outcome.UNCHECKED else named):
            yield case


def _finding(value: "Finding") -> Case:
    from catalog.core import branches  # noqa: PLC0415 - for audits alone

    unchecked = value.rule in branches.UNCHECKED
    outcome = Outcome.UNCHECKED if unchecked else Outcome(value.severity)
    return Case(
        value.rule,
        outcome,
        value.repo_id,
        value.message,
        place=value.revision,
        substance=_substance(value),
        owner=_owner(value),
        depth="" if _PROBED.isdisjoint(_levels(value)) else PROBE,
    )


def _levels(value: "Finding") -> set[object]:
    """Return what a finding rests on."""
    stated = [value.evidence, *_sets(value)]
    return {each.get("evidence_level") for each in stated}


def _sets(value: "Finding") -> "list[Document]":
    """Return the weight sets that a finding rests on."""
    sets = value.evidence.get("weight_sets")
    return sets if isinstance(sets, list) else []


def _substance(value: "Finding") -> str | None:
    """Return what a verdict on a branch rests on: its commit, and whose each of its sets is.

    What a probe finds is told in words that other bytes may earn too: its commit counts.
    """
    if not (sets := _sets(value)):
        commit = value.evidence.get("commit")
        return None if commit is None else json.dumps([commit, value.message])
    whose = [[each["name"], each["verdict"], each["owner"]] for each in sets]
    return json.dumps([value.evidence.get("commit"), value.evidence.get("loaded"), whose])


def _owner(value: "Finding") -> str | None:
    """Return whose bytes the whole set is that transformers 5 loads; of a spliced one nobody's."""
    loaded = value.evidence.get("loaded")
    whole = [each for each in _sets(value) if each["verdict"] in _COPIES]
    return next((each["owner"] for each in whole if each["name"] == loaded), None)


def _branch(value: "JudgedBranch") -> Case:
    """Return a branch without a finding."""
    from catalog.core.branches import BranchVerdict  # noqa: PLC0415 - for audits alone

    known = value.verdict is not BranchVerdict.UNKNOWN
    return Case(
        "branch" if known else UNKNOWN,
        Outcome.PASSED if known else Outcome.UNCHECKED,
        value.publication.repo_id,
        value.reason or value.verdict.value,
        place=value.revision,
    )
