"""Where in a TOML text something stands, so that an error can name its line.

`tomllib` forgets lines. We ask it again about beginnings of the text: a value starts on the
first line without which it would not be there. That holds for every spelling TOML allows, and
costs a few parses, only when something is wrong.
"""

import re
import tomllib
from bisect import bisect_left
from collections.abc import Sequence

Path = Sequence[str | int]
_SAID = re.compile(r"\(at line (\d+), column \d+\)")
_BEGINS = re.compile(r"\s*([\w.\"'-]+\s*=|\[)")


def line_of(text: str, path: Path, word: str = "") -> int:
    """Return the line, from 1, on which the value at `path` starts.

    Args:
        text: a TOML document that parses.
        path: keys and array positions from the top; what does not exist is cut off.
        word: narrows a value of many lines to the first one with this text.
    """
    lines = text.split("\n")
    while path and not _has(tomllib.loads(text), path):
        path = path[:-1]
    if not path:
        return 1
    start = bisect_left(range(len(lines)), 1, key=lambda n: _has(_settled(lines, n)[1], path))
    end, _ = _settled(lines, start)
    within = (n for n in range(start, end + 1) if word and word in lines[n - 1])
    return next(within, start)


def syntax_line(text: str, error: Exception) -> int:
    """Return the line on which a text stops being TOML.

    For an array that is never closed, that is the line on which it begins, not the one on which
    the parser noticed.
    """
    lines = text.split("\n")
    match = _SAID.search(str(error))
    # An open bracket is noticed where the next thing begins: look for where it was opened.
    if match and not ("Unclosed" in str(error) and _BEGINS.match(lines[int(match[1]) - 1])):
        return int(match[1])
    lines = lines[: int(match[1]) - 1] if match else lines
    whole = next(n for n in range(len(lines), -1, -1) if _parsed(lines, n) is not None)
    rest = (n for n in range(whole + 1, len(lines) + 1) if _says_something(lines[n - 1]))
    return next(rest, len(lines))


def _says_something(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _parsed(lines: list[str], count: int) -> dict[str, object] | None:
    try:
        return tomllib.loads("\n".join(lines[:count]))
    except (ValueError, RecursionError):
        return None


def _settled(lines: list[str], count: int) -> tuple[int, object]:
    """Return the shortest beginning of at least `count` lines that parses."""
    for longer in range(count, len(lines) + 1):
        document = _parsed(lines, longer)
        if document is not None:
            return longer, document
    raise AssertionError("the whole text parses")


def _has(document: object, path: Path) -> bool:
    for step in path:
        if isinstance(step, int):
            if not isinstance(document, list) or step >= len(document):
                return False
            document = document[step]
        else:
            if not isinstance(document, dict) or step not in document:
                return False
            document = document[step]
    return True
