"""Where in a TOML text something stands, so that an error can name its line.

`tomllib` forgets lines. We ask it again about beginnings of the text: a value starts on the
first line without which it would not be there. That holds for every spelling TOML allows, and
costs a few parses, only when something is wrong.
"""

import re
import tomllib
from bisect import bisect_left
from collections.abc import Sequence

MOST_PARSED = 4_000_000
"""Characters that may be parsed in search of a line: some five seconds."""
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
    document = tomllib.loads(text)
    while path and not _has(document, path):
        path = path[:-1]
    if not path:
        return 1
    tried = _Tried(text)
    try:
        start = bisect_left(
            range(len(tried.lines)), 1, key=lambda n: _has(tried.settled(n)[1], path)
        )
        end, _ = tried.settled(start)
    except _TooLongError:  # a nearby line is better than no answer
        start, end = 1, len(tried.lines)
        word = word or str(path[-1])
    within = (n for n in range(start, end + 1) if word and word in tried.lines[n - 1])
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
    tried = _Tried("\n".join(lines))
    try:
        whole = next(n for n in range(len(lines), -1, -1) if tried.parsed(n) is not None)
    except _TooLongError:
        return int(match[1]) if match else 1
    rest = (n for n in range(whole + 1, len(lines) + 1) if _says_something(lines[n - 1]))
    return next(rest, len(lines))


def _says_something(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


class _TooLongError(Exception):
    """So much was parsed in search of a line that the search is given up."""


class _Tried:
    """A text of which beginnings are parsed, up to `MOST_PARSED` characters in all."""

    def __init__(self, text: str) -> None:
        self.lines = text.split("\n")
        self._left = MOST_PARSED

    def parsed(self, count: int) -> dict[str, object] | None:
        """Return what the first lines hold, None where they are no TOML."""
        text = "\n".join(self.lines[:count])
        self._left -= len(text)
        if self._left < 0:
            raise _TooLongError
        try:
            return tomllib.loads(text)
        except (ValueError, RecursionError):
            return None

    def settled(self, count: int) -> tuple[int, object]:
        """Return the shortest beginning of at least `count` lines that parses."""
        for longer in range(count, len(self.lines) + 1):
            document = self.parsed(longer)
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
