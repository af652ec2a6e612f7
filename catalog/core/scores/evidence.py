"""What scores say against the weights that are said to have earned them: statistics, no proof.

Three kinds of doubt, each with its numbers. Pure: it judges rows that a query brought. The bounds
were set on the published archives; docs/explanation/score-evidence.md says how.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Protocol

from catalog.core.scores import comparing
from catalog.core.scores.comparing import HEADLINE_TASKS, conditions, metric_name, task_name

RULE = "suspect"
"""The audit's finding; scores never make a stronger one."""
CONTINUOUS = ("ppl", "perplexity", "word_perplexity", "byte_perplexity", "bits_per_byte")
"""Metrics of which two equal values are no accident; an accuracy is a count."""
TASKS = (*HEADLINE_TASKS, "lambada")
"""Tasks whose curves are smooth enough to be judged, in every spelling."""
AFTER_STEP = 512
"""Before this many updates models are alike: their scores are those of an untrained network."""
SHARED = 3
"""So many equal values are beyond chance."""
CONTRADICTED = 10.0
"""Combined standard errors between two measurements of one checkpoint."""
JUMPED = 10.0
"""Combined standard errors outside what both neighbours scored."""


class Row(comparing.Row, Protocol):
    """A score, as far as this needs it; `scores.rows.ScoreRow` is one."""

    @property
    def model(self) -> str:
        """Its model."""

    @property
    def revision(self) -> str | None:
        """Its branch."""

    @property
    def training_step(self) -> int | None:
        """Updates of the optimizer."""

    @property
    def tokens_seen(self) -> int | None:
        """Tokens."""

    @property
    def prompt(self) -> str | None:
        """Which, where a task has several."""

    @property
    def value(self) -> float:
        """The score."""

    @property
    def stderr(self) -> float | None:
        """Its standard error."""

    @property
    def sample_limit(self) -> str | None:
        """None for every document."""

    @property
    def filter(self) -> str | None:
        """What the harness made of the answers, None for nothing."""

    @property
    def backend(self) -> str | None:
        """What ran the network."""

    @property
    def commit(self) -> str | None:
        """The Hub's commit that was measured, None where nobody says."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """Statistical evidence against one checkpoint.

    Args:
        kind: `shared`, `jump` or `contradicted`.
        model: its model.
        revision: its branch.
        message: one plain sentence.
        numbers: what it rests on, as JSON holds it.
    """

    kind: str
    model: str
    revision: str
    message: str
    numbers: tuple[dict[str, object], ...]


def _is_late(row: Row) -> bool:
    """Return whether a score is of a trained, published checkpoint and a number at all."""
    late = row.training_step is not None and row.training_step > AFTER_STEP
    return late and row.revision is not None and math.isfinite(row.value)


def _measure(row: Row) -> tuple[str, str, str | None, int | None, str | None]:
    """Return what was measured, in the names that hold for every version of the harness."""
    return task_name(row.task), metric_name(row.metric), row.prompt, row.shots, row.sample_limit


def doubts(rows: Iterable[Row]) -> list[Doubt]:
    """Return every doubt that the scores of some models raise, among them and each by itself."""
    chosen = [row for row in rows if _is_late(row)]
    return [*shared(chosen), *jumps(chosen), *contradicted(chosen)]


# Shared ----------------------------------------------------------------------------------------

_Pair = tuple[Row, Row]


def shared(rows: Iterable[Row]) -> list[Doubt]:
    """Return the checkpoints whose scores equal another's to all digits, too often for chance.

    Counted between two checkpoints, and between two models at equal numbers of tokens.

    Args:
        rows: of every model, late ones; of other metrics than `CONTINUOUS` they do not count.
    """
    equal: defaultdict[tuple[object, ...], dict[int, Row]] = defaultdict(dict)
    for row in rows:
        if row.metric in CONTINUOUS:
            equal[(*_measure(row), row.value)][row.checkpoint_id] = row
    checkpoints: defaultdict[tuple[int, int], list[_Pair]] = defaultdict(list)
    models: defaultdict[tuple[str, str], list[_Pair]] = defaultdict(list)
    for group in equal.values():
        ordered = sorted(group.values(), key=lambda row: (row.model, row.checkpoint_id))
        for one, other in combinations(ordered, 2):
            checkpoints[one.checkpoint_id, other.checkpoint_id].append((one, other))
            if one.model != other.model and one.tokens_seen == other.tokens_seen:
                models[one.model, other.model].append((one, other))
    return [
        _shared(pairs, len(of_models), turned=turned)
        for pairs in checkpoints.values()
        for of_models in (_of_models(models, pairs[0]),)
        if len(pairs) >= SHARED or len(of_models) >= SHARED
        for turned in (False, True)
    ]


def _of_models(models: Mapping[tuple[str, str], list[_Pair]], pair: _Pair) -> Sequence[_Pair]:
    """Return what two models share, if this pair is of two models at equal tokens."""
    one, other = pair
    if one.model == other.model or one.tokens_seen != other.tokens_seen:
        return ()
    return models.get((one.model, other.model), ())


def _shared(pairs: Sequence[_Pair], between_models: int, *, turned: bool) -> Doubt:
    facing = [(other, one) for one, other in pairs] if turned else pairs
    row, twin = facing[0]
    name = f"{twin.model}@{twin.revision}"
    listed = "; ".join(f"{_called(one)}: {one.value!r}" for one, _ in facing[:SHARED])
    more = f" and {len(facing) - SHARED} more" if len(facing) > SHARED else ""
    models = f"; the two models share {between_models} such values" if between_models else ""
    return Doubt(
        "shared",
        row.model,
        str(row.revision),
        f"Scores equal those of {name} to all digits ({listed}{more}){models}.",
        tuple(_number(one, same_as=name) for one, _ in facing),
    )


# Jumps -----------------------------------------------------------------------------------------


def jumps(rows: Iterable[Row]) -> list[Doubt]:
    """Return the checkpoints that score far outside what both their neighbours score.

    Scores are compared under the same conditions only. The ends of a curve are not judged: a
    score beyond a single neighbour may be progress.

    Args:
        rows: late ones, the newest run first; of other tasks than `TASKS` they do not count.
    """
    curves: defaultdict[tuple[object, ...], dict[int, Row]] = defaultdict(dict)
    for row in rows:
        if row.task in TASKS and row.stderr and row.value > 0:
            key = (row.model, *_measure(row), row.filter, *conditions(row), row.backend)
            curves[key].setdefault(row.training_step or 0, row)
    off: defaultdict[tuple[str, str], list[tuple[float, Row, Row, Row]]] = defaultdict(list)
    for curve in curves.values():
        ordered = [curve[step] for step in sorted(curve)]
        for before, row, after in zip(ordered, ordered[1:], ordered[2:], strict=False):
            errors = outside(before, row, after)
            if errors > JUMPED:
                off[row.model, str(row.revision)].append((errors, before, row, after))
    return [_jump(found) for found in off.values()]


def outside(before: Row, row: Row, after: Row) -> float:
    """Return how far a score is outside its neighbours' range, in combined standard errors."""
    first, own, last = _scaled(before), _scaled(row), _scaled(after)
    low, high = sorted((first, last))
    near = low if own[0] < low[0] else high
    distance = max(0.0, low[0] - own[0], own[0] - high[0])
    return distance / math.hypot(own[1], near[1])


