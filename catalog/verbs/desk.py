"""Tags and notes that were written on models and checkpoints: who has which."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from catalog.core.desk import Mark, Marked
from catalog.errors import UnknownName
from catalog.sql.queries import desk as queries

if TYPE_CHECKING:
    from catalog.core.models import Model
    from catalog.sql.connections import Reader


def marked(connection: "Reader", model: str | None = None) -> list[Marked]:
    """Return every model and checkpoint with a tag or note, models in suite order.

    Args:
        connection: an open catalog.
        model: only this one and its checkpoints, by name.
    """
    tags = [mark for mark in queries.tags(connection) if model in (None, mark.model)]
    notes = [mark for mark in queries.notes(connection) if model in (None, mark.model)]
    refs = dict.fromkeys(mark.ref for mark in sorted((*tags, *notes), key=_place))
    return [_of(ref, tags, notes) for ref in refs]


def on(connection: "Reader", ref: str) -> Marked:
    """Return what was written on one model or checkpoint, by its name as `Mark.ref` has it."""
    return _of(ref, queries.tags(connection), queries.notes(connection))


def tags_of_models(connection: "Reader") -> dict[str, tuple[str, ...]]:
    """Return the tags of each model that has any, its checkpoints' among them."""
    tags: dict[str, set[str]] = {}
    for mark in queries.tags(connection):
        tags.setdefault(mark.model, set()).add(mark.text)
    return {model: tuple(sorted(texts)) for model, texts in tags.items()}


def tagged(connection: "Reader", model: "Model", tag: str) -> set[int | None]:
    """Return the rows of a model's checkpoints that have a tag; None: the model itself has it.

    Raises:
        UnknownName: nothing has it.
    """
    marks = queries.tags(connection)
    if all(mark.text != tag for mark in marks):
        raise unknown_tag(tag, {mark.text for mark in marks})
    return {mark.checkpoint_id for mark in marks if (mark.model_id, mark.text) == (model.id, tag)}


def unknown_tag(tag: str, known: Iterable[str]) -> UnknownName:
    """Return the error for a tag that nothing has."""
    from difflib import get_close_matches  # noqa: PLC0415 - for what is mistyped alone

    near = get_close_matches(tag, sorted(known), n=3)
    return UnknownName("tag", tag, near, hint=None if near else "see `catalog tag`")


def _of(ref: str, tags: Iterable[Mark], notes: Iterable[Mark]) -> Marked:
    own_tags = [mark for mark in tags if mark.ref == ref]
    own_notes = [mark for mark in notes if mark.ref == ref]
    newest = max((mark.at for mark in (*own_tags, *own_notes)), default=None)
    texts = sorted({mark.text for mark in own_tags})
    return Marked(ref, tuple(texts), own_notes[-1].text if own_notes else None, newest)


def _place(mark: Mark) -> tuple[int, int]:
    return mark.model_id, mark.checkpoint_id or 0
