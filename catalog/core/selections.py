"""Several checkpoints in one text: `MODEL@all`, `MODEL@log14`, `MODEL@step1000..step20000`.

Splits such texts and chooses among a run's checkpoints; whose checkpoints there are is the
catalog's business. git allows no `..` in a branch's name, so that a range is never one.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from catalog.core import tokens
from catalog.core.models import Checkpoint, Model
from catalog.core.refs import MAIN
from catalog.errors import BadInput, UnknownName

_ALL = "all"
_LOG = re.compile(r"log(\d{1,6})", re.ASCII)
_NAMED = re.compile(r"all|log\d{1,6}", re.ASCII | re.IGNORECASE)
_BETWEEN = ".."
EXAMPLES = "write MODEL@all, MODEL@log14, MODEL@step1000..step20000, MODEL@step1000.. or ..step512"


@dataclass(frozen=True, slots=True)
class Selection:
    """A text that may mean several checkpoints.

    Attributes:
        text: as written.
        model: the name of a model or suite before `@`.
        which: `all`, `logN` or `A..B`, without blanks.
        weight_set: name after `#`, None for all.
    """

    text: str
    model: str
    which: str
    weight_set: str | None = None

    @property
    def is_label(self) -> bool:
        """Whether a branch could be called so; then the branch is meant."""
        return _BETWEEN not in self.which


def parse(text: str) -> Selection | None:
    """Return the selection that a text is, None where it is none.

    >>> parse("pythia-70m@step1000..#model.safetensors")
    Selection(text='pythia-70m@step1000..#model.safetensors', model='pythia-70m', \
which='step1000..', weight_set='model.safetensors')
    >>> parse("pythia-70m@step1000") is parse("../step8") is None
    True

    Raises:
        BadInput: nothing stands before `@` or behind `#`.
    """
    before, hash_sign, weight_set = text.strip().partition("#")
    model, _, revision = before.rpartition("@")
    which = revision.strip()
    if "@" not in before or "/" in which or not is_several(which):
        return None
    if _NAMED.fullmatch(which):
        which = which.lower()
    if not model.strip() or (hash_sign and not weight_set.strip()):
        raise BadInput(f"not a selection of checkpoints: {text!r}", EXAMPLES)
    return Selection(text, model.strip(), which, weight_set.strip() or None)


def is_several(revision: str) -> bool:
    """Return whether a revision as written may mean several checkpoints.

    >>> is_several("all"), is_several("step8.."), is_several("step8")
    (True, True, False)
    """
    return _BETWEEN in revision or _NAMED.fullmatch(revision) is not None


def chosen(selection: Selection, model: Model, saved: Sequence[Checkpoint]) -> list[Checkpoint]:
    """Return the checkpoints of a model that a selection means, in the order of training.

    Args:
        selection: from `parse`.
        model: one that it means.
        saved: the model's published checkpoints, in the order of training.

    Raises:
        BadInput: it has no such number of checkpoints, or the range cannot be understood.
        UnknownName: none lies in the range.
    """
    if selection.which == _ALL:
        return list(saved)
    if match := _LOG.fullmatch(selection.which):
        return _spaced(selection, model, saved, int(match[1]))
    return _between(selection, model, saved)


# Log-spaced ------------------------------------------------------------------------------------


def _spaced(
    selection: Selection, model: Model, saved: Sequence[Checkpoint], count: int
) -> list[Checkpoint]:
    """Return so many checkpoints, the first and the last among them, evenly spaced in log(1 + x).

    x is the step, of runs without steps the tokens seen. Each mark takes the saved checkpoint that
    is nearest to it, an earlier one at a tie, and none is taken twice.
    """
    if not 1 <= count <= len(saved):
        held = f"{model.name} has {len(saved)} checkpoints"
        raise BadInput(f"{selection.text!r} cannot be: {held}", f"write {selection.model}@{_ALL}")
    places = [math.log1p(_progress(checkpoint)) for checkpoint in saved]
    if count == 1:
        return [saved[-1]]
    first, last = places[0], places[-1]
    taken = -1
    marks = [first + (last - first) * number / (count - 1) for number in range(count)]
    numbers = []
    for left, mark in zip(reversed(range(count)), marks, strict=True):
        # Enough must stay for the marks that follow.
        free = range(taken + 1, len(saved) - left)
        taken = min(free, key=lambda at, mark=mark: abs(places[at] - mark))  # type: ignore[misc]
        numbers.append(taken)
    return [saved[number] for number in numbers]


def _progress(checkpoint: Checkpoint) -> int:
    """Return how far training was: steps, else tokens."""
    step = checkpoint.published_step
    return (checkpoint.tokens_seen or 0) if step is None else step


# Ranges ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _End:
    """One end of a range: a step or a number of tokens, the other is None."""

    step: int | None
    tokens_seen: int | None

    def of(self, checkpoint: Checkpoint) -> int | None:
        """Return where a checkpoint is, in the end's own unit."""
        return checkpoint.tokens_seen if self.step is None else checkpoint.published_step

    @property
    def place(self) -> int:
        """Where the end itself is."""
        return (self.tokens_seen or 0) if self.step is None else self.step


