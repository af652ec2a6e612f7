"""`NamedTuple`, made in an eighth of the time: a question defines sixty before it can answer.

The standard library's looks at every annotation while the program runs, which mypy has done, and
compiles a constructor for each class from text. Here one constructor serves all. To everybody else,
type checkers too, the two are the same.
"""

from collections import namedtuple
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from typing import NamedTuple
else:
    # What reads a field of a named tuple: in C, where the standard library has it so.
    _Field = type(namedtuple("_Any", "field").field)  # noqa: PYI024 - see above

    class _Tuple(tuple):
        """What every named tuple can do, as `collections.namedtuple` documents it."""

        __slots__ = ()
        _fields: tuple[str, ...] = ()
        _field_defaults: dict[str, Any] = {}  # noqa: RUF012 - as the standard library's
        _defaults: tuple[Any, ...] = ()

        def __new__(cls, *values: object, **named: object) -> Self:
            lacking = len(cls._fields) - len(values)
            if named or lacking:
                values += _rest(cls, lacking, named)
            return tuple.__new__(cls, values)

        @classmethod
        def _make(cls, values: Iterable[Any]) -> Self:
            return cls(*values)

        def _replace(self, **named: object) -> Self:
            made = tuple.__new__(type(self), map(named.pop, self._fields, self))
            if named:
                raise ValueError(f"Got unexpected field names: {list(named)!r}")
            return made

        def _asdict(self) -> dict[str, Any]:
            return dict(zip(self._fields, self, strict=True))

        def __repr__(self) -> str:
            fields = ", ".join(f"{key}={value!r}" for key, value in self._asdict().items())
            return f"{type(self).__name__}({fields})"

        def __getnewargs__(self) -> tuple[Any, ...]:
            return tuple(self)

    def _rest(cls: type[_Tuple], lacking: int, named: dict[str, Any]) -> tuple[Any, ...]:
        """Return the values of the fields that were not given by their places."""
        if not named and 0 < lacking <= len(cls._defaults):
            return cls._defaults[-lacking:]
        given = {**cls._field_defaults, **named}
        places = cls._fields[len(cls._fields) - lacking :] if lacking > 0 else ()
        if lacking < 0 or not set(places) <= given.keys() or not named.keys() <= set(places):
            raise TypeError(f"{cls.__name__} takes {', '.join(cls._fields)}")
        return tuple([given[place] for place in places])

    class _Making(type):
        """Makes a named tuple of the body of a class."""

        def __new__(cls, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> type:
            """Return a tuple of the annotated fields; those with a value may be left out."""
            if not bases:
                return super().__new__(cls, name, bases, body)
            fields = tuple(body.get("__annotations__", ()))
            defaults = {field: body.pop(field) for field in fields if field in body}
            body |= {field: _Field(place, "") for place, field in enumerate(fields)}
            body |= {"_fields": fields, "__match_args__": fields, "__slots__": ()}
            body |= {"_field_defaults": defaults, "_defaults": tuple(defaults.values())}
            return type(name, (_Tuple,), body)

    class NamedTuple(metaclass=_Making):
        """A tuple whose fields have names, as the standard library's."""


__all__ = ("NamedTuple",)
