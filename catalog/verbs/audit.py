"""What do the branches really hold? Reads observations and facts, judges, settles the findings.

It asks nobody outside: `sync` looks at the Hub, this judges what was seen.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from catalog.core import branches, weightsets
from catalog.core.branches import (
    BranchVerdict,
    Evidence,
    Expected,
    JudgedBranch,
    Publication,
    Reasons,
)
from catalog.core.published import Finding, Look, LookStatus, Repository
from catalog.core.refs import MAIN
from catalog.core.scores import evidence
from catalog.sql.queries import evals, models, weights
from catalog.sql.queries import hub as queries
from catalog.sql.records import hub as records

if TYPE_CHECKING:
    from catalog.core.models import Model
    from catalog.sql.connections import Reader, Writer

_PROBED = frozenset({Evidence.HEADER.value, Evidence.RANGE.value})


@dataclass(frozen=True, slots=True)
class Audit:
    """The judgement on some repositories.

    Args:
        branches: every branch, expected or seen, of what was asked for.
        findings: what that amounts to.
        unobserved: what was asked for by name, and nobody ever looked at.
        unasked: how many published models were never looked at, where nothing was named.
    """

    branches: tuple[JudgedBranch, ...]
    findings: tuple[Finding, ...]
    unobserved: tuple[str, ...]
    unasked: int = 0

    @property
    def is_bad(self) -> bool:
        """Whether something is wrong; a note is not, nor what could not be looked at."""
        return any(
            one.severity != "note" and one.rule not in branches.UNCHECKED for one in self.findings
        )

    @property
    def is_partial(self) -> bool:
        """Whether something could not be looked at."""
        closed = any(one.rule in branches.UNCHECKED for one in self.findings)
        return (
            bool(self.unobserved)
            or closed
            or any(one.verdict is BranchVerdict.UNKNOWN for one in self.branches)
        )


def audit(connection: "Reader", repo_ids: Sequence[str] | None = None) -> Audit:
    """Judge the branches of repositories; of all observed ones for None."""
    observed = queries.observed(connection)
    known = _models(connection)
    asked = observed if repo_ids is None else repo_ids
    one = _judged(connection, asked, observed, known)
    scored = {known[repo_id].name: repo_id for repo_id in asked if repo_id in known}
    unasked = 0 if repo_ids is not None else sum(repo_id not in observed for repo_id in known)
    return replace(one, findings=(*one.findings, *_doubted(connection, scored)), unasked=unasked)


def _doubted(connection: "Reader", repo_ids: Mapping[str, str]) -> list[Finding]:
    """Return what the scores on record say against the branches of some models.

    Args:
        connection: an open catalog.
        repo_ids: where each model is published, by its name.
    """
    every = evals.checkpoint_ids_with_scores(connection)
    rows = evals.scores(connection, every, metrics=evidence.CONTINUOUS)
    rows += [
        row
        for row in evals.scores(connection, every, tasks=evidence.TASKS)
        if row.model in repo_ids and row.metric not in evidence.CONTINUOUS
    ]
    severity, _ = branches.RULES[evidence.RULE]
    level = Evidence.SCORES.value
    return [
        Finding(
            evidence.RULE,
            severity,
            repo_ids[one.model],
            one.model,
            one.revision,
            one.message,
            {"evidence_level": level, "kind": one.kind, "numbers": list(one.numbers)},
        )
        for one in evidence.doubts(rows)
        if one.model in repo_ids
    ]


def judge(connection: "Reader", repo_ids: Collection[str]) -> Audit:
    """Judge the branches of repositories."""
    return _judged(connection, repo_ids, queries.observed(connection), _models(connection))


def _models(connection: "Reader") -> dict[str, "Model"]:
    return {one.repo_id: one for one in models.models(connection) if one.repo_id}


def _judged(
    connection: "Reader",
    asked: Collection[str],
    observed: Collection[str],
    known: dict[str, "Model"],
) -> Audit:
    """Judge some repositories, compared with every one of their families that shares bytes."""
    there = [repo_id for repo_id in asked if repo_id in observed]
    families = {_family(repo_id, known) for repo_id in there}
    sharing = observed if len(there) == len(observed) else queries.sharing(connection, there)
    compared = {one for one in sharing if _family(one, known) in families} | set(there)
    publications = _publications(connection, queries.state(connection, compared), known)
    judged = branches.judge(publications, _reasons(connection), queries.indexes(connection))
    wanted = [one for one in judged if one.publication.repo_id in asked]
    chosen = [one for one in publications if one.repo_id in asked]
    found = branches.findings(chosen, wanted)
    unobserved = [repo_id for repo_id in asked if repo_id not in observed]
    absent = _publications(connection, [_nothing(one) for one in unobserved], known)
    wanted += branches.judge(absent, Reasons(), {})
    return Audit(tuple(wanted), tuple(found), tuple(unobserved))


def settle(
    connection: "Writer", one: Audit, *, now: datetime, probed: bool = False
) -> tuple[int, int]:
    """Write down which findings are new and which no longer hold; return how many of each.

    Args:
        connection: an open transaction.
        one: the audit; repositories that it does not judge keep their findings.
        now: the day of the audit.
        probed: whether files were looked into; if not, what a probe found in a commit stands.
    """
    # What nobody looked at has findings from scores at most, and keeps no row without one.
    standing = queries.open_findings(connection)
    open_in = {finding.repo_id for finding in standing}
    by_repository: dict[str, list[Finding]] = {
        branch.publication.repo_id: []
        for branch in one.branches
        if branch.publication.repo_id not in one.unobserved or branch.publication.repo_id in open_in
    }
    for finding in (*one.findings, *(() if probed else _of_probes(standing, one))):
        by_repository.setdefault(finding.repo_id, []).append(finding)
    return records.settle_findings(connection, by_repository, now=now)


def _of_probes(standing: Iterable[Finding], one: Audit) -> Iterator[Finding]:
    """Yield the open findings that a probe made on what the branches still point at."""
    commits = {
        (branch.publication.repo_id, branch.revision, branch.label.ref.commit)
        for branch in one.branches
        if branch.label is not None
    }
    for finding in standing:
        place = (finding.repo_id, finding.revision, finding.evidence.get("commit"))
        if place in commits and not _PROBED.isdisjoint(_levels(finding.evidence)):
            yield finding


def _levels(evidence: Mapping[str, Any]) -> set[object]:
    """Return the evidence levels of a finding and of the weight sets in it."""
    sets = evidence.get("weight_sets", ())
    return {evidence.get("evidence_level"), *(one.get("evidence_level") for one in sets)}


def _nothing(repo_id: str) -> Repository:
    """Return the state of a repository that nobody looked at."""
    return Repository(repo_id, Look(None, None, status=LookStatus.GATED))


def _family(repo_id: str, known: dict[str, "Model"]) -> str:
    """Return what a repository is compared with: shipped suites, its own suite, or itself."""
    one = known.get(repo_id)
    if one is None:
        return repo_id
    return f"suite {one.suite}" if one.suite_kind == "private" else "released suites"


def _publications(
    connection: "Reader", state: Iterable[Repository], known: dict[str, "Model"]
) -> list[Publication]:
    """Return repositories with what the catalog knows of their models."""
    found = []
    for one in state:
        model = known.get(one.repo_id)
        found.append(
            Publication(
                one,
                None if model is None else model.name,
                _family(one.repo_id, known),
                () if model is None else _schedule(connection, model),
                None if model is None else model.params_total,
            )
        )
    return found


def _schedule(connection: "Reader", model: "Model") -> tuple[Expected, ...]:
    """Return the branches that a model should have, in order of training, main last."""
    saved = [one for one in models.checkpoints(connection, model.id) if one.revision]
    if not saved:
        return ()
    listed = [
        Expected(str(one.revision), one.published_step) for one in saved if one.revision != MAIN
    ]
    return (*listed, Expected(MAIN, saved[-1].published_step))


def _reasons(connection: "Reader") -> Reasons:
    """Return why checkpoints may be equal, from the facts."""
    rates = models.values_of(connection, "first_learning_rate")
    starts = models.values_of(connection, "initialised_as")
    return Reasons.of(
        {model: rate for model, rate in rates if isinstance(rate, int | float)},
        [(model, str(first)) for model, first in starts],
    )


@dataclass(frozen=True, slots=True)
class Holding:
    """A file of a branch that has certain bytes, with the verdict on the weight set it is in.

    Args:
        model: None where the repository is of no known one.
        repo_id: its repository, None for a model that was never published.
        revision: the branch, None where it has none.
        commit: that it points at, None for what `populate` read from a folder.
        weight_set: None where the file is no weights.
        file: its path.
        verdict: on the weight set, else on the branch; `unknown` where the branch was never seen.
    """

    model: str | None
    repo_id: str | None
    revision: str | None
    commit: str | None
    weight_set: str | None
    file: str
    verdict: BranchVerdict


def which(connection: "Reader", digests: Collection[str]) -> list[Holding]:
    """Return every branch, checkpoint and weight set that holds files with these digests.

    Args:
        connection: an open catalog.
        digests: SHA-256, or git's blob ids of small files.
    """
    where = queries.repositories_with(connection, digests)
    found = [
        holding
        for branch in (judge(connection, where).branches if where else ())
        for holding in _holdings(branch, digests)
    ]
    seen = {(one.repo_id, one.revision, one.file) for one in found}
    return found + [
        one
        for one in _recorded(connection, digests)
        if (one.repo_id, one.revision, one.file) not in seen
    ]


def _recorded(connection: "Reader", digests: Collection[str]) -> Iterable[Holding]:
    """Yield the checkpoints that `populate` read these bytes from; nobody judged their branch."""
    for one in weights.files_with(connection, digests):
        sets = weightsets.find_sets(list(one.paths), lambda _: None, assume=True)
        name = next((each.name for each in sets if one.path in each.files), None)
        verdict = BranchVerdict.UNKNOWN
        yield Holding(one.model, one.repo_id, one.revision, one.commit, name, one.path, verdict)


def _holdings(branch: JudgedBranch, digests: Collection[str]) -> Iterable[Holding]:
    if branch.label is None:
        return
    commit = branch.publication.repository.commits.get(branch.label.ref.commit)
    for file in () if commit is None else commit.files:
        if not {file.sha256, file.git_sha1} & set(digests):
            continue
        sets = [one for one in branch.weight_sets if file.path in one.files]
        held: list[tuple[str | None, BranchVerdict]] = [(one.name, one.verdict) for one in sets]
        for name, verdict in held or [(None, branch.verdict)]:
            yield Holding(
                branch.publication.model,
                branch.publication.repo_id,
                branch.revision,
                branch.label.ref.commit,
                name,
                file.path,
                verdict,
            )
