"""Small readers of JSON values of unknown shape, and of word lists."""

from collections.abc import Mapping


def mapping(value: object) -> Mapping[str, object]:
    """Return an object of JSON, an empty one for anything else."""
    return value if isinstance(value, Mapping) else {}


def whole(value: object) -> int | None:
    """Return a whole number, None for anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def words(text: str) -> frozenset[str]:
    """Return the words of a text, for lists that are long."""
    return frozenset(text.split())
