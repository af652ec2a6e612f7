"""Checkpoints by tokens seen: one a model, or all between two amounts."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from catalog.core import tokens
from catalog.errors import BadInput
from catalog.sql.queries import models
from catalog.verbs import advisories

if TYPE_CHECKING:
    from catalog.core.models import Checkpoint, Model
    from catalog.sql.connections import Reader


_ABOUT = 1.01
"""People say 300B of a run of 299.9B tokens: that much past its end is still its end."""


class Position(NamedTuple):
    """A checkpoint beside the amount of training that was asked for.

    Attributes:
        checkpoint: the one that fits.
        distance: tokens seen less tokens asked for.
        note: where the run ends or its checkpoints begin, if that is why it is far; else None.
    """

    checkpoint: "Checkpoint"
    distance: int
    note: str | None = None


class Positions(NamedTuple):
    """The checkpoints of some models at an amount of training.

    Attributes:
        rows: in suite order, then by tokens.
        models: how many models were looked at.
        unknown: those whose tokens nobody knows, by name.
        warnings: what advisories say of the checkpoints, one line each.
    """

    rows: tuple[Position, ...]
    models: int
    unknown: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def located(
    connection: "Reader",
    amounts: Sequence[str],
    chosen: "Sequence[Model]",
    pick: tokens.Pick = "nearest",
) -> Positions:
    """Return the checkpoint of each model at an amount of training, or all between two.

    Args:
        connection: an open catalog.
        amounts: one amount as written (`300B`, `50%`, `step3000`), or the two ends of a range.
        chosen: the models.
        pick: which neighbour answers for one amount.

    Raises:
        BadInput: an amount cannot be understood, may be a step or a number of tokens, or the first
            end is the larger.
    """
    parsed = [tokens.parse(amount) for amount in amounts]
    rows: list[Position] = []
    unknown = []
    for model in chosen:
        wanted = _wanted(connection, model, parsed)
        if wanted is None:
            unknown.append(model.name)
        elif len(wanted) == 1:
            nearest = models.at(connection, model, wanted[0], pick)
            if nearest is not None:
                note = _beyond(connection, model, wanted[0])
                rows.append(_position(nearest, wanted[0])._replace(note=note))
        else:
            rows += _between(connection, model, parsed, wanted)
    places = [(row.checkpoint.model, row.checkpoint.revision) for row in rows]
    told = advisories.warnings(places).texts
    return Positions(tuple(rows), len(chosen), tuple(unknown), told)


def _wanted(
    connection: "Reader", model: "Model", amounts: Sequence[tokens.Amount]
) -> list[int] | None:
    """Return amounts in tokens of one model, None where nobody knows its tokens."""
    last = models.final(connection, model.id)
    if last is None or last.tokens_seen is None:
        return None
    wanted = []
    for amount in amounts:
        count = amount.tokens_of(
            final_tokens=last.tokens_seen,
            tokens_per_published_step=model.tokens_per_published_step,
        )
        if count is None:
            return None
        if amount.may_be_step(max(last.published_step or 0, last.training_step or 0)):
            raise amount.which_unit()
        wanted.append(count)
    return wanted


def _beyond(connection: "Reader", model: "Model", asked: int) -> str | None:
    """Return where a run ends or begins, if an amount is past that; None within it."""
    last = models.final(connection, model.id)
    if last is not None and asked > (last.tokens_seen or 0) * _ABOUT:
        end = f"{last.tokens_seen or 0:,} tokens"
        return f"the run of {model.name} ends at {end} ({last.revision or 'its last checkpoint'})"
    first = models.at(connection, model, 0, "ceil")
    begun = None if first is None else first.tokens_seen
    if first is not None and begun and asked < begun and not tokens.is_near(begun, asked):
        begin = f"{begun:,} tokens"
        return f"the checkpoints of {model.name} begin at {begin} ({first.revision})"
    return None


def _between(
    connection: "Reader",
    model: "Model",
    amounts: Sequence[tokens.Amount],
    wanted: Sequence[int],
) -> list[Position]:
    low, high = wanted
    if low > high:
        raise BadInput(f"--between {amounts[0].text} {amounts[1].text}: the first is the larger")
    return [_position(row, low) for row in models.between(connection, model, low, high)]


def _position(checkpoint: "Checkpoint", asked: int) -> Position:
    return Position(checkpoint, (checkpoint.tokens_seen or 0) - asked)
