"""Evaluations and their files as the catalog has them on record."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from catalog.core.scores.values import Note


@dataclass(frozen=True, slots=True)
class Summary:
    """One recorded evaluation, without its scores.

    Attributes:
        scores: how many there are.
        notes: contradictions, completions and doubts from reading it.
    """

    id: int
    model: str
    revision: str | None
    published_step: int | None
    training_step: int | None
    tokens_seen: int | None
    shots: int | None
    commit: str | None
    harness_version: str | None
    dtype: str | None
    evaluated_at: datetime | None
    withdrawn: str | None
    scores: int
    notes: "tuple[Note, ...]" = ()


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A recorded score file.

    Attributes:
        shipped: it came with the program, or with another source that ships.
    """

    digest: str
    path: str
    form: str
    shipped: bool
    evaluations: list[Summary] = field(default_factory=list)
