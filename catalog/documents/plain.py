"""Any value as JSON can hold it."""

from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from operator import attrgetter
from typing import Any

Document = dict[str, Any]
_AS_IT_IS = {type(None), bool, int, float, str}


def plain(value: object) -> Any:  # noqa: ANN401 - whatever JSON can hold
    """Return a value as JSON holds it: frozen values as objects, days and times as ISO text."""
    kind: Any = type(value)
    if kind in _AS_IT_IS:  # of ten values nine
        return value
    if names := _fields(kind):
        return {
            name: item if type(item) in _AS_IT_IS else plain(item)
            for name, item in zip(names, _reader(kind)(value), strict=True)
        }
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value


@cache
def _reader(kind: Any) -> Callable[[object], tuple[object, ...]]:  # noqa: ANN401 - a type: the cache wants a hashable one
    """Return what reads all fields of a frozen value at once."""
    first, *rest = _fields(kind)
    return attrgetter(first, *rest) if rest else lambda value: (getattr(value, first),)


@cache
def _fields(kind: type[Any]) -> tuple[str, ...]:
    """Return the names of a frozen value's fields, none of another type."""
    if hasattr(kind, "__dataclass_fields__"):
        from dataclasses import fields  # noqa: PLC0415 - what a question answers has none

        return tuple(field.name for field in fields(kind))
    names: tuple[str, ...] = getattr(kind, "_fields", ())
    return names
