"""What a revision means: which of a model's checkpoints a text asks for."""

import re
from collections.abc import Sequence
from fractions import Fraction

from catalog.core import tokens
from catalog.core.models import Checkpoint, Model
from catalog.core.refs import MAIN
from catalog.errors import BadInput, UnknownName

_DIGITS = 18
"""Of a number that is compared, the first so many count: no step has more."""
_NUMBER = re.compile(
    r"(?P<number>\d[\d,_]*(?:\.\d+)?)(?P<thousands>k\b)?", re.IGNORECASE | re.ASCII
)
_NEAR = 2
"""An amount of tokens means no checkpoint that saw more than so many times as much or as little."""


def checkpoint_at(
    checkpoints: Sequence[Checkpoint], model: Model, revision: str | None
) -> Checkpoint:
    """Return the checkpoint that a revision means.

    A label of the save schedule, its bare number (`143000`), `stepN`, an amount of training
    (`2.1B`, the nearest, if it is near), or `main` and None, which mean the last step.

    Args:
        checkpoints: all of the model's, by tokens seen.
        model: their model.
        revision: as written.

    Raises:
        UnknownName: the model has no such checkpoint.
    """
    if revision in (None, MAIN) and checkpoints:
        labelled = [c for c in checkpoints if c.revision == MAIN]
        return labelled[0] if labelled else checkpoints[-1]
    text = revision or MAIN
    for checkpoint in checkpoints:
        if text in (checkpoint.revision, str(checkpoint.published_step)):
            return checkpoint
    return _by_amount(checkpoints, model, text)


def _by_amount(checkpoints: Sequence[Checkpoint], model: Model, text: str) -> Checkpoint:
    """Return the checkpoint at `stepN`, exactly, or nearest to an amount of tokens."""
    known = [c for c in checkpoints if c.tokens_seen is not None]
    try:
        amount = tokens.parse(text)
    except BadInput as error:
        raise _no_revision(checkpoints, model, text) from error
    last = known[-1].tokens_seen or 0 if known else 0
    asked = amount.tokens_of(
        final_tokens=last, tokens_per_published_step=model.tokens_per_published_step
    )
    if not known or asked is None or (amount.tokens is not None and text.isdigit()):
        raise _no_revision(checkpoints, model, text)
    nearest = min(known, key=lambda c: (abs((c.tokens_seen or 0) - asked), c.tokens_seen))
    if amount.step is not None and nearest.tokens_seen != asked:
        raise _no_revision(checkpoints, model, text)
    _require_near(known, model, text, asked, nearest)
    return nearest


def _require_near(
    known: Sequence[Checkpoint], model: Model, text: str, asked: int, nearest: Checkpoint
) -> None:
    """Refuse an amount of tokens that the nearest checkpoint does not answer.

    Raises:
        UnknownName: it is past the run's end, or before its first step.
    """
    seen, before, last = (nearest.tokens_seen or 0, *_last_two(known))
    if asked > last + (last - before):
        why = f"{text!r} is past the end of {model.name}, at {last:,} tokens"
        raise _no_revision(known[-1:], model, text, why)
    if seen > asked * _NEAR or asked > seen * _NEAR:
        # Most often a step: people write 143k for step143000.
        why = f"no checkpoint of {model.name} has seen about {asked:,} tokens"
        raise _no_revision(known, model, text, why)


def _last_two(known: Sequence[Checkpoint]) -> tuple[int, int]:
    """Return the tokens that the last two checkpoints have seen, the last one's last."""
    seen = sorted({0, *(checkpoint.tokens_seen or 0 for checkpoint in known)})
    return (seen[-2], seen[-1]) if len(seen) > 1 else (0, 0)


def _no_revision(
    checkpoints: Sequence[Checkpoint], model: Model, text: str, why: str | None = None
) -> UnknownName:
    """Return the error that names the labels nearest to a text, read as a step."""
    ordered = list(checkpoints)
    if match := _NUMBER.search(text):
        number = match["number"].replace(",", "").replace("_", "")[:_DIGITS]
        step = Fraction(number) * (1000 if match["thousands"] else 1)
        ordered.sort(key=lambda c: abs((c.published_step or c.training_step or 0) - step))
    labels = [c.revision or f"training step {c.training_step}" for c in ordered[:3]]
    return UnknownName(f"revision of {model.name}", text, labels, why=why)
