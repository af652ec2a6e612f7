"""What a revision means: which of a model's checkpoints a text asks for."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from catalog.core import tokens
from catalog.core.models import Checkpoint, Model
from catalog.core.refs import MAIN, is_commit, step_label
from catalog.core.tuples import NamedTuple
from catalog.errors import BadInput, UnknownName

if TYPE_CHECKING:
    from fractions import Fraction

_DIGITS = 18
"""Of a number that is compared, the first so many count: no step has more."""
_NUMBER = r"(?P<number>\d[\d,_]*(?:\.\d+)?)\s*(?P<thousands>k\b)?"
_PROPOSED = "refs/pr/"
"""What the Hub calls a pull request: a proposal, which is no checkpoint of the run."""


class Located(NamedTuple):
    """The checkpoint that a revision means.

    Attributes:
        checkpoint: it.
        distance: tokens that it has seen less those asked for; None where it was not asked for by
            an amount of tokens, or has seen exactly that.
    """

    checkpoint: Checkpoint
    distance: int | None = None

    def remark(self, model: Model, revision: str) -> str:
        """Return in words how far it is from the amount that was asked for."""
        more = "more" if (self.distance or 0) > 0 else "fewer"
        return (
            f"{model.name}@{self.checkpoint.revision} is the nearest to {revision}: "
            f"it has seen {abs(self.distance or 0):,} tokens {more}"
        )


def located(checkpoints: Sequence[Checkpoint], model: Model, revision: str | None) -> Located:
    """Return the checkpoint that a revision means, and how far it is from what was asked for.

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
        return Located(labelled[0] if labelled else checkpoints[-1])
    text = revision or MAIN
    for checkpoint in checkpoints:
        if text in (checkpoint.revision, str(checkpoint.published_step)):
            return Located(checkpoint)
    return _by_amount(checkpoints, model, text)


def _by_amount(checkpoints: Sequence[Checkpoint], model: Model, text: str) -> Located:
    """Return the checkpoint at `stepN`, exactly, or nearest to an amount of tokens."""
    known = [c for c in checkpoints if c.tokens_seen is not None]
    last = known[-1].tokens_seen or 0 if known else 0
    try:
        amount = tokens.parse(text)
        asked = amount.tokens_of(
            final_tokens=last, tokens_per_published_step=model.tokens_per_published_step
        )
    except BadInput as error:
        raise _no_revision(checkpoints, model, text) from error
    if not known or asked is None or (amount.tokens is not None and text.isdigit()):
        raise _no_revision(checkpoints, model, text)
    nearest = min(known, key=lambda c: (abs((c.tokens_seen or 0) - asked), c.tokens_seen))
    distance = (nearest.tokens_seen or 0) - asked
    if amount.step is not None and distance:
        raise _no_revision(checkpoints, model, step_label(amount.step), text)
    _require_near(known, model, text, asked, nearest)
    if distance and amount.may_be_step(last_step(known)):
        raise _no_revision(known, model, text, why=amount.which_unit().what)
    return Located(nearest, distance or None)


def last_step(checkpoints: Sequence[Checkpoint]) -> int | None:
    """Return the number of a run's last step, None where its checkpoints have none."""
    steps = [c.published_step or c.training_step or 0 for c in checkpoints]
    return max(steps, default=None)


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
        raise _no_revision(known[-1:], model, text, why=why)
    if not tokens.is_near(seen, asked):
        # Most often a step: people write 143k for step143000.
        why = f"no checkpoint of {model.name} has seen about {asked:,} tokens"
        raise _no_revision(known, model, text, why=why)


def _last_two(known: Sequence[Checkpoint]) -> tuple[int, int]:
    """Return the tokens that the last two checkpoints have seen, the last one's last."""
    seen = sorted({0, *(checkpoint.tokens_seen or 0 for checkpoint in known)})
    return (seen[-2], seen[-1]) if len(seen) > 1 else (0, 0)


def _no_revision(
    checkpoints: Sequence[Checkpoint],
    model: Model,
    text: str,
    written: str | None = None,
    *,
    why: str | None = None,
) -> UnknownName:
    """Return the error that names the labels nearest to a text.

    Args:
        checkpoints: the model's.
        model: it.
        text: what is compared.
        written: the text to quote, where that is another.
        why: what to say instead of "unknown revision".
    """
    from catalog.core import selections  # noqa: PLC0415 - for a revision that there is not

    what, text_ = f"revision of {model.name}", written or text
    if text.startswith(_PROPOSED):
        why = f"{text!r} is a pull request of {model.repo_id or model.name}, no checkpoint"
        return UnknownName(what, text_, [MAIN], why=why)
    if selections.is_several(text):
        why = f"{model.name}@{text} means several checkpoints"
        hint = "`at`, `populate`, `verify`, `pull` and `lock` take several at once"
        return UnknownName(what, text_, why=why, hint=hint)
    if is_commit(text):
        hint = f"`catalog show {model.name}@{text}` says which branch was seen at it"
        return UnknownName(what, text_, why=f"{text} is a commit, no branch", hint=hint)
    if word := selections.begun(text):
        return UnknownName(what, text_, why=why, hint=f"for several write {model.name}@{word}")
    ordered = _by_nearness(checkpoints, text)
    labels = [c.revision or f"training step {c.training_step}" for c in ordered[:3]]
    return UnknownName(what, text_, labels, why=why)


def _by_nearness(checkpoints: Sequence[Checkpoint], text: str) -> list[Checkpoint]:
    """Return checkpoints with those first whose step a text may mean, or whose tokens.

    A number far above every step of the run is one of tokens: 2097152000 is next to step1000.
    """
    number = _number(text)
    if number is None:
        return list(checkpoints)[::-1]
    if number > 2 * (last_step(checkpoints) or 0):
        by_tokens = sorted(checkpoints, key=lambda c: abs((c.tokens_seen or 0) - number))
        if by_tokens and tokens.is_near(by_tokens[0].tokens_seen or 0, int(number)):
            return by_tokens
    return sorted(
        checkpoints, key=lambda c: abs((c.published_step or c.training_step or 0) - number)
    )


def _number(text: str) -> "Fraction | None":
    """Return the number that a text speaks of, read as a step: `step1.5k` is 1500."""
    try:
        amount = tokens.parse(text)
    except BadInput:
        amount = tokens.Amount(text)
    if amount.scale is not None and amount.tokens is not None:
        return tokens.exact(amount.tokens)
    match = re.search(_NUMBER, text, re.IGNORECASE | re.ASCII)
    if match is None or text.endswith("%"):  # a share is no step
        return None
    number = match["number"].replace(",", "").replace("_", "")[:_DIGITS]
    return tokens.exact(number) * (1000 if match["thousands"] else 1)
