"""What of a source loads no model: comparisons, prints, paths, titles, help texts, docstrings."""

import ast
from collections import defaultdict
from collections.abc import Sequence

from catalog.core.mentions.blocks import SKIPPED
from catalog.core.mentions.syntax.scopes import Names, called_name, full_name

QUIET = frozenset(
    ("print", "title", "set_title", "suptitle", "info", "debug", "warning", "error", "exception",
     "log", "write", "join", "Path", "open", "read_csv", "savefig", "save", "savez", "exists",
     "isfile", "makedirs", "mkdir", "text", "annotate", "startswith", "endswith", "isinstance",
     "plot", "legend", "set_label", "xlabel", "ylabel", "to_csv", "echo", "secho", "input",
     "ValueError", "RuntimeError", "NotImplementedError", "KeyError", "add_parser", "index",
     "count", "find", "replace", "sub", "match", "search", "compile", "scatter", "bar",
     "set_xticklabels", "set_yticklabels", "Exception", "warn", "skip", "load_dataset",
     "ArgumentParser", "glob", "dump", "load", "read_text", "write_text", "set_xlabel",
     "set_ylabel", "FileNotFoundError", "log_artifact", "getLogger", "get_logger")
)  # fmt: skip
"""Calls that load no model, whatever they are given."""
BARE = frozenset(
    ("print", "Path", "open", "exists", "isinstance", "echo", "input", "ValueError", "RuntimeError",
     "NotImplementedError", "KeyError", "Exception", "warn", "load_dataset", "ArgumentParser",
     "glob", "FileNotFoundError", "getLogger", "get_logger", "read_csv", "join")
)  # fmt: skip
"""Those that load none where they are called without anything before them either."""
OF_NO_WEIGHTS = ("Tokenizer", "Config", "Processor", "tokenizer")
NO_CALL = frozenset(
    ("help", "desc", "metavar", "epilog", "message", "msg", "choices", "name", "group", "path",
     "file")
)  # fmt: skip
"""Keywords whose value names no weights."""


class Quiet:
    """Knows where nothing is loaded.

    Args:
        tree: of a module, or of a JSON document.
    """

    def __init__(self, tree: ast.Module | ast.Expression) -> None:
        self._names = Names(tree)

    def _quiet(self, nodes: Sequence[ast.AST]) -> set[ast.AST]:
        """Return the nodes within which nothing is loaded."""
        tops: list[ast.AST] = []
        for node in nodes:
            match node:
                case (
                    ast.Expr(value=ast.Constant())
                    | ast.Compare()
                    | ast.Raise()
                    | ast.Assert()
                    | ast.FormattedValue(value=ast.Constant())
                ):
                    tops.append(node)
                case ast.Call() if self._loads_nothing(node):
                    tops += [*node.args, *(each.value for each in node.keywords)]
                case ast.keyword(arg=str(name)) if name in SKIPPED | NO_CALL:
                    tops.append(node.value)
                case ast.Dict():
                    tops += [
                        v
                        for k, v in zip(node.keys, node.values, strict=True)
                        if text_of(k) in SKIPPED
                    ]
                case ast.arg() | ast.AnnAssign():
                    tops += [node.annotation] if node.annotation else []
                case ast.Assign(targets=[ast.Name(id=name)]) if name.lower() in SKIPPED:
                    tops.append(node.value)
                case _:
                    pass
        return {inner for top in tops for inner in ast.walk(top)}

    def _of_tokenizers(self, nodes: Sequence[ast.AST], quiet: set[ast.AST]) -> set[ast.AST]:
        """Return what variables are given that tokenizers take, and nothing that loads weights."""
        used: dict[tuple[int, str], list[bool]] = defaultdict(list)
        given: set[tuple[int, str]] = set()
        for node in nodes:
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                used[self._variable(node)].append(node in quiet)
            if isinstance(node, ast.Call) and self._is_of_no_weights(node):
                words = (*node.args, *(each.value for each in node.keywords))
                given |= {self._variable(word) for word in words if isinstance(word, ast.Name)}
        alone = {variable for variable in given if all(used[variable])}
        return {
            inner
            for node in nodes
            if isinstance(node, ast.Assign)
            and all(isinstance(t, ast.Name) and self._variable(t) in alone for t in node.targets)
            for inner in ast.walk(node.value)
        }

    def _variable(self, node: ast.Name) -> tuple[int, str]:
        """Return which variable a name is: the scope that binds it, and the name."""
        names = self._names
        scope: ast.AST | None = names.scope[node]
        while scope is not None and (id(scope), node.id) not in names.bound:
            scope = names.scope[scope] if scope is not names.tree else None
        return id(scope), node.id

    def _is_of_no_weights(self, node: ast.Call) -> bool:
        name = full_name(node.func)
        return name.endswith("_config") or any(word in name for word in OF_NO_WEIGHTS)

    def _loads_nothing(self, node: ast.Call) -> bool:
        """Return whether a call loads no weights: a print, a path, a tokenizer."""
        own = isinstance(node.func, ast.Name) and called_name(node) in self._names.functions
        is_method = isinstance(node.func, ast.Attribute)
        quiet = called_name(node) in (QUIET if is_method else BARE) and not own
        return quiet or self._is_of_no_weights(node)


def text_of(node: ast.AST | None) -> str:
    """Return the text of a constant, empty for what is none."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
