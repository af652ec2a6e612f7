"""Writes manifests, weight sets, observations, fingerprints and verifications.

Content is stored once, whoever holds it; observations and verifications are dated rows that are
only ever appended.
"""

import json
from datetime import datetime

import sqlalchemy as sa

from catalog.core.digests import Manifest
from catalog.core.fingerprints import Fingerprint, parse_fingerprint, print_fingerprint
from catalog.core.verdicts import Verification
from catalog.core.witnesses import SetDigests
from catalog.sql.connections import Writer
from catalog.sql.dialect import insert
from catalog.sql.tables import (
    file,
    fingerprint,
    manifest,
    observation,
    tensor,
    verification,
    weight_set,
)


def put_manifest(writer: Writer, one: Manifest) -> int:
    """Write a manifest unless it is there; return its row."""
    statement = insert(writer, manifest).values(digest=one.digest)
    written = writer.execute(
        statement.on_conflict_do_nothing(index_elements=["digest"]).returning(manifest.c.id)
    ).scalar()
    if written is None:
        known = sa.select(manifest.c.id).where(manifest.c.digest == one.digest)
        return int(writer.execute(known).scalar_one())
    rows = [
        {
            "manifest_id": written,
            "path": entry.path,
            "size_bytes": entry.size_bytes,
            "sha256": entry.sha256,
            "git_sha1": entry.git_sha1,
        }
        for entry in one
    ]
    if rows:
        writer.execute(sa.insert(file), rows)
    return int(written)


def put_set(writer: Writer, manifest_id: int, one: SetDigests) -> int:
    """Write a weight set with its tensors unless it is there; return its row."""
    known = sa.select(weight_set.c.id).where(
        weight_set.c.manifest_id == manifest_id, weight_set.c.name == one.name
    )
    found = writer.execute(known).scalar()
    if found is not None:
        return int(found)
    columns = ("name", "layout", "dtype", "params_total", "parameter_digest", "value_digest")
    row = {column: getattr(one, column) for column in columns}
    written = writer.execute(
        sa.insert(weight_set).values(manifest_id=manifest_id, **row).returning(weight_set.c.id)
    ).scalar_one()
    rows = [
        {
            "weight_set_id": written,
            "name": each.name,
            "dtype": each.dtype,
            "shape": json.dumps(each.shape),
            "digest": each.digest,
            "value_digest": each.value_digest,
            "is_buffer": each.is_buffer,
        }
        for each in one.tensors
    ]
    if rows:
        writer.execute(sa.insert(tensor), rows)
    return int(written)


def observe(
    writer: Writer,
    checkpoint_id: int,
    manifest_id: int,
    *,
    commit: str | None,
    now: datetime,
) -> bool:
    """Append that a checkpoint was seen with these files; False if the newest says so already."""
    newest = writer.execute(
        sa.select(observation.c.manifest_id, observation.c.commit)
        .where(observation.c.checkpoint_id == checkpoint_id)
        .order_by(observation.c.id.desc())
        .limit(1)
    ).first()
    if newest is not None and newest.manifest_id == manifest_id and commit in (None, newest.commit):
        return False
    writer.execute(
        sa.insert(observation).values(
            checkpoint_id=checkpoint_id, manifest_id=manifest_id, commit=commit, observed_at=now
        )
    )
    return True


def put_fingerprint(writer: Writer, weight_set_id: int, one: Fingerprint, *, now: datetime) -> bool:
    """Append a fingerprint; False if there is one from the same environment and probe set."""
    rows = writer.execute(
        sa.select(fingerprint.c.document).where(
            fingerprint.c.weight_set_id == weight_set_id, fingerprint.c.probe_set == one.probe_set
        )
    ).scalars()
    if any(parse_fingerprint(document).environment == one.environment for document in rows):
        return False
    writer.execute(
        sa.insert(fingerprint).values(
            weight_set_id=weight_set_id,
            probe_set=one.probe_set,
            device=one.environment.device,
            dtype=one.environment.dtype,
            loss=one.loss,
            document=print_fingerprint(one),
            observed_at=now,
        )
    )
    return True


def add_verification(writer: Writer, one: Verification, checkpoint_id: int | None) -> None:
    """Append one verification."""
    checks = [
        {
            "name": check.name,
            "verdict": check.verdict,
            "expected": check.expected,
            "observed": check.observed,
        }
        for check in one.checks
    ]
    columns = (
        *("target", "level", "verdict", "expected", "observed"),
        *("worst_difference", "tolerance", "environment", "started_at", "duration_s"),
    )
    row = {column: getattr(one, column) for column in columns}
    writer.execute(
        sa.insert(verification).values(
            checkpoint_id=checkpoint_id, checks=json.dumps(checks), **row
        )
    )
