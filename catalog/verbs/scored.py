"""Whose scores are asked for: models, suites, REFs and selections become checkpoints.

What a text means is decided in `meaning` and `selecting`; this puts their answers in one list, each
checkpoint once. It reads no score.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from catalog.core import selections
from catalog.sql.queries import evals, models
from catalog.verbs import selecting
from catalog.verbs.spreading import PLAIN, Chosen

if TYPE_CHECKING:
    from catalog.core.models import Checkpoint, Model
    from catalog.core.selections import Spread
    from catalog.sql.connections import Reader
    from catalog.verbs.meaning import Meaning


class Meant(NamedTuple):
    """What one text means, or one of the things that it means.

    Attributes:
        model: whose it is.
        checkpoint: None where the whole model is named.
        text: as given, None where it names several.
        distance: from the tokens asked for, as `Target` has it.
    """

    model: "Model"
    checkpoint: "Checkpoint | None"
    text: str | None = None
    distance: int | None = None

    @classmethod
    def of(cls, chosen: Chosen) -> "Meant":
        """Return one of several."""
        return cls(chosen.model, chosen.checkpoint)

    @property
    def ref(self) -> str:
        """What to call it."""
        if self.checkpoint is None:
            return self.model.name
        return f"{self.model.name}@{self.checkpoint.revision or self.checkpoint.training_step}"


class Asked(NamedTuple):
    """One checkpoint whose scores are asked for.

    Attributes:
        ref: what to call it.
        model: whose it is.
        id: its row.
        by_name: it was asked for itself, not among all of its model.
        distance: as `Meant` has it.
    """

    ref: str
    model: str
    id: int
    by_name: bool = False
    distance: int | None = None


def written_out(
    connection: "Reader", meaning: "Meaning", texts: Sequence[str], spread: "Spread" = PLAIN
) -> Iterator[Meant]:
    """Yield the checkpoints that texts mean, and without a checkpoint whole models.

    Args:
        connection: an open catalog.
        meaning: what texts mean in it.
        texts: REFs, selections, models and suites.
        spread: which checkpoints of models and suites that are named alone.

    Raises:
        BadInput: a text is not a REF, or one of a weight set, or a selection of nothing.
        UnknownName: no such model, suite or revision.
    """
    if spread != PLAIN:
        yield from map(Meant.of, selecting.checkpoints(connection, meaning, texts, spread))
        return
    suites = {suite.name for suite in models.suites(connection)}
    for text in texts:
        # A suite's name that is a model's too means the suite.
        if text in suites or selections.parse(text) is not None:
            yield from map(Meant.of, selecting.checkpoints(connection, meaning, [text]))
        else:
            about = meaning.about(text, sets=False)
            if about.model is None:
                raise TypeError("only a known model has scores")
            yield Meant(about.model, about.checkpoint, text, about.distance)


def asked(
    connection: "Reader", meaning: "Meaning", texts: Sequence[str], spread: "Spread" = PLAIN
) -> list[Asked]:
    """Return the checkpoints that texts mean; of a whole model those that were ever scored.

    Raises:
        BadInput: as `written_out`.
        UnknownName: as `written_out`.
    """
    unique: dict[int, Asked] = {}
    for meant in written_out(connection, meaning, texts, spread):
        name, saved = meant.model.name, meant.checkpoint
        if saved is not None:
            each = Asked(meant.ref, name, saved.id, by_name=True, distance=meant.distance)
            unique.setdefault(saved.id, each)
            continue
        for number in evals.checkpoint_ids_with_scores(connection, meant.model.id):
            unique.setdefault(number, Asked(name, name, number))
    return list(unique.values())


def last(connection: "Reader", model: "Model") -> "Checkpoint | None":
    """Return a model's last checkpoint, by tokens where they are known."""
    every = models.checkpoints(connection, model.id)[-1:]
    return models.final(connection, model.id) or next(iter(every), None)
