"""Scores of several checkpoints, sizes and suites side by side, like with like."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from catalog.core.scores import comparing
from catalog.errors import CouldNotCheck
from catalog.verbs import marks, scored
from catalog.verbs.scores import Wanted, rows, sifted

if TYPE_CHECKING:
    from catalog.core.models import Checkpoint
    from catalog.core.scores.rows import ScoreRow
    from catalog.sql.connections import Reader
    from catalog.verbs.meaning import Meaning


@dataclass(frozen=True, slots=True)
class Beside:
    """A score in a comparison.

    Attributes:
        score: it.
        differs: in which conditions it differs from the others, in words; empty: comparable.
    """

    score: "ScoreRow"
    differs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Compared:
    """One checkpoint of a comparison: how it was asked for, and its score by task.

    Attributes:
        ref: as given.
        checkpoint: what it means.
        scores: by task.
    """

    ref: str
    checkpoint: "Checkpoint"
    scores: Mapping[str, Beside]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Checkpoints side by side.

    Attributes:
        conditions: for each task what all comparable scores share, in words.
        rows: one a checkpoint, in the order asked for.
        remarks: what was left out, and why.
    """

    conditions: Mapping[str, str]
    rows: tuple[Compared, ...]
    remarks: tuple[str, ...] = ()


def compared(
    connection: "Reader",
    meaning: "Meaning",
    texts: Sequence[str],
    wanted: Wanted,
) -> Comparison:
    """Put checkpoints, sizes and suites side by side, like with like.

    Args:
        connection: an open catalog.
        meaning: what texts mean in it.
        texts: REFs and selections, or suites for the last step of each of their models.
        wanted: one metric, preferred shots, and tasks; by default those of the headlines.

    Raises:
        BadInput: none has that harness or type, or a selection cannot be understood.
        CouldNotCheck: nothing to compare is recorded.
        UnknownName: a text, a task or the metric is unknown.
    """
    checkpoints = _checkpoints(connection, meaning, texts, wanted)
    ids = [checkpoint.id for checkpoint in checkpoints.values()]
    scores = rows(connection, ids, wanted._replace(every=False, shots=None))
    if not wanted.tasks:
        headline = list(comparing.HEADLINE_TASKS)
        scores = [score for score in scores if comparing.matching([score.task], headline)]
    if not scores:
        raise CouldNotCheck(
            f"no {wanted.metrics[0]} scores of {', '.join(texts)} are recorded",
            "see `catalog evals show --help`",
        )
    newest = marks.marked(connection, comparing.newest(scores, marks.with_runs))
    kept, remarks = sifted(newest, wanted._replace(alike=False))
    comparison = _beside(checkpoints, kept, wanted.shots or 0)
    if wanted.alike:
        comparison = _alike(comparison)
    return replace(comparison, remarks=(*remarks, *comparison.remarks))


def _checkpoints(
    connection: "Reader", meaning: "Meaning", texts: Sequence[str], wanted: Wanted
) -> "dict[str, Checkpoint]":
    """Return the checkpoint of every text, by what the user will see it called."""
    named: dict[str, Checkpoint] = {}
    for meant in scored.written_out(connection, meaning, texts, wanted.spread):
        if meant.text is not None:
            label, checkpoint = meaning.labelled(meant.text)
            named[label] = checkpoint
        elif last := meant.checkpoint or scored.last(connection, meant.model):
            named[meant.ref] = last
    return named


def _beside(
    checkpoints: "Mapping[str, Checkpoint]", scores: "Sequence[ScoreRow]", shots: int
) -> Comparison:
    conditions: dict[str, str] = {}
    beside: dict[str, dict[int, Beside]] = {}
    for task, of_task in _columns(scores):
        by_checkpoint = {
            checkpoint.id: [score for score in of_task if score.checkpoint_id == checkpoint.id]
            for checkpoint in checkpoints.values()
        }
        shared, picks = comparing.choose(by_checkpoint, shots=shots)
        if shared is None:
            continue
        conditions[task] = comparing.described(shared)
        beside[task] = {
            number: Beside(score, tuple(comparing.differences(score, shared)))
            for number, score in picks.items()
        }
    compared_rows = [
        Compared(
            label,
            checkpoint,
            {task: of[checkpoint.id] for task, of in beside.items() if checkpoint.id in of},
        )
        for label, checkpoint in checkpoints.items()
    ]
    return Comparison(conditions, tuple(compared_rows))


def _columns(scores: "Sequence[ScoreRow]") -> "Iterator[tuple[str, list[ScoreRow]]]":
    """Yield each task with its scores; one with several prompts or filters is several."""
    for task in comparing.ordered({comparing.task_name(score.task) for score in scores}):
        yield from comparing.ways(s for s in scores if comparing.task_name(s.task) == task).items()


def _alike(comparison: Comparison) -> Comparison:
    """Leave out the scores whose conditions differ, and say in what."""
    remarks = [
        f"left out: {row.ref}, {task}: {', '.join(beside.differs)}"
        f" (the rest: {comparison.conditions[task]})"
        for row in comparison.rows
        for task, beside in row.scores.items()
        if beside.differs
    ]
    rows_alike = tuple(
        replace(row, scores={task: each for task, each in row.scores.items() if not each.differs})
        for row in comparison.rows
    )
    return replace(comparison, rows=rows_alike, remarks=tuple(remarks))
