"""Which of a name's bindings counts where it is used, and what it then is."""

import ast
from collections.abc import Sequence
from typing import Any

from catalog.core.mentions.syntax import calling
from catalog.core.mentions.syntax.scopes import Binding, Branches, Function, called_name
from catalog.core.mentions.syntax.values import (
    AT_RUN_TIME,
    Evaluator,
    May,
    Untold,
    by_default,
    gathered,
    together,
)

MOST_CALLS = 200


def values(
    evaluator: Evaluator, bound: Sequence[Binding], use: ast.AST | None, name: str, attribute: str
) -> list[May]:
    """Return what a name may be.

    Args:
        evaluator: follows what it is bound to.
        bound: its bindings in one scope.
        use: where it is used, None where that is in another scope: what it is in the end.
        name: as it is written, for the reason.
        attribute: the attribute that it is, empty for none.

    Raises:
        Untold: nobody can tell.
    """
    if attribute:
        from catalog.core.mentions.syntax import attributes  # noqa: PLC0415 - they call each other

        return attributes.values(evaluator, bound, use, name, attribute)
    made: list[May] = []
    why: Untold | None = None
    branches = evaluator.names.branches.get(use, ()) if use is not None else ()
    for binding in _reaching(bound, use, branches):
        try:
            may_be = value_of(evaluator, binding, bound, name)
        except Untold as untold:
            why = untold
            continue
        made += [_chosen(may, binding, branches) for may in may_be]
    if not made:
        raise why or Untold(f"it comes from the variable {name}")
    return made


def _chosen(may: May, binding: Binding, branches: Branches) -> May:
    """Return an alternative that remembers in which branch it was bound."""
    inner = binding.branches[len(_common(binding.branches, branches)) :]
    return may._replace(ways={**may.ways, **dict(inner)}) if inner else may


def _common(first: Branches, second: Branches) -> Branches:
    count = 0
    while count < min(len(first), len(second)) and first[count] == second[count]:
        count += 1
    return first[:count]


def _reaching(bound: Sequence[Binding], use: ast.AST | None, branches: Branches) -> list[Binding]:
    """Return the bindings that may hold where a name is used, the last one first."""
    place = (
        (getattr(use, "lineno", 0), getattr(use, "col_offset", 0))
        if use is not None
        else (10**9, 0)
    )
    whole = [each for each in bound if each.kind in ("is", "each", "param")]
    before = [each for each in whole if _end(each) <= place] or whole
    reaching: list[Binding] = []
    for binding in reversed(before):
        if _excludes(binding.branches, branches):
            continue
        reaching.append(binding)
        if binding.branches == branches[: len(binding.branches)]:
            break
    return reaching


def _end(binding: Binding) -> tuple[int, int]:
    """Return from where on a binding holds: `x = x + 1` reads what x was before."""
    node = binding.node
    end = (getattr(node, "end_lineno", 0), getattr(node, "end_col_offset", 0))
    return max(binding.order, end) if binding.kind == "is" else binding.order


def _excludes(bound: Branches, used: Branches) -> bool:
    """Return whether a binding stands in another way of a choice than its use."""
    ways = dict(used)
    return any(ways.get(choice, way) != way for choice, way in bound)


def value_of(
    evaluator: Evaluator, binding: Binding, bound: Sequence[Binding], name: str
) -> list[May]:
    """Return what one binding gives, with what was added to it behind."""
    if binding.kind == "param":
        return _parameter(evaluator, binding, name)
    if binding.node is None:
        raise Untold(f"it comes from the variable {name}")
    if binding.kind == "each":
        return _of_loop(evaluator, binding)
    made = [_part(may, binding.path) for may in evaluator.may_be(binding.node)]
    added = [each for each in bound if each.kind in ("add", "item") and each.order > binding.order]
    for each in added:
        made = [_with(evaluator, may, each) for may in made]
    return made


def _with(evaluator: Evaluator, may: May, added: Binding) -> May:
    """Return a list, or a text, with what is put behind it."""
    if added.node is None:
        return may
    if isinstance(may.value, str | int):
        more = calling.first(evaluator.may_be(added.node))
        pair = together(may, more)
        if pair is None or type(more.value) is not type(may.value):
            raise Untold(AT_RUN_TIME)
        value: Any = more.value
        return pair._replace(value=may.value + value)
    if isinstance(may.value, dict):
        more = calling.first(evaluator.may_be(added.node))
        return may._replace(value=may.value | more.value) if isinstance(more.value, dict) else may
    if not isinstance(may.value, tuple):
        raise Untold("it is no list")
    items = evaluator.items(added.node) if added.kind == "add" else evaluator.may_be(added.node)
    more = gathered(items)
    return may._replace(value=(*may.value, *more.value), origins=may.origins | more.origins)


