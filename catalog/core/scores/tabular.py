"""CSV files of scores: one row a task, many checkpoints and shots in one file."""

import csv
import io
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

from catalog.core.scores.figures import Task, Unread, distinct, scores_of
from catalog.core.scores.values import Document, Evaluation, NotScoresError, Score, Statement
from catalog.errors import CheckedBad

_STEP = ("checkpoint", "step", "revision")
_SHOTS = ("fewshot", "num_fewshot", "shots", "n_shot")
_KEYS = frozenset({"model", "task", "version", *_STEP, *_SHOTS})
LONGEST = 18
"""Digits of the largest number that every database holds."""
_NUMBER = re.compile(r"(?:step)?(\d{1,18})", re.IGNORECASE)


def document(text: str) -> Document:
    """Read a CSV file with the columns model, task, a step, shots, and metrics.

    The model column holds Hub names, so its steps are the published ones.

    Raises:
        NotScoresError: it has other columns.
        CheckedBad: a row has another number of columns than the head, or holds no number.
    """
    reader = csv.reader(io.StringIO(text))
    head = next(reader, [])
    if not {"model", "task"} <= set(head) or len(set(head) - _KEYS) == 0:
        raise NotScoresError("not a score file")
    unread = Unread()
    groups: defaultdict[tuple[str, str, str], list[Score]] = defaultdict(list)
    for line, row in enumerate(reader, start=2):
        if not row:
            continue
        if len(row) != len(head):
            raise CheckedBad(f"line {line} has {len(row)} columns, the head has {len(head)}")
        cells = dict(zip(head, row, strict=True))
        groups[_key(cells)] += _scores(cells, line, unread)
    if not groups:
        raise NotScoresError("not a score file")
    evaluations = [_evaluation(key, distinct(scores, unread)) for key, scores in groups.items()]
    return Document("csv", tuple(evaluations), tuple(unread.found))


def _key(cells: Mapping[str, str]) -> tuple[str, str, str]:
    return cells["model"], _first(cells, _STEP), _first(cells, _SHOTS)


def _first(cells: Mapping[str, str], columns: Sequence[str]) -> str:
    return next((cells[column] for column in columns if cells.get(column)), "")


def _scores(cells: Mapping[str, str], line: int, unread: Unread) -> list[Score]:
    figures: dict[str, object] = {}
    for column, cell in cells.items():
        if column not in _KEYS and cell:
            figures[column] = _figure(cell)
    task = Task(cells["task"], cells.get("version", ""))
    scores = scores_of(task, figures, unread)
    if not scores:
        raise CheckedBad(f"line {line} holds no number")
    return scores


def _figure(cell: str) -> float | str:
    try:
        return float(cell)
    except ValueError:
        return cell


def _whole(shots: str) -> int | None:
    if len(shots) > LONGEST:
        raise CheckedBad(f"a number of shots with {len(shots):,} digits")
    return int(shots) if shots.isdecimal() else None


def _evaluation(key: tuple[str, str, str], scores: list[Score]) -> Evaluation:
    model, step, shots = key
    number = _NUMBER.fullmatch(step)
    stated = Statement(
        label=model or None,
        step=int(number.group(1)) if number else None,
        numbering="published",
        revision=step if step and not number else None,
        shots=_whole(shots),
    )
    return Evaluation(stated, tuple(scores))
