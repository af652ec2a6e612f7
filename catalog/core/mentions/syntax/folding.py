"""Constants worked out: the little arithmetic and text work that names and steps are made with."""

import ast
import operator
import re
from collections.abc import Callable, Sequence
from typing import Any

UNKNOWN = object()
"""What cannot be worked out here."""
LONGEST, LARGEST = 2_000, 10**15
METHODS = frozenset(
    ("format", "replace", "lower", "upper", "strip", "lstrip", "rstrip", "removeprefix",
     "removesuffix", "join", "get", "copy", "title")
)  # fmt: skip
FUNCTIONS = frozenset(("str", "int", "len", "max", "min", "abs", "round", "float", "pow"))


def spec_of(spec: ast.AST | None) -> str | None:
    """Return how a value is formatted; None where that is worked out when the program runs."""
    if spec is None:
        return ""
    parts = spec.values if isinstance(spec, ast.JoinedStr) else []
    texts = [part.value for part in parts if isinstance(part, ast.Constant)]
    return "".join(map(str, texts)) if len(texts) == len(parts) else None


def formatted(value: Any, spec: str | None) -> str:  # noqa: ANN401 - a constant of the source
    """Return a value as an f-string has it."""
    if spec and len(spec) < 8 and isinstance(value, int | float):  # noqa: PLR2004 - `06d`, `.1f`
        try:
            return format(value, spec)
        except ValueError:
            return str(value)
    return str(value)[:LONGEST]


def negated(value: Any) -> Any:  # noqa: ANN401 - as above
    """Return a number with the other sign."""
    return -value if isinstance(value, int | float) else UNKNOWN


def operated(op: ast.operator, left: Any, right: Any) -> Any:  # noqa: ANN401, PLR0911 - as above; a case each
    """Return what an operator makes of two constants."""
    numbers = isinstance(left, int | float) and isinstance(right, int | float)
    try:
        match op:
            case ast.Add() if numbers or (isinstance(left, str) and isinstance(right, str)):
                return _small(left + right)
            case ast.Add() if isinstance(left, tuple) and isinstance(right, tuple):
                return (left + right)[:LONGEST]
            case ast.Mod() if isinstance(left, str):
                return _small(left % right) if _is_plain(left) else UNKNOWN
            case ast.Div() if isinstance(left, str):  # Path("EleutherAI") / name
                return UNKNOWN
            case ast.BitOr() if isinstance(left, dict) and isinstance(right, dict):
                return left | right
        if numbers:
            return _small(_number(op, left, right))
    except (ArithmeticError, ValueError, TypeError):
        pass
    return UNKNOWN


def _number(op: ast.operator, left: Any, right: Any) -> Any:  # noqa: ANN401, PLR0911 - as above
    match op:
        case ast.Sub():
            return left - right
        case ast.Mult():
            return left * right
        case ast.FloorDiv():
            return left // right
        case ast.Div():
            return left / right
        case ast.Mod():
            return left % right
        case ast.Pow() if abs(left) <= 1000 and 0 <= right <= 60:  # noqa: PLR2004 - no step is larger
            return left**right
        case ast.LShift() if 0 <= right <= 60:  # noqa: PLR2004 - as above
            return left << right
    return UNKNOWN


def _small(value: Any) -> Any:  # noqa: ANN401 - as above
    if isinstance(value, str):
        return value if len(value) <= LONGEST else UNKNOWN
    return value if value is UNKNOWN or abs(value) <= LARGEST else UNKNOWN


def compared(op: ast.cmpop, left: Any, right: Any) -> bool:  # noqa: ANN401 - as above
    """Return whether a comparison holds; one that cannot be made does not."""
    made = _COMPARED.get(type(op))
    try:
        return bool(made(left, right)) if made is not None else False
    except TypeError:
        return False


_COMPARED: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.In: lambda item, holder: item in holder,
    ast.NotIn: lambda item, holder: item not in holder,
}


def item(holder: Any, key: Any) -> Any:  # noqa: ANN401 - as above
    """Return an item of a list or a dict."""
    try:
        return holder[key] if isinstance(holder, tuple | dict) else UNKNOWN
    except (LookupError, TypeError):
        return UNKNOWN


def method(name: str, parts: Sequence[Any], keys: Sequence[str | None]) -> Any:  # noqa: ANN401 - as above
    """Return what a method of a text or a dict gives back.

    Args:
        name: which.
        parts: the object, then the arguments, those by keyword last.
        keys: of the arguments by keyword.
    """
    held, *given = parts
    if isinstance(held, dict):
        return (
            held.get(given[0], given[1] if len(given) > 1 else UNKNOWN)
            if name == "get" and given
            else UNKNOWN
        )
    if not isinstance(held, str) or name in ("get", "copy"):
        return held if name == "copy" else UNKNOWN
    if name == "join":
        return (
            held.join(given[0])
            if given and isinstance(given[0], tuple) and all(isinstance(p, str) for p in given[0])
            else UNKNOWN
        )
    if name == "format" and not (_is_plain(held) and all(_is_few(part) for part in given)):
        return UNKNOWN
    placed, named = given[: len(given) - len(keys)], given[len(given) - len(keys) :]
    try:
        made = getattr(held, name)(
            *placed, **dict(zip([str(key) for key in keys], named, strict=True))
        )
    except (LookupError, TypeError, ValueError, AttributeError):
        return UNKNOWN
    return _small(made) if isinstance(made, str) else UNKNOWN


def _is_plain(text: str) -> bool:
    """Return whether a text to be filled in stays small, and looks into nothing.

    `{0.__class__}` looks into an object, `{:>999999999}` takes a gigabyte.
    """
    filled = re.sub(r"\{\{|\}\}", "", text)
    return (
        re.search(
            r"\{[^}]*(?:\d{3}|[.\[{*])[^}]*\}|%[^A-Za-z%]*(?:\d{3}|\*)",
            _FEW_DIGITS.sub("{}", filled),
        )
        is None
    )


_FEW_DIGITS = re.compile(r"\{\w*:\.?\d{0,2}[a-z]?\}")


def _is_few(value: Any) -> bool:  # noqa: ANN401 - as above
    return not isinstance(value, int) or abs(value) < LARGEST


def function(name: str, parts: Sequence[Any]) -> Any:  # noqa: ANN401, PLR0911 - as above
    """Return what a function of Python itself gives back."""
    try:
        match name, parts:
            case "str", [value]:
                return str(value)[:LONGEST]
            case "int" | "round", [int() | float() | str() as value]:
                return _small(int(value))
            case "float", [int() | float() | str() as value]:
                return float(value)
            case "len", [tuple() | str() | dict() as value]:
                return len(value)
            case (("max" | "min"), [tuple() as value]):
                return max(value) if name == "max" else min(value)
            case "abs", [int() | float() as value]:
                return abs(value)
    except (ArithmeticError, ValueError, TypeError):
        pass
    return UNKNOWN
