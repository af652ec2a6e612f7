"""Draws the verdicts of branches: a row a model, a column a step.

Good verdicts are light, bad ones dark; which bad one it is the colour says, and in grey the part of
the cell that is filled.
"""

from itertools import groupby, pairwise
from math import ceil, nan
from typing import TYPE_CHECKING, Any, NamedTuple

from catalog.core.pictures import Grid
from catalog.plots.styles import COLUMN_INCHES, Style

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.legend_handler import HandlerPatch
    from matplotlib.patches import Patch


class Cell(NamedTuple):
    """How a verdict is drawn.

    Attributes:
        colour: of the filled part.
        low: where that begins, 0 at the foot of the cell.
        high: where it ends.
        words: what the legend says.
    """

    colour: str
    low: float
    high: float
    words: str


_EMPTY = "#E4E4E4"
CELLS = {
    "own": Cell("#BFDDF0", 0.0, 1.0, "own"),
    "expected-equal": Cell("#8DB96B", 0.4, 0.6, "expected equal"),
    "alias": Cell("#CC79A7", 0.0, 0.5, "alias"),
    "same-as": Cell("#B23A00", 0.0, 1.0, "same as another"),
    "spliced": Cell("#000000", 0.5, 1.0, "spliced"),
    "incomplete": Cell("#5A4A00", 0.25, 0.75, "incomplete"),
    "missing": Cell("#000000", 0.0, 0.2, "missing"),
    "suspect": Cell("#E69F00", 0.5, 1.0, "suspect"),
    "unknown": Cell(_EMPTY, 0.0, 0.0, "unknown"),
}
"""Every branch verdict, the good ones first."""


def draw(grid: Grid, style: Style, *, columns: int = 2) -> "Figure":
    """Return a figure.

    Args:
        grid: what to show.
        style: how it looks.
        columns: how many of a paper's columns it is wide, 1 or 2.
    """
    from matplotlib.figure import Figure  # noqa: PLC0415 - for a picture alone

    width = COLUMN_INCHES[columns]
    there = [word for word in CELLS if any(word in row for row in grid.cells)]
    across = 2 * columns + columns // 2
    height = 0.62 + 0.2 * len(grid.models) + 0.17 * ceil(len(there) / across)
    figure = Figure(figsize=(width * style.scale, height * style.scale), layout="constrained")
    axes = figure.subplots()
    _cells(axes, grid, style)
    _labels(axes, grid, most=4 * columns)
    _legend(figure, there, across)
    return figure


def _cells(axes: "Axes", grid: Grid, style: Style) -> None:
    """Draw every verdict's cells at once, as one collection each."""
    from matplotlib.collections import PolyCollection  # noqa: PLC0415 - for a picture alone

    for word, cell in CELLS.items():
        places = [(row, *run) for row, cells in enumerate(grid.cells) for run in _runs(cells, word)]
        for low, high, colour in ((0.0, 1.0, _EMPTY), (cell.low, cell.high, cell.colour)):
            corners = [_corners(row, run, low, high) for row, *run in places]
            if corners and low < high:
                drawn: Any = PolyCollection(corners, facecolor=colour, linewidth=0)
                axes.add_collection(drawn)
    for row in range(1, len(grid.models)):
        axes.axhline(row, color=style.paper, linewidth=1.6 * style.scale)


def _runs(cells: "Sequence[str | None]", word: str) -> "Iterator[tuple[int, int]]":
    """Yield where neighbours of one verdict begin, and where they end."""
    column = 0
    for verdict, group in groupby(cells):
        count = len(list(group))
        if verdict == word:
            yield column, column + count
        column += count


def _corners(row: int, run: "Sequence[int]", low: float, high: float) -> list[tuple[float, float]]:
    top, foot = row + 1 - high, row + 1 - low
    left, right = run
    return [(left, foot), (right, foot), (right, top), (left, top)]


def _labels(axes: "Axes", grid: Grid, *, most: int) -> None:
    axes.set_xlim(0, len(grid.steps))
    axes.set_ylim(len(grid.models), 0)
    axes.set_yticks([row + 0.5 for row in range(len(grid.models))], grid.models)
    axes.tick_params(axis="y", length=0)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    shown = labelled(grid.steps, most)
    axes.set_xticks(
        [number + 0.5 for number in shown], [grid.steps[n].removeprefix("step") for n in shown]
    )
    axes.set_xlabel("branch (step)")


def labelled(steps: "Sequence[str]", most: int) -> list[int]:
    """Return which columns have a label: the ends, and round steps between them.

    Args:
        steps: names of the columns; they are not evenly spaced in training.
        most: labels that have room.
    """
    last = len(steps) - 1
    room = last / most
    for unit in (lead * 10**power for power in range(9) for lead in (1, 2, 5)):
        shown = [number for number, step in enumerate(steps) if _step(step) % unit == 0]
        if all(second - first >= room for first, second in pairwise(shown)):
            break
    if len(shown) < 3:  # noqa: PLR2004 - no scale: then evenly
        shown = list(range(0, last, max(1, ceil(room))))
    return [number for number in shown if last - number >= room * 0.7] + [last]


def _step(name: str) -> float:
    digits = name.removeprefix("step")
    return int(digits) if digits.isdecimal() else nan


def _legend(figure: "Figure", there: list[str], across: int) -> None:
    from matplotlib.patches import Patch  # noqa: PLC0415 - for a picture alone

    cells = {Patch(label=CELLS[word].words): CELLS[word] for word in there}
    figure.legend(
        handles=list(cells),
        handler_map={Patch: _filling(cells)},
        loc="outside lower center",
        ncols=min(len(cells), across),
        frameon=False,
        handlelength=1.2,
        columnspacing=1.0,
        borderaxespad=0.2,
    )


def _filling(cells: "Mapping[Patch, Cell]") -> "HandlerPatch":
    """Return what draws a verdict in the legend as in its cell, which grey print needs."""
    from matplotlib.legend_handler import HandlerPatch  # noqa: PLC0415 - for a picture alone
    from matplotlib.patches import Rectangle  # noqa: PLC0415

    class Filled(HandlerPatch):
        def create_artists(
            self,
            _legend: Any,  # noqa: ANN401
            handle: Any,  # noqa: ANN401
            x: float,
            y: float,
            width: float,
            height: float,
            _size: float,
            trans: Any,  # noqa: ANN401
        ) -> list[Any]:
            cell = cells[handle]
            foot, high = y - height * 0.15, height * 1.3
            filled = (x, foot + cell.low * high), width, (cell.high - cell.low) * high
            made = [
                Rectangle((x, foot), width, high, facecolor=_EMPTY, linewidth=0),
                Rectangle(*filled, facecolor=cell.colour, linewidth=0),
            ]
            for each in made:
                each.set_transform(trans)
            return made

    return Filled()
