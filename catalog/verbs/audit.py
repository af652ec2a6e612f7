"""What do the branches really hold, and what do scores say of them? Settles the findings."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from catalog.core import branches
from catalog.core.branches import Evidence
from catalog.core.published import Finding
from catalog.core.scores import evidence
from catalog.core.scores.rows import ScoreRow
from catalog.sql.queries import evals
from catalog.sql.queries import hub as queries
from catalog.verbs import contradicting, moving
from catalog.verbs.judging import Audit, judge, judged, published_models

if TYPE_CHECKING:
    from catalog.core.models import Model
    from catalog.sql.connections import Reader, Writer

__all__ = ["Audit", "audit", "is_settled", "judge", "settle"]

_PROBED = frozenset({Evidence.HEADER.value, Evidence.RANGE.value})


def audit(connection: "Reader", repo_ids: Sequence[str] | None = None) -> Audit:
    """Judge the branches of repositories; of all observed ones for None."""
    observed = queries.observed(connection)
    known = published_models(connection)
    asked = observed if repo_ids is None else repo_ids
    audited = judged(connection, asked, observed, known)
    doubted = _doubted(connection, [known[repo_id] for repo_id in asked if repo_id in known])
    false = contradicting.findings(connection, audited.branches)
    moved = moving.findings(connection, asked, known)
    unasked = 0 if repo_ids is not None else sum(repo_id not in observed for repo_id in known)
    return audited._replace(findings=(*audited.findings, *false, *moved, *doubted), unasked=unasked)


def _doubted(connection: "Reader", audited: Iterable["Model"]) -> list[Finding]:
    """Return what the scores on record say against the branches of some models."""
    repo_ids = {model.name: str(model.repo_id) for model in audited}
    severity, _ = branches.RULES[evidence.RULE]
    level = Evidence.SCORES.value
    return [
        Finding(
            evidence.RULE,
            severity,
            repo_ids[doubt.model],
            doubt.model,
            doubt.revision,
            doubt.message,
            {"evidence_level": level, "kind": doubt.kind, "numbers": list(doubt.numbers)},
        )
        for doubt in evidence.doubts(_scores_about(connection, audited))
        if doubt.model in repo_ids
    ]


def _scores_about(connection: "Reader", audited: Iterable["Model"]) -> list[ScoreRow]:
    """Return the scores that can raise a doubt about some models.

    Their own, and those of other models' checkpoints that have a value in common with them: of the
    quarter of a million that ship, a few hundred.
    """
    own = {
        checkpoint_id
        for model in audited
        for checkpoint_id in evals.checkpoint_ids_with_scores(connection, model.id)
    }
    if not own:
        return []
    values = evals.late_values(connection, evidence.CONTINUOUS, after=evidence.AFTER_STEP)
    owned = {value for checkpoint_id, value in values if checkpoint_id in own}
    twins = {checkpoint_id for checkpoint_id, value in values if value in owned}
    # By tokens seen, as the checkpoints come: doubts are told in the order of their scores.
    every = evals.checkpoint_ids_with_scores(connection)
    compared = [checkpoint_id for checkpoint_id in every if checkpoint_id in own | twins]
    judged = [checkpoint_id for checkpoint_id in every if checkpoint_id in own]
    tasks = evals.scores(connection, judged, tasks=evidence.TASKS)
    return [
        *evals.scores(connection, compared, metrics=evidence.CONTINUOUS),
        *(score for score in tasks if score.metric not in evidence.CONTINUOUS),
    ]


def settle(
    connection: "Writer", audited: Audit, *, now: datetime, probed: bool = False
) -> tuple[int, int]:
    """Write down which findings are new and which no longer hold; return how many of each.

    Args:
        connection: an open transaction.
        audited: the audit; repositories that it does not judge keep their findings.
        now: the day of the audit.
        probed: whether files were looked into; if not, what a probe found in a commit stands.
    """
    from catalog.sql.records import hub as records  # noqa: PLC0415 - SQLAlchemy: to write only

    present = _present(audited, queries.open_findings(connection), probed=probed)
    return records.settle_findings(connection, present, now=now)


def is_settled(connection: "Reader", audited: Audit, *, probed: bool = False) -> bool:
    """Return whether exactly an audit's findings are open, so that `settle` has nothing to write.

    Args:
        connection: an open catalog.
        audited: the audit.
        probed: as for `settle`.
    """
    standing = queries.open_findings(connection)
    present = _present(audited, standing, probed=probed)
    opened = {(finding.repo_id, finding.identity) for finding in standing}
    return {(repo_id, made.identity) for repo_id in present for made in present[repo_id]} == {
        (repo_id, identity) for repo_id, identity in opened if repo_id in present
    }


def _present(
    audited: Audit, standing: Sequence[Finding], *, probed: bool
) -> dict[str, list[Finding]]:
    """Return what is found now, by repository: an empty list closes what is open there."""
    # What nobody looked at has findings from scores at most, and keeps no row without one.
    open_in = {finding.repo_id for finding in standing}
    repo_ids = dict.fromkeys(branch.publication.repo_id for branch in audited.branches)
    present: dict[str, list[Finding]] = {
        repo_id: []
        for repo_id in repo_ids
        if repo_id not in audited.unobserved or repo_id in open_in
    }
    for finding in (*audited.findings, *(() if probed else _of_probes(standing, audited))):
        present.setdefault(finding.repo_id, []).append(finding)
    return present


def _of_probes(standing: Iterable[Finding], audited: Audit) -> Iterator[Finding]:
    """Yield the open findings that a probe made on what the branches still point at."""
    commits = {
        (branch.publication.repo_id, branch.revision, branch.label.ref.commit)
        for branch in audited.branches
        if branch.label is not None
    }
    for finding in standing:
        place = (finding.repo_id, finding.revision, finding.evidence.get("commit"))
        if place in commits and not _PROBED.isdisjoint(_levels(finding.evidence)):
            yield finding


def _levels(evidence: Mapping[str, Any]) -> set[object]:
    """Return the evidence levels of a finding and of the weight sets in it."""
    sets = evidence.get("weight_sets", ())
    return {
        evidence.get("evidence_level"),
        *(weight_set.get("evidence_level") for weight_set in sets),
    }
