"""Which scores may stand side by side: task names across harness versions, like with like.

Pure: it orders and marks rows that a query brought. It computes no new figures.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from fnmatch import fnmatchcase
from operator import attrgetter
from typing import Protocol, TypeVar

HEADLINE_TASKS = (
    "lambada_openai",
    "piqa",
    "winogrande",
    "wsc",
    "arc_easy",
    "arc_challenge",
    "sciq",
    "logiqa",
    "hellaswag",
)
"""Tasks compared by default, in this order; those that no row has are left out."""

_TASK_NAMES = {"lambada": "lambada_openai"}
_METRIC_NAMES = {"ppl": "perplexity"}
# One table per field of a score that decides what it may be compared with.
CONDITIONS = ("shots", "harness_version", "dtype", "task_version", "sample_limit")
_RUN = (*CONDITIONS, "backend", "commit", "prompt", "filter")
_run_of = attrgetter("checkpoint_id", "task", "metric", *_RUN)


class Row(Protocol):
    """A score, as far as comparing needs it."""

    @property
    def checkpoint_id(self) -> int:
        """The row of the checkpoint."""

    @property
    def task(self) -> str:
        """The task as the harness names it."""

    @property
    def metric(self) -> str:
        """The metric as the harness names it."""

    @property
    def shots(self) -> int | None:
        """Number of few-shot examples."""

    @property
    def evaluated_at(self) -> datetime | None:
        """When it ran."""


RowT = TypeVar("RowT", bound=Row)
Conditions = tuple[object, ...]


def task_name(task: str) -> str:
    """Return the name of a task that is the same in every version of the harness.

    >>> task_name("mmlu_anatomy"), task_name("lambada")
    ('hendrycksTest-anatomy', 'lambada_openai')
    """
    if task.startswith("mmlu_"):
        return "hendrycksTest-" + task.removeprefix("mmlu_")
    return _TASK_NAMES.get(task, task)


def metric_name(metric: str) -> str:
    """Return the name of a metric that is the same in every version of the harness."""
    return _METRIC_NAMES.get(metric, metric)


def matching(tasks: Iterable[str], patterns: Sequence[str]) -> list[str]:
    """Return the tasks that any pattern means, by either name; patterns may hold `*`."""
    wanted = [(pattern, task_name(pattern)) for pattern in patterns]
    return [
        task
        for task in tasks
        if any(
            fnmatchcase(task, pattern) or fnmatchcase(task_name(task), name)
            for pattern, name in wanted
        )
    ]


def metric_and_filter(text: str) -> tuple[str, str | None]:
    """Return what a metric means as people write it: alone, or with its filter as the harness does.

    >>> metric_and_filter("ppl"), metric_and_filter("acc,none")
    (('perplexity', None), ('acc', 'none'))
    """
    metric, comma, filter_ = text.partition(",")
    return metric_name(metric.strip()), filter_.strip() if comma else None


def nearest(text: str, known: Sequence[str]) -> list[str]:
    """Return the tasks of a group, else those spelled most like a text, else the headlines."""
    from difflib import get_close_matches  # noqa: PLC0415 - for a mistake alone

    for joint in "_-":
        beginning = task_name(f"{text.lower()}{joint}").lower()
        for task in known:
            if task_name(task).lower().startswith(beginning):
                return [f"{task_name(task)[: len(beginning)]}*"]
    by_small = {task.lower(): task for task in known}
    close = get_close_matches(text.lower(), by_small, n=3, cutoff=0.4)
    return [by_small[task] for task in close] or ordered(known)[:5]


def newest(rows: Iterable[RowT], with_runs: Callable[[RowT, int], RowT]) -> list[RowT]:
    """Keep, of repeated runs under the same conditions, the first of the rows.

    Args:
        rows: newest first within a task and metric, as the query orders them.
        with_runs: writes into a row how many runs it stands for.
    """
    groups: defaultdict[tuple[object, ...], list[RowT]] = defaultdict(list)
    for row in rows:
        groups[_run_of(row)].append(row)
    return [with_runs(group[0], len(group)) for group in groups.values()]


def measure(row: Row) -> Conditions:
    """Return what was measured, in the names that hold for every version of the harness."""
    fields = _values(row, ("prompt", "filter"))
    named = tuple(None if value == "none" else value for value in fields)
    return task_name(row.task), metric_name(row.metric), *named


def ways(rows: Iterable[RowT]) -> dict[str, list[RowT]]:
    """Return the scores of one task by how they were made, where that is more than one way.

    A task with several prompts, or filters of answers, was not measured once but several times.

    Returns:
        By the task's name, behind it the prompt and the filter in brackets where that is needed.
    """
    by_way: defaultdict[tuple[str, str], list[RowT]] = defaultdict(list)
    for row in rows:
        task, _, *how = (str(part or "") for part in measure(row))
        by_way[task, ", ".join(filter(None, how))].append(row)
    alone = len(by_way) == 1
    return {
        task if alone or not way else f"{task} ({way})": by_way[task, way]
        for task, way in sorted(by_way)
    }


def conditions(row: Row) -> Conditions:
    """Return what must be equal for two scores to be comparable."""
    return _values(row, CONDITIONS)


def choose(
    rows: Mapping[int, Sequence[RowT]], *, shots: int | None
) -> tuple[Conditions | None, dict[int, RowT]]:
    """Pick one score for each checkpoint, under the same conditions wherever possible.

    Args:
        rows: for each checkpoint the scores of one task and metric, newest first.
        shots: preferred number of shots.

    Returns:
        The conditions that most checkpoints share, and the pick for each that has any score.
    """
    preferred = {
        owner: [row for row in scores if row.shots == shots] or list(scores)
        for owner, scores in rows.items()
        if scores
    }
    counted: Counter[Conditions] = Counter()
    for scores in preferred.values():
        counted.update({conditions(row) for row in scores})
    if not counted:
        return None, {}
    # Ties: the conditions with the most known facts, then the fewest shots, then a fixed order.
    shared = max(counted, key=lambda c: (counted[c], _known(c), -_shots(c), str(c)))
    # One that is comparable counts for more than one with the shots that were preferred.
    picks = {
        owner: next((row for row in rows[owner] if conditions(row) == shared), scores[0])
        for owner, scores in preferred.items()
    }
    return shared, picks


def differences(row: Row, shared: Conditions) -> list[str]:
    """Return in words how a score's conditions differ from the shared ones."""
    words = {
        "shots": "{} shots",
        "harness_version": "harness {}",
        "dtype": "dtype {}",
        "task_version": "task version {}",
        "sample_limit": "limited to {} documents",
    }
    return [
        words[name].format("unknown" if own is None else own)
        if name != "sample_limit" or own is not None
        else "all documents"
        for name, own, other in zip(CONDITIONS, conditions(row), shared, strict=True)
        if own != other
    ]


def described(shared: Conditions) -> str:
    """Return conditions in words, unknown ones included."""
    shots, harness, dtype, version, limit = ("unknown" if c is None else c for c in shared)
    cut = "" if limit == "unknown" else f", limited to {limit} documents"
    return f"{shots} shots, harness {harness}, dtype {dtype}, task version {version}{cut}"


def ordered(tasks: Collection[str]) -> list[str]:
    """Return task names with the headline tasks first."""
    first = [task for task in HEADLINE_TASKS if task in tasks]
    return first + sorted(set(tasks) - set(first))


def _values(row: Row, names: Sequence[str]) -> tuple[object, ...]:
    return tuple(getattr(row, name, None) for name in names)


def _shots(shared: Conditions) -> float:
    shots = shared[0]
    return shots if isinstance(shots, int) else float("inf")


def _known(shared: Conditions) -> int:
    return sum(value is not None for value in shared)
