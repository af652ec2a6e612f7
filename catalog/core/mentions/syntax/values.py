"""What an expression may be: every value that the source itself gives it, or why that is unknown.

A loop, a choice and a call each bring alternatives. An alternative remembers which way it took, so
that a name and a step that come from one loop stay together. Everything is bounded.
"""

import ast
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from catalog.core.mentions.syntax import folding
from catalog.core.mentions.syntax.scopes import Binding, Names, full_name

MOST = 6_000
"""Alternatives of one expression: 27 models at 154 steps are 4,158."""
MOST_WORK = 400_000
"""Alternatives of all expressions of a source."""
DEEPEST = 40
TOO_MANY = "there are too many ways to follow"
AT_RUN_TIME = "it is worked out when the program runs"


class Untold(Exception):
    """Why an expression's value is not known: a phrase."""


class May(NamedTuple):
    """A value that an expression may have.

    Attributes:
        value: a constant, or a tuple or dict of constants.
        origins: the constants of the source that it is made of.
        ways: which way was taken at each loop, choice and call.
        is_default: a caller may put another in its place.
        sites: calls, within this source, that bring it about: the outermost last.
    """

    value: Any
    origins: frozenset[int] = frozenset()
    ways: Mapping[int, int] = {}
    is_default: bool = False
    sites: tuple[ast.Call, ...] = ()


def together(first: May, second: May) -> May | None:
    """Return two alternatives side by side as a pair, None where their ways contradict."""
    for choice, way in second.ways.items():
        if first.ways.get(choice, way) != way:
            return None
    sites = first.sites if len(first.sites) >= len(second.sites) else second.sites
    return May(
        (first.value, second.value),
        first.origins | second.origins,
        {**first.ways, **second.ways},
        first.is_default or second.is_default,
        sites,
    )


