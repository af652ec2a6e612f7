"""What is on record about checkpoints' weights."""

import sqlalchemy as sa

from catalog.sql.tables import (
    checkpoint,
    file,
    fingerprint,
    manifest,
    model,
    observation,
    tensor,
    verification,
    weight_set,
)

_OF_CHECKPOINT = observation.c.checkpoint_id == sa.bindparam("checkpoint_id")
RECORDED = (
    sa.select(
        observation.c.manifest_id,
        observation.c.commit,
        observation.c.observed_at,
        observation.c.observer,
    )
    .where(_OF_CHECKPOINT)
    .order_by(
        sa.case(
            (observation.c.commit.is_not_distinct_from(sa.bindparam("commit")), 0),
            else_=1,
        ),
        observation.c.observer.is_not(None),  # what others observed counts after our own
        observation.c.observed_at.desc(),
        observation.c.id.desc(),
    )
    .limit(1)
)
RECORDED_OF = (
    sa.select(model.c.repo_id, model.c.name, checkpoint.c.id)
    .join_from(checkpoint, model)
    .where(
        model.c.repo_id.in_(sa.bindparam("repo_ids", expanding=True)),
        checkpoint.c.id.in_(sa.select(observation.c.checkpoint_id)),
    )
    .order_by(model.c.id, checkpoint.c.id)
)
MANIFEST = sa.select(file.c.path, file.c.size_bytes, file.c.sha256, file.c.git_sha1).where(
    file.c.manifest_id == sa.bindparam("manifest_id")
)
SETS = (
    sa.select(weight_set)
    .where(weight_set.c.manifest_id == sa.bindparam("manifest_id"))
    .order_by(weight_set.c.name)
)
OF_TENSOR = (
    tensor.c.name,
    tensor.c.dtype,
    tensor.c.shape,
    tensor.c.digest,
    tensor.c.value_digest,
    tensor.c.is_buffer,
)
TENSORS = (
    sa.select(
        weight_set.c.name.label("weight_set"),
        *OF_TENSOR,
        sa.exists()
        .where(
            observation.c.manifest_id == weight_set.c.manifest_id,
            observation.c.observer.is_not(None),
        )
        .label("is_read_by_others"),
    )
    .join_from(tensor, weight_set)
    .where(weight_set.c.id.in_(sa.bindparam("weight_set_ids", expanding=True)))
    .order_by(tensor.c.id)
)

FINGERPRINTS = (
    sa.select(fingerprint.c.document)
    .where(fingerprint.c.weight_set_id == sa.bindparam("weight_set_id"))
    .order_by(fingerprint.c.id)
)
MODEL_FINGERPRINTS = (
    sa.select(checkpoint.c.training_step, fingerprint.c.document)
    .select_from(checkpoint)
    .join(observation, observation.c.checkpoint_id == checkpoint.c.id)
    .join(weight_set, weight_set.c.manifest_id == observation.c.manifest_id)
    .join(fingerprint, fingerprint.c.weight_set_id == weight_set.c.id)
    .where(
        checkpoint.c.model_id == sa.bindparam("model_id"),
        checkpoint.c.training_step.is_not(None),
    )
    .order_by(observation.c.id, fingerprint.c.id)
)
OF_PROBE_SET = (
    sa.select(
        model.c.name,
        checkpoint.c.revision,
        checkpoint.c.training_step,
        fingerprint.c.document,
    )
    .select_from(checkpoint)
    .join(model, model.c.id == checkpoint.c.model_id)
    .join(observation, observation.c.checkpoint_id == checkpoint.c.id)
    .join(weight_set, weight_set.c.manifest_id == observation.c.manifest_id)
    .join(fingerprint, fingerprint.c.weight_set_id == weight_set.c.id)
    .where(fingerprint.c.probe_set == sa.bindparam("probe_set"))
    .order_by(observation.c.id, fingerprint.c.id)
)
_VERIFIED = verification.c.checkpoint_id == sa.bindparam("checkpoint_id")
VERIFICATIONS = (
    sa.select(verification)
    .where(_VERIFIED)
    .order_by(verification.c.id.desc())
    .limit(sa.bindparam("newest", type_=sa.BigInteger))
)
VERIFICATION_COUNT = (
    sa.select(sa.func.count().label("number")).select_from(verification).where(_VERIFIED)
)
RAN = (
    sa.select(
        verification.c.environment,
        verification.c.duration_s,
        sa.func.sum(weight_set.c.params_total).label("params"),
    )
    .select_from(verification)
    .join(manifest, manifest.c.digest == verification.c.observed)
    .join(weight_set, weight_set.c.manifest_id == manifest.c.id)
    .where(verification.c.level == "forward", verification.c.environment.is_not(None))
    .group_by(verification.c.id, verification.c.environment, verification.c.duration_s)
    .order_by(verification.c.id)
)
