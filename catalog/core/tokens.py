"""Amounts of training as people write them, and the saved step that fits best.

Pure arithmetic on exact integers and fractions; which steps a run saved is data, not code.
"""

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, Protocol, TypeVar

from catalog.errors import BadInput

Pick = Literal["nearest", "floor", "ceil", "exact"]

_SCALE = {"": 1, "k": 10**3, "m": 10**6, "b": 10**9, "g": 10**9, "t": 10**12}
_COUNT = re.compile(
    r"(?P<number>\d{1,3}(?:,\d{3})+|\d[\d_]*(?:\.\d+)?|\.\d+)(?P<exponent>e\+?\d{1,3})?"
    r"\s*(?P<scale>[kmbgt]?)(?:\s*(?:tok|tokens))?",
    re.IGNORECASE | re.ASCII,
)
_STEP = re.compile(r"step[ _-]?(?P<step>\d+)", re.IGNORECASE | re.ASCII)
_SHARE = re.compile(
    r"(?:(?P<percent>\d+(?:\.\d+)?)\s*%|(?P<over>\d+)\s*/\s*(?P<under>\d+))(?:\s+of\s+training)?",
    re.IGNORECASE | re.ASCII,
)
_EXAMPLES = "write 300B, 2.1e9, 2,097,152,000, 1.5T, 50% or step3000"


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount of training: tokens, a share of a run's final tokens, or a published step.

    Exactly one of the fields is set; `text` is what was written.
    """

    text: str
    tokens: int | None = None
    share: Fraction | None = None
    step: int | None = None

    def tokens_of(self, *, final_tokens: int, tokens_per_published_step: int | None) -> int | None:
        """Return the amount in tokens for one run, None where the run cannot say.

        Args:
            final_tokens: tokens seen by the run's last checkpoint.
            tokens_per_published_step: tokens a published step; None where the run has none.
        """
        if self.tokens is not None:
            return self.tokens
        if self.share is not None:
            return int(self.share * final_tokens)
        if self.step is None or tokens_per_published_step is None:
            return None
        return self.step * tokens_per_published_step


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
    if match := _STEP.fullmatch(written):
        return Amount(text, step=int(match["step"]))
    if match := _SHARE.fullmatch(written):
        return Amount(text, share=_share(text, match))
    if match := _COUNT.fullmatch(written):
        return Amount(text, tokens=_count(text, match))
    raise BadInput(f"not an amount of training: {text!r}", _EXAMPLES)


def _share(text: str, match: re.Match[str]) -> Fraction:
    if match["percent"]:
        share = Fraction(match["percent"]) / 100
    elif int(match["under"]) == 0:
        raise BadInput(f"not an amount of training: {text!r} divides by zero", _EXAMPLES)
    else:
        share = Fraction(int(match["over"]), int(match["under"]))
    if share > 1:
        raise BadInput(f"{text!r} is more than the whole training", "give at most 100%")
    return share


def _count(text: str, match: re.Match[str]) -> int:
    digits = match["number"].replace(",", "").replace("_", "")
    count = Fraction(digits + (match["exponent"] or "").lower()) * _SCALE[match["scale"].lower()]
    if count.denominator != 1:
        raise BadInput(f"{text!r} is not a whole number of tokens", _EXAMPLES)
    if count >= 2**63:
        raise BadInput(f"{text!r} is more tokens than the catalog can store", _EXAMPLES)
    return int(count)


class HasTokens(Protocol):
    """Anything at a known number of tokens, a checkpoint say."""

    @property
    def tokens_seen(self) -> int | None:
        """Training tokens seen."""


At = TypeVar("At", bound=HasTokens)


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
