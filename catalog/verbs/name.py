"""What written names mean: today, on a day, and which checkpoint their revision is."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import TYPE_CHECKING

from catalog.core import refs
from catalog.core.names import Answer, Index
from catalog.core.tuples import NamedTuple
from catalog.errors import BadInput
from catalog.progress import SILENT
from catalog.sql.queries import models

if TYPE_CHECKING:
    from catalog.sql.connections import Reader


class Explained(NamedTuple):
    """What a written name means.

    Attributes:
        answer: on the day that was asked for, today for none.
        on: that day, None where none was asked for.
        today: what it means today, where a day was asked for.
        tokens_seen: training tokens at the revision in the text, None where unknown.
        distance: those less the tokens that the text asks for; None where it names no amount.
        revision_error: why the model has no such revision, None where it has.
    """

    answer: Answer
    on: date | None = None
    today: Answer | None = None
    tokens_seen: int | None = None
    distance: int | None = None
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
        answer = _or_suite(connection, _resolved(index, text, on))
        today = None if on is None else _resolved(index, text, None)
        yield Explained(answer, on, today, *_at_revision(connection, answer))


def _resolved(index: Index, text: str, on: date | None) -> Answer:
    try:
        return index.resolve(text, on)
    except BadInput as error:
        return Answer(text, error=str(error), nearest=_suggested(index, text))


def _or_suite(connection: "Reader", answer: Answer) -> Answer:
    """Return an answer that says of a suite's name that it is one, and what to type."""
    if answer.model is not None or answer.candidates:
        return answer
    suite = models.suite_of(connection, answer.text)
    if suite is None:
        return answer
    count = len(models.models(connection, in_suite=suite))
    why = (
        f"{suite} is a suite of {count} models: name one of them, see `catalog ls --suite {suite}`"
    )
    return answer._replace(error=why, nearest=())


def _suggested(index: Index, text: str) -> tuple[str, ...]:
    """Return what a place that names nothing may have been called after."""
    from catalog.core import written  # noqa: PLC0415 - for places alone

    for guess in written.guesses(text):
        try:
            answer = index.resolve(guess)
        except BadInput:
            continue
        if answer.model is not None:
            return (f"{answer.model}@{answer.revision}" if answer.revision else answer.model,)
    return ()


def _at_revision(connection: "Reader", answer: Answer) -> tuple[int | None, int | None, str | None]:
    """Return tokens seen at a revision and their distance, or why there is no such revision."""
    if answer.model is None or answer.revision is None:
        return None, None, None
    model = models.named(connection, answer.model)
    ref = refs.CheckpointRef(model.name, answer.revision)
    try:
        if refs.is_commit(answer.revision):
            from catalog.verbs import commits  # noqa: PLC0415 - for a commit alone

            ref = commits.branch_of(connection, model, ref, SILENT)
        located = models.located(connection, model, ref.revision)
    except BadInput as error:
        return None, None, str(error)
    return located.checkpoint.tokens_seen, located.distance, None
