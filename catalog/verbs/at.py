"""Checkpoints by tokens seen: one a model, or all between two amounts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalog.core import tokens
from catalog.errors import BadInput
from catalog.sql.queries import models
from catalog.verbs import advisories

if TYPE_CHECKING:
    from catalog.core.models import Checkpoint, Model
    from catalog.sql.connections import Reader


@dataclass(frozen=True, slots=True)
class Position:
    """A checkpoint beside the amount of training that was asked for.

    Attributes:
        checkpoint: the one that fits.
        distance: tokens seen less tokens asked for.
    """

    checkpoint: "Checkpoint"
    distance: int


@dataclass(frozen=True, slots=True)
class Positions:
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
        BadInput: an amount cannot be understood, or the first end is the larger.
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
            rows += [] if nearest is None else [_position(nearest, wanted[0])]
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
        wanted.append(count)
    return wanted


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
