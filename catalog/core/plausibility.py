"""Judges a fingerprint for which there is no record: by theory at step 0, else by its neighbours.

Pure rules; `catalog.core.fingerprints` compares with a record where there is one.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from catalog.core.fingerprints import Fingerprint
from catalog.core.probes import plausibility


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether a fingerprint can be what its step says.

    Args:
        plausible: whether it lies where it should.
        expected: where that is, in words.
    """

    plausible: bool
    expected: str


def judge(
    seen: Fingerprint, training_step: int | None, text_losses: Mapping[int, float]
) -> Judgement | None:
    """Judge a fingerprint by its training step; None where there is nothing to judge by.

    Args:
        seen: the fingerprint.
        training_step: the optimizer step that it should be of, None where unknown.
        text_losses: recorded losses of the same run on natural text, by training step.
    """
    if training_step == 0:
        loss, allowed = untrained_loss(seen)
        expected = f"untrained: a loss of {loss:.4f} within {allowed:.4f}"
        return Judgement(abs(seen.loss - loss) <= allowed, expected)
    beside = [] if training_step is None else nearest(text_losses, training_step)
    if not beside:
        return None
    low, high = neighbour_range(text_losses[step] for step in beside)
    names = " and ".join(f"step {step}" for step in beside)
    expected = f"on text between {low:.4f} and {high:.4f}, near {names} on record"
    return Judgement(low <= seen.text_loss <= high, expected)


def fitting(seen: Fingerprint, text_losses: Mapping[int, float]) -> str:
    """Return which recorded steps a fingerprint's loss fits, in words; empty for none.

    Args:
        seen: the fingerprint.
        text_losses: recorded losses of the run on natural text, by training step.
    """
    losses = sorted(text_losses.items())
    fit = set()
    for step, loss in losses:
        low, high = neighbour_range([loss])
        if low <= seen.text_loss <= high:
            fit.add(step)
    for (before, above), (after, below) in pairwise(losses):
        if min(above, below) < seen.text_loss < max(above, below):
            fit |= {before, after}
    steps = sorted(fit)
    if len(steps) > 1:
        return f"steps {steps[0]}..{steps[-1]}"
    return f"step {steps[0]}" if steps else ""


def closest(known: Sequence[Fingerprint], seen: Fingerprint) -> Fingerprint:
    """Return the record from the most similar environment, the newest of equals."""

    def likeness(old: Fingerprint) -> tuple[bool, ...]:
        ours, theirs = old.environment, seen.environment
        alike = (ours.dtype == theirs.dtype, ours.device == theirs.device)
        return (ours == theirs, *alike, old.version == seen.version)

    return max(reversed(known), key=likeness)


def nearest(losses: Mapping[int, float], step: int) -> list[int]:
    """Return the recorded steps next below and next above a step.

    >>> nearest({0: 5.5, 8: 4.9, 64: 2.7}, 16)
    [8, 64]
    """
    below = max((other for other in losses if other < step), default=None)
    above = min((other for other in losses if other > step), default=None)
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
