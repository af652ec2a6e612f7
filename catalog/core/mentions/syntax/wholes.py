"""Calls whose parts stand in two places: `partial(load, revision=…)` and what it is called with."""

import ast

from catalog.core.mentions.syntax.scopes import Names, called_name


def whole(names: Names, node: ast.Call) -> ast.Call:
    """Return a call with what `functools.partial` gave its function before; others as they are.

    Args:
        names: of the source.
        node: a call.
    """
    before = _partial(names, node)
    if before is None:
        return node
    stated = {each.arg for each in node.keywords}
    earlier = [each for each in before.keywords if each.arg not in stated]
    made = ast.Call(before.args[0], [*before.args[1:], *node.args], [*node.keywords, *earlier])
    return ast.copy_location(made, node)


def _partial(names: Names, node: ast.Call) -> ast.Call | None:
    if isinstance(node.func, ast.Call):
        return node.func if _is_partial(node.func) else None
    if not isinstance(node.func, ast.Name):
        return None
    for scope in (names.scope[node], names.tree):
        for binding in reversed(names.bound.get((id(scope), node.func.id), [])):
            if isinstance(binding.node, ast.Call) and _is_partial(binding.node):
                return binding.node
    return None


def _is_partial(node: ast.Call) -> bool:
    return called_name(node) == "partial" and bool(node.args)


def as_dict(node: ast.Call) -> ast.Dict | None:
    """Return `dict(a=…, b=…)` as what it makes, None for another call."""
    is_dict = isinstance(node.func, ast.Name) and node.func.id == "dict"
    if not is_dict or node.args or any(each.arg is None for each in node.keywords):
        return None
    keys: list[ast.expr | None] = [ast.Constant(each.arg) for each in node.keywords]
    return ast.copy_location(ast.Dict(keys, [each.value for each in node.keywords]), node)
