"""Which of a run's checkpoints a selection means: those in its ranges, and evenly spaced ones.

Chooses among the checkpoints it is given; the grammar is `catalog.core.selections`', the arithmetic
of even spaces `catalog.core.spacing`'s.
"""

from typing import TYPE_CHECKING, NamedTuple

from catalog.core import spacing, tokens
from catalog.core.refs import MAIN
from catalog.core.selections import BETWEEN, EXAMPLES, Selection
from catalog.errors import BadInput, UnknownName

if TYPE_CHECKING:
    from collections.abc import Sequence

    from catalog.core.models import Checkpoint, Model


def inside(
    selection: Selection, model: "Model", saved: "Sequence[Checkpoint]", *, numbers: bool = True
) -> "list[Checkpoint]":
    """Return the checkpoints of a model that lie in every range of a selection.

    Args:
        selection: from `selections.parse`.
        model: one that it means.
        saved: the model's checkpoints, in the order of training.
        numbers: whether a bare number may be that of a saved step, as after `@` it is.

    Raises:
        BadInput: a range cannot be understood.
        UnknownName: none lies in the range.
    """
    left = list(saved)
    for part in selection.parts:
        if BETWEEN in part:
            run = _Run(selection.text, model, saved, numbers)
            ends = run.ends(part)
            left = [checkpoint for checkpoint in left if _is_within(checkpoint, ends)]
            if not left:
                raise run.nothing(part, ends)
    return left


def spaced(
    selection: Selection, model: "Model", among: "Sequence[Checkpoint]"
) -> "list[Checkpoint]":
    """Return those of some checkpoints that the spacing of a selection means, all without one.

    They are placed by the tokens seen; in a run whose tokens nobody knows, by steps. What has no
    place is left out, unless nothing has one.

    Args:
        selection: from `selections.parse`.
        model: whose they are.
        among: in the order of training.

    Raises:
        BadInput: it asks for none, or for multiples of nothing.
    """
    asked = selection.spacing
    if asked is None:
        return list(among)
    if asked.stride is None and not asked.number:
        raise BadInput(f"{selection.text!r} asks for no checkpoint", EXAMPLES)
    by_tokens = any(checkpoint.tokens_seen is not None for checkpoint in among)
    placed = {
        place: checkpoint
        for checkpoint in among
        if (place := _place(checkpoint, by_tokens=by_tokens)) is not None
    }
    places = sorted(placed)
    if not places:
        return list(among[-1:])
    if asked.stride is not None:
        stride = _stride(asked.stride, model, list(placed.values()), by_tokens=by_tokens)
        chosen = spacing.every(places, stride)
    elif asked.rule == "log":
        chosen = spacing.logarithmic(places, asked.number)
    else:
        chosen = spacing.linear(places, asked.number)
    return [placed[places[at]] for at in chosen]


def _place(checkpoint: "Checkpoint", *, by_tokens: bool) -> int | None:
    """Return where in its run a checkpoint is."""
    if by_tokens:
        return checkpoint.tokens_seen
    step = checkpoint.published_step
    return checkpoint.training_step if step is None else step


def _stride(
    amount: tokens.Amount, model: "Model", placed: "Sequence[Checkpoint]", *, by_tokens: bool
) -> int:
    """Return the distance of the marks, in the unit of the places."""
    if amount.may_be_step(max(checkpoint.published_step or 0 for checkpoint in placed)):
        raise amount.which_unit()
    stride = amount.step
    if by_tokens:
        final = max(checkpoint.tokens_seen or 0 for checkpoint in placed)
        per_step = model.tokens_per_published_step
        stride = amount.tokens_of(final_tokens=final, tokens_per_published_step=per_step)
    if stride is None:
        why = "nobody knows how much that is"
        raise BadInput(f"no multiples of {amount.text!r} in {model.name}: {why}", EXAMPLES)
    if not stride:
        raise BadInput(
            f"there are no multiples of {amount.text!r}", "write every10B or everystep1000"
        )
    return stride


# Ranges ----------------------------------------------------------------------------------------


class _End(NamedTuple):
    """One end of a range: a step or a number of tokens, the other is None."""

    step: int | None
    tokens_seen: int | None

    def of(self, checkpoint: "Checkpoint") -> int | None:
        """Return where a checkpoint is, in the end's own unit."""
        return checkpoint.tokens_seen if self.step is None else checkpoint.published_step

    @property
    def place(self) -> int:
        """Where the end itself is."""
        return (self.tokens_seen or 0) if self.step is None else self.step


_Ends = tuple[_End | None, _End | None]


def _is_within(checkpoint: "Checkpoint", ends: _Ends) -> bool:
    """Return whether a checkpoint lies between two ends, or at one of them."""
    low, high = ends
    return (low is None or _is_at(low, checkpoint, after=True)) and (
        high is None or _is_at(high, checkpoint, after=False)
    )


def _is_at(end: _End, checkpoint: "Checkpoint", *, after: bool) -> bool:
    """Return whether a checkpoint is at an end of a range, or on its inner side."""
    place = end.of(checkpoint)
    if place is None:
        return False
    return place >= end.place if after else place <= end.place


class _Run(NamedTuple):
    """A run in which ranges are looked for, and how it was asked for."""

    text: str
    model: "Model"
    saved: "Sequence[Checkpoint]"
    numbers: bool

    def ends(self, part: str) -> _Ends:
        """Return the ends of a range, None for one that is open."""
        low, _, high = (end.strip() for end in part.partition(BETWEEN))
        if not (low or high) or BETWEEN in high or high.startswith("."):
            raise BadInput(f"not a range of checkpoints: {self.text!r}", EXAMPLES)
        return self._end(low) if low else None, self._end(high) if high else None

    def _end(self, text: str) -> _End:
        """Return an end of a range: a saved checkpoint's label or number, a step, an amount."""
        if text == MAIN and self.saved:
            return _of(self.saved[-1])
        for checkpoint in self.saved:
            number = str(checkpoint.published_step) if self.numbers else None
            if text in (checkpoint.revision, number):
                return _of(checkpoint)
        try:
            amount = tokens.parse(text)
        except BadInput as error:
            what = f"{self.text!r} ends at no checkpoint: {text!r}"
            raise BadInput(what, error.hint or EXAMPLES) from error
        if amount.step is not None:
            return _End(amount.step, None)
        final = max((checkpoint.tokens_seen or 0 for checkpoint in self.saved), default=0)
        steps = max((checkpoint.published_step or 0 for checkpoint in self.saved), default=0)
        if amount.may_be_step(steps):
            raise amount.which_unit()
        per_step = self.model.tokens_per_published_step
        seen = amount.tokens_of(final_tokens=final, tokens_per_published_step=per_step)
        return _End(None, seen)

    def nothing(self, part: str, ends: _Ends) -> BadInput:
        """Return why no checkpoint lies in a range."""
        low, high = ends
        if low and high and (low.step is None) == (high.step is None) and low.place > high.place:
            return BadInput(f"{self.text!r}: the first end is the larger", EXAMPLES)
        labels = [str(checkpoint.revision) for checkpoint in (*self.saved[:1], *self.saved[-1:])]
        why = f"{self.text!r}: no checkpoint of {self.model.name} lies there"
        hint = f"they go from {labels[0]} to {labels[-1]}" if labels else EXAMPLES
        return UnknownName("revision", part, why=why, hint=hint)


def _of(checkpoint: "Checkpoint") -> _End:
    step = checkpoint.published_step
    return _End(step, None if step is not None else checkpoint.tokens_seen)
