"""Python that does not parse, without the lines at which it does not.

Python 2 prints, a merge leaves its marks, a magic stands in a cell: what is around them still is
Python.
"""

import ast
import warnings

MOST_PARSED = 1_500_000
"""Characters that are parsed as Python: its parser takes a hundred bytes for each."""
MOST_MENDED = 60
"""Lines that a source may be without to parse."""


def parsed(source: str, mode: str = "exec") -> "ast.Module | ast.Expression | None":
    """Return a syntax tree, None where there is none."""
    tree = _tree(source, mode)
    return tree if isinstance(tree, ast.Module | ast.Expression) else None


def mended(source: str) -> tuple[str, list[int]]:
    """Return a source without the lines at which it does not parse, and their numbers.

    Each becomes a `pass`, so that what follows keeps its line; with too many it stays unparsed.
    """
    lines, left_out = source.split("\n"), list[int]()
    for _ in range(min(MOST_MENDED, MOST_PARSED // (len(source) + 1))):
        tree = _tree("\n".join(lines), "exec")
        number = tree if isinstance(tree, int) else None
        if number is None or not lines[min(number, len(lines)) - 1].strip():
            break
        line = lines[number - 1]
        if line.strip() == "pass":
            lines[number - 1] = ""
        else:
            lines[number - 1] = passing(line)
            left_out.append(number)
    return "\n".join(lines), sorted(left_out)


def passing(line: str) -> str:
    """Return a `pass` in the place of a line, as far indented."""
    return line[: len(line) - len(line.lstrip())] + "pass"


def _tree(source: str, mode: str) -> "ast.AST | int | None":
    """Return a syntax tree, else the line at which there is none, None where nobody can tell."""
    if len(source) > MOST_PARSED:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a source's odd escapes are its own business
            return ast.parse(source, mode=mode)
    except SyntaxError as error:
        return error.lineno or None
    except (ValueError, RecursionError, MemoryError):
        return None
