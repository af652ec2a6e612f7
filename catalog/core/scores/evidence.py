"""What scores say against the weights that are said to have earned them: statistics, no proof.

Three kinds of doubt, each with its numbers. Pure: it judges rows that a query brought. The bounds
were set on the published archives; docs/explanation/score-evidence.md says how.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from operator import itemgetter

from catalog.core.scores.comparing import HEADLINE_TASKS, conditions
from catalog.core.scores.doubts import Doubt, Row, called, measure, numbers, spelled

RULE = "suspect"
"""The audit's finding; scores never make a stronger one."""
CONTINUOUS = ("ppl", "perplexity", "word_perplexity", "byte_perplexity", "bits_per_byte")
"""Metrics of which two equal values are no accident; an accuracy is a count."""
TASKS = (*HEADLINE_TASKS, "lambada")
"""Tasks whose curves are smooth enough to be judged, in every spelling."""
AFTER_STEP = 512
"""Before this many updates models are alike: their scores are those of an untrained network."""
# Of 2,239 published values after that step, none is equal to another by chance.
SHARED = 3
"""So many equal values are beyond chance."""
# Another harness and number type alone made up to 8.1 between honest runs.
CONTRADICTED = 10.0
"""Combined standard errors between two measurements of one checkpoint."""
# The farthest honest one of 833 published scores lies 6.7 outside.
JUMPED = 10.0
"""Combined standard errors outside what both neighbours scored."""


def _is_late(row: Row) -> bool:
    """Return whether a score is of a trained, published checkpoint and a number at all."""
    late = row.training_step is not None and row.training_step > AFTER_STEP
    return late and row.revision is not None and math.isfinite(row.value)


def doubts(rows: Iterable[Row]) -> list[Doubt]:
    """Return every doubt that the scores of some models raise, among them and each by itself."""
    chosen = [row for row in rows if _is_late(row)]
    return [*shared(chosen), *jumps(chosen), *contradicted(chosen)]


# Shared ----------------------------------------------------------------------------------------

_Pair = tuple[Row, Row]
"""Two equal scores."""


def shared(rows: Iterable[Row]) -> list[Doubt]:
    """Return the checkpoints whose scores equal another's to all digits, too often for chance.

    Counted between two checkpoints, and between two models at equal numbers of tokens.

    Args:
        rows: of every model, late ones; of other metrics than `CONTINUOUS` they do not count.
    """
    checkpoints: defaultdict[tuple[int, int], list[_Pair]] = defaultdict(list)
    models: defaultdict[tuple[str, str], list[_Pair]] = defaultdict(list)
    for twins in _equal(rows):
        for row, twin in combinations(twins, 2):
            checkpoints[row.checkpoint_id, twin.checkpoint_id].append((row, twin))
            if _of_two_models(row, twin):
                models[row.model, twin.model].append((row, twin))
    return list(_beyond_chance(checkpoints, models))


def _equal(rows: Iterable[Row]) -> list[list[Row]]:
    """Return the scores of each value to all digits, one a checkpoint, in a fixed order."""
    equal: defaultdict[tuple[object, ...], dict[int, Row]] = defaultdict(dict)
    for row in rows:
        if row.metric in CONTINUOUS:
            equal[(*measure(row), row.value)][row.checkpoint_id] = row
    return [
        sorted(group.values(), key=lambda row: (row.model, row.checkpoint_id))
        for group in equal.values()
    ]


def _of_two_models(row: Row, twin: Row) -> bool:
    """Return whether two scores are of two models at equal numbers of tokens."""
    return row.model != twin.model and row.tokens_seen == twin.tokens_seen


def _beyond_chance(
    checkpoints: Mapping[tuple[int, int], list[_Pair]],
    models: Mapping[tuple[str, str], list[_Pair]],
) -> Iterator[Doubt]:
    """Yield a doubt about either checkpoint of each pair that shares too much."""
    for pairs in checkpoints.values():
        row, twin = pairs[0]
        # Two runs that were mixed up may share a single value a step, which alone would pass for
        # chance (pythia-2.8b and its twin: five values, five steps): so the models' count, too.
        of_models = models.get((row.model, twin.model), []) if _of_two_models(row, twin) else []
        if max(len(pairs), len(of_models)) >= SHARED:
            yield _shared(pairs, len(of_models), turned=False)
            yield _shared(pairs, len(of_models), turned=True)


