"""The values of commands that put the work of several verbs together."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from catalog.core.branches.samples import ProbedSet
    from catalog.core.published import Synced
    from catalog.verbs.evals import Shipped as ShippedScores
    from catalog.verbs.inventories.shipping import Shipped as ShippedObservations
    from catalog.verbs.judging import Audit
    from catalog.verbs.suites import Loaded


@dataclass(frozen=True, slots=True)
class Made:
    """What `init` did.

    Attributes:
        database: where the catalog is, without a password.
        suites: what became of each suite that ships.
        scores: what became of the evaluation figures that ship.
        observations: what became of the observations of the Hub that ship.
    """

    database: str
    suites: "tuple[Loaded, ...]"
    scores: "ShippedScores"
    observations: "ShippedObservations"


@dataclass(frozen=True, slots=True)
class Schema:
    """The schema of the database.

    Attributes:
        database: where the catalog is, without a password.
        before: its revision, None where it had no catalog.
        after: its revision now.
        wanted: the revision that this program was written for.
    """

    database: str
    before: str | None
    after: str | None
    wanted: str

    @property
    def is_current(self) -> bool:
        """Whether it is the one that this program was written for."""
        return self.after == self.wanted


@dataclass(frozen=True, slots=True)
class Copied:
    """A catalog in another database.

    Attributes:
        source: where it was, without a password.
        target: where it is too.
        rows: how many were copied, by table.
    """

    source: str
    target: str
    rows: "Mapping[str, int]"


@dataclass(frozen=True, slots=True)
class Audited:
    """What an audit found.

    Attributes:
        audit: the judgement on every branch, and the findings.
        probes: what was seen of each weight set by ranges of bytes; None where nobody probed.
        opened: how many findings are new since the last audit.
        closed: how many no longer hold.
        unsettled: why the findings were not written down, None where they were.
    """

    audit: "Audit"
    probes: "tuple[ProbedSet, ...] | None"
    opened: int
    closed: int
    unsettled: str | None


@dataclass(frozen=True, slots=True)
class Imported:
    """What an inventory brought.

    Attributes:
        synced: what became of each repository.
        undated: repositories whose looks with a date still count as newer than this one without.
    """

    synced: "tuple[Synced, ...]"
    undated: tuple[str, ...]
