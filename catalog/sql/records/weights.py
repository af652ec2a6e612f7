"""Writes manifests, weight sets, observations, fingerprints and verifications.

Content is stored once, whoever holds it; observations and verifications are dated rows that are
only ever appended.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from catalog.core.fingerprints import Fingerprint, parse_fingerprint, print_fingerprint
from catalog.core.manifests import Manifest
from catalog.core.verdicts import Verification
from catalog.core.witnesses import SetDigests
from catalog.errors import CheckedBad
from catalog.sql import tables
from catalog.sql.connections import Writer
from catalog.sql.dialect import insert


def put_manifest(writer: Writer, manifest: Manifest) -> int:
    """Write a manifest unless it is there; return its row."""
    statement = insert(writer, tables.manifest).values(digest=manifest.digest)
    written = writer.execute(
        statement.on_conflict_do_nothing(index_elements=["digest"]).returning(tables.manifest.c.id)
    ).scalar()
    if written is None:
        known = sa.select(tables.manifest.c.id).where(tables.manifest.c.digest == manifest.digest)
        return int(writer.execute(known).scalar_one())
    rows = [
        {
            "manifest_id": written,
            "path": entry.path,
            "size_bytes": entry.size_bytes,
            "sha256": entry.sha256,
            "git_sha1": entry.git_sha1,
        }
        for entry in manifest
    ]
    if rows:
        writer.execute(sa.insert(tables.file), rows)
    return int(written)


def put_set(writer: Writer, manifest_id: int, weight_set: SetDigests) -> int:
    """Write a weight set with its tensors unless it is there; return its row.

    Raises:
        CheckedBad: of the same bytes other digests are on record; one of the two is not of them.
    """
    digests = ("parameter_digest", "value_digest")
    known = sa.select(
        tables.weight_set.c.id, *(tables.weight_set.c[column] for column in digests)
    ).where(
        tables.weight_set.c.manifest_id == manifest_id, tables.weight_set.c.name == weight_set.name
    )
    if same := writer.execute(known).first():
        for column in digests:
            if getattr(same, column) != getattr(weight_set, column):
                raise CheckedBad(
                    f"{weight_set.name}: {column.replace('_', ' ')} "
                    f"{getattr(weight_set, column)}, on record of the same bytes is "
                    f"{getattr(same, column)}"
                )
        return int(same.id)
    columns = ("name", "layout", "dtype", "params_total", *digests)
    row = {column: getattr(weight_set, column) for column in columns}
    written = writer.execute(
        sa.insert(tables.weight_set)
        .values(manifest_id=manifest_id, **row)
        .returning(tables.weight_set.c.id)
    ).scalar_one()
    rows = [
        {
            "weight_set_id": written,
            "name": tensor.name,
            "dtype": tensor.dtype,
            "shape": json.dumps(tensor.shape),
            "digest": tensor.digest,
            "value_digest": tensor.value_digest,
            "is_buffer": tensor.is_buffer,
        }
        for tensor in weight_set.tensors
    ]
    if rows:
        writer.execute(sa.insert(tables.tensor), rows)
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
        sa.select(tables.observation.c.manifest_id, tables.observation.c.commit)
        .where(tables.observation.c.checkpoint_id == checkpoint_id)
        .where(tables.observation.c.observer.is_(None))
        .order_by(tables.observation.c.id.desc())
        .limit(1)
    ).first()
    if newest is not None and newest.manifest_id == manifest_id and commit in (None, newest.commit):
        return False
    writer.execute(
        sa.insert(tables.observation).values(
            checkpoint_id=checkpoint_id, manifest_id=manifest_id, commit=commit, observed_at=now
        )
    )
    return True


def was_observed(writer: Writer, checkpoint_id: int, at: datetime) -> bool:
    """Return whether what was seen of a checkpoint at a moment is on record."""
    seen = tables.observation.c
    query = sa.select(seen.id).where(seen.checkpoint_id == checkpoint_id, seen.observed_at == at)
    return writer.execute(query).first() is not None


def forget(writer: Writer, checkpoint_id: int) -> int:
    """Remove what was recorded of a checkpoint's files; return how many observations that were.

    What it has in common with another checkpoint's record stays, and so does every verification.
    """
    seen = tables.observation
    held = sa.select(seen.c.manifest_id).where(seen.c.checkpoint_id == checkpoint_id).distinct()
    manifest_ids = list(writer.execute(held).scalars())
    removed = writer.execute(sa.delete(seen).where(seen.c.checkpoint_id == checkpoint_id)).rowcount
    _remove_orphans(writer, manifest_ids)
    return int(removed)


class Taken(NamedTuple):
    """What was removed of one observer's words.

    Args:
        observations: how many.
        fingerprints: how many.
        verifications: how many.
        observed_at: when the newest observation was made, None for none.
        manifest_digest: of its files.
    """

    observations: int
    fingerprints: int
    verifications: int
    observed_at: datetime | None
    manifest_digest: str | None


def forget_words(writer: Writer, checkpoint_id: int, observer: str | None) -> Taken:
    """Remove what one observer said of a checkpoint; their words on another's files stay.

    Args:
        writer: an open transaction.
        checkpoint_id: which.
        observer: who, None for who keeps the catalog; one's own verifications stay.
    """
    seen, ran, made = tables.observation, tables.fingerprint, tables.verification
    mine = seen.c.checkpoint_id == checkpoint_id
    theirs = seen.c.observer.is_not_distinct_from(observer)
    newest = _newest(writer, mine, theirs)
    held = list(writer.execute(sa.select(seen.c.manifest_id).where(mine).distinct()).scalars())
    shared = sa.select(seen.c.manifest_id).where(seen.c.checkpoint_id != checkpoint_id)
    alone = sa.select(tables.weight_set.c.id).where(
        tables.weight_set.c.manifest_id.in_(held), tables.weight_set.c.manifest_id.not_in(shared)
    )
    fingerprints = writer.execute(
        sa.delete(ran).where(
            ran.c.weight_set_id.in_(alone), ran.c.observer.is_not_distinct_from(observer)
        )
    ).rowcount
    verifications = 0
    if observer is not None:
        said = made.c.checkpoint_id == checkpoint_id
        deleted = sa.delete(made).where(said, made.c.observer == observer)
        verifications = writer.execute(deleted).rowcount
    observations = writer.execute(sa.delete(seen).where(mine, theirs)).rowcount
    _remove_orphans(writer, held)
    return Taken(int(observations), int(fingerprints), int(verifications), *newest)


def _newest(writer: Writer, *chosen: sa.ColumnElement[bool]) -> tuple[datetime | None, str | None]:
    """Return when the newest of some observations was made, and the digest of its files."""
    seen = tables.observation
    newest = writer.execute(
        sa.select(seen.c.observed_at, tables.manifest.c.digest)
        .join_from(seen, tables.manifest)
        .where(*chosen)
        .order_by(seen.c.observed_at.desc(), seen.c.id.desc())
        .limit(1)
    ).first()
    return (None, None) if newest is None else (newest.observed_at, newest.digest)


def _remove_orphans(writer: Writer, manifest_ids: Sequence[int]) -> None:
    """Remove those of some manifests that nobody observed any more."""
    writer.execute(
        sa.delete(tables.manifest).where(
            tables.manifest.c.id.in_(manifest_ids),
            tables.manifest.c.id.not_in(sa.select(tables.observation.c.manifest_id)),
        )
    )


def put_fingerprint(
    writer: Writer, weight_set_id: int, fingerprint: Fingerprint, *, now: datetime
) -> bool:
    """Append a fingerprint; False if there is one of its environment, probe set and version."""
    rows = writer.execute(
        sa.select(tables.fingerprint.c.document).where(
            tables.fingerprint.c.weight_set_id == weight_set_id,
            tables.fingerprint.c.probe_set == fingerprint.probe_set,
        )
    ).scalars()
    known = [parse_fingerprint(document) for document in rows]
    ours = fingerprint.environment, fingerprint.version
    if any((old.environment, old.version) == ours for old in known):
        return False
    writer.execute(
        sa.insert(tables.fingerprint).values(
            weight_set_id=weight_set_id,
            probe_set=fingerprint.probe_set,
            device=fingerprint.environment.device,
            dtype=fingerprint.environment.dtype,
            loss=fingerprint.loss,
            document=print_fingerprint(fingerprint),
            observed_at=now,
        )
    )
    return True


def add_verification(writer: Writer, verification: Verification, checkpoint_id: int | None) -> None:
    """Append one verification."""
    checks = [
        {
            "name": check.name,
            "verdict": check.verdict,
            "expected": check.expected,
            "observed": check.observed,
        }
        for check in verification.checks
    ]
    columns = (
        *("target", "level", "verdict", "expected", "observed"),
        *("worst_difference", "tolerance", "environment", "started_at", "duration_s"),
    )
    row = {column: getattr(verification, column) for column in columns}
    writer.execute(
        sa.insert(tables.verification).values(
            checkpoint_id=checkpoint_id, checks=json.dumps(checks), **row
        )
    )


def has_verification(writer: Writer, verification: Verification, checkpoint_id: int | None) -> bool:
    """Return whether a verification is on record: no two of a target begin at one moment."""
    made = tables.verification.c
    query = sa.select(made.id).where(
        made.checkpoint_id.is_not_distinct_from(checkpoint_id),
        made.started_at == verification.started_at,
        made.target == verification.target,
    )
    return writer.execute(query).first() is not None
