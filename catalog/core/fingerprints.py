"""Fingerprints: what a network computes from the fixed probes, and how two of them compare.

Values only; `catalog.forward` runs the network. A fingerprint proves that weights *compute* what
is recorded, within a tolerance; it cannot tell one flipped low bit from none (digests do), nor
that a checkpoint is the step its name says (comparing with that step's recorded one does).
"""

import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum

from catalog.core.probes import Tolerance, tolerance
from catalog.core.readings import (
    Environment,
    ProbeReading,
    SpreadReading,
    TopLogits,
    WeightReading,
)
from catalog.errors import BadInput

__all__ = [
    "VERSION",
    "Agreement",
    "Comparison",
    "Environment",
    "Fingerprint",
    "ProbeReading",
    "SpreadReading",
    "TopLogits",
    "WeightReading",
    "compare",
    "limit_between",
    "parse_fingerprint",
    "print_fingerprint",
]

VERSION = 3
"""1: each probe alone; 2: they run together, and some weights are read; 3: vectors' spreads too."""
_LARGE = 10  # shares of a tolerance from which on digits after the point say nothing


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What one weight set computes from one probe set, in one environment.

    Args:
        probe_set: its name.
        vocabulary: rows of the embedding.
        width: size of a hidden state.
        head_std: standard deviation of the output embedding's weights, in version 2 of a sample.
        tokens: how many tokens the losses are means over.
        readings: one a probe, in the set's order.
        environment: what ran it.
        weights: some numbers of a few tensors; none in version 1.
        spreads: how unlike the numbers of a few vectors are; none before version 3.
        version: how it was read.
    """

    probe_set: str
    vocabulary: int
    width: int
    head_std: float
    tokens: int
    readings: tuple[ProbeReading, ...]
    environment: Environment
    weights: tuple[WeightReading, ...] = ()
    spreads: tuple[SpreadReading, ...] = ()
    version: int = VERSION

    @property
    def loss(self) -> float:
        """Mean of the probes' losses, in nats."""
        return math.fsum(reading.nll for reading in self.readings) / len(self.readings)

    @property
    def text_loss(self) -> float:
        """Loss on the first probe, natural text in its set's tokenizer: it falls in training."""
        return self.readings[0].nll

    def is_finite(self) -> bool:
        """Return whether every number in it is finite."""
        return all(map(math.isfinite, self._numbers()))

    def _numbers(self) -> Iterator[float]:
        yield self.head_std
        for reading in self.readings:
            yield from (reading.nll, reading.logit_rms, *reading.norms)
            for top in reading.tops:
                yield from top.logits
        for weight in self.weights:
            yield from (weight.rms, *weight.numbers)
        yield from (each.spread for each in self.spreads)


_LATER = {1: ("weights", "spreads"), 2: ("spreads",)}  # what a version did not have yet


def print_fingerprint(fingerprint: Fingerprint) -> str:
    """Print as JSON; `parse_fingerprint` is its inverse."""
    document = {"version": fingerprint.version, **asdict(fingerprint)}
    for part in _LATER.get(fingerprint.version, ()):
        del document[part]
    return json.dumps(document, allow_nan=False)


def parse_fingerprint(text: str) -> Fingerprint:
    """Read what `print_fingerprint` wrote.

    Raises:
        BadInput: not a fingerprint, or of a later version.
    """
    try:
        document = json.loads(text)
        if document["version"] not in (*_LATER, VERSION):
            raise BadInput("the fingerprint has a later version", "upgrade checkpoint-catalog")
        readings = tuple(_reading(table) for table in document.pop("readings"))
        document |= dict.fromkeys(_LATER.get(document["version"], ()), ())
        weights = tuple(_weight(table) for table in document.pop("weights"))
        spreads = tuple(SpreadReading(**table) for table in document.pop("spreads"))
        environment = Environment(**document.pop("environment"))
        return Fingerprint(
            **document,
            readings=readings,
            weights=weights,
            spreads=spreads,
            environment=environment,
        )
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadInput(f"not a fingerprint: {error}") from error


def _weight(table: dict[str, object]) -> WeightReading:
    numbers = table.pop("numbers")
    return WeightReading(**table, numbers=tuple(numbers))  # type: ignore[arg-type]  # as below


def _reading(table: dict[str, object]) -> ProbeReading:
    tops, norms = table.pop("tops"), table.pop("norms")
    return ProbeReading(
        **table,  # type: ignore[arg-type]  # wrong keys are a TypeError, caught by the caller
        tops=tuple(
            TopLogits(top["position"], tuple(top["ids"]), tuple(top["logits"]))
            for top in tops  # type: ignore[attr-defined]
        ),
        norms=tuple(norms),  # type: ignore[arg-type]
    )


# Comparing -------------------------------------------------------------------------------------


class Agreement(StrEnum):
    """How two fingerprints relate."""

    AGREE = "agree"
    DIFFER = "differ"
    INCOMPARABLE = "incomparable"


@dataclass(frozen=True, slots=True)
class Comparison:
    """What came of comparing an observed fingerprint with an expected one.

    Args:
        agreement: within the tolerance or not, or not comparable.
        worst: the largest difference, relative to the scale of what differs.
        at: where that is, in words; why, if incomparable.
        allowed: the tolerance it was held against.
        source: what that tolerance rests on; where versions differ, which they are.
    """

    agreement: Agreement
    worst: float
    at: str
    allowed: float
    source: str

    @property
    def margin(self) -> str:
        """How the worst difference lies to the tolerance.

        >>> Comparison(Agreement.AGREE, 3e-6, "probe english, loss", 1e-5, "").margin
        '0.3 of the tolerance'
        >>> Comparison(Agreement.DIFFER, 0.25, "probe english, loss", 1e-5, "").margin
        '25,000 times the tolerance'
        """
        share = self.worst / self.allowed if self.allowed else math.inf
        if share <= 1:
            return f"{share:.2g} of the tolerance"
        return f"{share:{'.3g' if share < _LARGE else ',.0f'}} times the tolerance"


