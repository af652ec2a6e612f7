"""What a call gives back, and what comes of a choice: as far as the source itself decides it."""

import ast
from collections.abc import Sequence

from catalog.core.mentions.syntax import folding, wholes
from catalog.core.mentions.syntax.scopes import called_name, full_name
from catalog.core.mentions.syntax.values import (
    Evaluator,
    May,
    Untold,
    by_default,
    gathered,
    together,
)

_ENVIRONMENT = ("os.environ.get", "os.getenv", "environ.get", "getenv")
_PATHS = ("os.path.join", "path.join", "osp.join", "posixpath.join")
_LISTS = frozenset(
    ("list", "tuple", "sorted", "set", "range", "arange", "linspace", "reversed", "keys", "values",
     "split", "array", "product")
)  # fmt: skip


def first(may_be: Sequence[May]) -> May:
    """Return the first alternative.

    Raises:
        Untold: there is none: a loop over nothing gives a name no value.
    """
    if not may_be:
        raise Untold("it never has a value")
    return may_be[0]


def called(evaluator: Evaluator, node: ast.Call) -> list[May]:  # noqa: PLR0911 - a case a kind
    """Return what a call gives back.

    Raises:
        Untold: nobody can tell.
    """
    name, whole = called_name(node), full_name(node.func)
    given = {each.arg: each.value for each in node.keywords}
    if name in ("field", "Field", "Argument", "Option") and "default" in given:
        return by_default(evaluator.may_be(given["default"]))
    if name in ("Option", "Argument") and node.args:
        return by_default(evaluator.may_be(node.args[0]))
    if whole in _ENVIRONMENT and len(node.args) == 2:  # noqa: PLR2004 - name, default
        return by_default(evaluator.may_be(node.args[1]))
    if (made_dict := wholes.as_dict(node)) is not None:
        return evaluator.may_be(made_dict)
    if whole in _PATHS and node.args:
        return evaluator.folded(_joined, node.args)
    if name in _LISTS:
        return [gathered(evaluator.items(node))]
    if isinstance(node.func, ast.Attribute) and name in folding.METHODS:
        keys = [each.arg for each in node.keywords]
        wanted = [node.func.value, *node.args, *(each.value for each in node.keywords)]
        return evaluator.folded(lambda parts: folding.method(name, parts, keys), wanted)
    if (
        isinstance(node.func, ast.Name)
        and name in folding.FUNCTIONS
        and node.args
        and not node.keywords
    ):
        return evaluator.folded(lambda parts: folding.function(name, parts), node.args)
    made = returned(evaluator, node)
    if made is not None:
        return made
    raise Untold(f"it comes from {whole or 'a call'}()")


def _joined(parts: Sequence[object]) -> object:
    texts = [part for part in parts if isinstance(part, str)]
    return "/".join(texts) if len(texts) == len(parts) else folding.UNKNOWN


def returned(evaluator: Evaluator, node: ast.Call) -> list[May] | None:
    """Return what a function of this source gives back, where it has one way out."""
    functions = evaluator.names.functions.get(called_name(node), [])
    if len(functions) != 1:
        return None
    (function,) = functions
    values = [
        each.value for each in ast.walk(function) if isinstance(each, ast.Return) and each.value
    ]
    if not values or len(values) > 8:  # noqa: PLR2004 - more is no table
        return None
    place = id(function)
    calls = enumerate(evaluator.names.called(function))
    own = {None, *(number for number, call in calls if call is node)}
    made: list[May] = []
    why: Untold | None = None
    for value in values:
        try:
            may_be = evaluator.may_be(value)
        except Untold as untold:
            why = untold  # another way may be known
            continue
        here = [may for may in may_be if may.ways.get(place) in own]
        for may in here:
            ways = {other: way for other, way in may.ways.items() if other != place}
            made.append(may._replace(ways=ways, sites=()))
    if why is not None and not made:
        raise why
    return made or None


def decided(
    evaluator: Evaluator, test: ast.expr, body: ast.expr, orelse: ast.expr
) -> list[May] | None:
    """Return what comes of a choice whose condition the source decides, None where it does not."""
    match test:
        case ast.Compare(
            left=left,
            ops=[ast.Is() | ast.Eq() | ast.IsNot() | ast.NotEq() as op],
            comparators=[other],
        ):
            is_other = isinstance(op, ast.IsNot | ast.NotEq)
        case ast.Name() | ast.Constant():
            left, other, is_other = test, ast.Constant(True), False  # noqa: FBT003 - a value
        case _:
            return None
    try:
        pairs = evaluator.all_of([left]) if test is left else evaluator.all_of([left, other])
    except Untold:
        return None
    if any(pair.is_default for pair in pairs):
        return None
    made: list[May] = []
    for pair in pairs:
        holds = (
            bool(pair.value[0])
            if test is left
            else (pair.value[0] == pair.value[1]) is not is_other
        )
        whole = (together(pair, may) for may in evaluator.may_be(body if holds else orelse))
        made += [may._replace(value=may.value[1]) for may in whole if may is not None]
    return made
