"""Inserts of score files, evaluations and scores. Who scored what is settled before."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime

import sqlalchemy as sa

from catalog.core.scores.values import Note
from catalog.sql.records.placed import Measures, Placed, ScoreFile
from catalog.sql.records.suites import insert
from catalog.sql.tables import evaluation, evaluation_note, measure, score, score_file, source

_KEY = ("task", "version", "prompt", "metric", "filter")
_Row = tuple[int, int, float, float | None, int | None]


def add(
    connection: sa.Connection,
    files: Sequence[ScoreFile],
    measures: Measures,
    *,
    source_id: int | None,
    now: datetime,
) -> int:
    """Record score files that are not in the catalog yet; return the number of scores.

    Args:
        connection: an open catalog, in a transaction of the caller's.
        files: score files with digests new to the catalog.
        measures: what the figures' measure numbers mean.
        source_id: the source the files come from, None for a user's own.
        now: the time of the import.
    """
    if not files:
        return 0
    measure_ids = _measure_ids(connection, measures)
    file_ids = _inserted(connection, score_file, [_file_row(f, source_id, now) for f in files])
    placed = [
        (file_id, one)
        for file_id, file in zip(file_ids, files, strict=True)
        for one in file.evaluations
    ]
    ids = _inserted(connection, evaluation, [_evaluation_row(i, one) for i, one in placed])
    numbered = [(i, one) for i, (_, one) in zip(ids, placed, strict=True)]
    notes = [_note_row(i, note) for i, one in numbered for note in one.notes]
    if notes:
        connection.execute(sa.insert(evaluation_note), notes)
    rows = [
        (i, measure_ids[number], value, stderr, samples)
        for i, one in numbered
        for number, value, stderr, samples in one.figures
    ]
    _fill(connection, rows)
    return len(rows)


def ensure_source(connection: sa.Connection, row: dict[str, str | None]) -> int:
    """Return the row of a source, adding it if it is new; of a known one only the digest changes.

    Args:
        connection: an open catalog, in a transaction of the caller's.
        row: the columns of the source, its key among them.
    """
    statement = insert(connection, source).values(row)
    if "digest" in row:
        changed = {"digest": row["digest"]}
        connection.execute(statement.on_conflict_do_update(index_elements=["key"], set_=changed))
    else:
        connection.execute(statement.on_conflict_do_nothing())
    found = sa.select(source.c.id).where(source.c.key == row["key"])
    row_id: int = connection.execute(found).scalar_one()
    return row_id


def source_digest(connection: sa.Connection, key: str) -> str | None:
    """Return the digest recorded for a source, None where there is none."""
    asked = sa.select(source.c.digest).where(source.c.key == key)
    found: str | None = connection.execute(asked).scalar()
    return found


def forget_files_of(connection: sa.Connection, source_ids: Sequence[int]) -> None:
    """Remove the score files of sources, with everything that hangs on them."""
    connection.execute(sa.delete(score_file).where(score_file.c.source_id.in_(source_ids)))


def _measure_ids(connection: sa.Connection, measures: Measures) -> list[int]:
    """Return the row of every measure, in order, adding those that are new."""
    listed = measures.listed()
    rows = [
        {**asdict(one), "higher_is_better": measures.higher_is_better.get(number)}
        for number, one in enumerate(listed)
    ]
    known = _known_measures(connection)
    new = [row for row, one in zip(rows, listed, strict=True) if _key_of(row) not in known]
    if new:
        statement = insert(connection, measure).on_conflict_do_nothing()
        connection.execute(statement, new)
    for row in rows:
        if row["higher_is_better"] is not None and known.get(_key_of(row), (0, True))[1] is None:
            connection.execute(
                sa.update(measure)
                .where(*(measure.c[column] == row[column] for column in _KEY))
                .values(higher_is_better=row["higher_is_better"])
            )
    known = _known_measures(connection)
    return [known[_key_of(row)][0] for row in rows]


def _known_measures(
    connection: sa.Connection,
) -> dict[tuple[object, ...], tuple[int, bool | None]]:
    rows = connection.execute(
        sa.select(measure.c.id, measure.c.higher_is_better, *(measure.c[column] for column in _KEY))
    )
    return {tuple(key): (number, better) for number, better, *key in rows}


def _key_of(row: dict[str, object]) -> tuple[object, ...]:
    return tuple(row[column] for column in _KEY)


def _inserted(
    connection: sa.Connection, table: sa.Table, rows: Sequence[dict[str, object]]
) -> list[int]:
    """Insert rows and return their keys in the order given."""
    statement = sa.insert(table).returning(table.c.id, sort_by_parameter_order=True)
    return list(connection.execute(statement, rows).scalars())


def _fill(connection: sa.Connection, rows: Iterable[_Row]) -> None:
    """Insert scores by the driver's fast way: a quarter of a million come with `init`."""
    columns = ", ".join(f'"{column.name}"' for column in score.columns)
    if connection.dialect.name == "postgresql":
        raw = connection.connection.driver_connection
        with raw.cursor() as cursor, cursor.copy(f"COPY score ({columns}) FROM STDIN") as copy:  # type: ignore[union-attr]
            for row in rows:
                copy.write_row(row)
        return
    places = ", ".join("?" * len(score.columns))
    statement = f"INSERT INTO score ({columns}) VALUES ({places})"  # noqa: S608 - our own names
    ready = list(rows)
    if ready:
        connection.exec_driver_sql(statement, ready)


def _file_row(file: ScoreFile, source_id: int | None, now: datetime) -> dict[str, object]:
    return {
        "source_id": source_id,
        "digest": file.digest,
        "path": file.path,
        "size": file.size,
        "form": file.form,
        "imported_at": now,
    }


def _evaluation_row(file_id: int, one: Placed) -> dict[str, object]:
    conditions = one.conditions
    return {
        "score_file_id": file_id,
        "checkpoint_id": one.checkpoint_id,
        "shots": one.shots,
        "evaluated_at": one.at,
        "stated_model": one.stated_model,
        "stated_step": one.stated_step,
        "commit": conditions.commit,
        "harness_version": conditions.harness_version,
        "backend": conditions.backend,
        "backend_version": conditions.backend_version,
        "dtype": conditions.dtype,
        "sample_limit": conditions.limit,
        "batch_size": conditions.batch_size,
        "device": conditions.device,
        "withdrawn": one.withdrawn,
    }


def _note_row(evaluation_id: int, note: Note) -> dict[str, object]:
    return {"evaluation_id": evaluation_id, **asdict(note)}
