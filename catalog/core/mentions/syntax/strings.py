"""What the strings of a Python source name: those that are a name, a command or an address."""

import ast
from collections.abc import Iterator

from catalog.core.mentions.names import Recogniser
from catalog.core.mentions.syntax import neighbours
from catalog.core.mentions.syntax.quiet import Quiet
from catalog.core.mentions.syntax.scopes import called_name
from catalog.core.mentions.syntax.values import Evaluator, Untold
from catalog.core.mentions.text import in_command
from catalog.core.mentions.values import Mention, Named, Way, gathered

_COMMANDS = (
    *("pretrained=", "--model", "--pretrained", "@step", "@main"),
    *("huggingface.co/", "hf.co/", "hf://"),
    *("hf download", "huggingface-cli download", "vllm serve"),
)
"""What a string has that is a command or an address."""


class Strings(Quiet):
    """Reads strings.

    Args:
        tree: of a module, or of a JSON document.
        names: recognises models.
    """

    def __init__(self, tree: ast.Module | ast.Expression, names: Recogniser) -> None:
        super().__init__(tree)
        self._recogniser, self._evaluator = names, Evaluator(self._names)
        self._taken: set[int] = set()
        self._told: set[ast.AST] = set()

    def _of_string(self, node: ast.expr) -> Iterator[Mention]:
        """Yield what a string names that no call took, if it is a whole one."""
        if isinstance(node, ast.Call) and called_name(node) != "format":
            return
        parent = self._names.parent.get(node)
        if isinstance(parent, ast.JoinedStr | ast.BinOp | ast.FormattedValue) and not _is_list_sum(
            parent
        ):
            return
        if isinstance(node, ast.Constant) and (
            not isinstance(node.value, str) or id(node) in self._taken
        ):
            return
        try:
            may_be = [may for may in self._evaluator.may_be(node) if isinstance(may.value, str)]
        except Untold:
            yield from self._partly(node)
            return
        mentions: list[Mention] = []
        for may in may_be:
            if may.origins and may.origins <= self._taken:
                continue
            line = may.sites[0].lineno if may.sites else node.lineno
            mentions += [
                mention._replace(way=Way.SYNTAX, is_default=may.is_default)
                for mention in self._said(may.value, line)
            ]
        yield from self._beside(node, gathered(mentions))

    def _beside(self, node: ast.expr, mentions: list[Mention]) -> Iterator[Mention]:
        """Yield mentions with the revisions that stand beside a string in settings."""
        for mention in mentions:
            if mention.untold is not None or any(each.revision for each in mention.named):
                yield mention
                continue
            beside = neighbours.revisions(node, self._names, self._evaluator)
            named = tuple(each._replace(revision=r) for each in mention.named for r in beside)
            yield mention._replace(named=named or mention.named)

    def _said(self, text: str, line: int) -> Iterator[Mention]:
        """Yield what a string names: it is a name, or a command or address that has one."""
        if alone := self._recogniser.alone(text):
            yield Mention(
                line, (Named(alone.text, alone.step and f"step{int(alone.step)}"),), Way.SYNTAX
            )
        elif _is_command(text):
            yield from in_command(" ".join(text.split()), line, self._recogniser)

    def _partly(self, node: ast.expr) -> Iterator[Mention]:
        """Yield a string of which only a part is known: the name, or that one is begun."""
        if not isinstance(node, ast.JoinedStr) or node in self._told:
            return
        text = ""
        for part in node.values:
            try:
                (may,) = self._evaluator.may_be(part)
                text += str(may.value)
            except (Untold, ValueError):
                inner = part.value if isinstance(part, ast.FormattedValue) else part
                text += f"${{{ast.unparse(inner)[:40]}}}"
        known = list(in_command(text, node.lineno, self._recogniser)) if _is_command(text) else []
        yield from (mention._replace(way=Way.SYNTAX) for mention in known)
        is_path = text.count("/") > 1 or text.endswith((".json", ".csv", ".pt", ".png"))
        if (
            not known
            and not is_path
            and (why := self._begun(node))
            and text.rpartition("$")[0].count(" ") == 0
        ):
            yield Mention(node.lineno, (Named(None),), Way.SYNTAX, why)

    def _begun(self, node: ast.JoinedStr) -> str | None:
        """Return why a name cannot be told that an f-string begins, None where it is no name."""
        text = ""
        for part in node.values:
            if isinstance(part, ast.Constant):
                text += str(part.value)
                continue
            if self._recogniser.begins(text):
                try:
                    self._evaluator.may_be(part)
                except Untold as why:
                    return f"the model's name: {why}"
                return None
            text += "{}"
        return None


def _is_command(text: str) -> bool:
    return any(sign in text for sign in _COMMANDS)


def _is_list_sum(node: ast.AST) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.left, ast.List | ast.Tuple)
