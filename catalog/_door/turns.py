"""A target's turn: what `populate_each` and `verify_each` hand out."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Turn(Generic[Answer]):
    """One of several targets, when its turn has come.

    Attributes:
        text: as it was asked for.
    """

    text: str
    _finish: Callable[[], Answer]

    def result(self) -> Answer:
        """Finish it: what is to be recorded is recorded now. Raises what one alone would raise."""
        return self._finish()
