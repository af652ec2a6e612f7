"""Amounts as axes write them."""

_UNITS = ((10**12, "T"), (10**9, "B"), (10**6, "M"), (10**3, "k"))
_FEW = 10


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