def compare(expected: Fingerprint, observed: Fingerprint) -> Comparison:
    """Compare two fingerprints within the tolerance for their devices and the coarser dtype.

    Losses are compared in nats (relative above 1), logits relative to the root mean square of the
    expected probe's logits, norms relative to the expected norm, weights to their tensor's.
    A token in one list of largest logits but not in the other differs by as much as it lies above
    that list's last logit, at least: so a tie in the last place is no difference.
    """
    limit = limit_between(expected.environment, observed.environment)
    if limit is None:
        why = "no tolerance is known between these devices, dtypes and kinds of attention"
        return Comparison(Agreement.INCOMPARABLE, math.inf, why, 0.0, "not measured")
    allowed = limit.same_device if _alike(expected, observed) else limit.any_device
    if _dimensions(expected) != _dimensions(observed):
        why = "probe set, vocabulary, width, number of layers or positions differ"
        return Comparison(Agreement.INCOMPARABLE, math.inf, why, allowed, limit.source)
    worst, at = max(_differences(expected, observed), key=_nan_first)
    agreement = Agreement.AGREE if worst <= allowed else Agreement.DIFFER
    return Comparison(agreement, worst, at, allowed, limit.source + _versions(expected, observed))


def _versions(expected: Fingerprint, observed: Fingerprint) -> str:
    """Say that two fingerprints were not read in one way; empty where they were."""
    if _run_as(expected) == _run_as(observed):
        return ""
    return f"; version {expected.version} against {observed.version}"


def _dimensions(fingerprint: Fingerprint) -> tuple[object, ...]:
    """Return what must be equal for two fingerprints to be comparable."""
    read = [
        (len(reading.norms), tuple(top.position for top in reading.tops))
        for reading in fingerprint.readings
    ]
    return fingerprint.probe_set, fingerprint.vocabulary, fingerprint.width, read


def _nan_first(difference: tuple[float, str]) -> float:
    """Order by size, with NaN above everything: a difference that is no number never agrees."""
    return math.inf if math.isnan(difference[0]) else difference[0]


def limit_between(expected: Environment, observed: Environment) -> Tolerance | None:
    """Return the shipped tolerance between two runs, None where there is none."""
    runs = [(each.device, each.dtype, each.attention) for each in (expected, observed)]
    return tolerance(runs)


def _alike(expected: Fingerprint, observed: Fingerprint) -> bool:
    ours, theirs = expected, observed
    return (ours.environment, _run_as(ours)) == (theirs.environment, _run_as(theirs))


def _run_as(fingerprint: Fingerprint) -> int:
    """Return how its probes ran: alone (1) or together (2)."""
    return min(fingerprint.version, 2)


def _differences(expected: Fingerprint, observed: Fingerprint) -> Iterator[tuple[float, str]]:
    """Yield every difference, relative to the scale of what differs, with a name for it."""
    for ours, theirs in zip(expected.readings, observed.readings, strict=True):
        where = f"probe {ours.name}"
        yield abs(ours.nll - theirs.nll) / max(1.0, abs(ours.nll)), f"{where}, loss"
        for layer, (norm, other) in enumerate(zip(ours.norms, theirs.norms, strict=True)):
            yield _relative(norm, other), f"{where}, norm {layer}"
        yield _relative(ours.logit_rms, theirs.logit_rms), f"{where}, logits' norm"
        scale = max(ours.logit_rms, 1e-6)
        for top, other_top in zip(ours.tops, theirs.tops, strict=True):
            for token, difference in _top_differences(top, other_top):
                place = f"{where}, position {top.position}, token {token}"
                yield difference / scale, place
    yield from _weight_differences(expected, observed)


def _weight_differences(
    expected: Fingerprint, observed: Fingerprint
) -> Iterator[tuple[float, str]]:
    """Yield how the tensors differ that both have by name; relative to their root mean squares."""
    read = {weight.name: weight for weight in observed.weights}
    for ours in expected.weights:
        theirs = read.get(ours.name)
        if theirs is None or len(theirs.numbers) != len(ours.numbers):
            continue  # another version of transformers may name or cut it otherwise
        yield _relative(ours.rms, theirs.rms), f"norm of {ours.name}"
        scale = max(ours.rms, 1e-6)
        for number, (value, other) in enumerate(zip(ours.numbers, theirs.numbers, strict=True)):
            yield abs(value - other) / scale, f"number {number} of {ours.name}"


def _relative(expected: float, observed: float) -> float:
    return abs(expected - observed) / max(abs(expected), 1e-6)


def _top_differences(expected: TopLogits, observed: TopLogits) -> Iterable[tuple[int, float]]:
    """Yield each token of either list with the least its logit can differ by."""
    ours = dict(zip(expected.ids, expected.logits, strict=True))
    theirs = dict(zip(observed.ids, observed.logits, strict=True))
    for token in ours.keys() | theirs.keys():
        if token in ours and token in theirs:
            yield token, abs(ours[token] - theirs[token])
        elif token in ours:
            yield token, max(0.0, ours[token] - min(theirs.values()))
        else:
            yield token, max(0.0, theirs[token] - min(ours.values()))
