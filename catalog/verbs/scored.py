"""Whose scores are asked for: models, suites, REFs and selections become checkpoints.

What a text means is decided in `meaning` and `selecting`; this puts their answers in one list, each
checkpoint once. It reads no score.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from catalog.core import selections
from catalog.sql.queries import evals, models
from catalog.verbs import selecting

if TYPE_CHECKING:
    from catalog.core.models import Checkpoint, Model
    from catalog.sql.connections import Reader
    from catalog.verbs.meaning import Meaning


class Asked(NamedTuple):
    """One checkpoint whose scores are asked for.

    Attributes:
        ref: what to call it.
        model: whose it is.
        id: its row.
        by_name: it was asked for itself, not among all of its model.
        distance: from the tokens asked for, as `Target` has it.
    """

    ref: str
    model: str
    id: int
    by_name: bool = False
    distance: int | None = None


def written_out(
    connection: "Reader", meaning: "Meaning", texts: Sequence[str]
) -> "Iterator[Model | str]":
    """Yield what texts mean: each model of a suite, each REF of a selection, else the text.

    Raises:
        BadInput: a selection cannot be understood.
        UnknownName: a selection means no model, or no checkpoint of it.
    """
    suites = {suite.name for suite in models.suites(connection)}
    for text in texts:
        # A suite's name that is a model's too means the suite.
        if text in suites:
            yield from models.models(connection, in_suite=text)
        elif selections.parse(text) is not None:
            chosen = selecting.select(connection, meaning, [text], None)
            yield from (target.text for target in chosen)
        else:
            yield text


def asked(connection: "Reader", meaning: "Meaning", texts: Sequence[str]) -> list[Asked]:
    """Return the checkpoints that texts mean; of a whole model those that were ever scored.

    Raises:
        BadInput: a text is not a REF, or one of a weight set.
        UnknownName: no such model, suite or revision.
    """
    unique: dict[int, Asked] = {}
    for item in written_out(connection, meaning, texts):
        for each in _each(connection, meaning, item):
            unique.setdefault(each.id, each)
    return list(unique.values())


def _each(connection: "Reader", meaning: "Meaning", item: "Model | str") -> Iterator[Asked]:
    """Yield the checkpoints of one model or REF."""
    model = item
    if isinstance(model, str):
        about = meaning.about(model, sets=False)
        if about.model is None:
            raise TypeError("only a known model has scores")
        if about.checkpoint is not None:
            saved = about.checkpoint
            yield Asked(about.name, saved.model, saved.id, by_name=True, distance=about.distance)
            return
        model = about.model
    for number in evals.checkpoint_ids_with_scores(connection, model.id):
        yield Asked(model.name, model.name, number)


def last(connection: "Reader", model: "Model") -> "Checkpoint | None":
    """Return a model's last checkpoint, by tokens where they are known."""
    every = models.checkpoints(connection, model.id)[-1:]
    return models.final(connection, model.id) or next(iter(every), None)
