"""What the items of an iterable are: lists, ranges, and the ways to go through several."""

import ast
from collections.abc import Sequence
from itertools import product
from typing import Any

from catalog.core.mentions.syntax import calling, folding
from catalog.core.mentions.syntax.scopes import called_name, full_name
from catalog.core.mentions.syntax.values import (
    AT_RUN_TIME,
    MOST,
    MOST_WORK,
    TOO_MANY,
    Evaluator,
    May,
    Untold,
    together,
)

Comprehension = ast.ListComp | ast.GeneratorExp | ast.SetComp
_SAME = frozenset(
    ("list", "tuple", "sorted", "set", "tqdm", "trange", "array", "iter", "cycle", "track", "dict",
     "fromkeys", "asarray", "unique")
)  # fmt: skip


def items(evaluator: Evaluator, node: ast.AST) -> list[May]:  # noqa: PLR0911 - a case a kind
    """Return the items of an iterable, in order.

    Raises:
        Untold: nobody can tell.
    """
    match node:
        case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts):
            return _listed(evaluator, parts)
        case ast.Dict():
            keys = [key for key in node.keys if key is not None]
            return _listed(evaluator, keys)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return [*evaluator.items(left), *evaluator.items(right)]
        case ast.ListComp(elt=made) | ast.GeneratorExp(elt=made) | ast.SetComp(elt=made):
            loops = {id(each) for each in node.generators}
            mays = _passing(evaluator, node, evaluator.may_be(made))
            return [_without(may, loops) for may in mays]
        case ast.Subscript(value=value, slice=ast.Slice() as part):
            return _sliced(evaluator, value, part)
        case ast.Call():
            return _called(evaluator, node)
        case _:
            return [item for may in evaluator.may_be(node) for item in _of_value(may)]


def _listed(evaluator: Evaluator, parts: Sequence[ast.AST]) -> list[May]:
    """Return what a list of expressions holds; those that are not known are left out."""
    made: list[May] = []
    why: Untold | None = None
    for part in parts:
        try:
            made += (
                evaluator.items(part.value)
                if isinstance(part, ast.Starred)
                else evaluator.may_be(part)
            )
        except Untold as untold:
            why = untold
    if why is not None and not made:
        raise why
    return made


def _of_value(may: May) -> list[May]:
    value: Any = may.value
    if isinstance(value, dict):
        value = tuple(value)
    if not isinstance(value, tuple):
        raise Untold("it is no list")
    return [may._replace(value=item) for item in value]


def _without(may: May, loops: set[int]) -> May:
    return may._replace(ways={key: way for key, way in may.ways.items() if key not in loops})


def _passing(evaluator: Evaluator, node: Comprehension, mays: list[May]) -> list[May]:
    """Return the items that every condition of a comprehension lets through.

    Raises:
        Untold: nobody can tell of a condition.
    """
    for test in (each for generator in node.generators for each in generator.ifs):
        match test:
            case ast.Compare(left=left, ops=[op], comparators=[other]):
                pairs = evaluator.all_of([left, other])
            case _:
                raise Untold("a condition decides which")
        if len(mays) * len(pairs) > MOST_WORK:
            raise Untold(TOO_MANY)
        holding = [pair for pair in pairs if folding.compared(op, *pair.value)]
        mays = [may for may in mays if any(together(may, pair) is not None for pair in holding)]
    return mays


def _sliced(evaluator: Evaluator, value: ast.AST, part: ast.Slice) -> list[May]:
    bounds: list[int | None] = []
    for edge in (part.lower, part.upper, part.step):
        number = calling.first(evaluator.may_be(edge)).value if edge is not None else None
        if number is not None and not isinstance(number, int):
            raise Untold("it is a part of something else")
        bounds.append(number)
    if bounds[2] == 0:
        raise Untold("it is a part of something else")
    return evaluator.items(value)[slice(*bounds)]


