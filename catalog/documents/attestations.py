"""Attestations, and what checking them gave, as plain data."""

from typing import TYPE_CHECKING

from catalog.documents.plain import Document, plain

if TYPE_CHECKING:
    from catalog.core.attestations.statements import Procedure, Statement
    from catalog.verbs.attesting import Attested, Judged


def attested(value: "Attested") -> Document:
    """Return what the attestations of a file amount to."""
    return {
        "file": value.file,
        "verdict": value.verdict.value,
        "attestations": [attestation(each) for each in value.attestations],
        "missing": list(value.missing),
        "notes": list(value.notes),
    }


def attestation(value: "Judged") -> Document:
    """Return one attestation; what nobody vouches for says nothing."""
    document: Document = {
        "line": value.line,
        "verdict": value.verdict.value,
        "seal": value.seal.value,
        "keyid": value.keyid,
        "matches": [plain(match) for match in value.matches],
    }
    return document | _stated(value.statement)


def _stated(value: "Statement | None") -> Document:
    procedure = None if value is None else value.procedure
    return {
        "name": None if value is None else value.name,
        "result": None if value is None else value.result,
        "subjects": None if value is None else len(value.subjects),
        "passed": [] if value is None else list(value.passed),
        "failed": [] if value is None else list(value.failed),
        "repo_id": None if value is None else value.repo_id,
        "commit": None if value is None else value.commit,
        "lock": None if value is None or value.lock is None else value.lock[0],
        **_reported(procedure),
    }


def _reported(value: "Procedure | None") -> Document:
    """Return how it was verified, as our own attestations say."""
    return {
        "level": None if value is None else value.level.value,
        "checked_level": value and value.checked_level and value.checked_level.value,
        "status": value and value.status,
        "inconclusive": [] if value is None else list(value.open),
        "started_at": None if value is None else plain(value.started_at),
        "version": None if value is None else value.version,
        "environment": None if value is None else value.environment,
    }