def _between(selection: Selection, model: Model, saved: Sequence[Checkpoint]) -> list[Checkpoint]:
    low, _, high = (part.strip() for part in selection.which.partition(_BETWEEN))
    if not (low or high) or _BETWEEN in high or high.startswith("."):
        raise BadInput(f"not a range of checkpoints: {selection.text!r}", EXAMPLES)
    first = _end(low, selection, model, saved) if low else None
    last = _end(high, selection, model, saved) if high else None
    inside = [
        checkpoint
        for checkpoint in saved
        if (first is None or _is_at(first, checkpoint, after=True))
        and (last is None or _is_at(last, checkpoint, after=False))
    ]
    if inside:
        return inside
    if first and last and (first.step is None) == (last.step is None) and first.place > last.place:
        raise BadInput(f"{selection.text!r}: the first end is the larger", EXAMPLES)
    labels = [str(checkpoint.revision) for checkpoint in (*saved[:1], *saved[-1:])]
    why = f"{selection.text!r}: no checkpoint of {model.name} lies there"
    hint = f"they go from {labels[0]} to {labels[-1]}"
    raise UnknownName("revision", selection.which, why=why, hint=hint)


def _is_at(end: _End, checkpoint: Checkpoint, *, after: bool) -> bool:
    """Return whether a checkpoint is at an end of a range, or on its inner side."""
    place = end.of(checkpoint)
    if place is None:
        return False
    return place >= end.place if after else place <= end.place


def _end(text: str, selection: Selection, model: Model, saved: Sequence[Checkpoint]) -> _End:
    """Return an end of a range: a saved checkpoint's label or number, a step, an amount."""
    if text == MAIN and saved:
        return _of(saved[-1])
    for checkpoint in saved:
        if text in (checkpoint.revision, str(checkpoint.published_step)):
            return _of(checkpoint)
    try:
        amount = tokens.parse(text)
    except BadInput as error:
        what = f"{selection.text!r} ends at no checkpoint: {text!r}"
        raise BadInput(what, error.hint or EXAMPLES) from error
    if amount.step is not None:
        return _End(amount.step, None)
    final = max((checkpoint.tokens_seen or 0 for checkpoint in saved), default=0)
    steps = max((checkpoint.published_step or 0 for checkpoint in saved), default=0)
    if amount.may_be_step(steps):
        raise amount.which_unit()
    per_step = model.tokens_per_published_step
    seen = amount.tokens_of(final_tokens=final, tokens_per_published_step=per_step)
    return _End(None, seen)


def _of(checkpoint: Checkpoint) -> _End:
    step = checkpoint.published_step
    return _End(step, None if step is not None else checkpoint.tokens_seen)


# Lists of targets, names of folders ------------------------------------------------------------

FOLDER_NAME = "{name}"
"""Stands for the folder's own name in what `--as` says of several folders."""


def written(line: str) -> str:
    """Return what a line of a list of targets asks for, empty for a blank line or a comment.

    A `#` begins a comment at the start of a line and between blanks; elsewhere it is a part of a
    REF, or of a path.

    >>> [written(line) for line in ("a@step1#f.bin  # why", "# all", " ./x#1 ")]
    ['a@step1#f.bin', '', './x#1']
    """
    text = line.strip().removeprefix("\ufeff").strip()
    return "" if text.startswith("#") else re.split(r"\s#(?:\s|$)", text, maxsplit=1)[0].strip()
