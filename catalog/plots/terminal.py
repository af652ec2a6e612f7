"""Pictures in characters, for a terminal and for files of text. Needs no library.

What characters cannot show (bands of errors, dashes) is left out: every other format has it.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import log10

from catalog.core.pictures import AXES, Grid, Line, Panel, Picture, Point
from catalog.plots.amounts import short

_HEIGHT = 14
_SIGNS = "ox+*#@%&=~abcdefghijklmnpqrstuvwyz"
_MARKED, _LEVEL, _BETWEEN = "!", "-", "."
_MARGIN = 9
_VERDICTS = {
    "own": "·",
    "expected-equal": "=",
    "alias": "a",
    "same-as": "X",
    "spliced": "%",
    "incomplete": "i",
    "missing": "-",
    "suspect": "?",
    "unknown": "_",
}


# Scores ----------------------------------------------------------------------------------------


def scores(picture: Picture, width: int, *, log: bool = True) -> str:
    """Return a picture of scores.

    Args:
        picture: what to show.
        width: characters of a line, at the most.
        log: whether the horizontal axis is logarithmic; it begins with the first amount above 0.
    """
    panels = (_panel(panel, picture.axis, max(width, 40), log=log) for panel in picture.panels)
    lines = [line.rstrip() for panel in panels for line in panel]
    if _has_marked(picture.panels):
        lines.append(f"{_MARKED} marked: there is something to know before it is used")
    return "\n".join([*lines, *(f"  {reason}" for reason in picture.reasons)]).rstrip()


def _has_marked(panels: Sequence[Panel]) -> bool:
    return any(p.marked for panel in panels for line in panel.lines for p in line.points)


class _Canvas:
    """Characters between the corners of a panel."""

    def __init__(self, panel: Panel, width: int, *, log: bool) -> None:
        points = [p for line in panel.lines for p in line.points]
        moving = [p.x for line in panel.lines if not _is_level(line) for p in line.points]
        positive = sorted(x for x in moving if x > 0)
        self.log = log and bool(positive)
        self.low_x, self.high_x = self._ends(positive if self.log else sorted(moving) or [0])
        self.low = min(p.value for p in points)
        self.high = max(p.value for p in points)
        self.width = width - _MARGIN
        self.rows = [[" "] * self.width for _ in range(_HEIGHT)]

    @staticmethod
    def _ends(xs: Sequence[int]) -> tuple[int, int]:
        return xs[0], xs[-1]

    def column(self, x: float) -> int:
        """Return where an amount stands."""
        low, high, at = float(self.low_x), float(self.high_x), float(x)
        if self.log:
            low, high, at = log10(low), log10(high), log10(max(at, low))
        return round((at - low) / ((high - low) or 1.0) * (self.width - 1))

    def row(self, value: float) -> int:
        """Return where a score stands, the highest at the top."""
        share = (value - self.low) / ((self.high - self.low) or 1.0)
        return _HEIGHT - 1 - round(share * (_HEIGHT - 1))

    def put(self, column: int, row: int, sign: str) -> None:
        """Write a sign, except over another one; what only leads to a point gives way."""
        if self.rows[row][column] in (" ", _BETWEEN, _LEVEL):
            self.rows[row][column] = sign

    def draw(self, line: Line, sign: str) -> None:
        """Draw a line: its points, and dots that lead from one to the next."""
        if _is_level(line):
            for column in range(self.width):
                self.put(column, self.row(line.points[0].value), _LEVEL)
            return
        points = [point for point in line.points if point.x > 0 or not self.log]
        for point in points:
            self.put(self.column(point.x), self.row(point.value), self._sign(point, sign))
        for first, second in pairwise(points):
            if not second.after_gap:
                self._lead(first, second)

    @staticmethod
    def _sign(point: Point, sign: str) -> str:
        return _MARKED if point.marked else sign

    def _lead(self, first: Point, second: Point) -> None:
        start, end = self.column(first.x), self.column(second.x)
        for column in range(start + 1, end):
            share = (column - start) / (end - start)
            row = self.row(first.value + share * (second.value - first.value))
            if self.rows[row][column] == " ":
                self.rows[row][column] = _BETWEEN


def _is_level(line: Line) -> bool:
    return line.is_reference and len(line.points) == 1


def _panel(panel: Panel, axis: str, width: int, *, log: bool) -> Iterator[str]:
    canvas = _Canvas(panel, width, log=log)
    for sign, line in zip(_SIGNS, panel.lines, strict=False):
        canvas.draw(line, sign)
    yield f"{panel.task}, {panel.metric}"
    for number, row in enumerate(canvas.rows):
        label = {0: f"{canvas.high:.4g}", _HEIGHT - 1: f"{canvas.low:.4g}"}.get(number, "")
        yield f"{label:>{_MARGIN - 2}} |{''.join(row)}"
    first, last = short(canvas.low_x), short(canvas.high_x)
    named = f"{AXES[axis]}{', logarithmic' if canvas.log else ''}"
    yield f"{'':>{_MARGIN - 1}}{first}{named:^{canvas.width - len(first) - len(last) + 1}}{last}"
    for sign, line in zip(_SIGNS, panel.lines, strict=False):
        level = f" {line.points[0].value:.4g}" if _is_level(line) else ""
        yield f"  {_LEVEL if _is_level(line) else sign} {line.name}{level}"
    yield ""


# Verdicts --------------------------------------------------------------------------------------


def grid(value: Grid, width: int) -> str:
    """Return a grid of verdicts, one sign a branch; long rows go on below."""
    wide = max(len(name) for name in value.models)
    room = max(10, width - wide - 2)
    lines = []
    for start in range(0, len(value.steps), room):
        some = value.steps[start : start + room]
        lines.append(f"{''.ljust(wide)}  {some[0]}..{some[-1]}")
        for name, row in zip(value.models, value.cells, strict=True):
            signs = "".join(_VERDICTS.get(cell or "", " ") for cell in row[start : start + room])
            lines.append(f"{name.ljust(wide)}  {signs}".rstrip())
    there = {cell for row in value.cells for cell in row if cell}
    key = ", ".join(f"{sign} {word}" for word, sign in _VERDICTS.items() if word in there)
    return "\n".join([*lines, key])