class Evaluator:
    """Follows the expressions of one source.

    Args:
        names: what binds its names.
    """

    def __init__(self, names: Names) -> None:
        self.names = names
        self._known: dict[tuple[int, bool], list[May] | Untold] = {}
        self._busy: set[tuple[int, bool]] = set()
        self._work = 0

    def may_be(self, node: ast.AST) -> list[May]:
        """Return what an expression may be.

        Raises:
            Untold: nobody can tell.
        """
        return self._once(node, self._value, each=False)

    def items(self, node: ast.AST) -> list[May]:
        """Return what the items of an iterable may be, in order; each is an alternative.

        Raises:
            Untold: nobody can tell.
        """
        return self._once(node, self._items, each=True)

    def all_of(self, nodes: Sequence[ast.AST]) -> list[May]:
        """Return what several expressions may be together: tuples.

        Raises:
            Untold: nobody can tell of one.
        """
        made = [May(())]
        for node in nodes:
            if len(made) * len(self.may_be(node)) > MOST_WORK:
                raise Untold(TOO_MANY)
            pairs = (together(before, after) for before in made for after in self.may_be(node))
            made = self._bounded(
                [pair._replace(value=(*pair.value[0], pair.value[1])) for pair in pairs if pair]
            )
        return made

    def _once(
        self, node: ast.AST, work: Callable[[ast.AST], list[May]], *, each: bool
    ) -> list[May]:
        key = (id(node), each)
        if key not in self._known:
            if key in self._busy or len(self._busy) > DEEPEST:
                raise Untold("it depends on itself")
            self._busy.add(key)
            try:
                self._known[key] = self._bounded(work(node))
            except Untold as why:
                self._known[key] = why
            finally:
                self._busy.discard(key)
        known = self._known[key]
        if isinstance(known, Untold):
            raise known
        return known

    def _bounded(self, made: list[May]) -> list[May]:
        self._work += len(made)
        if len(made) > MOST or self._work > MOST_WORK:
            raise Untold(TOO_MANY)
        return made

    # Values ------------------------------------------------------------------------------------

    def _value(self, node: ast.AST) -> list[May]:  # noqa: C901, PLR0911, PLR0912 - a case a kind of node
        match node:
            case ast.Constant(value=value):
                return [May(value, frozenset({id(node)}))]
            case ast.Name():
                return self._named(node)
            case ast.Attribute():
                return self._attribute(node)
            case ast.JoinedStr(values=parts):
                return [
                    may._replace(value="".join(map(str, may.value))) for may in self.all_of(parts)
                ]
            case ast.FormattedValue(value=value, format_spec=spec):
                shape = folding.spec_of(spec)
                mays = [
                    may for may in self.may_be(value) if isinstance(may.value, str | int | float)
                ]
                if not mays:
                    raise Untold(f"it comes from {ast.unparse(value)[:40]}")
                return [may._replace(value=folding.formatted(may.value, shape)) for may in mays]
            case ast.BinOp(left=left, op=op, right=right):
                return self.folded(lambda pair: folding.operated(op, *pair), [left, right])
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return self.folded(lambda one: folding.negated(one[0]), [operand])
            case ast.IfExp(test=test, body=body, orelse=orelse):
                from catalog.core.mentions.syntax import calling  # noqa: PLC0415 - as below

                decided = calling.decided(self, test, body, orelse)
                return self._ways(id(node), [body, orelse]) if decided is None else decided
            case ast.BoolOp(op=ast.Or(), values=values):
                return self._ways(id(node), values)
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                return self._listed(node, parts)
            case ast.Set() | ast.ListComp() | ast.GeneratorExp() | ast.SetComp():
                return [gathered(self.items(node))]
            case ast.Dict():
                return [self._dict(node)]
            case ast.Subscript():
                return self._subscript(node)
            case ast.Call():
                from catalog.core.mentions.syntax import calling  # noqa: PLC0415 - it calls back

                return calling.called(self, node)
            case ast.NamedExpr(value=value) | ast.Await(value=value) | ast.Starred(value=value):
                return self.may_be(value)
            case _:
                raise Untold(AT_RUN_TIME)

    def folded(self, fold: Callable[[Any], Any], nodes: Sequence[ast.AST]) -> list[May]:
        """Return what a function makes of several expressions.

        Raises:
            Untold: nobody can tell.
        """
        made = []
        for may in self.all_of(nodes):
            try:
                value = fold(may.value)
            except (TypeError, ValueError, LookupError, ArithmeticError, AttributeError):
                value = folding.UNKNOWN  # it would fail when the program runs, too
            if value is folding.UNKNOWN:
                raise Untold(AT_RUN_TIME)
            made.append(may._replace(value=value))
        return made

    def _ways(self, choice: int, nodes: Sequence[ast.AST]) -> list[May]:
        """Return what may come of a choice; ways that are not known are left out, if one is."""
        made: list[May] = []
        why: Untold | None = None
        for way, node in enumerate(nodes):
            try:
                may_be = self.may_be(node)
            except Untold as untold:
                why = untold
                continue
            made += [
                m._replace(ways={**m.ways, choice: way}) for m in may_be if m.value is not None
            ]
        if not made:
            raise why or Untold("it may be nothing")
        return made

    def _listed(self, node: ast.expr, parts: Sequence[ast.expr]) -> list[May]:
        """Return what a list may be; items that are not known are left out."""
        if any(isinstance(part, ast.Starred) for part in parts):
            return [gathered(self.items(node))]
        try:
            return self.all_of(parts)
        except Untold:
            return [gathered(self.items(node))]

    def _dict(self, node: ast.Dict) -> May:
        value: dict[Any, Any] = {}
        origins: frozenset[int] = frozenset()
        for key, item in zip(node.keys, node.values, strict=True):
            try:
                if key is None:
                    (inner,) = self.may_be(item)[:1]
                    value |= inner.value if isinstance(inner.value, dict) else {}
                    origins |= inner.origins
                    continue
                (name,), (what,) = self.may_be(key)[:1], self.may_be(item)[:1]
                value[name.value] = what.value
                origins |= name.origins | what.origins
            except (Untold, TypeError, ValueError):
                continue
        return May(value, origins)

    def _subscript(self, node: ast.Subscript) -> list[May]:
        if full_name(node.value).endswith("environ") and isinstance(node.slice, ast.Constant):
            name = str(node.slice.value)
            bound = self.names.attributes.get(f"environ {name}", [])
            if not bound:
                raise Untold(f"it comes from the environment variable {name}")
            return self._bindings(bound, node, name)
        if isinstance(node.slice, ast.Slice):
            return [gathered(self.items(node))]
        return self.folded(lambda pair: folding.item(*pair), [node.value, node.slice])

    # Names -------------------------------------------------------------------------------------

    def _named(self, node: ast.Name) -> list[May]:
        scope: Any = self.names.scope[node]
        inner = True
        while scope is not None:
            bound = self.names.bound.get((id(scope), node.id))
            if bound and (inner or not isinstance(scope, ast.ClassDef)):
                return self._bindings(bound, node if inner else None, node.id)
            inner = False
            scope = self.names.scope.get(scope) if scope is not self.names.tree else None
        if node.id == "null":  # of JSON
            return [May(None)]
        raise Untold(f"it comes from the variable {node.id}")

    def _attribute(self, node: ast.Attribute) -> list[May]:
        if bound := self.names.attributes.get(node.attr):
            return self._bindings(bound, node, full_name(node) or node.attr, attribute=node.attr)
        raise Untold(f"it comes from {full_name(node) or node.attr}")

    def _bindings(
        self, bound: Sequence[Binding], use: ast.AST | None, name: str, attribute: str = ""
    ) -> list[May]:
        """Return what a name may be where it is used: the last binding on every way there."""
        from catalog.core.mentions.syntax import binding  # noqa: PLC0415 - they call each other

        return binding.values(self, bound, use, name, attribute)

    # Items -------------------------------------------------------------------------------------

    def _items(self, node: ast.AST) -> list[May]:
        from catalog.core.mentions.syntax import iterating  # noqa: PLC0415 - they call each other

        return iterating.items(self, node)


def gathered(items: Sequence[May]) -> May:
    """Return the items of a list as one value."""
    origins = frozenset[int]().union(*(item.origins for item in items))
    defaults = any(item.is_default for item in items)
    sites = max((item.sites for item in items), key=len, default=())
    return May(tuple(item.value for item in items), origins, {}, defaults, sites)


def by_default(made: list[May]) -> list[May]:
    """Return alternatives that a caller may put others in the place of."""
    return [may._replace(is_default=True) for may in made]
