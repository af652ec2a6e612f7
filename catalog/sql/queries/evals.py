"""Scores and where they come from, as frozen values."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from catalog.core.scores.rows import ScoreRow

if TYPE_CHECKING:
    from catalog.core.scores.recorded import KnownFile, Summary
    from catalog.core.scores.values import Note
    from catalog.sql.connections import Reader

_CHUNK = 500  # bound parameters in one statement

_Value = TypeVar("_Value")


def _chunks(values: Sequence[_Value]) -> Iterator[Sequence[_Value]]:
    return (values[start : start + _CHUNK] for start in range(0, len(values), _CHUNK))


def known_files(reader: "Reader", digests: Sequence[str]) -> "dict[str, KnownFile]":
    """Return the recorded files among some digests, each with its evaluations."""
    from catalog.core.scores.recorded import KnownFile  # noqa: PLC0415 - for imports alone

    files: dict[str, KnownFile] = {}
    for chunk in _chunks(digests):
        recorded = [KnownFile(*row) for row in reader.rows("evals.files", digests=chunk)]
        files |= {file.digest: file for file in recorded}
        if recorded:
            for digest, summary in _summaries(reader, chunk):
                files[digest].evaluations.append(summary)
    return files


def digests_at(reader: "Reader", path: str) -> list[str]:
    """Return the digests of the recorded files that were first met at a path."""
    return reader.column("evals.digests_at", path=path)


def _summaries(reader: "Reader", digests: Sequence[str]) -> "Iterator[tuple[str, Summary]]":
    """Yield the evaluations in some files, each with its file's digest and its notes."""
    from dataclasses import replace  # noqa: PLC0415 - for imports alone

    from catalog.core.scores.recorded import Summary  # noqa: PLC0415 - for imports alone

    rows = reader.rows("evals.summaries", digests=digests)
    notes = notes_on(reader, [row.id for row in rows])
    for digest, *values in rows:
        summary = Summary(*values)
        yield digest, replace(summary, notes=tuple(notes[summary.id]))


def notes_on(reader: "Reader", ids: Sequence[int]) -> "defaultdict[int, list[Note]]":
    """Return the notes on some evaluations, by the row of each."""
    notes: defaultdict[int, list[Note]] = defaultdict(list)
    for chunk in _chunks(ids):
        for evaluation_id, *values in reader.rows("evals.notes", ids=chunk):
            notes[evaluation_id].append(_note(*values))
    return notes


def _note(*values: Any) -> "Note":  # noqa: ANN401 - as the statement has them
    from catalog.core.scores.values import Note  # noqa: PLC0415 - few scores have any

    return Note(*values)


def scores(
    reader: "Reader",
    checkpoint_ids: Sequence[int],
    *,
    tasks: Iterable[str] | None = None,
    metrics: Iterable[str] | None = None,
    withdrawn: bool = False,
) -> list[ScoreRow]:
    """Return every score of some checkpoints, by tokens, task and metric, the newest run first.

    Args:
        reader: an open catalog.
        checkpoint_ids: the checkpoints' rows.
        tasks: only these tasks, as the harness names them.
        metrics: only these metrics.
        withdrawn: also those that their authors took back.
    """
    conditions = {
        "any_task": tasks is None,
        "tasks": list(tasks or ()),
        "any_metric": metrics is None,
        "metrics": list(metrics or ()),
        "withdrawn": withdrawn,
    }
    return [
        ScoreRow(*row)
        for chunk in _chunks(checkpoint_ids)
        for row in reader.rows("evals.scores", checkpoint_ids=chunk, **conditions)
    ]


def late_values(
    reader: "Reader", metrics: Collection[str], *, after: int
) -> list[tuple[int, float]]:
    """Return what every published checkpoint scored, with its row, in no order.

    Args:
        reader: an open catalog.
        metrics: only these metrics; what its authors took back is left out.
        after: only checkpoints with more training steps.
    """
    rows = reader.rows("evals.late_values", metrics=list(metrics), after=after)
    return [(row.checkpoint_id, row.value) for row in rows]


def checkpoint_ids_with_scores(reader: "Reader", model_id: int | None = None) -> list[int]:
    """Return the checkpoints of a model, or of all, that were ever scored, by tokens seen."""
    if model_id is None:
        return reader.column("evals.scored_checkpoints")
    return reader.column("evals.scored_checkpoints_of_model", model_id=model_id)


def checkpoints_scored(
    reader: "Reader", model_id: int, tasks: Sequence[str] | None = None
) -> list[int]:
    """Return the checkpoints of a model that have a score which was not taken back.

    Args:
        reader: an open catalog.
        model_id: the model's row.
        tasks: of these tasks, as the harness names them; None: of any.
    """
    wanted = {"any_task": tasks is None, "tasks": list(tasks or ())}
    return reader.column("evals.checkpoints_scored", model_id=model_id, **wanted)


def tasks(reader: "Reader", checkpoint_ids: Sequence[int]) -> list[str]:
    """Return the tasks on which any of some checkpoints was scored."""
    return reader.column("evals.tasks", checkpoint_ids=checkpoint_ids)


def every_task(reader: "Reader") -> list[str]:
    """Return every task on which a checkpoint was scored."""
    return reader.column("evals.every_task")


def task_counts(
    reader: "Reader", checkpoint_ids: Sequence[int] | None
) -> list[tuple[str, int, int, int]]:
    """Return each task with how many models, checkpoints and scores it has, by task.

    Args:
        reader: an open catalog.
        checkpoint_ids: of these checkpoints alone; None: of every one.
    """
    return [tuple(row) for row in reader.rows("evals.task_counts", **_of(checkpoint_ids))]


def task_conditions(
    reader: "Reader", checkpoint_ids: Sequence[int] | None
) -> list[tuple[str, str, int | None, str | None]]:
    """Return each combination of task, metric, shots and harness; arguments as `task_counts`."""
    return [tuple(row) for row in reader.rows("evals.task_conditions", **_of(checkpoint_ids))]


def _of(checkpoint_ids: Sequence[int] | None) -> dict[str, object]:
    return {"any_checkpoint": checkpoint_ids is None, "checkpoint_ids": list(checkpoint_ids or ())}


def checkpoint_keys(reader: "Reader") -> dict[tuple[str, int | None, str | None], int]:
    """Return the row of every checkpoint by model, training step and revision."""
    rows = reader.rows("evals.checkpoint_keys")
    return {(row.name, row.training_step, row.revision): row.id for row in rows}
