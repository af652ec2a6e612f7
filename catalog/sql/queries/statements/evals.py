"""Score files, evaluations and scores."""

import sqlalchemy as sa

from catalog.sql.tables import (
    checkpoint,
    evaluation,
    evaluation_note,
    measure,
    model,
    score,
    score_file,
    source,
)


def _among(column: sa.ColumnElement[object], values: str) -> sa.ColumnElement[bool]:
    """Return the condition that a column holds one of the values of a bound list."""
    return column.in_(sa.bindparam(values, expanding=True))


FILES = sa.select(
    score_file.c.digest,
    score_file.c.path,
    score_file.c.form,
    score_file.c.source_id.is_not(None).label("shipped"),
).where(_among(score_file.c.digest, "digests"))
DIGESTS_AT = sa.select(score_file.c.digest).where(score_file.c.path == sa.bindparam("path"))

_COUNT = (
    sa.select(sa.func.count())
    .where(score.c.evaluation_id == evaluation.c.id)
    .correlate(evaluation)
    .scalar_subquery()
)
SUMMARIES = (
    sa.select(
        score_file.c.digest,
        evaluation.c.id,
        model.c.name,
        checkpoint.c.revision,
        checkpoint.c.published_step,
        checkpoint.c.training_step,
        checkpoint.c.tokens_seen,
        *(evaluation.c[c] for c in ("shots", "commit", "harness_version", "dtype")),
        evaluation.c.evaluated_at,
        evaluation.c.withdrawn,
        _COUNT.label("scores"),
    )
    .select_from(evaluation.join(score_file).join(checkpoint).join(model))
    .where(_among(score_file.c.digest, "digests"))
    .order_by(evaluation.c.id)
)
NOTES = (
    sa.select(
        evaluation_note.c.evaluation_id,
        *(evaluation_note.c[c] for c in ("kind", "field", "used", "other", "place")),
    )
    .where(_among(evaluation_note.c.evaluation_id, "ids"))
    .order_by(evaluation_note.c.id)
)

# `any_task`, `any_metric` and `withdrawn` switch a condition off.
SCORES = (
    sa.select(
        checkpoint.c.id.label("checkpoint_id"),
        model.c.name.label("model"),
        checkpoint.c.revision,
        checkpoint.c.training_step,
        checkpoint.c.tokens_seen,
        measure.c.task,
        sa.func.nullif(measure.c.prompt, "").label("prompt"),
        measure.c.metric,
        sa.func.nullif(measure.c.filter, "").label("filter"),
        score.c.value,
        score.c.stderr,
        score.c.samples,
        measure.c.higher_is_better,
        sa.func.nullif(measure.c.version, "").label("task_version"),
        *(evaluation.c[c] for c in ("shots", "harness_version", "backend", "backend_version")),
        *(evaluation.c[c] for c in ("dtype", "sample_limit", "commit", "evaluated_at")),
        evaluation.c.withdrawn,
        score_file.c.path,
        score_file.c.digest,
        source.c.title.label("source"),
        evaluation.c.id.label("evaluation_id"),
    )
    .select_from(
        checkpoint.join(model)
        .join(evaluation, evaluation.c.checkpoint_id == checkpoint.c.id)
        .join(score_file)
        .outerjoin(source, source.c.id == score_file.c.source_id)
        .join(score, score.c.evaluation_id == evaluation.c.id)
        .join(measure)
    )
    .where(
        _among(checkpoint.c.id, "checkpoint_ids"),
        sa.or_(sa.bindparam("any_task", type_=sa.Boolean), _among(measure.c.task, "tasks")),
        sa.or_(sa.bindparam("any_metric", type_=sa.Boolean), _among(measure.c.metric, "metrics")),
        sa.or_(sa.bindparam("withdrawn", type_=sa.Boolean), evaluation.c.withdrawn.is_(None)),
    )
    # Newest first; a run without a date counts as older than any with one, and the path decides
    # between two without, so that the answer does not depend on the order of imports.
    .order_by(
        checkpoint.c.tokens_seen,
        checkpoint.c.id,
        measure.c.task,
        measure.c.prompt,
        measure.c.metric,
        measure.c.filter,
        evaluation.c.shots,
        evaluation.c.evaluated_at.desc().nulls_last(),
        score_file.c.path.desc(),
        evaluation.c.id.desc(),
    )
)
# Every model's, and so with nothing that is not needed: the table is read through once.
LATE_VALUES = (
    sa.select(evaluation.c.checkpoint_id, score.c.value)
    .select_from(score.join(evaluation, evaluation.c.id == score.c.evaluation_id).join(checkpoint))
    .where(
        score.c.measure_id.in_(sa.select(measure.c.id).where(_among(measure.c.metric, "metrics"))),
        evaluation.c.withdrawn.is_(None),
        checkpoint.c.revision.is_not(None),
        checkpoint.c.training_step > sa.bindparam("after"),
    )
)