def _called(evaluator: Evaluator, node: ast.Call) -> list[May]:  # noqa: C901, PLR0911 - a case a function
    name, arguments = called_name(node), node.args
    match name, len(arguments):
        case (("range" | "arange"), 1 | 2 | 3):
            return _range(evaluator, arguments)
        case "linspace", 3:
            return _spaced(evaluator, arguments)
        case "enumerate", 1 | 2:
            return [
                may._replace(value=(n, may.value))
                for n, may in enumerate(evaluator.items(arguments[0]))
            ]
        case (("zip" | "zip_longest"), _) if arguments:
            return _zipped([evaluator.items(each) for each in arguments])
        case "product", _ if arguments:
            return _crossed([evaluator.items(each) for each in arguments])
        case "chain", _ if arguments:
            return [may for each in arguments for may in evaluator.items(each)]
        case "reversed", 1:
            return evaluator.items(arguments[0])[::-1]
        case name, _ if name in _SAME and arguments:
            return evaluator.items(arguments[0])
        case (("keys" | "values" | "items" | "split" | "tolist" | "copy"), _) if isinstance(
            node.func, ast.Attribute
        ):
            return _of_method(evaluator, name, node.func.value, arguments)
        case _:
            made = calling.returned(evaluator, node)
            if made is None:
                raise Untold(f"it comes from {full_name(node.func) or 'a call'}()")
            return [item for may in made for item in _of_value(may)]


def _of_method(
    evaluator: Evaluator, name: str, held: ast.AST, arguments: Sequence[ast.AST]
) -> list[May]:
    if name in ("tolist", "copy"):
        return evaluator.items(held)
    made: list[May] = []
    for may in evaluator.may_be(held):
        if isinstance(may.value, dict):
            values = getattr(may.value, name)() if name != "split" else ()
            made += [may._replace(value=value) for value in values]
        elif isinstance(may.value, str) and name == "split":
            by = calling.first(evaluator.may_be(arguments[0])).value if arguments else None
            if by is not None and not isinstance(by, str):
                raise Untold(AT_RUN_TIME)
            made += [may._replace(value=word) for word in may.value.split(by or None)]
    if not made:
        raise Untold("it is no list")
    return made


def _range(evaluator: Evaluator, arguments: Sequence[ast.AST]) -> list[May]:
    made: list[May] = []
    for may in evaluator.all_of(arguments):
        if not all(isinstance(n, int) and abs(n) <= folding.LARGEST for n in may.value):
            raise Untold(AT_RUN_TIME)
        every = may.value[2] if len(may.value) > 2 else 1  # noqa: PLR2004 - range(first, last, every)
        if every == 0 or len(numbers := range(*may.value)) > MOST:
            raise Untold(TOO_MANY)
        made += [may._replace(value=number) for number in numbers]
    return made


def _spaced(evaluator: Evaluator, arguments: Sequence[ast.AST]) -> list[May]:
    may = calling.first(evaluator.all_of(arguments))
    start, last, count = may.value
    are_numbers = all(
        isinstance(n, int | float) and abs(n) <= folding.LARGEST for n in (start, last)
    )
    if not are_numbers or not isinstance(count, int) or not 1 < count <= MOST:
        raise Untold(AT_RUN_TIME)
    gap = (last - start) / (count - 1)
    return [may._replace(value=start + gap * number) for number in range(count)]


def _zipped(columns: Sequence[list[May]]) -> list[May]:
    rows: list[May] = []
    for row in zip(*columns, strict=False):
        made: May | None = May(())
        for may in row:
            pair = together(made, may) if made is not None else None
            made = pair and pair._replace(value=(*pair.value[0], pair.value[1]))
        if made is not None:
            rows.append(made)
    return rows


def _crossed(columns: Sequence[list[May]]) -> list[May]:
    size = 1
    for column in columns:
        size *= len(column)
    if size > MOST:
        raise Untold(TOO_MANY)
    return [row for chosen in product(*columns) for row in _zipped([[may] for may in chosen])]
