"""Everything that was observed, whoever did, to be handed on; and who disagrees with whom."""

import sqlalchemy as sa

from catalog.sql.queries.statements.weights import OF_TENSOR
from catalog.sql.tables import (
    checkpoint,
    file,
    fingerprint,
    look,
    manifest,
    model,
    observation,
    repository,
    tensor,
    verification,
    weight_set,
)

_PLACE = (model.c.name.label("model"), checkpoint.c.revision, checkpoint.c.training_step)
CHECKPOINTS = sa.select(*_PLACE, checkpoint.c.id).join_from(checkpoint, model)
OBSERVATIONS = (
    sa.select(
        *_PLACE,
        manifest.c.digest.label("manifest"),
        observation.c.commit,
        observation.c.observed_at,
        observation.c.observer,
    )
    .select_from(observation)
    .join(checkpoint)
    .join(model)
    .join(manifest)
    .order_by(observation.c.observed_at, observation.c.id)
)
FILES = (
    sa.select(
        manifest.c.digest.label("manifest"),
        file.c.path,
        file.c.size_bytes,
        file.c.sha256,
        file.c.git_sha1,
    )
    .join_from(file, manifest)
    .order_by(manifest.c.id, file.c.path)
)
SETS = (
    sa.select(manifest.c.digest.label("manifest"), *weight_set.c)
    .join_from(weight_set, manifest)
    .order_by(weight_set.c.id)
)
TENSORS = sa.select(tensor.c.weight_set_id, *OF_TENSOR).order_by(tensor.c.id)
FINGERPRINTS = (
    sa.select(
        manifest.c.digest.label("manifest"),
        weight_set.c.name.label("weight_set"),
        fingerprint.c.document,
        fingerprint.c.observed_at,
        fingerprint.c.observer,
    )
    .select_from(fingerprint)
    .join(weight_set)
    .join(manifest)
    .order_by(fingerprint.c.observed_at, fingerprint.c.id)
)
VERIFICATIONS = (
    sa.select(*_PLACE, *verification.c)
    .select_from(verification)
    .outerjoin(checkpoint)
    .outerjoin(model)
    .order_by(verification.c.started_at, verification.c.id)
)
LOOKS = (
    sa.select(repository.c.repo_id, *look.c)
    .join_from(look, repository)
    .order_by(look.c.observed_at.is_not(None), look.c.observed_at, look.c.id)
)

WITNESSES = (
    sa.select(
        observation.c.manifest_id,
        observation.c.commit,
        observation.c.observed_at,
        observation.c.observer,
    )
    .where(observation.c.checkpoint_id == sa.bindparam("checkpoint_id"))
    .order_by(observation.c.observed_at.desc(), observation.c.id.desc())
)
COMPUTED = (
    sa.select(
        weight_set.c.manifest_id,
        weight_set.c.name.label("weight_set"),
        weight_set.c.value_digest,
        fingerprint.c.document,
        fingerprint.c.observed_at,
        fingerprint.c.observer,
    )
    .join_from(fingerprint, weight_set)
    .where(
        weight_set.c.manifest_id.in_(
            sa.select(observation.c.manifest_id).where(
                observation.c.checkpoint_id == sa.bindparam("checkpoint_id")
            )
        )
    )
    .order_by(fingerprint.c.observed_at.desc(), fingerprint.c.id.desc())
)
VERDICTS = (
    sa.select(
        verification.c.level,
        verification.c.checks,
        verification.c.expected,
        verification.c.observed,
        verification.c.started_at.label("observed_at"),
        verification.c.observer,
    )
    .where(
        verification.c.checkpoint_id == sa.bindparam("checkpoint_id"),
        verification.c.observed.is_not(None),
    )
    .order_by(verification.c.started_at.desc(), verification.c.id.desc())
)
_FOREIGN = sa.union_all(
    sa.select(observation.c.checkpoint_id).where(observation.c.observer.is_not(None)),
    sa.select(verification.c.checkpoint_id).where(verification.c.observer.is_not(None)),
    sa.select(observation.c.checkpoint_id)
    .join_from(observation, weight_set, observation.c.manifest_id == weight_set.c.manifest_id)
    .join(fingerprint)
    .where(fingerprint.c.observer.is_not(None)),
).subquery("others")
FOREIGN = (
    sa.select(_FOREIGN.c.checkpoint_id)
    .where(_FOREIGN.c.checkpoint_id == sa.bindparam("checkpoint_id"))
    .limit(1)
)
SHARED = (
    sa.select(checkpoint.c.id, *_PLACE, model.c.repo_id)
    .join_from(checkpoint, model)
    .where(checkpoint.c.id.in_(sa.select(_FOREIGN.c.checkpoint_id)))
    .order_by(checkpoint.c.id)
)
