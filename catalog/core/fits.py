"""Where on a curve a fingerprint lies, and which places on it what was seen speaks against.

What the curve is drawn of is `catalog.core.curves`. Nothing here is a verdict.
"""

import math
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from catalog.core import lines

EXCESS = 2.0
"""Standard deviations, on average, that a step's misfit may exceed the best one's."""
ONE_KIND = 2.5
"""The same for numbers of one kind (losses, norms, …), where several runs say how far they vary."""
STRANGE = 3.5
"""And those from which on the best one is no fit at all."""
CLEAR = 0.4
"""Those from which on the best place between two records counts against another one."""
APART = 0.6
"""Octaves that places between the same two records may lie apart, at least."""
_SHARE = 0.23  # of the interval between two records, and for each time that it is wider than others
_WIDER = 0.1  # than twice, more, up to _WIDEST
_WIDEST = 5.0
_CLIP = 5.0  # beyond it a number counts no more: one that jumps must not outvote the others
_FINE = 0.1  # octaves
_BENT = 0.1  # of what two records differ by, that a line between them may be off half way
_BEYOND = 1.0  # octaves after the last record that a fit is sought in


@dataclass(frozen=True, slots=True)
class Fit:
    """Which steps a fingerprint fits.

    Args:
        steps: the recorded ones that fit, or the two between which it lies; empty for none.
        fits_step: whether the step in question does; None where none is.
        beyond: it lies after all of them.
        misfit: how far off the best place is, in standard deviations.
        about: the step of the best place, None where there is none.
        disordered: the step would fit, but for weights that lie beyond the records beside it.
    """

    steps: tuple[int, ...]
    fits_step: bool | None
    beyond: bool = False
    misfit: float = 0.0
    about: int | None = None
    disordered: bool = False

    def __str__(self) -> str:
        """Return them in words.

        >>> str(Fit((8, 64), True)), str(Fit((8,), False)), str(Fit((), False))
        ('steps 8..64', 'step 8', '')
        """
        if not self.steps:
            return ""
        first, last = self.steps[0], self.steps[-1]
        shown = f"step {first}" if first == last else f"steps {first}..{last}"
        return f"{shown} or later" if self.beyond else shown


def octave_of(step: float) -> float:
    """Return where a step lies: an octave on for twice as many updates, 0 for none.

    >>> octave_of(0), octave_of(511)
    (0.0, 9.0)
    """
    return math.log2(step + 1)