def _of_loop(evaluator: Evaluator, binding: Binding) -> list[May]:
    if binding.node is None or binding.owner is None:
        raise Untold("it comes from a loop")
    loop = id(binding.owner)
    return [
        _part(may._replace(ways={**may.ways, loop: number}), binding.path)
        for number, may in enumerate(evaluator.items(binding.node))
    ]


def _part(may: May, path: tuple[int, ...]) -> May:
    value: Any = may.value
    for number in path:
        if not isinstance(value, tuple | str) or number >= len(value):
            raise Untold("it is a part of something else")
        value = value[number]
    return may._replace(value=value)


# Parameters ------------------------------------------------------------------------------------


def _parameter(evaluator: Evaluator, binding: Binding, name: str) -> list[May]:
    """Return what the calls in this source give, else the default."""
    function, argument = binding.owner, binding.node
    untold = Untold(f"it comes from the parameter {name}")
    if not isinstance(function, Function) or not isinstance(argument, ast.arg):
        raise untold
    if calls := evaluator.names.called(function)[:MOST_CALLS]:
        made = _from_calls(evaluator, function, argument, calls)
        if not made:
            raise untold
        return made
    default = _default(evaluator, function, argument)
    if default is None:
        default = _parametrized(evaluator, function, argument.arg)
    if default is None:
        raise untold
    return by_default(default)


def _from_calls(
    evaluator: Evaluator, function: Function, argument: ast.arg, calls: Sequence[ast.Call]
) -> list[May]:
    """Return what calls put in a parameter's place; a call of which nobody can tell is left out."""
    made: list[May] = []
    for number, call in enumerate(calls):
        given = _given(evaluator, function, argument, call)
        try:
            may_be = (
                _default(evaluator, function, argument)
                if given is None
                else evaluator.may_be(given)
            )
        except Untold:
            continue
        way = {id(function): number}
        made += [
            may._replace(ways={**may.ways, **way}, sites=(call, *may.sites)) for may in may_be or ()
        ]
    return made


def _given(
    evaluator: Evaluator, function: Function, argument: ast.arg, call: ast.Call
) -> ast.AST | None:
    """Return what a call puts in a parameter's place, None where it leaves it out."""
    for keyword in call.keywords:
        if keyword.arg == argument.arg:
            return keyword.value
    places = [*function.args.posonlyargs, *function.args.args]
    if argument not in places:
        return None
    place = places.index(argument) - (1 if evaluator.names.is_method(function) else 0)
    if 0 <= place < len(call.args) and not any(
        isinstance(each, ast.Starred) for each in call.args[: place + 1]
    ):
        return call.args[place]
    return None


def _default(evaluator: Evaluator, function: Function, argument: ast.arg) -> list[May] | None:
    """Return a parameter's default, or that of the command-line option that fills it."""
    places = [*function.args.posonlyargs, *function.args.args]
    if argument in places:
        behind = len(places) - places.index(argument)
        if behind <= len(function.args.defaults):
            return evaluator.may_be(function.args.defaults[-behind])
    elif argument in function.args.kwonlyargs:
        default = function.args.kw_defaults[function.args.kwonlyargs.index(argument)]
        if default is not None:
            return evaluator.may_be(default)
    options = [
        each for each in evaluator.names.attributes.get(argument.arg, ()) if each.kind == "option"
    ]
    if options and options[0].node is not None and function.decorator_list:
        return evaluator.may_be(options[0].node)
    return None


def _parametrized(evaluator: Evaluator, function: Function, name: str) -> list[May] | None:
    """Return what a test is run with: `@pytest.mark.parametrize("step", [0, 128])`."""
    for each in function.decorator_list:
        if not isinstance(each, ast.Call) or called_name(each) != "parametrize":
            continue
        if len(each.args) < 2:  # noqa: PLR2004 - names, values
            continue
        said = calling.first(evaluator.may_be(each.args[0])).value
        words = said.split(",") if isinstance(said, str) else said
        names = [str(word).strip() for word in words] if isinstance(words, list | tuple) else []
        if name in names:
            path = (names.index(name),) if len(names) > 1 else ()
            return [
                _part(may._replace(ways={**may.ways, id(each): row}), path)
                for row, may in enumerate(evaluator.items(each.args[1]))
            ]
    return None
