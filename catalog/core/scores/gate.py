"""What a score file may hold before anything of it is recorded: the gate behind every form.

Forms differ, and what they turn into does not: here names are names, numbers fit their columns,
and a file has no more tasks than any run had. Whatever does not fit refuses its file, alone.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from catalog.core import foreign
from catalog.core.foreign import ForeignError
from catalog.core.scores.reading import mapping
from catalog.core.scores.values import Document, Evaluation, Score, Statement
from catalog.errors import one_line

INT32 = 2**31 - 1
"""The largest number of shots and of samples that every database holds."""
MOST_TASKS = 5_000
"""Tasks of one run, and tasks in its groups: the harness has 10,000, and nobody ran them all."""
MOST_SCORES = 200_000
"""Figures of one file: the largest table published has 21,000."""
_VERSION, _METRIC = 20, 80
# Columns of the conditions, and how many characters they hold.
_CONDITIONS = {
    "harness_version": 40,
    "backend": 40,
    "backend_version": 80,
    "dtype": 20,
    "commit": 40,
    "limit": 20,
    "batch_size": 20,
    "device": 40,
}


def require_few(content: Mapping[str, object]) -> None:
    """Refuse a document with more tasks than a run has: groups are looked through once a task.

    Raises:
        ForeignError: it has more.
    """
    listed = mapping(content.get("group_subtasks")).values()
    tasks = sum(len(tasks) if isinstance(tasks, list) else 1 for tasks in listed)
    results = content.get("results")
    if tasks > MOST_TASKS or (isinstance(results, Mapping) and len(results) > MOST_TASKS):
        raise ForeignError(f"more than {MOST_TASKS:,} tasks")


def passed(document: Document) -> Document:
    """Return a document as it may be recorded: its remarks are spelled out in one line each.

    Raises:
        ForeignError: a name or a number in it cannot be recorded.
    """
    if sum(len(evaluation.scores) for evaluation in document.evaluations) > MOST_SCORES:
        raise ForeignError(f"more than {MOST_SCORES:,} scores")
    for evaluation in document.evaluations:
        for text, longest in _texts(evaluation):
            if fault := foreign.fault_of(text, longest):
                raise ForeignError(fault)
        _require_numbers(evaluation)
    return replace(
        document,
        doubts=tuple(map(one_line, document.doubts)),
        remarks=tuple(map(one_line, document.remarks)),
        unknown=tuple(map(one_line, document.unknown)),
    )


def _texts(evaluation: Evaluation) -> Iterator[tuple[str, int]]:
    """Yield each text that is recorded, with how long it may be."""
    yield from _stated(evaluation.stated)
    for name, longest in _CONDITIONS.items():
        if text := getattr(evaluation.conditions, name):
            yield text, longest
    for score in evaluation.scores:
        if not (score.measure.task.strip() and score.measure.metric.strip()):
            raise ForeignError("a figure without the name of its task or metric")
        yield from _measured(score)


def _stated(stated: Statement) -> Iterator[tuple[str, int]]:
    for text in (stated.label, stated.revision, stated.run):
        if text:  # however long: a longer one than any is no checkpoint's, which says more
            yield text, foreign.MOST_BYTES


def _measured(score: Score) -> Iterator[tuple[str, int]]:
    measure = score.measure
    yield from ((measure.task, foreign.LONGEST_NAME), (measure.prompt, foreign.LONGEST_NAME))
    yield from ((measure.metric, _METRIC), (measure.filter, _METRIC), (measure.version, _VERSION))


def _require_numbers(evaluation: Evaluation) -> None:
    for number in (evaluation.stated.shots, *(score.samples for score in evaluation.scores)):
        if number is not None:
            foreign.whole(number, most=INT32)
