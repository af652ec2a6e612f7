"""Which checkpoint a network in memory is: what it computes, held against every record."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from catalog.core import curves, fingerprints, fits, plausibility
from catalog.core.fingerprints import Agreement, Comparison, Fingerprint
from catalog.sql.queries import weights as queries

if TYPE_CHECKING:
    from catalog.sql.connections import Reader


@dataclass(frozen=True, slots=True)
class _Record:
    """A fingerprint on record, and whose it is."""

    model: str
    ref: str
    step: int | None
    fingerprint: Fingerprint


@dataclass(frozen=True, slots=True)
class Answer:
    """A checkpoint that a network may be, or steps of one run that it lies between.

    Attributes:
        model: whose.
        refs: the checkpoints: one that agrees with it, or the recorded steps that it fits.
        agrees: whether it computes what is recorded of it, within the tolerance.
        difference: the largest one from the nearest of them, relative to what differs.
        allowed: the tolerance.
        text: all that in words.
    """

    model: str
    refs: tuple[str, ...]
    agrees: bool
    difference: float
    allowed: float
    text: str


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a network may be.

    Attributes:
        fingerprint: what it computes.
        answers: the likeliest first: those that agree, then runs on whose curve it lies.
        compared: how many records of networks of its shape there are.
    """

    fingerprint: Fingerprint
    answers: tuple[Answer, ...]
    compared: int


def recognise(connection: "Reader", seen: Fingerprint) -> Recognised:
    """Return which recorded checkpoints a fingerprint may be of.

    Args:
        connection: an open catalog.
        seen: what a network computes.
    """
    records = _records(connection, seen.probe_set)
    pairs = ((record, fingerprints.compare(record.fingerprint, seen)) for record in records)
    compared = [pair for pair in pairs if pair[1].agreement is not Agreement.INCOMPARABLE]
    agreeing = _nearest(pair for pair in compared if pair[1].agreement is Agreement.AGREE)
    answers = [_agreeing(record, result) for record, result in agreeing]
    named = {answer.model for answer in answers}
    answers += [answer for answer in _fitting(seen, compared) if answer.model not in named]
    return Recognised(seen, tuple(answers), len({record.ref for record, _ in compared}))


def _records(connection: "Reader", probe_set: str) -> Iterator[_Record]:
    for row, fingerprint in queries.of_probe_set(connection, probe_set):
        revision = row.revision or f"step{row.training_step}"
        yield _Record(row.name, f"{row.name}@{revision}", row.training_step, fingerprint)


def _nearest(
    pairs: Iterator[tuple[_Record, Comparison]],
) -> list[tuple[_Record, Comparison]]:
    """Return each checkpoint once, with its nearest record, the nearest checkpoint first."""
    best: dict[str, tuple[_Record, Comparison]] = {}
    for record, result in sorted(pairs, key=lambda pair: pair[1].worst):
        best.setdefault(record.ref, (record, result))
    return list(best.values())


def _agreeing(record: _Record, result: Comparison) -> Answer:
    text = f"computes what is recorded of {record.ref}, {result.margin}"
    return Answer(record.model, (record.ref,), agrees=True, **_distance(result), text=text)


def _distance(result: Comparison) -> dict[str, float]:
    return {"difference": result.worst, "allowed": result.allowed}


def _fitting(seen: Fingerprint, compared: Sequence[tuple[_Record, Comparison]]) -> Iterator[Answer]:
    """Yield the runs on whose curve a fingerprint lies, the one that it fits best first."""
    runs: dict[str, dict[int, tuple[_Record, Comparison]]] = defaultdict(dict)
    for record, result in compared:
        if record.step is not None:
            runs[record.model][record.step] = (record, result)
    placed = {model: _fit(seen, run) for model, run in runs.items()}
    for model in sorted(placed, key=lambda model: placed[model].misfit):
        fit, run = placed[model], runs[model]
        if fit.steps:
            near = [run[step] for step in fit.steps]
            result = min((result for _, result in near), key=lambda result: result.worst)
            refs = tuple(record.ref for record, _ in near)
            text = f"consistent with {fit} of {model}"
            yield Answer(model, refs, agrees=False, **_distance(result), text=text)


def _fit(seen: Fingerprint, run: Mapping[int, tuple[_Record, Comparison]]) -> fits.Fit:
    records = {step: record.fingerprint for step, (record, _) in run.items()}
    return curves.of_run(seen, records, None) or replace(
        plausibility.loss_fit(seen, records), misfit=fits.STRANGE
    )
