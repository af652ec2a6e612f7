"""Tables as text: aligned for people, Markdown for pages, cells for CSV. Prints nothing."""

import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from catalog.errors import one_line

GAP = "  "
_NUMBERS = (int, float, type(None))
NARROWEST = 24
"""Characters that a column of words keeps before others give way; its longest word in any case."""


class Column(NamedTuple):
    """One column.

    Attributes:
        key: of the row's object; also the title, where there is none.
        title: above it.
        gives_way: the higher, the earlier a narrow terminal leaves it out; 0: never.
        wraps: it holds words, which may go on in a second line.
        cell: what to show of a row, where that is not the value at `key`.
    """

    key: str
    title: str = ""
    gives_way: int = 0
    wraps: bool = False
    cell: Callable[[Mapping[str, Any]], object] | None = None

    def of(self, row: Mapping[str, Any]) -> object:
        """Return what to show of a row."""
        return row.get(self.key) if self.cell is None else self.cell(row)


def cell(value: object) -> str:
    """Return a value as a table shows it, in one line: grouped integers, a dash for nothing."""
    return one_line(_worded(value))


def _worded(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return str(value)


def plain_cell(value: object) -> str:
    """Return a value as a script reads it: no grouping, nothing for nothing."""
    return "" if value is None else str(value)


def csv_cell(value: object) -> object:
    """Return a value as CSV holds it."""
    if isinstance(value, list | tuple):
        return " ".join(map(str, value))
    return "" if value is None else value


def aligned(
    columns: Sequence[Column], rows: Sequence[Mapping[str, Any]], width: int | None
) -> tuple[list[str], list[str]]:
    """Return an aligned table's lines, and the titles of the columns that had to give way.

    Args:
        columns: in order.
        rows: what they show.
        width: of the terminal in characters; None: as wide as it comes, and nothing gives way.
    """
    kept = _shown(columns, rows)
    left_out: list[str] = []
    while width is not None and _least(kept) > width:
        least = max(kept, key=lambda shown: shown.column.gives_way)
        if not least.column.gives_way:
            break
        kept.remove(least)
        left_out.append(least.column.title or least.column.key)
    return list(_lines(kept, width)), left_out


def fits(columns: Sequence[Column], rows: Sequence[Mapping[str, Any]], width: int | None) -> bool:
    """Return whether a table has room with every column."""
    return width is None or _least(_shown(columns, rows)) <= width


class _Shown(NamedTuple):
    """A column with what it shows, the title first.

    Attributes:
        column: it.
        texts: what it shows.
        wide: characters of the longest of them.
        numeric: it shows numbers alone.
    """

    column: Column
    texts: list[str]
    wide: int
    numeric: bool


def _shown(columns: Sequence[Column], rows: Sequence[Mapping[str, Any]]) -> list[_Shown]:
    """Return columns with what they show: each value is worded once."""
    shown = []
    for column in columns:
        values = [column.of(row) for row in rows]
        texts = [one_line(column.title or column.key), *map(cell, values)]
        numeric = bool(rows) and all(isinstance(value, _NUMBERS) for value in values)
        shown.append(_Shown(column, texts, max(map(len, texts)), numeric))
    return shown


def _least(shown: Sequence[_Shown]) -> int:
    """Return the narrowest that a table can be."""
    return sum(_floors(shown)) + len(GAP) * (len(shown) - 1)


def _floors(shown: Sequence[_Shown], least: int = NARROWEST) -> list[int]:
    """Return how narrow each column can be: nothing is broken inside a word."""
    return [
        min(each.wide, max(least, *map(_longest_word, each.texts[1:]), 0))
        if each.column.wraps
        else each.wide
        for each in shown
    ]


def _longest_word(text: str) -> int:
    return max((len(word) for word in text.split()), default=0)


def _lines(shown: Sequence[_Shown], width: int | None) -> Iterator[str]:
    widths = [each.wide for each in shown]
    for least in (NARROWEST, 0):
        widths = _fitted(widths, _floors(shown, least), width)
    columns, numeric = [each.column for each in shown], [each.numeric for each in shown]
    for texts in zip(*(each.texts for each in shown), strict=True):
        yield from _row(columns, texts, widths, numeric)


def _fitted(widths: list[int], floors: list[int], width: int | None) -> list[int]:
    """Return the widths with which a table fits, as far as words wrap; the widest give first."""
    if width is None:
        return widths
    over = sum(widths) + len(GAP) * (len(widths) - 1) - width
    fitted = list(widths)
    for number in sorted(range(len(widths)), key=lambda n: -widths[n]):
        if over > 0:
            fitted[number] = max(floors[number], widths[number] - over)
            over -= widths[number] - fitted[number]
    return fitted


def _row(
    columns: Sequence[Column], texts: Sequence[str], widths: Sequence[int], numeric: Sequence[bool]
) -> Iterator[str]:
    """Yield the lines of one row; words that wrap go on below their own column."""
    cells = [
        _broken(text, wide) if column.wraps else [text]
        for column, text, wide in zip(columns, texts, widths, strict=True)
    ]
    for number in range(max(len(lines) for lines in cells)):
        padded = (
            text.rjust(wide) if right else text.ljust(wide)
            for text, wide, right in zip(
                (lines[number] if number < len(lines) else "" for lines in cells),
                widths,
                numeric,
                strict=True,
            )
        )
        yield GAP.join(padded).rstrip()


def _broken(text: str, width: int) -> list[str]:
    if len(text) <= width:
        return [text]
    return textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False) or [""]


def wrapped(text: str, width: int | None, *, hang: int | None = None) -> list[str]:
    """Return a line as several that fit, broken between words.

    Args:
        text: one line, perhaps indented.
        width: in characters; None leaves it whole.
        hang: how far what follows is indented; by default two more than the line.
    """
    if width is None or len(text) <= width:
        return [text]
    indent = len(text) - len(text.lstrip())
    after = indent + len(GAP) if hang is None else min(hang, width // 2)
    return textwrap.wrap(
        text,
        width,
        subsequent_indent=" " * after,
        drop_whitespace=True,
        break_long_words=False,
        break_on_hyphens=False,
        replace_whitespace=False,
    )


def markdown(columns: Sequence[Column], rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the lines of a Markdown table; numbers stand to the right."""
    listed = list(rows)
    yield "| " + " | ".join(one_line(column.title or column.key) for column in columns) + " |"
    right = [
        bool(listed) and all(isinstance(column.of(row), int | float | None) for row in listed)
        for column in columns
    ]
    yield "| " + " | ".join("---:" if number else "---" for number in right) + " |"
    for row in listed:
        texts = (cell(column.of(row)).replace("|", "\\|") for column in columns)
        yield "| " + " | ".join(texts) + " |"