def _shared(pairs: Sequence[_Pair], between_models: int, *, turned: bool) -> Doubt:
    facing = [(twin, row) for row, twin in pairs] if turned else pairs
    row, twin = facing[0]
    name = f"{twin.model}@{twin.revision}"
    listed = "; ".join(f"{called(score)}: {score.value!r}" for score, _ in facing[:SHARED])
    more = f" and {len(facing) - SHARED} more" if len(facing) > SHARED else ""
    models = f"; the two models share {between_models} such values" if between_models else ""
    return Doubt(
        "shared",
        row.model,
        str(row.revision),
        f"Scores equal those of {name} to all digits ({listed}{more}){models}.",
        tuple(numbers(score, same_as=name) for score, _ in facing),
    )


# Jumps -----------------------------------------------------------------------------------------

_Leap = tuple[float, Row, Row, Row]
"""Standard errors; the score before, the score itself, the one after."""


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
            key = (row.model, *measure(row), row.filter, *conditions(row), row.backend)
            curves[key].setdefault(row.training_step or 0, row)
    off: defaultdict[tuple[str, str], list[_Leap]] = defaultdict(list)
    for curve in curves.values():
        ordered = [curve[step] for step in sorted(curve)]
        for before, row, after in zip(ordered, ordered[1:], ordered[2:], strict=False):
            errors = outside(before, row, after)
            if errors > JUMPED:
                off[row.model, str(row.revision)].append((errors, before, row, after))
    return [_jump(leaps) for leaps in off.values()]


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


def _jump(leaps: list[_Leap]) -> Doubt:
    errors, before, row, after = max(leaps, key=itemgetter(0))
    near = f"{before.revision} ({before.value:.3g}) and {after.revision} ({after.value:.3g})"
    return Doubt(
        "jump",
        row.model,
        str(row.revision),
        f"{called(row)} is {spelled(row)}, {errors:.1f} standard errors outside what {near} score.",
        tuple(
            numbers(score, errors=round(far, 1), before=low.value, after=high.value)
            for far, low, score, high in leaps
        ),
    )


# Contradicted ----------------------------------------------------------------------------------

_Gap = tuple[float, Row, Row]
"""Standard errors; the older score, the newer."""


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
            measured[(row.checkpoint_id, *measure(row))].append(row)
    against: defaultdict[tuple[str, str], list[_Gap]] = defaultdict(list)
    for runs in measured.values():
        gaps = [
            (abs(newer.value - older.value) / _error(newer, older), older, newer)
            for newer in runs
            for older in runs
            if newer.commit and newer.commit != older.commit and _is_newer(newer, older)
        ]
        if gaps and (worst := max(gaps, key=itemgetter(0)))[0] > CONTRADICTED:
            against[worst[1].model, str(worst[1].revision)].append(worst)
    return [_contradicted(gaps) for gaps in against.values()]


def _error(row: Row, other: Row) -> float:
    return math.hypot(row.stderr or 0.0, other.stderr or 0.0)


def _is_newer(newer: Row, older: Row) -> bool:
    """Return whether a run came later; one that has no date counts as old."""
    if newer.evaluated_at is None or older.evaluated_at is None:
        return older.evaluated_at is None
    return newer.evaluated_at > older.evaluated_at


def _contradicted(gaps: list[_Gap]) -> Doubt:
    errors, older, newer = max(gaps, key=itemgetter(0))
    return Doubt(
        "contradicted",
        older.model,
        str(older.revision),
        f"{called(older)} is recorded as {spelled(older)}, but commit {str(newer.commit)[:8]} "
        f"scored {spelled(newer)}: {errors:.1f} standard errors apart.",
        tuple(
            numbers(old, errors=round(far, 1), commit=new.commit, measured=new.value)
            for far, old, new in gaps
        ),
    )
