"""Everything that is known about a model or one of its checkpoints, gathered from all witnesses."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from catalog.core import facts as rules
from catalog.sql.queries import models
from catalog.verbs import desk

if TYPE_CHECKING:
    from catalog.core.desk import Marked
    from catalog.core.entries import Entry
    from catalog.core.loadargs import LoadArgs
    from catalog.core.models import Model
    from catalog.sql.connections import Reader
    from catalog.verbs.checkpoint import CheckpointKnown
    from catalog.verbs.target import Target


class ModelKnown(NamedTuple):
    """What is known of a model.

    Attributes:
        model: it.
        checkpoints: how many it has.
        final_tokens: training tokens seen by the last of them, None where unknown.
        facts: every statement that holds today.
        sources: who made them, by key.
        names: every name that it has or had.
    """

    model: "Model"
    checkpoints: int
    final_tokens: int | None
    facts: tuple[rules.Fact, ...]
    sources: Mapping[str, rules.Source]
    names: "tuple[Entry, ...]"

    @property
    def used(self) -> dict[str, rules.Fact]:
        """The fact that the catalog works with, by key."""
        return rules.decide(self.facts, self.sources)

    @property
    def conflicts(self) -> tuple[rules.Conflict, ...]:
        """The keys on which sources differ."""
        return rules.conflicts(self.facts, self.sources)


class Known(NamedTuple):
    """What is known of what a REF is about.

    Attributes:
        about: what the REF means.
        model: of the model.
        checkpoint: of the checkpoint, None where the REF names none.
        advisories: ids of the known problems that concern it.
        marked: tags and note that were written on it, None where nobody asked.
    """

    about: "Target"
    model: ModelKnown
    checkpoint: "CheckpointKnown | None"
    advisories: tuple[str, ...] = ()
    marked: "Marked | None" = None

    @property
    def load_args(self) -> "LoadArgs | None":
        """What to call a library with; None for a model, or where right weights are nowhere."""
        return None if self.checkpoint is None else self.checkpoint.load_args


def known(
    connection: "Reader",
    about: "Target",
    advisories: Sequence[str] = (),
    newest: int | None = None,
) -> Known:
    """Return everything known about a model, or with a revision about a checkpoint.

    Args:
        connection: an open catalog.
        about: what was asked for.
        advisories: ids of the known problems that concern it.
        newest: so many of a checkpoint's verifications, None: every one.
    """
    if about.model is None:
        raise TypeError("only a known model can be shown")
    of_model = _of_model(connection, about.model)
    marked = desk.on(connection, about.model.name if about.checkpoint is None else about.name)
    if about.checkpoint is None:
        return Known(about, of_model, None, tuple(advisories), marked)
    from catalog.verbs import checkpoint  # noqa: PLC0415 - the judgement's rules, for it alone

    of_checkpoint = checkpoint.known(connection, about, about.model, about.checkpoint, newest)
    return Known(about, of_model, of_checkpoint, tuple(advisories), marked)


def _of_model(connection: "Reader", model: "Model") -> ModelKnown:
    stated, sources = models.facts(connection, model.id)
    saved = models.checkpoints(connection, model.id)
    return ModelKnown(
        model=model,
        checkpoints=len(saved),
        final_tokens=saved[-1].tokens_seen if saved else None,
        facts=tuple(stated),
        sources=sources,
        names=tuple(models.names_of(connection, model.id)),
    )
