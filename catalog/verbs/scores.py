"""Scores of checkpoints: which are wanted, which may stand together, and which tasks there are."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, NamedTuple

from catalog.core.counts import count
from catalog.core.scores import comparing
from catalog.errors import BadInput, CouldNotCheck, UnknownName
from catalog.sql.queries import evals, models
from catalog.verbs import marks, scored
from catalog.verbs.spreading import PLAIN

if TYPE_CHECKING:
    from catalog.core.scores.rows import ScoreRow
    from catalog.core.selections import Spread
    from catalog.sql.connections import Reader
    from catalog.verbs.meaning import Meaning
    from catalog.verbs.scored import Asked

UNKNOWN = "unknown"
"""Asks for scores whose harness or type nobody states."""
_DTYPES = {"fp16": "float16", "half": "float16", "bf16": "bfloat16", "fp32": "float32"}


class Wanted(NamedTuple):
    """Which scores are asked for.

    Attributes:
        tasks: patterns of tasks, under any of their names; empty: all.
        metrics: metrics, under any of their names; empty: all.
        shots: only this number of shots.
        harness: only this version of the harness; `unknown`: where none is stated.
        dtype: only this type of arithmetic; `unknown`: where none is stated.
        alike: of each measure only those made under the conditions that most share.
        clean: none with a mark.
        every: also older runs and withdrawn scores.
        spread: which checkpoints of models and suites that are named alone.
    """

    tasks: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    shots: int | None = None
    harness: str | None = None
    dtype: str | None = None
    alike: bool = False
    clean: bool = False
    every: bool = False
    spread: "Spread" = PLAIN


class Shown(NamedTuple):
    """Scores, and what is to be said of those that are not among them.

    Attributes:
        rows: the scores, by tokens and task.
        remarks: what was left out and why, and what was never scored.
    """

    rows: "tuple[ScoreRow, ...]"
    remarks: tuple[str, ...] = ()


def shown(connection: "Reader", meaning: "Meaning", texts: Sequence[str], wanted: Wanted) -> Shown:
    """Return the scores of checkpoints, or of every scored checkpoint of models and suites.

    Raises:
        BadInput: none has so many shots, that harness or that type.
        CouldNotCheck: none is recorded, all were withdrawn, or none is left.
        UnknownName: a text, a task or a metric is unknown.
    """
    asked = scored.asked(connection, meaning, texts, wanted.spread)
    scores = rows(connection, [each.id for each in asked], wanted)
    if not scores:
        raise _nothing(connection, texts, asked, wanted)
    absent = _unscored(connection, asked, scores, wanted)
    if not wanted.every:
        scores = comparing.newest(scores, marks.with_runs)
    kept, remarks = sifted(marks.marked(connection, scores), wanted)
    distances = {each.id: each.distance for each in asked if each.distance is not None}
    return Shown(
        tuple(
            row._replace(distance=distances[row.checkpoint_id])
            if row.checkpoint_id in distances
            else row
            for row in kept
        ),
        (*absent, *remarks),
    )


def _nothing(
    connection: "Reader", texts: Sequence[str], asked: "Sequence[Asked]", wanted: Wanted
) -> CouldNotCheck:
    """Return why there is no score: that all were withdrawn is no reason to import them again."""
    what = ", ".join(texts)
    ids = [each.id for each in asked]
    if not wanted.every and rows(connection, ids, wanted._replace(every=True)):
        return CouldNotCheck(f"all such scores of {what} were withdrawn", "--all shows them")
    nearest = next(iter(_nearest(connection, asked, wanted).values()), None)
    hint = f"nearest scored: {nearest}" if nearest else "see `catalog evals import --help`"
    return CouldNotCheck(f"no scores of {what} are recorded", hint)


# Which scores ----------------------------------------------------------------------------------


def rows(connection: "Reader", ids: Sequence[int], wanted: Wanted) -> "list[ScoreRow]":
    """Return scores of checkpoints; a task or metric is meant under each of its names.

    Raises:
        BadInput: none has so many shots, that harness or that type.
        UnknownName: no checkpoint has such a task or metric.
    """
    tasks = None
    if wanted.tasks:
        known = evals.tasks(connection, ids)
        for pattern in wanted.tasks:
            if known and not comparing.matching(known, [pattern]):
                raise _unknown_task(connection, pattern, known, wanted)
        tasks = comparing.matching(known, wanted.tasks)
    scores = evals.scores(connection, ids, tasks=tasks, withdrawn=wanted.every)
    if wanted.metrics and scores:
        scores = _of_metrics(scores, wanted.metrics)
    return _under(scores, wanted)


def _of_metrics(scores: "list[ScoreRow]", metrics: Sequence[str]) -> "list[ScoreRow]":
    kept: list[ScoreRow] = []
    for text in metrics:
        name, filter_ = comparing.metric_and_filter(text)
        some = [score for score in scores if comparing.metric_name(score.metric) == name]
        if filter_ is not None:
            some = [score for score in some if (score.filter or "none") == filter_]
        if not some:
            raise _unknown_metric(text, sorted({_metric(score) for score in scores}))
        kept += some
    wanted = set(map(id, kept))
    return [score for score in scores if id(score) in wanted]


def _metric(score: "ScoreRow") -> str:
    """Return a metric as the harness writes it, with its filter where it has one."""
    filtered = score.filter not in (None, "none")
    return f"{score.metric},{score.filter}" if filtered else score.metric


def _under(scores: "list[ScoreRow]", wanted: Wanted) -> "list[ScoreRow]":
    """Return the scores that were made under the conditions that are asked for.

    Raises:
        BadInput: none was.
    """
    if wanted.shots is not None:
        shots = wanted.shots
        there = {score.shots for score in scores if score.shots is not None}
        scores = _having(scores, lambda score: score.shots == shots, f"{shots} shots", there)
    if wanted.harness is not None:
        version = None if wanted.harness == UNKNOWN else wanted.harness
        versions = {score.harness_version or UNKNOWN for score in scores}
        what = f"harness {wanted.harness}"
        scores = _having(scores, lambda score: score.harness_version == version, what, versions)
    if wanted.dtype is not None:
        asked = wanted.dtype.removeprefix("torch.")
        dtype = None if asked == UNKNOWN else _DTYPES.get(asked, asked)
        dtypes = {score.dtype or UNKNOWN for score in scores}
        what = f"dtype {wanted.dtype}"
        scores = _having(scores, lambda score: score.dtype == dtype, what, dtypes)
    return scores


def _having(
    scores: "list[ScoreRow]",
    fits: "Callable[[ScoreRow], bool]",
    what: str,
    there: "Iterable[int | str]",
) -> "list[ScoreRow]":
    kept = [score for score in scores if fits(score)]
    if scores and not kept:
        listed = ", ".join(map(str, sorted(there)))
        has = f"no score here has {what}"
        raise BadInput(has, f"there are {listed}" if listed else "it is unknown of all of them")
    return kept


def _unknown_task(
    connection: "Reader", pattern: str, known: Sequence[str], wanted: Wanted
) -> UnknownName:
    nearest = comparing.nearest(pattern, known)
    if not comparing.matching(evals.every_task(connection), [pattern]):
        return UnknownName("task", pattern, nearest)
    why = f"none of these checkpoints was scored on {pattern!r}"
    if wanted.spread.spacing and not wanted.spread.scored:
        return UnknownName("task", pattern, why=why, hint="--scored takes the nearest that were")
    return UnknownName("task", pattern, nearest, why=why)


def _unknown_metric(text: str, known: Sequence[str]) -> UnknownName:
    nearest = get_close_matches(text, known, n=len(known), cutoff=0.4)
    listed = [*nearest, *(metric for metric in known if metric not in nearest)]
    return UnknownName("metric", text, listed, why=f"no score here has the metric {text!r}")


# What may stand together -----------------------------------------------------------------------


def sifted(
    scores: "Sequence[ScoreRow]", wanted: Wanted
) -> "tuple[list[ScoreRow], tuple[str, ...]]":
    """Leave out what is marked, and what is unlike the rest, as far as that is asked for.

    Raises:
        CouldNotCheck: all are marked.
    """
    kept, remarks = list(scores), []
    if wanted.clean:
        kept = [score for score in scores if not score.is_marked]
        if not kept:
            raise CouldNotCheck("every such score has a mark", "without --clean they are shown")
        if len(kept) < len(scores):
            marked = [score for score in scores if score.is_marked]
            remarks.append(f"left out, as marked: {_counted(marked)}")
    if wanted.alike:
        kept, unlike = _alike(kept)
        remarks += unlike
    return kept, tuple(remarks)


def _alike(scores: "Sequence[ScoreRow]") -> "tuple[list[ScoreRow], list[str]]":
    """Return of each measure the scores with the conditions that most checkpoints share."""
    measures: defaultdict[tuple[object, ...], defaultdict[int, list[ScoreRow]]]
    measures = defaultdict(lambda: defaultdict(list))
    for score in scores:
        measures[comparing.measure(score)][score.checkpoint_id].append(score)
    shared = {key: comparing.choose(owned, shots=None)[0] for key, owned in measures.items()}
    kept: list[ScoreRow] = []
    unlike: defaultdict[str, list[ScoreRow]] = defaultdict(list)
    for score in scores:
        conditions = shared[comparing.measure(score)]
        if conditions is None or comparing.conditions(score) == conditions:
            kept.append(score)
        else:
            differs = ", ".join(comparing.differences(score, conditions))
            unlike[f"{differs} (the rest: {comparing.described(conditions)})"].append(score)
    return kept, [f"left out: {_counted(some)}: {why}" for why, some in unlike.items()]


def _counted(scores: "Sequence[ScoreRow]") -> str:
    """Return how many scores, and of which checkpoint most of them are."""
    owners = Counter(f"{score.model}@{score.revision or score.training_step}" for score in scores)
    number = count(len(scores), "score")
    first = next(iter(owners))
    return f"{number} of {first}" + (f" and {len(owners) - 1} more" if len(owners) > 1 else "")


# What was never scored -------------------------------------------------------------------------


def _unscored(
    connection: "Reader", asked: "Sequence[Asked]", scores: "Sequence[ScoreRow]", wanted: Wanted
) -> list[str]:
    """Return remarks on the checkpoints that were named and have no such score."""
    there = {score.checkpoint_id for score in scores}
    absent = [each for each in asked if each.by_name and each.id not in there]
    nearest = _nearest(connection, absent, wanted)
    return [
        f"{ref} has no such score; nearest scored: {other}" for ref, other in nearest.items()
    ] + [f"{each.ref} has no such score" for each in absent if each.ref not in nearest]


def _nearest(connection: "Reader", absent: "Sequence[Asked]", wanted: Wanted) -> dict[str, str]:
    """Return for checkpoints without scores which one of their model, by tokens, is next to it."""
    nearest: dict[str, str] = {}
    for name in dict.fromkeys(each.model for each in absent if each.by_name):
        model = models.named(connection, name)
        saved = {each.id: each for each in models.checkpoints(connection, model.id)}
        ids = evals.checkpoint_ids_with_scores(connection, model.id)
        if wanted != Wanted(every=wanted.every, spread=wanted.spread):
            ids = list({score.checkpoint_id for score in _quietly(connection, ids, wanted)})
        seen = [(n, saved[n].tokens_seen) for n in sorted(ids) if n in saved]
        amounts = [(number, tokens) for number, tokens in seen if tokens is not None]
        for each in absent:
            tokens = saved[each.id].tokens_seen if each.model == name else None
            near = [] if tokens is None else [(abs(a - tokens), n) for n, a in amounts]
            if near:
                nearest[each.ref] = f"{name}@{saved[min(near)[1]].revision}"
    return nearest


def _quietly(connection: "Reader", ids: Sequence[int], wanted: Wanted) -> "list[ScoreRow]":
    try:
        return rows(connection, ids, wanted)
    except BadInput:
        return []
