"""`NamedTuple`, made in half the time: a question at the prompt defines sixty before it answers.

`typing.NamedTuple` looks at each annotation when the program runs, and compiles those that are
text, which mypy has done. To everybody else the two are the same: a `collections.namedtuple`.
"""

from collections import namedtuple
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import NamedTuple
else:

    class _Making(type):
        """Makes a named tuple of the body of a class."""

        def __new__(cls, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> type:
            """Return a tuple of the annotated fields; those with a value may be left out."""
            if not bases:
                return super().__new__(cls, name, bases, body)
            fields = body.get("__annotations__", {})
            defaults = [body.pop(field) for field in fields if field in body]
            made = namedtuple(name, fields, defaults=defaults, module=body["__module__"])  # noqa: PYI024 - see above
            for key, value in body.items():
                if key not in ("__module__", "__qualname__"):
                    setattr(made, key, value)
            return made

    class NamedTuple(metaclass=_Making):
        """A tuple whose fields have names, as the standard library's."""


__all__ = ("NamedTuple",)
