"""Settings written as Python: a class or a module that gives a model and its revision two names.

`model = "…"` and `revision = "step1000"` in one body are one entry, as they are in YAML. A bare
number counts only under a name that speaks of a checkpoint: `steps = 1000` is how long one trains.
"""

import ast

from catalog.core.mentions.blocks import EXACT, REVISIONS, revision_of
from catalog.core.mentions.syntax.scopes import Names
from catalog.core.mentions.syntax.values import Evaluator, May, Untold

_OF_A_CHECKPOINT = ("checkpoint", "ckpt", "revision")


def revisions(node: ast.AST, names: Names, evaluator: Evaluator) -> list[str]:
    """Return the revisions that the body of a class or module has beside a model's name.

    Args:
        node: the string that is the name.
        names: of the source.
        evaluator: follows its expressions.
    """
    stated = _statement(node, names)
    body = names.parent.get(stated) if stated is not None else None
    if not isinstance(body, ast.ClassDef | ast.Module):
        return []
    keyed = dict(pair for each in body.body if (pair := _pair(each)))
    said = [key for key in keyed if key in REVISIONS]
    if len(said) != 1:
        return []
    revisions_said = (_revision(said[0], may.value) for may in _mays(keyed[said[0]], evaluator))
    return [revision for revision in revisions_said if revision]


def _statement(node: ast.AST, names: Names) -> ast.stmt | None:
    """Return the assignment whose value a string is, itself or as the default of a field."""
    for _ in range(3):
        holder = names.parent.get(node)
        if isinstance(holder, ast.Assign | ast.AnnAssign):
            return holder
        if not isinstance(holder, ast.keyword | ast.Call):
            return None
        node = holder
    return None


def _pair(statement: ast.stmt) -> tuple[str, ast.expr] | None:
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            return name.lower(), value
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
            return name.lower(), value
        case _:
            return None


def _mays(node: ast.expr, evaluator: Evaluator) -> list[May]:
    try:
        if isinstance(node, ast.List | ast.Tuple | ast.ListComp):
            return evaluator.items(node)
        return evaluator.may_be(node)
    except Untold:
        return []


def _revision(key: str, value: object) -> str | None:
    is_number = isinstance(value, int) or (isinstance(value, str) and value.isdigit())
    if is_number and (key in EXACT or not any(word in key for word in _OF_A_CHECKPOINT)):
        return None
    return revision_of(key, value)
