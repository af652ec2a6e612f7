"""Pictures in characters, for a terminal and for files of text. Needs no library.

What characters cannot show (bands of errors, dashes) is left out: every other format has it.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import log10

from catalog.core.pictures import AXES, Grid, Line, Panel, Picture, Point
from catalog.plots.amounts import LOGARITHMIC, short
from catalog.plots.titles import wrapped

_HEIGHT = 14
_SIGNS = "ox+*#@%&=~abcdefghijklmnpqrstuvwyz"
_MARKED, _LEVEL, _BETWEEN = "!", "-", "."
_MARGIN = 9
_ZERO = 4
"""Places that 0 takes before a logarithm begins."""
_VERDICTS = {
    "own": ".",
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
        log: whether the horizontal axis is logarithmic; 0 stands apart before it.
    """
    panels = (_panel(panel, picture.axis, max(width, 40), log=log) for panel in picture.panels)
    lines = [line.rstrip() for panel in panels for line in panel]
    if picture.has_marked:
        lines.append(f"{_MARKED} marked: there is something to know before it is used")
    return "\n".join([*lines, *(f"  {reason}" for reason in picture.reasons)]).rstrip()


class _Scale:
    """Where amounts stand on so many places of a line: by themselves, or by their logarithm."""

    def __init__(self, amounts: Sequence[float], places: int, *, log: bool) -> None:
        positive = [amount for amount in amounts if amount > 0]
        self.log = log and bool(positive)
        self.low, self.high = (min(positive), max(amounts)) if self.log else _ends(amounts)
        self.begins_at_zero = self.log and len(positive) < len(amounts)
        self._first = _ZERO if self.begins_at_zero else 0
        self._last = places - 1

    def place(self, amount: float) -> int:
        """Return where an amount stands; what no logarithm has, at the beginning."""
        low, high = self.low, self.high
        if self.log:
            if amount <= 0:
                return 0
            low, high, amount = log10(low), log10(high), log10(amount)
        share = (amount - low) / (high - low) if high > low else 0.5
        return self._first + round(share * (self._last - self._first))


def _ends(amounts: Sequence[float]) -> tuple[float, float]:
    return (min(amounts), max(amounts)) if amounts else (0.0, 0.0)


class _Canvas:
    """Characters between the corners of a panel."""

    def __init__(self, panel: Panel, width: int, *, log: bool) -> None:
        values = [p.value for line in panel.lines for p in line.points]
        moving = [p.x for line in panel.lines for p in line.moving]
        self.width = width - _MARGIN
        self.across = _Scale(moving, self.width, log=log)
        self.up = _Scale(values, _HEIGHT, log=panel.metric in LOGARITHMIC and min(values) > 0)
        self.rows = [[" "] * self.width for _ in range(_HEIGHT)]

    def row(self, value: float) -> int:
        """Return where a score stands, the highest at the top."""
        return _HEIGHT - 1 - self.up.place(value)

    def put(self, column: int, row: int, sign: str) -> None:
        """Write a sign, except over another one; what only leads to a point gives way."""
        if self.rows[row][column] in (" ", _BETWEEN, _LEVEL):
            self.rows[row][column] = sign

    def draw(self, line: Line, sign: str) -> None:
        """Draw a line: its points, and dots that lead from one to the next."""
        if line.is_level:
            for column in range(self.width):
                self.put(column, self.row(line.points[0].value), _LEVEL)
            return
        for point in line.points:
            self.put(self.across.place(point.x), self.row(point.value), self._sign(point, sign))
        for first, second in pairwise(line.points):
            if not second.after_gap:
                self._lead(first, second)

    @staticmethod
    def _sign(point: Point, sign: str) -> str:
        return _MARKED if point.marked else sign

    def _lead(self, first: Point, second: Point) -> None:
        start, end = self.across.place(first.x), self.across.place(second.x)
        low, high = self.row(first.value), self.row(second.value)
        for column in range(start + 1, end):
            row = round(low + (column - start) / (end - start) * (high - low))
            if self.rows[row][column] == " ":
                self.rows[row][column] = _BETWEEN


def _panel(panel: Panel, axis: str, width: int, *, log: bool) -> Iterator[str]:
    canvas = _Canvas(panel, width, log=log)
    for sign, line in zip(_SIGNS, panel.lines, strict=False):
        canvas.draw(line, sign)
    title = f"{panel.task}, {panel.metric}{', logarithmic' if canvas.up.log else ''}"
    yield from wrapped(title, width).split("\n")
    values = (canvas.up.low, canvas.up.high)
    labels = {canvas.row(value): f"{value:.4g}" for value in values}
    for number, row in enumerate(canvas.rows):
        yield f"{labels.get(number, ''):>{_MARGIN - 2}} |{''.join(row)}"
    yield f"{'':>{_MARGIN}}{_ruler(canvas, axis)}"
    for sign, line in zip(_SIGNS, panel.lines, strict=False):
        level = f" {line.points[0].value:.4g}" if line.is_level else ""
        yield f"  {_LEVEL if line.is_level else sign} {line.name}{level}"
    yield ""


def _ruler(canvas: _Canvas, axis: str) -> str:
    """Return the line below a panel: where the axis begins and ends, and what is counted."""
    scale, width = canvas.across, canvas.width
    if scale.low == scale.high and not scale.begins_at_zero:
        return f"{short(scale.low)} {AXES[axis]}".center(width).rstrip()
    named = f"{AXES[axis]}{', logarithmic' if scale.log else ''}"
    zero = "0".ljust(_ZERO) if scale.begins_at_zero else ""
    first, last = zero + short(scale.low), short(scale.high)
    return f"{first}{named:^{width - len(first) - len(last)}}{last}"


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
