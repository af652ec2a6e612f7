"""A JSON document without the parts that name no model: measurements are mostly numbers."""

import ast

from catalog.core.mentions.names import Recogniser

_LONGEST = 2_000
"""Items of a list of scalars that is kept beside a name: there are 154 steps."""
_Holder = ast.Dict | ast.List


def prune(node: ast.expr, names: Recogniser) -> bool:
    """Drop from a document each list and object that is neither a model's nor beside its name.

    Args:
        node: the document's expression; it is changed.
        names: recognises models.

    Returns:
        Whether anything in it names a model.
    """
    if not isinstance(node, _Holder):
        return isinstance(node, ast.Constant) and _names(node, names)
    if isinstance(node, ast.List) and _is_flat(node):  # what it stands in decides
        return any(_names(part, names) for part in node.elts)
    parts = node.values if isinstance(node, ast.Dict) else node.elts
    keys = node.keys if isinstance(node, ast.Dict) else [None] * len(parts)
    named = [prune(part, names) for part in parts]
    in_keys = [key is not None and _names(key, names) for key in keys]
    is_near = any(here and _is_flat(part) for part, here in zip(parts, named, strict=True))
    kept = [
        here or key or ((is_near or any(in_keys)) and _is_flat(part))
        for part, here, key in zip(parts, named, in_keys, strict=True)
    ]
    parts[:] = [part for part, keep in zip(parts, kept, strict=True) if keep]
    if isinstance(node, ast.Dict):
        node.keys[:] = [key for key, keep in zip(keys, kept, strict=True) if keep]
    return any(named) or any(in_keys)


def _names(node: ast.expr, names: Recogniser) -> bool:
    value = node.value if isinstance(node, ast.Constant) else None
    return isinstance(value, str) and names.may_name(value)


def _is_flat(node: ast.expr) -> bool:
    """Return whether a node is a scalar, or a list of few."""
    if isinstance(node, ast.List):
        return len(node.elts) <= _LONGEST and not any(isinstance(e, _Holder) for e in node.elts)
    return not isinstance(node, ast.Dict)
