"""How long downloads and forward passes may take, and what each guess rests on.

Pure arithmetic; what was measured is given. A guess never decides anything.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from catalog.core.probes import probe_sets

DOWNLOADED_A_SECOND = 50_000_000
"""Bytes, where this process downloaded nothing yet: a line of 400 Mbit/s."""
COMPUTED_A_SECOND = {"cpu": 5e10, "cuda": 1e13}
"""Floating-point operations, where nothing is on record: two cores, and a card, in float32."""
ENLARGED = 10
"""How many times larger a network may be than one on record whose time is still a measure: most of
a small one's went into what does not grow with it."""
A_PARAMETER = 2
"""Operations for each parameter and token: one multiplication, one addition."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """How long something may take.

    Attributes:
        seconds: that long.
        rests_on: what that rests on, in words.
    """

    seconds: float
    rests_on: str


@dataclass(frozen=True, slots=True)
class Ran:
    """A verification on record whose network ran.

    Attributes:
        device: the kind of device, `cpu` or `cuda`.
        dtype: in which arithmetic.
        params: of all weight sets that ran.
        seconds: how long it took, with reading and loading.
    """

    device: str
    dtype: str
    params: int
    seconds: float


def of_download(size: int, measured: float | None) -> Estimate:
    """Return how long a download may take.

    >>> of_download(100_000_000, None)
    Estimate(seconds=2.0, rests_on='50 MB a second, assumed')

    Args:
        size: bytes.
        measured: bytes a second of this process's earlier downloads, None for none.
    """
    rate = measured or DOWNLOADED_A_SECOND
    source = "assumed" if measured is None else "as this process downloaded before"
    return Estimate(size / rate, f"{rate / 1e6:,.3g} MB a second, {source}")


def of_forward(params: Sequence[int], ran: Iterable[Ran], device: str, dtype: str) -> Estimate:
    """Return how long it may take to run networks.

    Args:
        params: how many parameters each has.
        ran: what is on record of others.
        device: the kind of device that will run them.
        dtype: in which arithmetic.

    Returns:
        From records of that device and dtype, scaled by parameters: those cover reading too. Not
        from those of networks that are far smaller than the largest.
    """
    least = max(*params, 1) / ENLARGED
    alike = [
        each.seconds / each.params
        for each in ran
        if (each.device, each.dtype) == (device, dtype) and each.params >= least
    ]
    if alike:
        count = f"{len(alike):,} verification{'s' if len(alike) > 1 else ''} on record"
        source = f"{count} on {device} in {dtype}, by parameters; reading is in it"
        return Estimate(median(alike) * sum(params), source)
    tokens = max(sum(len(probe.ids) for probe in probes.probes) for probes in probe_sets())
    rate = COMPUTED_A_SECOND[device]
    operations = A_PARAMETER * tokens * sum(params)
    source = (
        f"{operations:.2g} operations at {rate:.0e} a second on {device}, assumed; "
        "loading is not in it"
    )
    return Estimate(operations / rate, source)
