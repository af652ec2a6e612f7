"""Scores and where they come from, as frozen values."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from catalog.core.scores.rows import KnownFile, ScoreRow, Summary
from catalog.core.scores.values import Note
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

_CHUNK = 500  # bound parameters in one statement


_COUNT = (
    sa.select(sa.func.count())
    .where(score.c.evaluation_id == evaluation.c.id)
    .correlate(evaluation)
    .scalar_subquery()
)
_SUMMARY = (
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
        _COUNT,
    )
    .select_from(evaluation.join(score_file).join(checkpoint).join(model))
    .order_by(evaluation.c.id)
)


def known_files(connection: sa.Connection, digests: Sequence[str]) -> dict[str, KnownFile]:
    """Return the recorded files among some digests, each with its evaluations."""
    found: dict[str, KnownFile] = {}
    for start in range(0, len(digests), _CHUNK):
        chunk = digests[start : start + _CHUNK]
        files = sa.select(score_file.c.digest, score_file.c.path, score_file.c.form)
        for row in connection.execute(files.where(score_file.c.digest.in_(chunk))):
            found[row.digest] = KnownFile(*row)
        if not any(digest in found for digest in chunk):
            continue
        summaries = list(connection.execute(_SUMMARY.where(score_file.c.digest.in_(chunk))))
        notes = _notes(connection, [row[1] for row in summaries])
        for digest, *values in summaries:
            one = replace(_summary(values), notes=tuple(notes[values[0]]))
            found[digest].evaluations.append(one)
    return found


def _summary(values: list[Any]) -> Summary:
    return Summary(*values)


def _notes(connection: sa.Connection, ids: Sequence[int]) -> defaultdict[int, list[Note]]:
    found: defaultdict[int, list[Note]] = defaultdict(list)
    columns = [evaluation_note.c[c] for c in ("kind", "field", "used", "other", "place")]
    for start in range(0, len(ids), _CHUNK):
        statement = sa.select(evaluation_note.c.evaluation_id, *columns).where(
            evaluation_note.c.evaluation_id.in_(ids[start : start + _CHUNK])
        )
        for owner, *values in connection.execute(statement.order_by(evaluation_note.c.id)):
            found[owner].append(Note(*values))
    return found


_SCORES = (
    sa.select(
        checkpoint.c.id,
        model.c.name,
        checkpoint.c.revision,
        checkpoint.c.training_step,
        checkpoint.c.tokens_seen,
        measure.c.task,
        sa.func.nullif(measure.c.prompt, ""),
        measure.c.metric,
        sa.func.nullif(measure.c.filter, ""),
        score.c.value,
        score.c.stderr,
        score.c.samples,
        measure.c.higher_is_better,
        sa.func.nullif(measure.c.version, ""),
        *(evaluation.c[c] for c in ("shots", "harness_version", "backend", "backend_version")),
        *(evaluation.c[c] for c in ("dtype", "sample_limit", "commit", "evaluated_at")),
        evaluation.c.withdrawn,
        score_file.c.path,
        score_file.c.digest,
        source.c.title,
        evaluation.c.id,
    )
    .select_from(
        checkpoint.join(model)
        .join(evaluation, evaluation.c.checkpoint_id == checkpoint.c.id)
        .join(score_file)
        .outerjoin(source, source.c.id == score_file.c.source_id)
        .join(score, score.c.evaluation_id == evaluation.c.id)
        .join(measure)
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


def scores(
    connection: sa.Connection,
    checkpoint_ids: Sequence[int],
    *,
    tasks: Iterable[str] | None = None,
    metrics: Iterable[str] | None = None,
    withdrawn: bool = False,
) -> list[ScoreRow]:
    """Return every score of some checkpoints, by tokens, task and metric, the newest run first.

    Args:
        connection: an open catalog.
        checkpoint_ids: the checkpoints' rows.
        tasks: only these tasks, as the harness names them.
        metrics: only these metrics.
        withdrawn: also those that their authors took back.
    """
    statement = _SCORES
    if tasks is not None:
        statement = statement.where(measure.c.task.in_(list(tasks)))
    if metrics is not None:
        statement = statement.where(measure.c.metric.in_(list(metrics)))
    if not withdrawn:
        statement = statement.where(evaluation.c.withdrawn.is_(None))
    found: list[ScoreRow] = []
    for start in range(0, len(checkpoint_ids), _CHUNK):
        chunk = checkpoint_ids[start : start + _CHUNK]
        found += [
            ScoreRow(*list(row))
            for row in connection.execute(statement.where(checkpoint.c.id.in_(chunk)))
        ]
    return found


def counts(connection: sa.Connection) -> dict[str, int]:
    """Return how many score files, evaluations and scores the catalog has."""
    tables = {"files": score_file, "evaluations": evaluation, "scores": score}
    return {
        word: connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
        for word, table in tables.items()
    }


def checkpoint_ids_with_scores(connection: sa.Connection, model_id: int | None = None) -> list[int]:
    """Return the checkpoints of a model, or of all, that were ever scored, by tokens seen."""
    statement = (
        sa.select(checkpoint.c.id)
        .where(sa.exists().where(evaluation.c.checkpoint_id == checkpoint.c.id))
        .order_by(checkpoint.c.tokens_seen, checkpoint.c.id)
    )
    if model_id is not None:
        statement = statement.where(checkpoint.c.model_id == model_id)
    return list(connection.execute(statement).scalars())


def tasks(connection: sa.Connection, checkpoint_ids: Sequence[int]) -> list[str]:
    """Return the tasks on which any of some checkpoints was scored."""
    statement = (
        sa.select(measure.c.task)
        .distinct()
        .join_from(evaluation, score, score.c.evaluation_id == evaluation.c.id)
        .join(measure)
        .where(evaluation.c.checkpoint_id.in_(checkpoint_ids))
        .order_by(measure.c.task)
    )
    return list(connection.execute(statement).scalars())


def every_task(connection: sa.Connection) -> list[str]:
    """Return every task on which a checkpoint was scored."""
    statement = sa.select(measure.c.task).distinct().order_by(measure.c.task)
    return list(connection.execute(statement).scalars())


def checkpoint_keys(
    connection: sa.Connection,
) -> dict[tuple[str, int | None, str | None], int]:
    """Return the row of every checkpoint by model, training step and revision."""
    rows = connection.execute(
        sa.select(
            model.c.name, checkpoint.c.training_step, checkpoint.c.revision, checkpoint.c.id
        ).join_from(checkpoint, model)
    )
    return {(name, step, revision): row for name, step, revision, row in rows}
