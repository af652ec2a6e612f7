"""Several targets, one after the other: how each is looked at, and what is known at its turn."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.core.verdicts import Level
from catalog.errors import BadInput
from catalog.verbs.unchanged import Wanted
from catalog.weights import hashing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from catalog.forward import ForwardRun
    from catalog.verbs import populate, verify
    from catalog.verbs.pipeline import Done
    from catalog.verbs.reading import Observed
    from catalog.verbs.target import Target

AT_ONCE = 4
"""So many are read at once at most, unless more is asked for: disks are no faster for more."""
LEVELS = ("files", "weights", "forward")
"""How much can be recorded; each level includes those before it."""


def depth(level: str) -> Level:
    """Return how much to record.

    Raises:
        BadInput: so much is no record.
    """
    if level not in LEVELS:
        raise BadInput(f"unknown level {level!r}", f"one of {', '.join(LEVELS)}")
    return Level(level)


@dataclass(frozen=True, slots=True)
class Wish:
    """How to look at targets.

    Attributes:
        level: how deep.
        device: where to run the network.
        dtype: in which arithmetic.
        accept_changes: as in `populate`.
        trust_stat: as in `populate`.
        offline: as in `populate`.
        against: as in `verify`.
        exclude: as in `verify`.
        jobs: as in `populate_each`.
        memory: as in `populate_each`.
        records: as `record` in `populate`.
        anew: as in `verify`.

    Raises:
        BadInput: fewer than one at once, or no memory.
    """

    level: Level
    device: str = "auto"
    dtype: str = "auto"
    accept_changes: bool = False
    trust_stat: bool = False
    offline: bool = False
    against: Path | None = None
    exclude: tuple[Path, ...] = ()
    jobs: int | None = None
    memory: int | None = None
    records: bool = True
    anew: bool = False

    def __post_init__(self) -> None:
        if self.memory is not None and self.memory < 1:
            raise BadInput(f"{self.memory} bytes hold nothing", "give a size such as 32GB")
        if self.jobs is not None and self.jobs < 1:
            raise BadInput(f"{self.jobs} at once is nobody", "give a number from 1 on")

    @property
    def runs(self) -> bool:
        """Whether the network is run."""
        return self.level is Level.FORWARD

    @property
    def wanted(self) -> Wanted:
        """What must be on record, for nothing to be left to do."""
        return Wanted.of(self.level, self.device.partition(",")[0], self.dtype)

    @property
    def at_once(self) -> int:
        """How many to read at once."""
        if self.jobs is not None:
            return self.jobs
        return 1 if self.runs else min(hashing.cores(), AT_ONCE)

    @property
    def passed_over(self) -> tuple[Path, ...]:
        """The files that are not a target's own."""
        return self.exclude if self.against is None else (*self.exclude, self.against)


@dataclass(frozen=True, slots=True)
class Brought:
    """A checkpoint on this machine, and what was read of it before its turn.

    Attributes:
        meant: which.
        records: how many the catalog had written when it was looked at.
        before: what it knew of it then.
        answer: what comes of it, where nothing need be read.
        early: what reading it came to.
        ran: what its weight sets came to on other devices, by value digest.
    """

    meant: "Target"
    records: int
    before: "populate.Known"
    answer: "populate.Populated | None" = None
    early: "Done[populate.Read] | None" = None
    ran: "Mapping[str, Done[ForwardRun]]" = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Seen:
    """A target and its witness, with what was read of it."""

    meant: "Target"
    witness: "verify.Witness"
    early: "Done[Observed] | None" = None
    ran: "Mapping[str, Done[ForwardRun]]" = field(default_factory=dict)
