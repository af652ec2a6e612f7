"""Which calls and strings of a Python source name models, and at which revisions.

A call that takes a model's name is a place; a string that is a name and goes into no such call is
one too. Comparisons, prints, paths, titles, help texts and docstrings load nothing.
"""

import ast
import re
from collections.abc import Iterator, Sequence
from typing import Any

from catalog.core.mentions.blocks import EXACT, REVISIONS, SKIPPED, revision_of
from catalog.core.mentions.loading import NoWeights
from catalog.core.mentions.syntax import loader, wholes
from catalog.core.mentions.syntax.quiet import NO_CALL, text_of
from catalog.core.mentions.syntax.scopes import called_name, full_name
from catalog.core.mentions.syntax.strings import Strings
from catalog.core.mentions.syntax.values import TOO_MANY, May, Untold, together
from catalog.core.mentions.values import Mention, Named, Way

_INDEX = "checkpoint_index"
_FOLLOWED = frozenset(
    ("add_argument", "option", "Option", "field", "Field", "append", "extend", "get", "getenv",
     "format", "split", "dict", "partial")
)  # fmt: skip
"""Calls whose arguments are followed to where they are used."""
_MOST_PAIRS = 400_000
_BRANCH = re.compile(r"step\d{1,7}|main")


class Finder(Strings):
    """Finds what a syntax tree names.

    Args:
        tree: of a module, or of a JSON document.
        names: recognises models.
    """

    def mentions(self) -> Iterator[Mention]:
        """Yield what the source names: calls first, then what no call takes."""
        nodes = list(self._names.scope)
        quiet = self._quiet(nodes)
        quiet |= self._of_tokenizers(nodes, quiet)
        for node in nodes:
            if isinstance(node, ast.Call) and node not in quiet and node not in self._told:
                yield from self._of_call(wholes.whole(self._names, node))
        for node in nodes:
            if node in quiet:
                continue
            entry = wholes.as_dict(node) if isinstance(node, ast.Call) else node
            if isinstance(getattr(node, "ctx", None), ast.Store):
                continue  # `for model, step in …` takes values, and is none
            if isinstance(entry, ast.Dict | ast.List | ast.Tuple):
                yield from self._within(node, self._of_entry(entry))
        for node in nodes:
            if node not in quiet and isinstance(
                node, ast.Constant | ast.JoinedStr | ast.BinOp | ast.Call
            ):
                yield from self._within(node, self._of_string(node))

    def _within(self, node: ast.AST, mentions: Iterator[Mention]) -> Iterator[Mention]:
        """Yield what stands within a call with the loader that the call says beside it."""
        for mention in mentions:
            beside = mention.loader or loader.around(node, self._names, self._evaluator)
            yield mention._replace(loader=beside)

    # Calls -------------------------------------------------------------------------------------

    def _of_call(self, node: ast.Call) -> Iterator[Mention]:
        """Yield what a call is given to load; one of this source's own is followed from within."""
        name = called_name(node)
        if name in _FOLLOWED or self._loads_nothing(node) or self._is_own(node):
            return
        for argument in self._arguments(node):
            if not (models := self._models(argument)):
                if isinstance(argument, ast.JoinedStr) and (why := self._begun(argument)):
                    self._told.add(argument)
                    yield Mention(node.lineno, (Named(None),), Way.SYNTAX, why)
                if isinstance(argument, ast.Call) and (within := self._passed_on(node, argument)):
                    self._told.add(argument)
                    why = f"the model's name: it comes from {called_name(argument)}()"
                    yield from self._placed(node, [(may, None, None) for may in within], why)
                continue
            yield from self._by_loader(node, models)
            self._take_again(node, argument, models)
            return

    def _passed_on(self, node: ast.Call, inner: ast.Call) -> list[May]:
        """Return the models that a loader is given through another call that nobody can follow.

        Only where it asks for a revision: that is of whatever the inner call makes of the name.
        """
        if called_name(node) != "from_pretrained" or _keyword_name(node) not in EXACT:
            return []
        return [may for argument in inner.args[:3] for may in self._models(argument)]

    def _take_again(self, node: ast.Call, taken: ast.expr, models: list[May]) -> None:
        """Take what a call is given of the same models once more: `key="…", repo="…"`."""
        known = {_plain(may.value) for may in models}
        for argument in self._arguments(node):
            again = self._models(argument) if argument is not taken else []
            if again and {_plain(may.value) for may in again} <= known:
                self._taken |= {origin for may in again for origin in may.origins}

    def _by_loader(self, node: ast.Call, models: list[May]) -> Iterator[Mention]:
        """Yield a call's models with what reads their weights; none of a call for other files."""
        try:
            reads = loader.of(node, self._evaluator)
        except NoWeights:
            self._taken |= {origin for may in models for origin in may.origins}
            return
        for mention in self._joined(node, models):
            yield mention._replace(loader=reads)

    def _is_own(self, node: ast.Call) -> bool:
        """Return whether a call is one of this source's own, or of a text's method."""
        name = called_name(node)
        if name in self._names.functions or name in self._names.classes:
            return True
        return isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Constant)

    def _arguments(self, node: ast.Call) -> list[ast.expr]:
        positional = [
            part
            for each in node.args
            for part in (_starred(each) if isinstance(each, ast.Starred) else [each])
        ]
        named = [
            k.value for k in node.keywords if k.arg and k.arg not in SKIPPED | NO_CALL | REVISIONS
        ]
        spread = [k.value for k in node.keywords if k.arg is None]
        return [*positional[:3], *named, *self._spread(spread)]

    def _spread(self, nodes: Sequence[ast.expr]) -> list[ast.expr]:
        """Return the values of the dicts that a call is given with `**`."""
        return [value for node in nodes if isinstance(node, ast.Dict) for value in node.values]

    def _models(self, node: ast.AST) -> list[May]:
        """Return the alternatives of an expression that are models' names."""
        if isinstance(
            node, ast.Lambda | ast.Dict | ast.List | ast.Tuple | ast.ListComp | ast.DictComp
        ):
            return []
        try:
            may_be = self._evaluator.may_be(node)
        except Untold:
            return []
        return [
            may
            for may in may_be
            if isinstance(may.value, str) and self._recogniser.is_model(may.value)
        ]

    def _joined(self, node: ast.Call, models: list[May]) -> Iterator[Mention]:
        """Yield a call's models with the revisions that go with them."""
        revisions = self._revisions(node, len(models))
        if revisions is None or isinstance(revisions, str):
            yield from self._placed(node, [(may, None, None) for may in models], revisions)
            return
        alone = [may for may in models if all(together(may, each) is None for each in revisions)]
        untold = "the revision: it comes from a parameter that this call gives no constant"
        yield from self._placed(node, [(may, None, None) for may in alone], untold)
        by_index = _keyword_name(node) == _INDEX
        pairs = []
        for model in models:
            for each in revisions:
                if (pair := together(model, each)) is not None:
                    index = each.value if by_index and isinstance(each.value, int) else None
                    said = (
                        None
                        if by_index
                        else _revision(_keyword_name(node) or "revision", each.value)
                    )
                    pairs.append((pair._replace(value=model.value), said, index))
        yield from self._placed(node, pairs, None)

    def _revisions(self, node: ast.Call, models: int) -> list[May] | str | None:
        """Return what a call's revision may be; None where it names none, else why nobody can tell.

        Args:
            node: the call.
            models: how many models it may be given.
        """
        stated = _keyword(node) or self._spread_revision(node) or self._positional(node)
        if stated is None or isinstance(stated, str):
            return stated
        try:
            may_be = self._evaluator.may_be(stated)
        except Untold as reason:
            return f"the revision: {reason}"
        return may_be if models * len(may_be) <= _MOST_PAIRS else f"the revision: {TOO_MANY}"

    def _positional(self, node: ast.Call) -> ast.AST | None:
        """Return an argument without a keyword that is a branch's name, None where none is."""
        for each in node.args[1:4]:
            try:
                may_be = self._evaluator.may_be(each)
            except Untold:
                if isinstance(each, ast.JoinedStr) and text_of(each.values[0]).startswith("step"):
                    return each
                continue
            if may_be and all(
                isinstance(may.value, str) and _BRANCH.fullmatch(may.value) for may in may_be
            ):
                return each
        return None

    def _spread_revision(self, node: ast.Call) -> ast.AST | str | None:
        """Return the revision in what `**` brings, or why nobody can tell whether there is one."""
        waiting = [k.value for k in node.keywords if k.arg is None]
        while waiting:
            each = waiting.pop()
            entries = wholes.as_dict(each) if isinstance(each, ast.Call) else each
            if isinstance(entries, ast.Dict):
                for key, value in zip(entries.keys, entries.values, strict=True):
                    if text_of(key) in EXACT:
                        return value
                    waiting += [value] if key is None else []
                continue
            try:
                may_be = self._evaluator.may_be(each)
            except Untold:
                return f"**{full_name(each) or '(…)'} may name a revision"
            held = [may for may in may_be if isinstance(may.value, dict)]
            stated = {str(may.value[k]) for may in held for k in may.value if k in EXACT}
            if len(stated) == 1:
                return ast.Constant(stated.pop())
        return None

    def _placed(
        self,
        node: ast.Call,
        pairs: Sequence[tuple[May, str | None, int | None]],
        untold: str | None,
    ) -> Iterator[Mention]:
        """Yield mentions, where the call stands in this source that brings each about."""
        lines: dict[tuple[int, bool], dict[Named, None]] = {}
        for may, revision, index in pairs:
            self._taken |= may.origins
            line = may.sites[0].lineno if may.sites else node.lineno
            alone = self._recogniser.alone(may.value)
            if alone is None:
                continue
            attached = f"step{int(alone.step)}" if alone.step else None
            lines.setdefault((line, may.is_default), {})[
                Named(alone.text, revision or attached, index)
            ] = None
        for (line, is_default), named in lines.items():
            yield Mention(line, tuple(named), Way.SYNTAX, untold, is_default)

    # Entries of lists and dicts ----------------------------------------------------------------

    def _of_entry(self, node: ast.Dict | ast.List | ast.Tuple) -> Iterator[Mention]:
        from catalog.core.mentions.syntax import entries  # noqa: PLC0415 - the other half

        for mention, origins in entries.of(node, self._evaluator, self._recogniser, self._taken):
            self._taken |= origins
            yield mention


def _starred(node: ast.Starred) -> list[ast.expr]:
    """Return what a list brings that is written out behind a `*`; of any other nobody can tell."""
    return node.value.elts if isinstance(node.value, ast.List | ast.Tuple) else []


def _plain(name: str) -> str:
    return name.rpartition("/")[2].lower()


def _keyword_name(node: ast.Call) -> str | None:
    wanted = (*sorted(EXACT), _INDEX, *sorted(REVISIONS - EXACT))
    given = {each.arg for each in node.keywords}
    return next((name for name in wanted if name in given), None)


def _keyword(node: ast.Call) -> ast.AST | None:
    name = _keyword_name(node)
    return next((each.value for each in node.keywords if each.arg == name), None) if name else None


def _revision(key: str, value: Any) -> str | None:  # noqa: ANN401 - a constant of the source
    """Return the revision that a keyword's value asks for; None asks for none."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return revision_of(key, value)
