"""Writes tags and notes on models and checkpoints; the grammar of selections is elsewhere."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from catalog.core import selections
from catalog.core.desk import Mark, Marked, require_note, require_tag
from catalog.errors import BadInput
from catalog.verbs import desk
from catalog.verbs.spreading import Choosing

if TYPE_CHECKING:
    from catalog.core.models import Checkpoint, Model
    from catalog.sql.connections import Writer
    from catalog.verbs.meaning import Meaning


def write(  # noqa: PLR0913 - what is written, on what, when
    connection: "Writer",
    meaning: "Meaning",
    text: str,
    tags: Sequence[str],
    note: str | None,
    *,
    removes: bool,
    now: datetime,
) -> list[Marked]:
    """Write tags and a note, or remove tags; return what each target has then.

    Args:
        connection: an open transaction.
        meaning: of names in it.
        text: a model, a checkpoint, or a selection.
        tags: to add, or to remove.
        note: in the place of the one before; an empty one removes that; None leaves it.
        removes: take the tags away instead, all of them where none is named.
        now: when.

    Raises:
        BadInput: it may be no tag or note, or nothing is to be written, or there is no such tag.
        UnknownName: no such model or revision.
    """
    from catalog.sql.records import desk as records  # noqa: PLC0415 - SQLAlchemy

    words = tuple(map(require_tag, tags))
    if not (words or note is not None or removes):
        raise BadInput("nothing to write", "give a tag, or --note TEXT")
    said = None if note is None else require_note(note)
    taken = 0
    places = _places(connection, meaning, text)
    for model, checkpoint in places:
        place = (model.id, None if checkpoint is None else checkpoint.id)
        if removes:
            taken += records.remove_tags(connection, place, words)
        else:
            for word in words:
                records.put_tag(connection, place, word, now)
        if said is not None:
            records.put_note(connection, place, said, now)
    if removes and words and not taken:
        raise BadInput(f"{text} has no tag {' '.join(words)}", "see `catalog tag`")
    return [desk.on(connection, _ref(model, checkpoint)) for model, checkpoint in places]


def _places(
    connection: "Writer", meaning: "Meaning", text: str
) -> "list[tuple[Model, Checkpoint | None]]":
    """Return what a text means."""
    selection = selections.parse(text)
    if selection is not None:
        chosen = Choosing(connection, meaning, published=False)
        chosen.over([text])
        return [(each.model, each.checkpoint) for each in chosen.each(selection)]
    about = meaning.about(text, sets=False)
    if about.model is None:
        raise TypeError("only a known model can be tagged")
    return [(about.model, about.checkpoint)]


def _ref(model: "Model", checkpoint: "Checkpoint | None") -> str:
    """Return what to call a target, as `Mark.ref` does."""
    if checkpoint is None:
        return model.name
    row = checkpoint.revision, checkpoint.training_step
    return Mark(0, model.name, checkpoint.id, *row, "", None, datetime.min).ref  # noqa: DTZ901 - not read