def _scaled(row: Row) -> tuple[float, float]:
    """Return value and error; a perplexity's are those of its logarithm."""
    error = row.stderr or 0.0
    if row.metric in CONTINUOUS:
        return math.log(row.value), error / row.value
    return row.value, error


def _jump(found: list[tuple[float, Row, Row, Row]]) -> Doubt:
    errors, before, row, after = max(found, key=lambda each: each[0])
    near = f"{before.revision} ({before.value:.3g}) and {after.revision} ({after.value:.3g})"
    return Doubt(
        "jump",
        row.model,
        str(row.revision),
        f"{_called(row)} is {_told(row)}, {errors:.1f} standard errors outside what {near} score.",
        tuple(
            _number(one, errors=round(far, 1), before=low.value, after=high.value)
            for far, low, one, high in found
        ),
    )


# Contradicted ----------------------------------------------------------------------------------


def contradicted(rows: Iterable[Row]) -> list[Doubt]:
    """Return the checkpoints whose recorded scores a newer run on the Hub's weights contradicts.

    The newer run names the commit that it measured. Type and harness may differ from the older
    run's, and alone made differences of up to 8.1 standard errors in the published archives.

    Args:
        rows: late ones.
    """
    measured: defaultdict[tuple[object, ...], list[Row]] = defaultdict(list)
    for row in rows:
        if row.stderr:
            measured[(row.checkpoint_id, *_measure(row))].append(row)
    against: defaultdict[tuple[str, str], list[tuple[float, Row, Row]]] = defaultdict(list)
    for found in measured.values():
        far = [
            (abs(newer.value - older.value) / _error(newer, older), older, newer)
            for newer in found
            for older in found
            if newer.commit and newer.commit != older.commit and _is_newer(newer, older)
        ]
        if far and (worst := max(far, key=lambda each: each[0]))[0] > CONTRADICTED:
            against[worst[1].model, str(worst[1].revision)].append(worst)
    return [_contradicted(found) for found in against.values()]


def _error(one: Row, other: Row) -> float:
    return math.hypot(one.stderr or 0.0, other.stderr or 0.0)


def _is_newer(newer: Row, older: Row) -> bool:
    """Return whether a run came later; one that has no date counts as old."""
    if newer.evaluated_at is None or older.evaluated_at is None:
        return older.evaluated_at is None
    return newer.evaluated_at > older.evaluated_at


def _contradicted(found: list[tuple[float, Row, Row]]) -> Doubt:
    errors, older, newer = max(found, key=lambda each: each[0])
    return Doubt(
        "contradicted",
        older.model,
        str(older.revision),
        f"{_called(older)} is recorded as {_told(older)}, but commit {str(newer.commit)[:8]} "
        f"scored {_told(newer)}: {errors:.1f} standard errors apart.",
        tuple(
            _number(old, errors=round(far, 1), commit=new.commit, measured=new.value)
            for far, old, new in found
        ),
    )


# In words --------------------------------------------------------------------------------------


def _called(row: Row) -> str:
    shots = "" if row.shots is None else f", {row.shots} shots"
    return f"{task_name(row.task)} {metric_name(row.metric)}{shots}"


def _told(row: Row) -> str:
    return f"{row.value:.3g} ± {row.stderr:.2g}"


def _number(row: Row, **more: object) -> dict[str, object]:
    return {
        "task": row.task,
        "metric": row.metric,
        "shots": row.shots,
        "value": row.value,
        "stderr": row.stderr,
        **more,
    }
