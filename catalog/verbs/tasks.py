"""Which tasks checkpoints were scored on: with which metrics, shots and harnesses, and how many."""

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from catalog.core.scores import comparing
from catalog.core.scores.rows import TaskRow
from catalog.errors import CouldNotCheck, UnknownName
from catalog.sql.queries import evals
from catalog.verbs import scored

if TYPE_CHECKING:
    from catalog.sql.connections import Reader
    from catalog.verbs.meaning import Meaning


def tasks(
    connection: "Reader", meaning: "Meaning", texts: Sequence[str], patterns: Sequence[str] = ()
) -> list[TaskRow]:
    """Return the tasks on which some checkpoints were scored, those of the headlines first.

    Args:
        connection: an open catalog.
        meaning: what texts mean in it.
        texts: models, suites, REFs and selections; none: everything that is recorded.
        patterns: only these tasks, under any of their names.

    Raises:
        BadInput: a selection cannot be understood.
        CouldNotCheck: none of them was ever scored.
        UnknownName: a text or a pattern means nothing.
    """
    ids = [each.id for each in scored.asked(connection, meaning, texts)] if texts else None
    counted = {task: numbers for task, *numbers in evals.task_counts(connection, ids)}
    if not counted:
        what = ", ".join(texts) if texts else "this catalog"
        raise CouldNotCheck(
            f"no scores of {what} are recorded", "see `catalog evals import --help`"
        )
    wanted = comparing.matching(counted, patterns) if patterns else list(counted)
    if not wanted:
        nearest = comparing.nearest(patterns[0], list(counted))
        raise UnknownName("task", patterns[0], nearest)
    details: defaultdict[str, tuple[set[str], set[int], set[str]]]
    details = defaultdict(lambda: (set(), set(), set()))
    for task, metric, shots, harness in evals.task_conditions(connection, ids):
        metrics, every_shots, harnesses = details[task]
        metrics.add(metric)
        every_shots.update(() if shots is None else (shots,))
        harnesses.update(() if harness is None else (harness,))
    rows: list[TaskRow] = []
    for task in comparing.ordered(wanted):
        metrics, every_shots, harnesses = details[task]
        named = tuple(sorted(metrics)), tuple(sorted(every_shots)), tuple(sorted(harnesses))
        rows.append(TaskRow(task, *named, *counted[task]))
    return rows
