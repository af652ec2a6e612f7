"""Branches, findings, looks and advisories as plain data."""

from typing import TYPE_CHECKING

from catalog.core.refs import MAIN
from catalog.documents.plain import Document, plain

if TYPE_CHECKING:
    from catalog.core.advisories import Advisory
    from catalog.core.branches import JudgedBranch, JudgedSet
    from catalog.core.branches.samples import ProbedSet
    from catalog.core.published import Finding, Synced
    from catalog.verbs.advisories import Problems
    from catalog.verbs.differing import Difference
    from catalog.verbs.holdings import Holding
    from catalog.verbs.log import Entry
    from catalog.verbs.outcomes import Audited
    from catalog.verbs.watch import Watched


def audited(value: "Audited") -> Document:
    """Return an audit; `probes` only where there was a probe."""
    document: Document = {
        "branches": [branch(each) for each in value.audit.branches],
        "findings": [finding(each) for each in value.audit.findings],
    }
    if value.probes is not None:
        document["probes"] = [_probe(each) for each in value.probes]
    return document


def branch(value: "JudgedBranch") -> Document:
    """Return a branch with its weight sets."""
    look = value.publication.repository.look
    return {
        "model": value.publication.model,
        "repo_id": value.publication.repo_id,
        "revision": value.revision,
        "commit": None if value.label is None else value.label.ref.commit,
        "observed_at": plain(look.observed_at),
        "expected": value.expected,
        "verdict": value.verdict.value,
        "weight_sets": [_set(value, weight_set) for weight_set in value.weight_sets],
        "loads": plain(value.loads),
        "recipe": value.recipe,
    }


def _set(of: "JudgedBranch", value: "JudgedSet") -> Document:
    return {
        "name": value.name,
        "layout": value.layout,
        "files": list(value.files),
        "verdict": value.verdict.value,
        "same_as": of.same_as(value),
        "owner": None if value.owner is None else value.owner.seen_from(of.publication.repo_id),
        "reason": value.reason,
        "evidence_level": value.evidence_level.value,
        "precision": None if value.stored is None else value.stored.precision,
        "buffers": None if value.stored is None else value.stored.buffers,
    }


def finding(value: "Finding") -> Document:
    """Return a finding; its repository is part of the evidence."""
    return {
        "rule": value.rule,
        "severity": value.severity,
        "model": value.model,
        "revision": value.revision,
        "message": value.message,
        "evidence": {"repo_id": value.repo_id, **plain(value.evidence)},
    }


def _probe(value: "ProbedSet") -> Document:
    """Return what was seen of a weight set; `bytes` is the older name of `size_bytes`."""
    return {
        "repo_id": value.label.repo_id,
        "revision": value.branch.revision,
        "commit": value.label.ref.commit,
        "weight_set": value.judged.name,
        "complete": value.is_complete,
        "problem": value.problem or value.unread,
        "params_total": value.parameters,
        "parameters": value.parameters,
        "requests": value.requests,
        "size_bytes": value.bytes_read,
        "bytes": value.bytes_read,
        "compared": [
            {
                "repo_id": other.repo_id,
                "revision": other.revision,
                "weight_set": other.weight_set,
                "tensors": other.tensors,
                "size_bytes": other.size_bytes,
                "bytes": other.size_bytes,
                "differing": list(other.differing),
                "answer": other.answer,
            }
            for other in value.compared
        ],
    }


def holding(value: "Holding") -> Document:
    """Return a file of a branch that has certain bytes."""
    return {
        "model": value.model,
        "repo_id": value.repo_id,
        "revision": value.revision,
        "commit": value.commit,
        "weight_set": value.weight_set,
        "file": value.file,
        "verdict": value.verdict.value,
        "witness": value.witness,
        "observed_at": plain(value.observed_at),
        "observer": value.observer,
    }


def synced(value: "Synced") -> Document:
    """Return what one look at one repository brought."""
    document: Document = plain(value)
    document["findings"] = [finding(each) for each in value.findings]
    return document


def watched(value: "Watched", state: str) -> Document:
    """Return what became of a watched repository.

    Args:
        value: it.
        state: that in a word: whether anything is wrong is for the caller's gate to say.
    """
    synced = value.synced
    problem = None if synced is None else synced.problem
    return {
        "repo_id": value.repo_id,
        "state": state,
        "status": None if synced is None else synced.status,
        "branches": None if synced is None else synced.branches,
        "renamed_to": None if synced is None else synced.renamed_to,
        "problem": problem if value.problem is None else str(value.problem),
        "changes": plain(value.changes),
        "findings": [finding(each) for each in value.findings],
    }


def difference(value: "Difference") -> Document:
    """Return how a repository differs between two endpoints."""
    first, second = value.endpoints
    return {
        "repo_id": value.repo_id,
        "first": first,
        "second": second,
        "equal": value.is_equal,
        "missing_at": value.missing_at,
        "branches": [
            {
                "revision": branch.revision,
                "status": branch.status,
                "first_commit": branch.commits[0],
                "second_commit": branch.commits[1],
                "files": dict(branch.files),
            }
            for branch in value.branches
        ],
    }


def look(value: "Entry") -> Document:
    """Return one look of a repository's history."""
    document: Document = plain(value)
    return document


# Known problems --------------------------------------------------------------------------------


def problems(value: "Problems") -> list[Document]:
    """Return known problems, those that ship first."""
    shipped = [advisory(each) for each in value.advisories]
    return [*shipped, *(audit_finding(each) for each in value.findings)]


def advisory(value: "Advisory") -> Document:
    """Return an advisory that ships."""
    return {"from": "shipped", **plain(value)}


def audit_finding(value: "Finding") -> Document:
    """Return a finding of an audit in the form of an advisory."""
    name = value.model or value.repo_id
    return {
        "from": "audit",
        "id": f"AUDIT:{value.rule}:{value.where}",
        "title": f"{value.where}: {value.message}",
        "dated": None,
        "status": "audited",
        "affected": [
            {"models": [name], "revisions": [] if value.revision is None else [value.revision]}
        ],
        "weight_sets": [],
        "problem": value.message,
        "instead": f"see `catalog show {name}@{value.revision or MAIN}`",
        "evidence": "what the Hub declared when it was last looked at",
        "sources": [],
    }
