"""Judges a fingerprint for which there is no record: by theory, its run's records, its siblings'.

Pure rules; `catalog.core.fingerprints` compares with a record where there is one.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from catalog.core import curves
from catalog.core.fingerprints import Agreement, Fingerprint, compare
from catalog.core.fits import Fit
from catalog.core.probes import plausibility

FINE = 1e-3
"""A tolerance below which agreement tells steps apart; half precision's is wider than they lie."""
Run = Mapping[int, Fingerprint]
"""Records of one training run, by training step."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether a fingerprint can be what its step says.

    Args:
        plausible: whether it can; None: it is suspect, and nothing refutes it.
        expected: what was expected, in words; None where there is nothing to judge by.
        fits: which recorded steps it fits instead or as well, in words; empty where none is known.
    """

    plausible: bool | None
    expected: str | None
    fits: str


def judge(seen: Fingerprint, step: int | None, run: Run, siblings: Sequence[Run] = ()) -> Judgement:
    """Judge a fingerprint by its training step.

    Args:
        seen: the fingerprint.
        step: the optimizer step that it should be of, None where unknown.
        run: what is on record of its run.
        siblings: of other runs of its shape, on the same schedule; asked where its own has too few,
            and where its own cannot rule the step out.
    """
    run, same = related(seen, run)
    if same:
        return _by_equal(step, same)
    fit, source = _fit(seen, run, siblings, step)
    fits = _in_words(fit, source, step) if fit else _by_loss(loss_fit(seen, run))
    limits = None if step is None else _limits(seen, step, run)
    if limits is not None and not limits.holds(seen):
        return Judgement(plausible=False, expected=limits.expected, fits=fits)
    if fit is not None and step is not None:
        expected = f"step {step}, as {source} would have it"
        return Judgement(plausible=fit.fits_step or None, expected=expected, fits=fits)
    if limits is None:
        return Judgement(plausible=True, expected=None, fits=fits)
    return Judgement(plausible=True, expected=limits.expected, fits=fits)


def related(seen: Fingerprint, run: Run) -> tuple[dict[int, Fingerprint], list[int]]:
    """Return the records that a fingerprint can be compared with, and the steps it is equal to."""
    compared = {step: compare(record, seen) for step, record in run.items()}
    near = {
        step: run[step]
        for step, result in compared.items()
        if result.agreement is not Agreement.INCOMPARABLE
    }
    return near, sorted(
        step
        for step in near
        if compared[step].agreement is Agreement.AGREE and compared[step].allowed <= FINE
    )


def _by_equal(step: int | None, same: Sequence[int]) -> Judgement:
    """Judge what computes exactly what is recorded of other steps.

    A first update with learning rate 0 leaves step 1 equal to step 0. Other neighbours are equal
    only where training has come to rest; an octave apart they are not.
    """
    fits = f"computes what is recorded of step {', '.join(map(str, same))}"
    if step is None:
        return Judgement(plausible=True, expected=None, fits=fits)
    expected = f"step {step}"
    if step in same or any({step, other} == {0, 1} for other in same):
        return Judgement(plausible=True, expected=expected, fits=fits)
    far = all(max(step, other) >= 2 * min(step, other) for other in same)
    return Judgement(plausible=False if far else None, expected=expected, fits=fits)


def _fit(
    seen: Fingerprint, run: Run, siblings: Sequence[Run], step: int | None
) -> tuple[Fit | None, str]:
    """Return which steps it fits, and by what: its own run's curve, or its siblings'.

    What the own curve cannot rule out, because there is no record near, the siblings' may: then
    theirs counts.
    """
    own, source = curves.of_run(seen, run, step), f"the curve through {len(run)} recorded steps"
    if not siblings or (own is not None and own.fits_step is not True):
        return own, source
    theirs, other = _fit_siblings(seen, run, siblings, step)
    if own is None or (theirs is not None and theirs.fits_step is False):
        return theirs, other
    return own, source


def _fit_siblings(
    seen: Fingerprint, run: Run, siblings: Sequence[Run], step: int | None
) -> tuple[Fit | None, str]:
    """Return which steps it fits on the mean curve of siblings, and of how many."""
    others = [related(seen, other)[0] for other in siblings]
    others = [other for other in others if len(other) >= curves.FEWEST]
    started = [other for other in others if 0 in other] if 0 in run else []
    if len(started) > 1:  # then it can be said how far weights have moved
        return curves.of_siblings(seen, started, step, run[0]), _siblings(started)
    return curves.of_siblings(seen, others, step), _siblings(others)


def _siblings(runs: Sequence[Run]) -> str:
    return f"the curve of {len(runs)} sibling runs"


