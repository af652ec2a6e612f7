"""The shipped probes: fixed token ids for the forward pass, and the tolerances of its comparison.

Reads the packaged `shipped/probes.toml` and nothing else; it runs no network. A probe set, once
released, never changes, so fingerprints of different releases stay comparable.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from catalog.core import packaged


@dataclass(frozen=True, slots=True)
class Probe:
    """One fixed input.

    Args:
        name: unique in its set.
        ids: token ids, as shipped.
    """

    name: str
    ids: tuple[int, ...]

    def for_vocabulary(self, rows: int) -> tuple[int, ...]:
        """Return the ids for an embedding of `rows` rows: modulo `rows`, so most stay as they are.

        >>> Probe("small", (5, 300)).for_vocabulary(256)
        (5, 44)
        """
        return tuple(number % rows for number in self.ids)


@dataclass(frozen=True, slots=True)
class ProbeSet:
    """Probes that are read together.

    Args:
        name: what a fingerprint calls it.
        min_vocabulary: the rows an embedding needs for the ids to be taken as they are.
        top: how many of the largest logits a fingerprint keeps at each position.
        positions: where in each probe it keeps them, from 0.
        probes: the inputs.
    """

    name: str
    min_vocabulary: int
    top: int
    positions: tuple[int, ...]
    probes: tuple[Probe, ...]


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far apart two fingerprints of the same weights may lie.

    Args:
        device: the kind of device of one of the two runs, `cpu` or `cuda`.
        dtype: of the coarser of the two runs.
        attention: the attention implementation of both.
        same_device: the largest difference where device and versions are alike.
        any_device: the largest difference anywhere else.
        source: what was measured to set it.
    """

    device: str
    dtype: str
    attention: str
    same_device: float
    any_device: float
    source: str


@dataclass(frozen=True, slots=True)
class Plausibility:
    """When a loss is plausible though nothing is recorded to compare it with.

    Args:
        untrained: nats that an untrained network's loss may lie from ln V + sigma^2 d / 2,
            beside four standard errors of its mean.
        neighbours: nats that a loss may lie outside the range of its recorded neighbours.
    """

    untrained: float
    neighbours: float


@cache
def _document() -> dict[str, object]:
    """Return the packaged file."""
    return packaged.table("probes")


def _tables(value: object) -> list[dict[str, object]]:
    """Return an array of tables of our own file."""
    if not isinstance(value, list):
        raise TypeError("shipped/probes.toml is damaged")
    return value


def _numbers(value: object) -> tuple[int, ...]:
    """Return an array of integers of our own file."""
    if not isinstance(value, list):
        raise TypeError("shipped/probes.toml is damaged")
    return tuple(value)


@cache
def probe_sets() -> tuple[ProbeSet, ...]:
    """Return the shipped sets, the one for the largest vocabulary first."""
    return tuple(
        ProbeSet(
            name=str(table["name"]),
            min_vocabulary=int(str(table["min_vocabulary"])),
            top=int(str(table["top"])),
            positions=_numbers(table["positions"]),
            probes=tuple(
                Probe(str(probe["name"]), _numbers(probe["ids"]))
                for probe in _tables(table["probe"])
            ),
        )
        for table in _tables(_document()["set"])
    )


def probe_set(rows: int) -> ProbeSet:
    """Return the set for an embedding of `rows` rows.

    >>> probe_set(50_304).name, probe_set(256).name, probe_set(100).name
    ('neox-20b', 'bytes', 'bytes')
    """
    fitting = (candidate for candidate in probe_sets() if candidate.min_vocabulary <= rows)
    return next(fitting, probe_sets()[-1])


@cache
def tolerances() -> tuple[Tolerance, ...]:
    """Return the shipped tolerances: those of each device together, the finest dtype first."""
    return tuple(
        Tolerance(
            device=str(table["device"]),
            dtype=str(table["dtype"]),
            attention=str(table["attention"]),
            same_device=float(str(table["same_device"])),
            any_device=float(str(table["any_device"])),
            source=str(table["source"]),
        )
        for table in _tables(packaged.table("tolerances")["tolerance"])
    )


def tolerance(runs: Sequence[tuple[str, str, str]]) -> Tolerance | None:
    """Return the tolerance between runs: that of the coarsest dtype, on the device that needs most.

    Args:
        runs: the kind of device, the dtype and the attention implementation of each.

    Returns:
        None where one of them was never measured or estimated: nothing can be said.
    """
    known = {(limit.device, limit.dtype, limit.attention): limit for limit in tolerances()}
    if not all(run in known for run in runs):
        return None
    ladder = [limit.dtype for limit in tolerances()]
    coarsest = max((dtype for _, dtype, _ in runs), key=ladder.index)
    limits = [known[device, coarsest, attention] for device, _, attention in runs]
    return max(limits, key=lambda limit: limit.any_device)


@cache
def plausibility() -> Plausibility:
    """Return the shipped bounds."""
    table = _document()["plausibility"]
    if not isinstance(table, dict):
        raise TypeError("shipped/probes.toml is damaged")
    return Plausibility(float(table["untrained"]), float(table["neighbours"]))
