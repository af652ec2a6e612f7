"""Amounts of training as people write them, and the saved step that fits best.

Pure arithmetic on exact integers and fractions; which steps a run saved is data, not code.
"""

import re
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeVar

from catalog.core.refs import SPELT_STEP
from catalog.errors import BadInput

if TYPE_CHECKING:
    from fractions import Fraction
    from typing import Protocol

    class HasTokens(Protocol):
        """Anything at a known number of tokens, a checkpoint say."""

        @property
        def tokens_seen(self) -> int | None:
            """Training tokens seen."""


Pick = Literal["nearest", "floor", "ceil", "exact"]

_SCALE = {"": 1, "k": 10**3, "m": 10**6, "b": 10**9, "g": 10**9, "t": 10**12}
# Patterns are compiled when the first amount is read: most questions read none.
_COUNT = (
    r"(?P<number>\d{1,3}(?:,\d{3})+|\d[\d_]*(?:\.\d+)?|\.\d+)(?P<exponent>e\+?\d{1,3})?"
    r"\s*(?P<scale>[kmbgt]?)(?P<unit>\s*(?:tok|tokens))?"
)
_STEPS = r"(?P<number>\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?)\s*(?P<k>k)?\s*steps?"
_STEP_IN_THOUSANDS = r"step[\s_-]?(\d+(?:\.\d+)?)\s*k"
_SHARE = (
    r"(?:(?P<percent>\d+(?:\.\d+)?)\s*%|(?P<over>\d+)\s*/\s*(?P<under>\d+))(?:\s+of\s+training)?"
)
LONGEST = 60
"""No amount of training takes more characters; Python reads no longer integers than 4,300."""
_EXAMPLES = "write 300B, 2.1e9, 2,097,152,000, 1.5T, 50% or step3000"
_STORABLE = 2**63
_NEAR = 2
_AS_STEPS = 10
"""A number without a unit that is above so many times a run's last step is none of its steps."""


class Amount(NamedTuple):
    """An amount of training: tokens, a share of a run's final tokens, or a published step.

    Exactly one of the first three is set; `text` is what was written.

    Attributes:
        text: as written.
        tokens: a count.
        share: of a run's final tokens.
        step: a published step.
        scale: of a count that says no unit, "" or "k": it may be a step. None where it says one.
    """

    text: str
    tokens: int | None = None
    share: "Fraction | None" = None
    step: int | None = None
    scale: Literal["", "k"] | None = None

    def tokens_of(self, *, final_tokens: int, tokens_per_published_step: int | None) -> int | None:
        """Return the amount in tokens for one run, None where the run cannot say.

        Args:
            final_tokens: tokens seen by the run's last checkpoint.
            tokens_per_published_step: tokens a published step; None where the run has none.

        Raises:
            BadInput: it is more than can be stored.
        """
        if self.tokens is not None:
            return self.tokens
        if self.share is not None:
            return int(self.share * final_tokens)
        if self.step is None or tokens_per_published_step is None:
            return None
        count = self.step * tokens_per_published_step
        if count >= _STORABLE:
            raise BadInput(f"{self.text!r} is more tokens than the catalog can store", _EXAMPLES)
        return count

    def may_be_step(self, last_step: int | None) -> bool:
        """Return whether a reader may take it for a step: people write 143k for step143000.

        Args:
            last_step: the number of the run's last step, None where it has none.
        """
        if self.scale is None or not self.tokens:
            return False
        return self.scale == "k" or self.tokens <= _AS_STEPS * (last_step or 0)

    def which_unit(self) -> BadInput:
        """Return the refusal of a number that may be a step, with both spellings."""
        other = f"{self.tokens:,} tokens"
        hint = f"write step{self.tokens} for the step, or {other!r}"
        return BadInput(f"{self.text!r} may be a step or a number of tokens", hint)


