"""Inserts of score files, evaluations and scores. Who scored what is settled before."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

import sqlalchemy as sa

from catalog.core.scores.values import Note
from catalog.sql import tables
from catalog.sql.connections import Writer
from catalog.sql.dialect import fill, insert
from catalog.sql.records.placed import Measures, Placed, ScoreFile

_KEY = ("task", "version", "prompt", "metric", "filter")


def add(
    writer: Writer,
    files: Sequence[ScoreFile],
    measures: Measures,
    *,
    source_id: int | None,
    now: datetime,
) -> int:
    """Record score files that are not in the catalog yet; return the number of scores.

    Args:
        writer: an open catalog, in a transaction of the caller's.
        files: score files with digests new to the catalog.
        measures: what the figures' measure numbers mean.
        source_id: the source the files come from, None for a user's own.
        now: the time of the import.
    """
    if not files:
        return 0
    measure_ids = _measure_ids(writer, measures)
    file_ids = _inserted(writer, tables.score_file, [_file_row(f, source_id, now) for f in files])
    placed = [
        (file_id, evaluation)
        for file_id, file in zip(file_ids, files, strict=True)
        for evaluation in file.evaluations
    ]
    ids = _inserted(
        writer, tables.evaluation, [_evaluation_row(i, evaluation) for i, evaluation in placed]
    )
    numbered = [(i, evaluation) for i, (_, evaluation) in zip(ids, placed, strict=True)]
    notes = [_note_row(i, note) for i, evaluation in numbered for note in evaluation.notes]
    if notes:
        writer.execute(sa.insert(tables.evaluation_note), notes)
    rows = [
        (i, measure_ids[number], value, stderr, samples)
        for i, evaluation in numbered
        for number, value, stderr, samples in evaluation.figures
    ]
    fill(writer, tables.score, rows)
    return len(rows)


def forget_files_of(writer: Writer, source_ids: Sequence[int]) -> None:
    """Remove the score files of sources, with everything that hangs on them."""
    writer.execute(
        sa.delete(tables.score_file).where(tables.score_file.c.source_id.in_(source_ids))
    )


def forget(writer: Writer, digests: Sequence[str]) -> None:
    """Remove score files by their digests, with everything that hangs on them."""
    writer.execute(sa.delete(tables.score_file).where(tables.score_file.c.digest.in_(digests)))


def withdraw(writer: Writer, evaluation_ids: Sequence[int], reason: str) -> None:
    """Write down why scores on record were taken back."""
    chosen = tables.evaluation.c.id.in_(evaluation_ids)
    writer.execute(sa.update(tables.evaluation).where(chosen).values(withdrawn=reason))


def move(writer: Writer, evaluation_ids: Sequence[int], checkpoint_id: int, note: Note) -> None:
    """Give evaluations another checkpoint, with a note of who said so."""
    chosen = tables.evaluation.c.id.in_(evaluation_ids)
    writer.execute(sa.update(tables.evaluation).where(chosen).values(checkpoint_id=checkpoint_id))
    rows = [_note_row(evaluation_id, note) for evaluation_id in evaluation_ids]
    writer.execute(sa.insert(tables.evaluation_note), rows)


def _measure_ids(writer: Writer, measures: Measures) -> list[int]:
    """Return the row of every measure, in order, adding those that are new."""
    listed = measures.listed()
    rows = [
        {**asdict(measure), "higher_is_better": measures.higher_is_better.get(number)}
        for number, measure in enumerate(listed)
    ]
    known = _known_measures(writer)
    new = [row for row, measure in zip(rows, listed, strict=True) if _key_of(row) not in known]
    if new:
        statement = insert(writer, tables.measure).on_conflict_do_nothing()
        writer.execute(statement, new)
    for row in rows:
        if row["higher_is_better"] is not None and known.get(_key_of(row), (0, True))[1] is None:
            writer.execute(
                sa.update(tables.measure)
                .where(*(tables.measure.c[column] == row[column] for column in _KEY))
                .values(higher_is_better=row["higher_is_better"])
            )
    known = _known_measures(writer)
    return [known[_key_of(row)][0] for row in rows]


def _known_measures(
    writer: Writer,
) -> dict[tuple[object, ...], tuple[int, bool | None]]:
    rows = writer.execute(
        sa.select(
            tables.measure.c.id,
            tables.measure.c.higher_is_better,
            *(tables.measure.c[column] for column in _KEY),
        )
    )
    return {tuple(key): (number, better) for number, better, *key in rows}


def _key_of(row: dict[str, object]) -> tuple[object, ...]:
    return tuple(row[column] for column in _KEY)


def _inserted(writer: Writer, table: sa.Table, rows: Sequence[dict[str, object]]) -> list[int]:
    """Insert rows and return their keys in the order given."""
    statement = sa.insert(table).returning(table.c.id, sort_by_parameter_order=True)
    return list(writer.execute(statement, rows).scalars())


def _file_row(file: ScoreFile, source_id: int | None, now: datetime) -> dict[str, object]:
    return {
        "source_id": source_id,
        "digest": file.digest,
        "path": file.path,
        "size": file.size,
        "form": file.form,
        "imported_at": now,
    }


def _evaluation_row(file_id: int, placed: Placed) -> dict[str, object]:
    conditions = placed.conditions
    return {
        "score_file_id": file_id,
        "checkpoint_id": placed.checkpoint_id,
        "shots": placed.shots,
        "evaluated_at": placed.at,
        "stated_model": placed.stated_model,
        "stated_step": placed.stated_step,
        "commit": conditions.commit,
        "harness_version": conditions.harness_version,
        "backend": conditions.backend,
        "backend_version": conditions.backend_version,
        "dtype": conditions.dtype,
        "sample_limit": conditions.limit,
        "batch_size": conditions.batch_size,
        "device": conditions.device,
        "withdrawn": placed.withdrawn,
    }


def _note_row(evaluation_id: int, note: Note) -> dict[str, object]:
    return {"evaluation_id": evaluation_id, **asdict(note)}
