"""What a revision means: which of a model's checkpoints a text asks for."""

from collections.abc import Sequence

from catalog.core import tokens
from catalog.core.models import Checkpoint, Model
from catalog.core.refs import MAIN
from catalog.errors import BadInput, UnknownName

_DIGITS = 18
"""Of a number that is compared, the first so many count: no step has more."""


def checkpoint_at(
    checkpoints: Sequence[Checkpoint], model: Model, revision: str | None
) -> Checkpoint:
    """Return the checkpoint that a revision means.

    A label of the save schedule, its bare number (`143000`), `stepN`, an amount of training
    (`2.1B`, the nearest), or `main` and None, which mean the last step.

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
    return nearest


def _no_revision(checkpoints: Sequence[Checkpoint], model: Model, text: str) -> UnknownName:
    """Return the error that names the labels nearest to a text."""
    ordered = list(checkpoints)
    digits = "".join(filter(str.isdecimal, text))
    if digits:
        ordered.sort(
            key=lambda c: abs((c.published_step or c.training_step or 0) - int(digits[:_DIGITS])),
        )
    labels = [c.revision or f"training step {c.training_step}" for c in ordered[:3]]
    return UnknownName(f"revision of {model.name}", text, labels)