def parse(text: str) -> Amount:
    """Return the amount of training that a text names.

    >>> parse("300B").tokens, parse("2.1e9").tokens, parse("2,097,152,000").tokens
    (300000000000, 2100000000, 2097152000)
    >>> parse("50%").share, parse("1/3 of training").share, parse("step3000").step
    (Fraction(1, 2), Fraction(1, 3), 3000)

    Raises:
        BadInput: it names none, or not a whole number of tokens.
    """
    written = text.strip()
    if len(written) > LONGEST:
        raise BadInput(f"not an amount of training: {len(written):,} characters", _EXAMPLES)
    if match := SPELT_STEP.fullmatch(written):
        return Amount(text, step=int(match[1]))
    if match := _whole(_STEP_IN_THOUSANDS, written):
        thousands = exact(match[1]) * 1000
        hint = f"write step{thousands}" if thousands.denominator == 1 else _EXAMPLES
        raise BadInput(f"not an amount of training: {text!r}", hint)
    if (match := _whole(_STEPS, written)) and (step := _step(match)) is not None:
        return Amount(text, step=step)
    if match := _whole(_SHARE, written):
        return Amount(text, share=_share(text, match))
    if match := _whole(_COUNT, written):
        return Amount(text, tokens=_count(text, match), scale=_unitless(match))
    raise BadInput(f"not an amount of training: {text!r}", _EXAMPLES)


def _whole(pattern: str, text: str) -> re.Match[str] | None:
    return re.fullmatch(pattern, text, re.IGNORECASE | re.ASCII)


def is_amount(text: str) -> bool:
    """Return whether a text names an amount of training."""
    try:
        parse(text)
    except BadInput:
        return False
    return True


def exact(number: str | int, divided_by: int = 1) -> "Fraction":
    """Return a number as written, without rounding.

    Args:
        number: digits, perhaps with a point or an exponent.
        divided_by: a whole number.
    """
    from fractions import Fraction  # noqa: PLC0415 - 2 ms, and a step needs none

    return Fraction(number) / divided_by


def _share(text: str, match: re.Match[str]) -> "Fraction":
    if match["percent"]:
        share = exact(match["percent"]) / 100
    elif int(match["under"]) == 0:
        raise BadInput(f"not an amount of training: {text!r} divides by zero", _EXAMPLES)
    else:
        share = exact(int(match["over"]), int(match["under"]))
    if share > 1:
        raise BadInput(f"{text!r} is more than the whole training", "give at most 100%")
    return share


def _step(match: re.Match[str]) -> int | None:
    """Return the step that `3,000 steps` or `1.5k steps` names, None where it is no whole one."""
    number = exact(match["number"].replace(",", "")) * (1000 if match["k"] else 1)
    return int(number) if number.denominator == 1 else None


def _unitless(match: re.Match[str]) -> Literal["", "k"] | None:
    """Return the scale of a count that does not say of what it is."""
    scale = match["scale"].lower()
    if match["unit"] or scale not in ("", "k"):
        return None
    return "k" if scale else ""


def _count(text: str, match: re.Match[str]) -> int:
    digits = match["number"].replace(",", "").replace("_", "")
    count = exact(digits + (match["exponent"] or "").lower()) * _SCALE[match["scale"].lower()]
    if count.denominator != 1:
        raise BadInput(f"{text!r} is not a whole number of tokens", _EXAMPLES)
    if count >= _STORABLE:
        raise BadInput(f"{text!r} is more tokens than the catalog can store", _EXAMPLES)
    return int(count)


def is_near(seen: int, asked: int) -> bool:
    """Return whether tokens seen answer for tokens asked for: at most twice as many, or half."""
    return seen <= asked * _NEAR and asked <= seen * _NEAR


At = TypeVar("At", bound="HasTokens")


def choose(asked: int, below: At | None, above: At | None, pick: Pick) -> At | None:
    """Return the neighbour that answers the question, None where none does.

    Args:
        asked: tokens asked for.
        below: the last checkpoint at or before `asked`.
        above: the first checkpoint at or after `asked`.
        pick: `nearest` takes the closer one and, at equal distance, the earlier one.
    """
    if pick == "floor":
        return below
    if pick == "ceil":
        return above
    if pick == "exact":
        return below if below is not None and below.tokens_seen == asked else None
    if below is None or above is None:
        return below or above
    earlier, later = below.tokens_seen or 0, above.tokens_seen or 0
    return below if asked - earlier <= later - asked else above


def epoch(tokens_seen: int | None, dataset_tokens: int | None) -> float | None:
    """Return how many passes over the data a checkpoint has seen, None where unknown."""
    if tokens_seen is None or not dataset_tokens:
        return None
    return round(tokens_seen / dataset_tokens, 4)
