"""Figures of one task: `acc`, `acc_stderr`, and `acc,none`, `acc_stderr,none` of harness 0.4.

It turns one mapping of keys to numbers into scores and lists what it could not use.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from catalog.core.foreign import shown
from catalog.core.scores import ranges
from catalog.core.scores.values import Measure, Score

_STDERR = "_stderr"
# Words beside the figures; `sample_len` is read as the number of samples.
_BESIDE = frozenset({"alias", "name", "sample_len", "sample_count", "samples", " "})


@dataclass(slots=True)
class Unread:
    """What was not understood while a document is read; listed, never dropped in silence."""

    found: list[str] = field(default_factory=list)

    def keys(self, where: str, mapping: Mapping[str, object], known: frozenset[str]) -> None:
        """Note every key of a mapping that is not known."""
        self.found += [f"{where}{key}" for key in mapping if key not in known]

    def note(self, text: str) -> None:
        """Note one thing."""
        self.found.append(text)


@dataclass(frozen=True, slots=True)
class Task:
    """What is known of a task beside its figures."""

    name: str
    version: str = ""
    prompt: str = ""
    samples: int | None = None
    higher_is_better: Mapping[str, object] = field(default_factory=dict)


def number(value: object) -> float | None:
    """Return a finite number, None for anything else (`N/A`, NaN, text, true)."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) else None


def scores_of(
    task: Task,
    figures: Mapping[str, object],
    unread: Unread,
    *,
    beside: frozenset[str] = frozenset(),
) -> list[Score]:
    """Return the scores among `figures`, in their order.

    Args:
        task: the task they belong to.
        figures: keys `metric`, `metric_stderr` or `metric,filter`, `metric_stderr,filter`.
        unread: takes every key that is neither a figure nor known.
        beside: keys of this form that are no figures.

    Raises:
        RefusedScoresError: a value is one that its metric cannot have.
    """
    errors = {key: value for key, value in figures.items() if _is_stderr(key)}
    scores = []
    for key, value in figures.items():
        if key in _BESIDE or key in beside or key in errors:
            continue
        figure = number(value)
        if figure is None:
            unread.note(f"{task.name}: {key} = {shown(value)}")
            continue
        scores.append(_score(task, key, figure, errors))
    for key in errors:
        if key.replace(_STDERR, "", 1) not in figures:
            unread.note(f"{task.name}: {key} without a value")
    return scores


def distinct(scores: list[Score], unread: Unread) -> list[Score]:
    """Return scores without a second figure for the same measure, which is listed as not read."""
    first: dict[Measure, Score] = {}
    for score in scores:
        kept = first.setdefault(score.measure, score)
        if kept is not score and kept.value != score.value:
            unread.note(f"{score.measure.task}: a second {score.measure.metric} = {score.value}")
    return list(first.values())


def _score(task: Task, key: str, figure: float, errors: Mapping[str, object]) -> Score:
    metric, _, choice = key.partition(",")
    stderr_key = f"{metric}{_STDERR},{choice}" if choice else f"{metric}{_STDERR}"
    better = task.higher_is_better.get(metric)
    stderr = number(errors.get(stderr_key))
    ranges.require(task.name, metric, figure, stderr)
    return Score(
        Measure(task.name, metric, task.version, task.prompt, choice),
        figure,
        stderr,
        task.samples,
        better if isinstance(better, bool) else None,
    )


def _is_stderr(key: str) -> bool:
    return key.partition(",")[0].endswith(_STDERR)
