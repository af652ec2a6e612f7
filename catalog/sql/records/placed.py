"""Score files whose evaluations found their checkpoints: what `records.evals` writes."""

from dataclasses import dataclass
from datetime import datetime

from catalog.core.scores.values import Conditions, Measure, Note

Figure = tuple[int, float, float | None, int | None]
"""A score as it is stored: position of its measure, value, standard error, samples."""


@dataclass(frozen=True, slots=True)
class Placed:
    """An evaluation that found its checkpoint.

    Attributes:
        checkpoint_id: the row of the checkpoint.
        stated_model: the model as the file calls it; `stated_step` its step or revision.
        withdrawn: why its authors took it back, None where it stands.
    """

    checkpoint_id: int
    shots: int | None
    at: datetime | None
    stated_model: str | None
    stated_step: str | None
    conditions: Conditions
    notes: tuple[Note, ...]
    figures: tuple[Figure, ...]
    withdrawn: str | None = None


@dataclass(frozen=True, slots=True)
class ScoreFile:
    """A score file with all its evaluations placed, ready to be recorded."""

    digest: str
    path: str
    size: int
    form: str
    evaluations: tuple[Placed, ...]


class Measures:
    """The measures of a set of files, numbered in the order they are met."""

    def __init__(self) -> None:
        self._numbers: dict[Measure, int] = {}
        self.higher_is_better: dict[int, bool] = {}

    def number(self, measure: Measure, *, higher_is_better: bool | None = None) -> int:
        """Return the number of a measure, giving it the next one if it is new."""
        number = self._numbers.setdefault(measure, len(self._numbers))
        if higher_is_better is not None:
            self.higher_is_better.setdefault(number, higher_is_better)
        return number

    def listed(self) -> list[Measure]:
        """Return all measures; the position of each is its number."""
        return list(self._numbers)
