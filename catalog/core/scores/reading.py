"""Small readers of JSON values of unknown shape, and of word lists."""

from collections.abc import Mapping

LARGEST = 10**18
"""What every database holds is smaller."""


def mapping(value: object) -> Mapping[str, object]:
    """Return an object of JSON, an empty one for anything else."""
    return value if isinstance(value, Mapping) else {}


def whole(value: object) -> int | None:
    """Return a whole number, None for what is none or more than every database holds."""
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if abs(value) < LARGEST else None


def words(text: str) -> frozenset[str]:
    """Return the words of a text, for lists that are long."""
    return frozenset(text.split())
