"""One architecture, stated three times: the contract, the package's docstring, the design page.

And what no contract on imports can say: the command line asks one question a target, and holds no
workflow of its own.
"""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import catalog

CHECKOUT = Path(__file__).parent.parent


def rings() -> list[str]:
    """Return the places of the import contract, the outermost first."""
    settings = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())
    contracts = settings["tool"]["importlinter"]["contracts"]
    (contract,) = (each for each in contracts if each.get("containers") == ["catalog"])
    return contract["layers"]


def drawn(text: str) -> list[list[str]]:
    """Return the places of every line that draws the rings."""
    lines = [line for line in text.splitlines() if " → " in line and "core" in line]
    return [[place.strip() for place in line.split("→")] for line in lines]


@pytest.mark.parametrize(
    "text",
    [catalog.__doc__, (CHECKOUT / "docs/explanation/design.md").read_text()],
    ids=["catalog/__init__.py", "design.md"],
)
def test_the_rings_are_drawn_as_the_contract_has_them(text: str) -> None:
    """The drawing names the same places in the same order; the faces stand before them."""
    (places,) = drawn(text)
    assert [place for place in places if place != "cli"] == rings()


def test_every_module_is_in_a_ring() -> None:
    """What lies in `catalog/` is a ring, or packaged data."""
    named = {ring.strip() for place in rings() for ring in place.split("|")}
    there = {path.name.removesuffix(".py") for path in (CHECKOUT / "catalog").iterdir()}
    others = {"__init__", "__main__", "__pycache__", "shipped", "py.typed"}
    assert there - others == named


# The command line ------------------------------------------------------------------------------

MODULES = sorted((CHECKOUT / "cli").rglob("*.py"))
# What a command may ask besides its one question; each is about words, and reads little.
HELPERS = {"require_manifest", "repositories", "pinned", "is_lock", "select", "plot_audit"}
# Whose time it is, and who may open what, is the door's business.
DOORS = {"now", "utcnow", "today", "connect", "create_engine", "reading", "writing", "begin"}


def functions(module: Path) -> Iterator[ast.FunctionDef]:
    """Yield the functions at the top of a module, and the methods of its classes."""
    tree = ast.parse(module.read_text())
    for node in (
        *tree.body,
        *(n for c in tree.body if isinstance(c, ast.ClassDef) for n in c.body),
    ):
        if isinstance(node, ast.FunctionDef):
            yield node


def is_catalog(node: ast.expr) -> bool:
    """Return whether an expression is a catalog: `call.catalog`, or a name given to it."""
    named = isinstance(node, ast.Name) and node.id == "catalog"
    return named or (isinstance(node, ast.Attribute) and node.attr == "catalog")


def questions(function: ast.FunctionDef) -> list[str]:
    """Return which methods of a catalog a function calls, in order.

    A catalog may only be asked at once, or be called `catalog`: else a question could hide.
    """
    inner = [node for node in ast.walk(function) if isinstance(node, ast.expr) and is_catalog(node)]
    asked = [
        node.func
        for node in ast.walk(function)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and is_catalog(node.func.value)
    ]
    given = [
        (node.targets[0], node.value)
        for node in ast.walk(function)
        if isinstance(node, ast.Assign) and is_catalog(node.value)
    ]
    open_ = {id(method.value) for method in asked} | {id(each) for pair in given for each in pair}
    open_ |= {
        id(node.context_expr) for node in ast.walk(function) if isinstance(node, ast.withitem)
    }
    hidden = [ast.unparse(node) for node in inner if id(node) not in open_]
    assert not hidden, (function.name, hidden)
    return [method.attr for method in asked]


def test_a_command_asks_one_question() -> None:
    """Each function of the command line calls one method of the catalog at most, a public one."""
    asked = {
        f"{module.stem}.{function.name}": questions(function)
        for module in MODULES
        for function in functions(module)
        if module.name != "call.py"  # where a catalog is opened
    }
    public = {name for name in vars(catalog.Catalog) if not name.startswith("_")}
    assert {method for methods in asked.values() for method in methods} <= public
    several = {name: methods for name, methods in asked.items() if len(set(methods) - HELPERS) > 1}
    assert several == {}
    once = {name for name, methods in asked.items() if len(methods) != len(set(methods))}
    assert once == set()
    assert len([name for name, methods in asked.items() if methods]) > 20


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_the_command_line_opens_nothing(module: Path) -> None:
    """No transaction, no clock, no connection: only the door has them."""
    called = {
        node.func.attr if isinstance(node.func, ast.Attribute) else ast.unparse(node.func)
        for node in ast.walk(ast.parse(module.read_text()))
        if isinstance(node, ast.Call)
    }
    assert called & DOORS == set()