def _in_words(fit: Fit, source: str, step: int | None) -> str:
    shown = f"fits {fit}" if fit.steps else f"fits no step of {source}"
    last = math.inf if fit.beyond else max(fit.steps, default=0)
    outside = step is not None and fit.steps and not fit.steps[0] <= step <= last
    if fit.fits_step is False:
        about = "" if outside or fit.about in (None, step) else f", about step {fit.about}"
        if fit.disordered:
            return f"suspect: {shown}, but its weights lie beyond the records beside step {step}"
        return f"suspect: {shown}{f'{about}, not step {step}' if fit.steps else ''}"
    doubt = f"; step {step} cannot be ruled out" if outside else ""
    return f"consistent with recorded {fit}{doubt}" if fit.steps else shown


# By the loss alone -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Limits:
    """Where the loss on text must lie."""

    low: float
    high: float
    expected: str

    def holds(self, seen: Fingerprint) -> bool:
        return self.low <= seen.text_loss <= self.high


@dataclass(frozen=True, slots=True)
class _Untrained:
    """Where an untrained network's losses must lie: their mean, and each.

    A trained one knows text better and is surer of what is wrong elsewhere, which may cancel out.
    """

    loss: float
    allowed: float
    each: float

    @property
    def expected(self) -> str:
        each = f"within {self.allowed:.4f}, on each probe within {self.each:.4f}"
        return f"untrained: a loss of {self.loss:.4f} {each}"

    def holds(self, seen: Fingerprint) -> bool:
        far = max(abs(reading.nll - self.loss) for reading in seen.readings)
        return abs(seen.loss - self.loss) <= self.allowed and far <= self.each


def _limits(seen: Fingerprint, step: int, run: Run) -> _Limits | _Untrained | None:
    """Return where a step's loss must lie: by theory at step 0, else beside its neighbours.

    Training lowers it: a step after all recorded ones may lie as low as it will, and one before
    them as high.
    """
    if step == 0:
        loss, allowed = untrained_loss(seen)
        slack = plausibility().untrained
        each = slack + (allowed - slack) * math.sqrt(len(seen.readings))
        return _Untrained(loss, allowed, each)
    beside = nearest(run, step)
    if not beside:
        return None
    low, high = neighbour_range(run[other].text_loss for other in beside)
    names = " and ".join(f"step {other}" for other in beside)
    if len(beside) > 1:
        return _Limits(
            low, high, f"on text between {low:.4f} and {high:.4f}, near {names} on record"
        )
    if beside[0] < step:
        return _Limits(-math.inf, high, f"on text at most {high:.4f}, after {names} on record")
    return _Limits(low, math.inf, f"on text at least {low:.4f}, before {names} on record")


def _by_loss(fit: Fit) -> str:
    return f"consistent with recorded {fit}" if fit.steps else ""


def loss_fit(seen: Fingerprint, run: Run) -> Fit:
    """Return which recorded steps a fingerprint's loss fits: alike, or on both sides of it.

    Args:
        seen: the fingerprint.
        run: what is on record of its run.
    """
    losses = sorted((step, record.text_loss) for step, record in run.items())
    fit = set()
    for step, loss in losses:
        low, high = neighbour_range([loss])
        if low <= seen.text_loss <= high:
            fit.add(step)
    for (before, above), (after, below) in pairwise(losses):
        if min(above, below) < seen.text_loss < max(above, below):
            fit |= {before, after}
    return Fit(tuple(sorted(fit)), fits_step=None)


def closest(known: Sequence[Fingerprint], seen: Fingerprint) -> Fingerprint:
    """Return the record from the most similar environment, the newest of equals."""

    def likeness(old: Fingerprint) -> tuple[bool, ...]:
        ours, theirs = old.environment, seen.environment
        alike = (ours.dtype == theirs.dtype, ours.device == theirs.device)
        return (ours == theirs, *alike, old.version == seen.version)

    return max(reversed(known), key=likeness)


def nearest(run: Mapping[int, object], step: int) -> list[int]:
    """Return the recorded steps next below and next above a step.

    >>> nearest({0: None, 8: None, 64: None}, 16)
    [8, 64]
    """
    below = max((other for other in run if other < step), default=None)
    above = min((other for other in run if other > step), default=None)
    return [other for other in (below, above) if other is not None]


def untrained_loss(fingerprint: Fingerprint) -> tuple[float, float]:
    """Return the loss of an untrained network of this shape and how far it may lie from that.

    With a normalised hidden state of d numbers and output weights of standard deviation sigma, a
    logit has variance sigma^2 d, so the expected loss is ln V + sigma^2 d / 2.
    """
    variance = fingerprint.head_std**2 * fingerprint.width
    expected = math.log(fingerprint.vocabulary) + variance / 2
    return expected, plausibility().untrained + 4 * math.sqrt(variance / fingerprint.tokens)


def neighbour_range(losses: Iterable[float]) -> tuple[float, float]:
    """Return the lowest and highest plausible loss beside recorded neighbours with `losses`."""
    known = sorted(losses)
    slack = plausibility().neighbours
    return known[0] - slack, known[-1] + slack
