"""What is on record about checkpoints' weights, as frozen values."""

import json
from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from catalog.core.digests import FileEntry, Manifest
from catalog.core.fingerprints import Fingerprint, parse_fingerprint
from catalog.core.verdicts import Check, Level, Rule, Verdict, Verification
from catalog.core.witnesses import Recorded, RecordedFile, SetDigests
from catalog.sql.tables import (
    checkpoint,
    file,
    fingerprint,
    model,
    observation,
    verification,
    weight_set,
)


def recorded(
    connection: sa.Connection, checkpoint_id: int, commit: str | None = None
) -> Recorded | None:
    """Return the newest record of a checkpoint's files, that of this commit before any other.

    A branch can be repaired: a record from an earlier commit then no longer says what the branch
    should hold, but it is all there is, so the caller shows its commit.
    """
    of_commit = sa.case((observation.c.commit == commit, 0), else_=1)
    seen = connection.execute(
        sa.select(observation.c.manifest_id, observation.c.commit, observation.c.observed_at)
        .where(observation.c.checkpoint_id == checkpoint_id)
        .order_by(of_commit, observation.c.id.desc())
        .limit(1)
    ).first()
    if seen is None:
        return None
    sets, ids = _sets(connection, seen.manifest_id)
    return Recorded(
        _manifest(connection, seen.manifest_id), sets, ids, seen.commit, seen.observed_at
    )


def _manifest(connection: sa.Connection, manifest_id: int) -> Manifest:
    columns = (file.c.path, file.c.size_bytes, file.c.sha256, file.c.git_sha1)
    rows = connection.execute(sa.select(*columns).where(file.c.manifest_id == manifest_id))
    return Manifest.of(FileEntry(*row) for row in rows)


def _sets(
    connection: sa.Connection, manifest_id: int
) -> tuple[dict[str, SetDigests], dict[str, int]]:
    rows = connection.execute(
        sa.select(weight_set)
        .where(weight_set.c.manifest_id == manifest_id)
        .order_by(weight_set.c.name)
    ).all()
    sets = {
        row.name: SetDigests(
            name=row.name,
            layout=row.layout,
            files=(),
            tensors=(),
            dtype=row.dtype,
            params_total=row.params_total,
            parameter_digest=row.parameter_digest,
            value_digest=row.value_digest,
        )
        for row in rows
    }
    return sets, {row.name: row.id for row in rows}


def files_with(connection: sa.Connection, digests: Collection[str]) -> list[RecordedFile]:
    """Return the recorded files with one of these digests; `paths` are all of the same record."""
    wanted = list(digests)
    rows = connection.execute(
        sa.select(
            model.c.name,
            model.c.repo_id,
            checkpoint.c.revision,
            observation.c.commit,
            file.c.path,
            file.c.manifest_id,
        )
        .select_from(file)
        .join(observation, observation.c.manifest_id == file.c.manifest_id)
        .join(checkpoint, checkpoint.c.id == observation.c.checkpoint_id)
        .join(model, model.c.id == checkpoint.c.model_id)
        .where(file.c.sha256.in_(wanted) | file.c.git_sha1.in_(wanted))
        .order_by(observation.c.id, file.c.path)
    ).all()
    paths = {
        manifest_id: tuple(entry.path for entry in _manifest(connection, manifest_id))
        for manifest_id in {row.manifest_id for row in rows}
    }
    found = [
        RecordedFile(
            row.name, row.repo_id, row.revision, row.commit, row.path, paths[row.manifest_id]
        )
        for row in rows
    ]
    return list(dict.fromkeys(found))


def fingerprints(connection: sa.Connection, weight_set_id: int) -> list[Fingerprint]:
    """Return every fingerprint of a weight set, oldest first."""
    documents = connection.execute(
        sa.select(fingerprint.c.document)
        .where(fingerprint.c.weight_set_id == weight_set_id)
        .order_by(fingerprint.c.id)
    ).scalars()
    return [parse_fingerprint(document) for document in documents]


def text_losses(connection: sa.Connection, model_id: int) -> dict[int, float]:
    """Return the recorded loss on natural text by training step, the newest record of each."""
    rows = connection.execute(
        sa.select(checkpoint.c.training_step, fingerprint.c.document)
        .select_from(checkpoint)
        .join(observation, observation.c.checkpoint_id == checkpoint.c.id)
        .join(weight_set, weight_set.c.manifest_id == observation.c.manifest_id)
        .join(fingerprint, fingerprint.c.weight_set_id == weight_set.c.id)
        .where(checkpoint.c.model_id == model_id, checkpoint.c.training_step.is_not(None))
        .order_by(observation.c.id, fingerprint.c.id)
    )
    return {step: parse_fingerprint(document).text_loss for step, document in rows}


def verifications(connection: sa.Connection, checkpoint_id: int) -> list[Verification]:
    """Return every verification of a checkpoint, oldest first."""
    rows = connection.execute(
        sa.select(verification)
        .where(verification.c.checkpoint_id == checkpoint_id)
        .order_by(verification.c.id)
    ).all()
    return [
        Verification(
            target=row.target,
            level=Level(row.level),
            checks=tuple(_check(check) for check in json.loads(row.checks)),
            expected=row.expected,
            observed=row.observed,
            worst_difference=row.worst_difference,
            tolerance=row.tolerance,
            environment=row.environment,
            started_at=row.started_at,
            duration_s=row.duration_s,
        )
        for row in rows
    ]


def _check(stored: dict[str, Any]) -> Check:
    """Return a check as it was recorded; older records have its name alone."""
    rule, subject = Rule.parse(stored["name"])
    verdict = Verdict(stored["verdict"])
    return Check(rule, verdict, stored["expected"], stored["observed"], subject)