@dataclass(frozen=True, slots=True)
class Curve:
    """Recorded numbers by step, what was seen, and how far off the line a number may lie.

    Args:
        steps: recorded, the first one first.
        places: theirs, in octaves.
        rows: a list of numbers for each.
        seen: those of the fingerprint.
        kinds: of what kind each is.
        noise: standard deviation of each from the line, about half way in a gap of `gap`.
        gap: in octaves; in a wider one the line is off by more, as its square.
        spread: how far runs vary in each number, at each record: variances; none for a single run.
        sharp: what ran the networks adds nothing that could move a place.
    """

    steps: Sequence[int]
    places: Sequence[float]
    rows: Sequence[Sequence[float]]
    seen: Sequence[float]
    kinds: Sequence[str]
    noise: Sequence[float]
    gap: float
    spread: Sequence[Sequence[float]] = ()
    sharp: bool = True

    def fit(self, step: int | None) -> Fit:
        """Return where what was seen lies."""
        last = self.places[-1]
        fine = [number * _FINE for number in range(int((last + _BEYOND) / _FINE) + 1)]
        asked = None if step is None else octave_of(step)
        tried = [*self.places, *fine, *(() if asked is None else (asked,))]
        misfits = {octave: self._misfit(octave) for octave in tried}
        best = min(misfits, key=misfits.__getitem__)
        if misfits[best] > STRANGE:
            return Fit((), None if asked is None else False)
        known = min(self.places, key=misfits.__getitem__)

        def fits(octave: float) -> bool:
            return not self._refuses(octave, best, known, misfits)

        steps = tuple(
            each for each, octave in zip(self.steps, self.places, strict=True) if fits(octave)
        )
        return Fit(
            steps or self._beside(best),
            None if asked is None else fits(asked),
            beyond=not steps and best > last,
            misfit=misfits[best],
            about=round(2**best - 1),
        )

    def _beside(self, octave: float) -> tuple[int, ...]:
        """Return the records next to a place."""
        right = bisect_left(self.places, octave)
        return tuple(self.steps[max(right - 1, 0) : right + 1])

    # What speaks against a place

    def _refuses(
        self, octave: float, best: float, known: float, misfits: Mapping[float, float]
    ) -> bool:
        """Return whether what was seen speaks against a place, for there is a better one.

        Before the first record a line says less with each octave. `known` is the best record's.
        """
        excess = misfits[octave] - misfits[best]
        if excess > EXCESS + max(0.0, self.places[0] - octave):
            return True
        if self.spread:
            return self._one_kind(octave, known)
        return excess > CLEAR and self.sharp and self._apart(octave, best)

    def _apart(self, octave: float, best: float) -> bool:
        """Return whether places lie between the same two records, and too far apart.

        A line between two records may be warped, so that what lies on it is placed too early or too
        late; so far it never was, in intervals as wide as others are. From step 0 on nothing is
        said: no number of octaves lies between it and another step.
        """
        right = bisect_left(self.places, best)
        if not 0 < right < len(self.places) or not self.steps[right - 1]:
            return False
        low, high = self.places[right - 1], self.places[right]
        width = high - low
        wider = min(_WIDEST, max(2.0, width / self.gap)) - 2
        allowed = max(APART, width * (_SHARE + _WIDER * wider))
        if not low <= octave <= high:
            return False
        return abs(math.log2((2**octave - 1) / (2**best - 1))) > allowed

    def _one_kind(self, octave: float, known: float) -> bool:
        """Return whether numbers of one kind speak against a place and for a record's.

        Not for another place: in a wide gap between records any number fits.
        """
        here, there = self._by_kind(octave), self._by_kind(known)
        return any(here[kind] - there[kind] > ONE_KIND for kind in here)

    # How far off the line it is

    def _misfit(self, octave: float) -> float:
        """Return how far off the line at a place what was seen is, in standard deviations."""
        squares = list(self._squares(octave))
        return math.sqrt(math.fsum(squares) / len(squares))

    def _by_kind(self, octave: float) -> dict[str, float]:
        squares: dict[str, list[float]] = {}
        for kind, square in zip(self.kinds, self._squares(octave), strict=True):
            squares.setdefault(kind, []).append(square)
        return {kind: math.sqrt(math.fsum(each) / len(each)) for kind, each in squares.items()}

    def _squares(self, octave: float) -> Iterator[float]:
        here = lines.place(octave, self.places, self.rows)
        variances = self._between_runs(here) if self.spread else self._within_run(here)
        for value, line, variance in zip(self.seen, here.numbers, variances, strict=True):
            yield min(_CLIP**2, (value - line) ** 2 / variance)

    def _within_run(self, here: lines.Place) -> Iterator[float]:
        """Yield variances about the line of one run; no line is straight, and least so beyond."""
        wider = max(1.0, here.gap / self.gap) ** 4
        bent = here.outside / 2 if here.outside else _BENT * here.amid
        for noise, differ in zip(self.noise, here.differ, strict=True):
            yield noise**2 * wider + (differ * bent) ** 2

    def _between_runs(self, here: lines.Place) -> Iterator[float]:
        """Yield variances about the mean line: at a record only what runs differ by."""
        wider, share = (here.gap / self.gap) ** 4, min(max(here.share, 0.0), 1.0)
        before, after = self.spread[here.right - 1], self.spread[here.right]
        for low, high, noise, differ in zip(before, after, self.noise, here.differ, strict=True):
            beyond = (differ * here.outside / 2) ** 2
            yield low + (high - low) * share + noise**2 * wider + beyond
