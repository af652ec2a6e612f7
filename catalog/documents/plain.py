"""Any value as JSON can hold it."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from functools import cache
from typing import Any

Document = dict[str, Any]
_AS_IT_IS = {type(None), bool, int, float, str}


def plain(value: object) -> Any:  # noqa: ANN401 - whatever JSON can hold
    """Return a value as JSON holds it: dataclasses as objects, days and times as ISO text."""
    kind: Any = type(value)
    if kind in _AS_IT_IS:  # of ten values nine
        return value
    if names := _fields(kind):
        held = [(name, getattr(value, name)) for name in names]
        return {name: item if type(item) in _AS_IT_IS else plain(item) for name, item in held}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value


@cache
def _fields(kind: type[Any]) -> tuple[str, ...]:
    """Return the names of a dataclass's fields, none of another type."""
    return tuple(field.name for field in fields(kind)) if is_dataclass(kind) else ()
