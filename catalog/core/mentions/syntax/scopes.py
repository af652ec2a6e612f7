"""What binds each name of a module: assignments, loops, parameters, options; and who calls whom.

Collects, and judges nothing: which binding counts where is said in `values`.
"""

import ast
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

Function = ast.FunctionDef | ast.AsyncFunctionDef
Scope = (
    ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda | ast.Expression
)
_OPTIONS = frozenset(
    ("add_argument", "option", "Option", "add_option", "DEFINE_string", "DEFINE_integer")
)
"""Calls that declare an option of a command line."""
Branches = tuple[tuple[int, int], ...]
"""The choices that a statement stands in: which `if`, and which of its ways."""


class Binding(NamedTuple):
    """One way in which a name gets a value.

    Attributes:
        kind: `is`, `each` (of a loop), `add` (to a list), `item` (put into a list), `param` or
            `option` (of a command line).
        node: what it gets its value from.
        order: where it stands.
        branches: which choices it stands in.
        path: which parts of the value it is: `for name, step in …`.
        owner: the loop, or the function.
    """

    kind: str
    node: ast.AST | None
    order: tuple[int, int]
    branches: Branches = ()
    path: tuple[int, ...] = ()
    owner: ast.AST | None = None


class Names:
    """Every name of a module, and every call of its functions."""

    def __init__(self, tree: ast.Module | ast.Expression) -> None:
        self.tree = tree
        self.scope: dict[ast.AST, Scope] = {}
        self.parent: dict[ast.AST, ast.AST] = {}
        self.branches: dict[ast.AST, Branches] = {}
        self.bound: dict[tuple[int, str], list[Binding]] = defaultdict(list)
        self.attributes: dict[str, list[Binding]] = defaultdict(list)
        self.functions: dict[str, list[Function]] = defaultdict(list)
        self.classes: dict[str, ast.ClassDef] = {}
        self.calls: dict[str, list[ast.Call]] = defaultdict(list)
        self.imported: dict[str, str] = {}
        self._walk(tree)

    def _walk(self, tree: ast.Module | ast.Expression) -> None:
        """Visit every node without recursion: a source may nest as deep as the parser allows."""
        waiting: list[tuple[ast.AST, Scope, Branches]] = [(tree, tree, ())]
        while waiting:
            node, scope, branches = waiting.pop()
            self.scope[node], self.branches[node] = scope, branches
            self._bind(node, scope, branches)
            if isinstance(node, ast.Import | ast.ImportFrom):
                self._import(node)
            inner = node if isinstance(node, Scope) and node is not tree else scope
            children = list(_children(node, branches))
            for child, ways in reversed(children):
                self.parent[child] = node
                waiting.append((child, inner, ways))

    def called(self, function: Function) -> list[ast.Call]:
        """Return the calls of a function; those of its class for what makes an object."""
        holder = self.parent.get(function)
        name = function.name
        if name == "__init__" and isinstance(holder, ast.ClassDef):
            return [*self.calls[holder.name], *self._from_below(holder)]
        if name == "__call__" and isinstance(holder, ast.ClassDef):
            return []
        return self.calls[name]

    def _from_below(self, holder: ast.ClassDef) -> list[ast.Call]:
        """Return the calls by which the classes below one make it: their own, or to `super()`."""
        calls: list[ast.Call] = []
        for below in self.classes.values():
            if not any(full_name(base) == holder.name for base in below.bases):
                continue
            own = any(isinstance(each, Function) and each.name == "__init__" for each in below.body)
            calls += (
                [each for each in self.calls["__init__"] if self._class_of(each) is below]
                if own
                else self.calls[below.name]
            )
        return calls

    def _class_of(self, node: ast.AST) -> ast.AST | None:
        inner: ast.AST | None = node
        while inner is not None and not isinstance(inner, ast.ClassDef):
            inner = self.parent.get(inner)
        return inner

    def is_method(self, function: Function) -> bool:
        """Return whether a function takes its object first."""
        if not isinstance(self.parent.get(function), ast.ClassDef):
            return False
        static = any(
            isinstance(each, ast.Name) and each.id == "staticmethod"
            for each in function.decorator_list
        )
        return not static

    # What binds --------------------------------------------------------------------------------

    def _bind(self, node: ast.AST, scope: Scope, branches: Branches) -> None:
        order = (getattr(node, "lineno", 0), getattr(node, "col_offset", 0))
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    self._target(target, Binding("is", value, order, branches), scope)
            case (
                ast.AnnAssign(target=target, value=ast.AST() as value)
                | ast.NamedExpr(target=target, value=value)
            ):
                self._target(target, Binding("is", value, order, branches), scope)
            case ast.AugAssign(target=target, op=ast.Add(), value=value):
                self._target(target, Binding("add", value, order, branches), scope)
            case ast.For(target=target, iter=iterated) | ast.AsyncFor(target=target, iter=iterated):
                self._target(target, Binding("each", iterated, order, branches, owner=node), scope)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self.functions[node.name].append(node)
                self._parameters(node, order)
            case ast.ClassDef():
                self.classes[node.name] = node
            case ast.comprehension(target=target, iter=iterated):
                self._target(target, Binding("each", iterated, (0, 0), branches, owner=node), scope)
            case ast.Call():
                self._call(node, order, scope, branches)
            case _:
                pass

    def _import(self, node: ast.Import | ast.ImportFrom) -> None:
        module = node.module if isinstance(node, ast.ImportFrom) else None
        for each in node.names:
            self.imported[each.asname or each.name] = module or each.name

    def _target(self, target: ast.AST, binding: Binding, scope: Scope) -> None:
        match target:
            case ast.Name(id=name):
                self.bound[id(scope), name].append(binding)
                if isinstance(scope, ast.ClassDef):
                    self.attributes[name].append(binding._replace(owner=binding.owner or scope))
            case ast.Attribute(attr=name):
                self.attributes[name].append(binding)
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                for number, part in enumerate(parts):
                    self._target(part, binding._replace(path=(*binding.path, number)), scope)
            case ast.Subscript(
                value=ast.Attribute(attr="environ"), slice=ast.Constant(value=str(name))
            ):
                self.attributes[f"environ {name}"].append(binding)
            case _:
                pass

    def _parameters(self, function: Function, order: tuple[int, int]) -> None:
        given = function.args
        for each in (*given.posonlyargs, *given.args, *given.kwonlyargs):
            binding = Binding("param", each, order, owner=function)
            self.bound[id(function), each.arg].append(binding)

    def _call(
        self, node: ast.Call, order: tuple[int, int], scope: Scope, branches: Branches
    ) -> None:
        name = called_name(node)
        self.calls[name].append(node)
        if name in _OPTIONS:
            self._option(node, order)
        if (
            name in ("append", "add", "extend", "update")
            and isinstance(node.func, ast.Attribute)
            and node.args
        ):
            kind = "item" if name in ("append", "add") else "add"
            self._target(node.func.value, Binding(kind, node.args[0], order, branches), scope)

    def _option(self, node: ast.Call, order: tuple[int, int]) -> None:
        """Remember an option of a command line: what it is called, and what it is by default."""
        flags = [
            each.value
            for each in node.args
            if isinstance(each, ast.Constant) and isinstance(each.value, str)
        ]
        given = {each.arg: each.value for each in node.keywords}
        stated = given.get("dest")
        if isinstance(stated, ast.Constant) and isinstance(stated.value, str):
            name = stated.value
        else:
            long = [flag for flag in flags if flag.startswith("--")] or flags
            name = long[0].lstrip("-").partition("/")[0].replace("-", "_") if long else ""
        default = given.get("default")
        if called_name(node).startswith("DEFINE_") and len(node.args) > 1:
            default = node.args[1]
        if name and default is None and isinstance(given.get("choices"), ast.List | ast.Tuple):
            choice = Binding("option", given["choices"], order, path=(0,))
            self.attributes[name].append(choice)
        elif name:
            self.attributes[name].append(Binding("option", default, order))


def called_name(node: ast.Call) -> str:
    """Return the last word of what is called: `from_pretrained`."""
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def full_name(node: ast.AST) -> str:
    """Return a dotted name, empty where it is none: `AutoModel.from_pretrained`."""
    words: list[str] = []
    while isinstance(node, ast.Attribute):
        words.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name):
        words.append(node.id)
    return ".".join(reversed(words))


def _children(node: ast.AST, branches: Branches) -> Iterator[tuple[ast.AST, Branches]]:
    """Yield the parts of a node, each with the choices that it stands in."""
    if isinstance(node, ast.If):
        yield node.test, branches
        for way, body in enumerate((node.body, node.orelse)):
            for child in body:
                yield child, (*branches, (id(node), way))
        return
    if isinstance(node, ast.Match):
        yield node.subject, branches
        for way, each in enumerate(node.cases):
            yield each, (*branches, (id(node), way))
        return
    for part in ast.iter_child_nodes(node):
        yield part, branches
