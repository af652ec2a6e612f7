"""Amounts as axes write them, and which scores they count by their logarithm."""

_UNITS = ((10**12, "T"), (10**9, "B"), (10**6, "M"), (10**3, "k"))
_FEW = 10
LOGARITHMIC = ("perplexity", "word_perplexity", "byte_perplexity")
"""Metrics that are drawn over a logarithm."""


def short(value: float) -> str:
    """Return an amount as people write it.

    >>> short(2_097_152_000), short(70_426_624), short(512), short(0)
    ('2.1B', '70M', '512', '0')
    """
    for unit, letter in _UNITS:
        if abs(value) >= unit:
            number = value / unit
            text = f"{number:.1f}" if number < _FEW else f"{number:.0f}"
            return text.removesuffix(".0") + letter
    return f"{value:.0f}"


def level(value: float) -> str:
    """Return a score as an axis writes it.

    >>> level(1_000_000), level(2.5), level(100)
    ('1M', '2.5', '100')
    """
    return short(value) if abs(value) >= _UNITS[-1][0] else f"{value:.3g}"
