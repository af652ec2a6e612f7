"""CSV files of scores: one row a task, or one a metric; many checkpoints and shots in one file."""

import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from catalog.core.foreign import ForeignError, shown
from catalog.core.refs import COMMIT
from catalog.core.scores import arguments, gate, ranges
from catalog.core.scores.figures import Task, Unread, distinct, scores_of
from catalog.core.scores.values import (
    Document,
    Evaluation,
    NotScoresError,
    RefusedScoresError,
    Score,
)
from catalog.errors import CheckedBad

_STEP = ("checkpoint", "step", "revision")
_SHOTS = ("fewshot", "num_fewshot", "shots", "n_shot")
_KEYS = frozenset({"model", "task", "version", *_STEP, *_SHOTS})
# One row a metric: its name in one column, its value in another.
_VALUE = ("value", "score", "metric_value")
_STDERR = ("stderr", "value_stderr", "score_stderr", "std_err")
LONGEST = 18
"""Digits of the largest number that every database holds."""
_NUMBER = re.compile(r"(?:step)?0*(\d{1,9})(?:\.0+)?", re.ASCII | re.IGNORECASE)  # pandas: 1000.0
# What other programs read too: Python's own also takes 1_0, and the digits of every script.
_FIGURE = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
_COUNT = re.compile(r"(\d{1,4})(?:\.0+)?(?:[- ]?shots?)?", re.ASCII | re.IGNORECASE)

Cells = Mapping[str, str]
_Key = tuple[str, str, str, str]
"""Model, step or revision, commit, shots: as the cells have them."""


def document(text: str) -> Document:
    """Read a CSV file with the columns model, task, a step, shots, and metrics.

    Each metric has a column of its own, or `metric` and `value` hold one a row. The model column
    holds names of models or of the Hub, so its steps are the published ones.

    Raises:
        NotScoresError: it has other columns.
        RefusedScoresError: a column is not understood, or two rows give two values of one measure.
        CheckedBad: a row has another number of columns than the head, or holds no number.
        ForeignError: it has more cells than any table has.
    """
    try:
        return _document(csv.reader(io.StringIO(text), strict=True))
    except csv.Error as error:
        raise CheckedBad(f"truncated or damaged: {error}") from error


def _document(reader: Iterator[list[str]]) -> Document:
    head = next(reader, [])
    if not {"model", "task"} <= set(head) or len(set(head) - _KEYS) == 0:
        raise NotScoresError("not a score file")
    _require_understood(head)
    unread = Unread()
    groups: defaultdict[_Key, list[Score]] = defaultdict(list)
    for line, row in enumerate(reader, start=2):
        if not row:
            continue
        if len(row) != len(head):
            raise CheckedBad(f"line {line} has {len(row)} columns, the head has {len(head)}")
        cells = dict(zip(head, row, strict=True))
        groups[_key(cells)] += _scores(cells, line, unread)
        if line * len(head) > gate.MOST_SCORES:
            raise ForeignError(f"more than {gate.MOST_SCORES:,} cells")
    if not groups:
        raise NotScoresError("not a score file")
    evaluations = [_evaluation(key, _single(scores)) for key, scores in groups.items()]
    return Document("csv", tuple(evaluations), tuple(unread.found))


def _require_understood(head: Sequence[str]) -> None:
    """Refuse a table with a column that is neither a key nor a metric.

    Raises:
        RefusedScoresError: naming the column.
    """
    if len(set(head)) < len(head):
        raise RefusedScoresError("two columns of the table have one name")
    if "metric" in head:
        allowed = {*_KEYS, "metric", *_STDERR}
        values = [name for name in head if name in _VALUE]
        if len(values) != 1:
            raise RefusedScoresError(f"a column metric needs one of {', '.join(_VALUE)} beside it")
        other = [name for name in head if name not in allowed and name not in values]
    else:
        other = [name for name in head if name not in _KEYS and not _is_metric(name)]
    if other:
        raise RefusedScoresError(
            f"the column {other[0]!r} is not understood; one row a metric, in the columns metric"
            " and value, can hold any metric"
        )


def _is_metric(column: str) -> bool:
    return ranges.known(column.partition(",")[0].removesuffix("_stderr"))


def _key(cells: Cells) -> _Key:
    steps = [text for text in _filled(cells, _STEP) if not COMMIT.fullmatch(text)]
    commits = [text for text in _filled(cells, _STEP) if COMMIT.fullmatch(text)]
    return cells["model"], _only(steps), _only(commits), _only(_filled(cells, _SHOTS))


def _filled(cells: Cells, columns: Sequence[str]) -> list[str]:
    return [cells[column] for column in columns if cells.get(column)]


def _only(texts: Sequence[str]) -> str:
    """Return what columns for one thing say, empty where they are.

    Raises:
        RefusedScoresError: they say different things.
    """
    said = {m.group(1) if (m := _NUMBER.fullmatch(text)) else text: text for text in texts}
    if len(said) > 1:
        raise RefusedScoresError(f"two columns say {' and '.join(map(shown, said.values()))}")
    return texts[0] if texts else ""


def _scores(cells: Cells, line: int, unread: Unread) -> list[Score]:
    figures = _of_row(cells) if "metric" in cells else _of_columns(cells)
    task = Task(cells["task"], cells.get("version", ""))
    scores = scores_of(task, figures, unread)
    if not scores:
        raise CheckedBad(f"line {line} holds no number")
    return scores


def _of_row(cells: Cells) -> dict[str, object]:
    """Return the figures of a row that names its metric."""
    metric, _, choice = cells["metric"].partition(",")
    filtered = f",{choice}" if choice else ""
    figures: dict[str, object] = {f"{metric}{filtered}": _figure(_only(_filled(cells, _VALUE)))}
    if stderr := _only(_filled(cells, _STDERR)):
        figures[f"{metric}_stderr{filtered}"] = _figure(stderr)
    return figures


def _of_columns(cells: Cells) -> dict[str, object]:
    return {column: _figure(cell) for column, cell in cells.items() if column not in _KEYS and cell}


def _figure(cell: str) -> float | str:
    return float(cell) if _FIGURE.fullmatch(cell.strip()) else cell


def _single(scores: list[Score]) -> list[Score]:
    """Return each score once.

    Raises:
        RefusedScoresError: two rows give two values of one measure.
    """
    doubled = Unread()
    once = distinct(scores, doubled)
    if doubled.found:
        raise RefusedScoresError(f"two rows for one measure: {doubled.found[0]}")
    return once


def _evaluation(key: _Key, scores: list[Score]) -> Evaluation:
    model, step, commit, shots = key
    number = _NUMBER.fullmatch(step)
    loaded = arguments.of_model(model)
    bare = loaded.kind == "repository" and "/" not in model
    stated = replace(
        loaded,
        label=loaded.label or None,
        kind="text" if bare or " " in model else loaded.kind,
        step=int(number.group(1)) if number else None,
        numbering="published",
        commit=commit or loaded.commit,
        revision=None if number else step or None,
        shots=_shots(shots),
        # A table that names no step does not say that it is the last one.
        loads_main=False,
    )
    return Evaluation(stated, tuple(scores))


def _shots(cell: str) -> int | None:
    """Return a number of shots, None for an empty cell.

    Raises:
        CheckedBad: it has more digits than any database holds.
        RefusedScoresError: it is no number.
    """
    if len(cell) > LONGEST:
        raise CheckedBad(f"a number of shots with {len(cell):,} digits")
    count = _COUNT.fullmatch(cell)
    if count is None and cell.strip():
        raise RefusedScoresError(f"{cell!r} is no number of shots")
    return int(count.group(1)) if count else None
