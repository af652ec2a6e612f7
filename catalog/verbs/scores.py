"""Scores of checkpoints: those of one model, and several side by side, like with like."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

from catalog.core.scores import comparing
from catalog.errors import BadInput, CouldNotCheck, UnknownName
from catalog.sql.queries import evals, models
from catalog.verbs import marks

if TYPE_CHECKING:
    from catalog.core.models import Checkpoint, Model
    from catalog.core.scores.rows import ScoreRow
    from catalog.sql.connections import Reader
    from catalog.verbs.meaning import Meaning
    from catalog.verbs.target import Target


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which scores are asked for.

    Attributes:
        tasks: patterns of tasks, under any of their names; empty: all.
        metrics: metrics, under any of their names; empty: all.
        shots: only this number of shots.
        every: also older runs and withdrawn scores.
    """

    tasks: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    shots: int | None = None
    every: bool = False


def shown(connection: "Reader", about: "Target", wanted: Wanted) -> "list[ScoreRow]":
    """Return the scores of a checkpoint, or of every scored checkpoint of a model.

    Raises:
        BadInput: none has so many shots.
        CouldNotCheck: none is recorded, or all were withdrawn.
        UnknownName: no checkpoint has such a task.
    """
    if about.model is None:
        raise TypeError("only a known model has scores")
    if about.checkpoint is None:
        ids = evals.checkpoint_ids_with_scores(connection, about.model.id)
    else:
        ids = [about.checkpoint.id]
    scores = rows(connection, ids, wanted)
    if not scores:
        raise _nothing(connection, about.text, ids, wanted)
    if wanted.shots is not None:
        scores = _of_shots(scores, wanted.shots)
    if not wanted.every:
        scores = comparing.newest(scores, marks.with_runs)
    return [row._replace(distance=about.distance) for row in marks.marked(connection, scores)]


def _nothing(connection: "Reader", text: str, ids: Sequence[int], wanted: Wanted) -> CouldNotCheck:
    """Return why there is no score: that all were withdrawn is no reason to import them again."""
    if not wanted.every and rows(connection, ids, replace(wanted, every=True)):
        return CouldNotCheck(f"all such scores of {text} were withdrawn", "--all shows them")
    return CouldNotCheck(f"no scores of {text} are recorded", "see `catalog evals import --help`")


def _of_shots(scores: "list[ScoreRow]", shots: int) -> "list[ScoreRow]":
    kept = [score for score in scores if score.shots == shots]
    if not kept:
        known = sorted({score.shots for score in scores if score.shots is not None})
        there = f"there are {', '.join(map(str, known))}" if known else "their shots are unknown"
        raise BadInput(f"no score here has {shots} shots", there)
    return kept


def rows(connection: "Reader", ids: Sequence[int], wanted: Wanted = Wanted()) -> "list[ScoreRow]":
    """Return scores of checkpoints; a task or metric is meant under each of its names.

    Raises:
        UnknownName: no checkpoint has such a task or metric.
    """
    tasks = None
    if wanted.tasks:
        known = evals.tasks(connection, ids)
        for pattern in wanted.tasks:
            if known and not comparing.matching(known, [pattern]):
                raise _unknown_task(pattern, known)
        tasks = comparing.matching(known, wanted.tasks)
    scores = evals.scores(connection, ids, tasks=tasks, withdrawn=wanted.every)
    if wanted.metrics and scores:
        known_metrics = list(dict.fromkeys(score.metric for score in scores))
        for metric in wanted.metrics:
            if not any(_same_metric(metric, known_metric) for known_metric in known_metrics):
                raise _unknown_metric(metric, known_metrics)
        names = {comparing.metric_name(metric) for metric in wanted.metrics}
        scores = [score for score in scores if comparing.metric_name(score.metric) in names]
    return scores


def _unknown_task(pattern: str, known: Sequence[str]) -> UnknownName:
    nearest = get_close_matches(pattern, known, n=3, cutoff=0.4)
    return UnknownName("task", pattern, nearest or comparing.ordered(known)[:5])


def _same_metric(text: str, other: str) -> bool:
    return comparing.metric_name(text) == comparing.metric_name(other)


def _unknown_metric(text: str, known: Sequence[str]) -> UnknownName:
    return UnknownName("metric", text, sorted(known), why=f"no score here has the metric {text!r}")


# Side by side ----------------------------------------------------------------------------------


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
    """

    conditions: Mapping[str, str]
    rows: tuple[Compared, ...]


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
        texts: REFs, or suites for the last step of each of their models.
        wanted: one metric, preferred shots, and tasks; by default those of the headlines.

    Raises:
        CouldNotCheck: nothing to compare is recorded.
        UnknownName: a text, or a task, is unknown.
    """
    checkpoints = _checkpoints(connection, meaning, texts)
    ids = [checkpoint.id for checkpoint in checkpoints.values()]
    found = rows(connection, ids, replace(wanted, every=False))
    if not wanted.tasks:
        headline = list(comparing.HEADLINE_TASKS)
        found = [score for score in found if comparing.matching([score.task], headline)]
    if not found:
        raise CouldNotCheck(
            f"no {wanted.metrics[0]} scores of {', '.join(texts)} are recorded",
            "see `catalog evals show --help`",
        )
    newest = marks.marked(connection, comparing.newest(found, marks.with_runs))
    return _beside(checkpoints, newest, wanted.shots or 0)


def _checkpoints(
    connection: "Reader", meaning: "Meaning", texts: Sequence[str]
) -> "dict[str, Checkpoint]":
    """Return the checkpoint of every text, by what the user will see it called."""
    suites = {suite.name for suite in models.suites(connection)}
    named: dict[str, Checkpoint] = {}
    for text in texts:
        # A suite's name that is a model's too means the suite.
        if text in suites:
            for model in models.models(connection, in_suite=text):
                if last := _last(connection, model):
                    named[model.name] = last
        else:
            label, checkpoint = meaning.labelled(text)
            named[label] = checkpoint
    return named


def _last(connection: "Reader", model: "Model") -> "Checkpoint | None":
    """Return a model's last checkpoint, by tokens where they are known."""
    every = models.checkpoints(connection, model.id)[-1:]
    return models.final(connection, model.id) or next(iter(every), None)


def _beside(
    checkpoints: "Mapping[str, Checkpoint]", found: "Sequence[ScoreRow]", shots: int
) -> Comparison:
    tasks = comparing.ordered({comparing.task_name(score.task) for score in found})
    conditions: dict[str, str] = {}
    beside: dict[str, dict[int, Beside]] = {}
    for task in tasks:
        of_task = [score for score in found if comparing.task_name(score.task) == task]
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