SCORED_CHECKPOINTS = (
    sa.select(checkpoint.c.id)
    .where(sa.exists().where(evaluation.c.checkpoint_id == checkpoint.c.id))
    .order_by(checkpoint.c.tokens_seen, checkpoint.c.id)
)
SCORED_CHECKPOINTS_OF_MODEL = SCORED_CHECKPOINTS.where(
    checkpoint.c.model_id == sa.bindparam("model_id")
)
# As in `SCORES`.
CHECKPOINTS_SCORED = (
    sa.select(checkpoint.c.id)
    .distinct()
    .select_from(
        checkpoint.join(evaluation, evaluation.c.checkpoint_id == checkpoint.c.id)
        .join(score, score.c.evaluation_id == evaluation.c.id)
        .join(measure)
    )
    .where(
        checkpoint.c.model_id == sa.bindparam("model_id"),
        sa.or_(sa.bindparam("any_task", type_=sa.Boolean), _among(measure.c.task, "tasks")),
        evaluation.c.withdrawn.is_(None),
    )
    .order_by(checkpoint.c.id)
)
TASKS = (
    sa.select(measure.c.task)
    .distinct()
    .join_from(evaluation, score, score.c.evaluation_id == evaluation.c.id)
    .join(measure)
    .where(_among(evaluation.c.checkpoint_id, "checkpoint_ids"))
    .order_by(measure.c.task)
)
# `any_checkpoint` switches the condition off.
_OF_CHECKPOINTS = sa.or_(
    sa.bindparam("any_checkpoint", type_=sa.Boolean),
    _among(evaluation.c.checkpoint_id, "checkpoint_ids"),
)
_MEASURED = score.join(evaluation, evaluation.c.id == score.c.evaluation_id).join(measure)
TASK_COUNTS = (
    sa.select(
        measure.c.task,
        sa.func.count(checkpoint.c.model_id.distinct()).label("models"),
        sa.func.count(checkpoint.c.id.distinct()).label("checkpoints"),
        sa.func.count().label("scores"),
    )
    .select_from(_MEASURED.join(checkpoint, checkpoint.c.id == evaluation.c.checkpoint_id))
    .where(evaluation.c.withdrawn.is_(None), _OF_CHECKPOINTS)
    .group_by(measure.c.task)
    .order_by(measure.c.task)
)
TASK_CONDITIONS = (
    sa.select(measure.c.task, measure.c.metric, evaluation.c.shots, evaluation.c.harness_version)
    .distinct()
    .select_from(_MEASURED)
    .where(evaluation.c.withdrawn.is_(None), _OF_CHECKPOINTS)
    .order_by(measure.c.task, measure.c.metric, evaluation.c.shots, evaluation.c.harness_version)
)
CHECKPOINT_KEYS = sa.select(
    model.c.name, checkpoint.c.training_step, checkpoint.c.revision, checkpoint.c.id
).join_from(checkpoint, model)

EVERY_TASK = sa.select(measure.c.task.label("task")).distinct().order_by(measure.c.task)
