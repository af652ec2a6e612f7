"""What an attribute may be: an option of a command line, or what a class or an object was given."""

import ast
from collections.abc import Sequence

from catalog.core.mentions.syntax import binding
from catalog.core.mentions.syntax.scopes import Binding, called_name
from catalog.core.mentions.syntax.values import Evaluator, May, Untold, by_default


def values(
    evaluator: Evaluator, bound: Sequence[Binding], use: ast.AST | None, name: str, attribute: str
) -> list[May]:
    """Return what an attribute may be: of its object where that is known, else of any.

    Args:
        evaluator: follows what it is bound to.
        bound: every binding of an attribute of this name.
        use: where it is used.
        name: as it is written, for the reason.
        attribute: its name.

    Raises:
        Untold: nobody can tell.
    """
    bound = _of_object(evaluator, bound, use)
    made: list[May] = []
    for each in bound:
        try:
            may_be = _of_attribute(evaluator, each, bound, name, attribute)
        except Untold:
            continue
        made += may_be
    if not made:
        raise Untold(f"it comes from {name}")
    return list({(repr(may.value), repr(may.ways)): may for may in made}.values())


def _of_object(
    evaluator: Evaluator, bound: Sequence[Binding], use: ast.AST | None
) -> Sequence[Binding]:
    """Return the bindings of an attribute that its object can have: options, or a class's own."""
    made = _maker(evaluator, use.value) if isinstance(use, ast.Attribute) else None
    if made in ("parse_args", "parse_known_args"):
        fitting = [each for each in bound if each.kind == "option"]
    elif made in evaluator.names.classes:
        holder = evaluator.names.classes[str(made)]
        fitting = [
            each
            for each in bound
            if each.owner is holder
            or (each.kind != "option" and not isinstance(each.owner, ast.ClassDef))
        ]
    else:
        return bound
    return fitting or bound


def _maker(evaluator: Evaluator, node: ast.expr) -> str | None:
    """Return what made the object of a variable: the function or class that was called."""
    if not isinstance(node, ast.Name):
        return None
    names = evaluator.names
    scopes = (names.scope.get(node), names.tree)
    for bound in (names.bound.get((id(scope), node.id)) for scope in scopes):
        for each in bound or ():
            if isinstance(each.node, ast.Call) and each.kind == "is":
                return called_name(each.node)
    return None


def _of_attribute(
    evaluator: Evaluator, each: Binding, bound: Sequence[Binding], name: str, attribute: str
) -> list[May]:
    if each.kind == "option":
        if each.node is None or (isinstance(each.node, ast.Constant) and each.node.value is None):
            raise Untold(f"it comes from {name}, an option without a default")
        if isinstance(each.node, ast.List | ast.Tuple) and each.path:
            return by_default(evaluator.items(each.node))
        return by_default(evaluator.may_be(each.node))
    if isinstance(each.owner, ast.ClassDef):
        made: list[May] = []
        for number, call in enumerate(evaluator.names.calls[each.owner.name]):
            for keyword in call.keywords:
                if keyword.arg == attribute:
                    way = {id(each.owner): number}
                    made += [
                        may._replace(ways={**may.ways, **way})
                        for may in evaluator.may_be(keyword.value)
                    ]
        if made:
            return made
        return by_default(binding.value_of(evaluator, each._replace(owner=None), bound, name))
    if each.kind in ("add", "item"):
        raise Untold(f"it comes from {name}")
    return binding.value_of(evaluator, each, bound, name)
