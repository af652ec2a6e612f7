"""What CONTRIBUTING says of sizes is true: files under 300 lines, no function's body over 60.

Only what a program can count is here; whether a name is right, or a comment says why, is read by
people.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

CHECKOUT = Path(__file__).parent.parent
SOURCES = {
    str(path.relative_to(CHECKOUT)): path.read_text()
    for folder in ("catalog", "cli")
    for path in sorted((CHECKOUT / folder).rglob("*.py"))
}
FILE_LINES, BODY_LINES = 300, 60
# One class with a method for each command; two lines of five are the Python reference's text.
THE_ONE_DOOR = "catalog/api.py"
Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(source: str) -> Iterator[Function]:
    """Yield every function of a module, methods and inner ones too."""
    return (node for node in ast.walk(ast.parse(source)) if isinstance(node, Function))


def body_lines(function: Function) -> int:
    """Return how many lines a function's body has, without its docstring."""
    statements = function.body[1:] if ast.get_docstring(function) else function.body
    return statements[-1].end_lineno - statements[0].lineno + 1 if statements else 0


def test_files_are_short() -> None:
    """Every file has fewer than 300 lines, but for the one door."""
    lines = {name: len(source.splitlines()) for name, source in SOURCES.items()}
    assert len(lines) > 100  # all are looked at
    long = {name for name, count in lines.items() if count >= FILE_LINES}
    assert long == {THE_ONE_DOOR}


def test_functions_are_short() -> None:
    """Every function's body has 60 lines at most."""
    lines = {
        f"{name}:{function.name}": body_lines(function)
        for name, source in SOURCES.items()
        for function in functions(source)
    }
    assert len(lines) > 1000
    assert {name: count for name, count in lines.items() if count > BODY_LINES} == {}


def test_lines_are_counted() -> None:
    """A docstring is not counted, an inner function is."""
    source = 'def outer():\n    """Say."""\n    def inner():\n        pass\n    return inner\n'
    assert {each.name: body_lines(each) for each in functions(source)} == {"outer": 3, "inner": 1}
