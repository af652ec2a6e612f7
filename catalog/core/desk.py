"""Tags and notes on models and checkpoints: a desk's own words, kept apart from facts.

Values and what a tag may be; where they are kept is the catalog's business.
"""

from datetime import datetime

from catalog.core.tuples import NamedTuple
from catalog.errors import BadInput

LONGEST = 60
LONGEST_NOTE = 2_000


class Mark(NamedTuple):
    """A tag, or a note, on a model or on one of its checkpoints.

    Attributes:
        model_id: the model's row.
        model: its name.
        checkpoint_id: the checkpoint's row, None for the model as a whole.
        revision: its branch, None where it was never published.
        training_step: steps of the optimizer.
        text: the tag, or the note.
        observer: who says so, None for whoever keeps this catalog.
        at: when.
    """

    model_id: int
    model: str
    checkpoint_id: int | None
    revision: str | None
    training_step: int | None
    text: str
    observer: str | None
    at: datetime

    @property
    def ref(self) -> str:
        """What is marked."""
        if self.checkpoint_id is None:
            return self.model
        return f"{self.model}@{self.revision or f'step{self.training_step}'}"


class Marked(NamedTuple):
    """A model or checkpoint with what was written on it.

    Attributes:
        ref: `MODEL` or `MODEL@REVISION`.
        tags: in alphabetical order.
        note: what was noted, None where nothing is.
        at: when the newest of them was written, None where nothing is.
    """

    ref: str
    tags: tuple[str, ...] = ()
    note: str | None = None
    at: datetime | None = None


def require_tag(text: str) -> str:
    """Return a tag that may be one: a word of letters, digits and `._+-`.

    >>> require_tag("paper-2026")
    'paper-2026'

    Raises:
        BadInput: it may not.
    """
    letters = text.translate(dict.fromkeys(map(ord, "._+-")))
    if not letters.isalnum() or len(text) > LONGEST or text.startswith("-"):
        from catalog.core import foreign  # noqa: PLC0415 - for what is refused

        hint = f"write a word of letters, digits and ._+-, {LONGEST} at most"
        raise BadInput(f"not a tag: {foreign.shown(text)}", hint)
    return text


def require_note(text: str) -> str:
    """Return a note that may be one: a line of text.

    Raises:
        BadInput: it is too long, or holds what no line holds.
    """
    written = text.strip()
    if len(written) > LONGEST_NOTE or not written.isprintable():
        raise BadInput("not a note", f"write one line, of {LONGEST_NOTE:,} characters at most")
    return written
