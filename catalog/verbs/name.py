"""What written names mean: today, on a day, and which checkpoint their revision is."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from catalog.core.names import Answer, Index
from catalog.errors import BadInput, UnknownName
from catalog.sql.queries import models

if TYPE_CHECKING:
    from catalog.sql.connections import Reader


@dataclass(frozen=True, slots=True)
class Explained:
    """What a written name means.

    Attributes:
        answer: on the day that was asked for, today for none.
        on: that day, None where none was asked for.
        today: what it means today, where a day was asked for.
        tokens_seen: training tokens at the revision in the text, None where unknown.
        revision_error: why the model has no such revision, None where it has.
    """

    answer: Answer
    on: date | None = None
    today: Answer | None = None
    tokens_seen: int | None = None
    revision_error: str | None = None

    @property
    def is_resolved(self) -> bool:
        """Whether the text means one model, and a checkpoint that it has."""
        return self.answer.model is not None and self.revision_error is None


def explained(
    connection: "Reader", texts: Iterable[str], on: date | None = None
) -> Iterator[Explained]:
    """Yield what each text means, in order; as lazy as the texts are.

    A text that is not even a reference is unresolved like an unknown name: its error says why.

    Args:
        connection: an open catalog.
        texts: names as written, perhaps with `@REVISION`.
        on: the day of the text that they stand in; None is today.
    """
    index = models.index(connection)
    for text in texts:
        answer = _resolved(index, text, on)
        today = None if on is None else _resolved(index, text, None)
        tokens, error = _at_revision(connection, answer)
        yield Explained(answer, on, today, tokens, error)


def _resolved(index: Index, text: str, on: date | None) -> Answer:
    try:
        return index.resolve(text, on)
    except BadInput as error:
        return Answer(text, error=str(error))


def _at_revision(connection: "Reader", answer: Answer) -> tuple[int | None, str | None]:
    """Return the tokens seen at an answer's revision, or why there is no such revision."""
    if answer.model is None or answer.revision is None:
        return None, None
    model = models.named(connection, answer.model)
    try:
        return models.checkpoint_at(connection, model, answer.revision).tokens_seen, None
    except UnknownName as error:
        return None, str(error)
