"""Amounts of training as people write them, and which checkpoint answers."""

from dataclasses import dataclass
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.core import tokens
from catalog.errors import BadInput


@dataclass(frozen=True)
class Saved:
    """The least a checkpoint needs."""

    tokens_seen: int


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("300B", 300_000_000_000),
        ("300b tokens", 300_000_000_000),
        ("2.1e9", 2_100_000_000),
        ("2,097,152,000", 2_097_152_000),
        ("2_097_152_000", 2_097_152_000),
        ("1.5T", 1_500_000_000_000),
        ("0", 0),
        ("1e3K", 1_000_000),
        (" 512M ", 512_000_000),
        ("0.1B", 100_000_000),
    ],
)
def test_token_counts_are_exact(text, expected):
    """A count of tokens is read exactly, without floating point."""
    assert tokens.parse(text).tokens == expected


def test_shares_and_steps():
    """Percentages, fractions and steps are amounts too."""
    assert tokens.parse("50%").share == Fraction(1, 2)
    assert tokens.parse("33.3 %").share == Fraction(333, 1000)
    assert tokens.parse("1/2 of training").share == Fraction(1, 2)
    assert tokens.parse("Step 3000").step == 3000


@pytest.mark.parametrize(
    "text",
    ["", "3xx", "-5", "1,00", "1.5", "101%", "1/0", "3/2", "step", "1e99T", "NaN", "٣", "1e-3"],
)
def test_what_is_no_amount_is_refused_in_one_line(text):
    """Anything else is refused with a sentence and an example to type."""
    with pytest.raises(BadInput) as caught:
        tokens.parse(text)

    assert "\n" not in str(caught.value)
    assert caught.value.hint


@given(st.integers(min_value=0, max_value=2**63 - 1))
def test_every_integer_survives_its_spellings(count):
    """Plain, grouped and underscored digits are the same count."""
    for spelling in (str(count), f"{count:,}", f"{count:_}"):
        assert count == tokens.parse(spelling).tokens


@given(st.integers(0, 1000), st.sets(st.integers(0, 1000), min_size=1))
def test_nearest_is_nearest_and_the_earlier_at_a_tie(asked, grid):
    """No saved step is closer, and among the closest the earliest is taken."""
    below = max((Saved(t) for t in grid if t <= asked), key=lambda s: s.tokens_seen, default=None)
    above = min((Saved(t) for t in grid if t >= asked), key=lambda s: s.tokens_seen, default=None)

    found = tokens.choose(asked, below, above, "nearest")

    assert found.tokens_seen == min(sorted(grid), key=lambda t: abs(t - asked))
    assert tokens.choose(asked, below, above, "floor") == below
    assert tokens.choose(asked, below, above, "ceil") == above
    exact = tokens.choose(asked, below, above, "exact")
    assert (exact is not None) == (asked in grid)
