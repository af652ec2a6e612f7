"""Pictures as text: by plotext where it is installed, else one line of bars a model.

What cannot be told apart in characters (bands, hollow points) is left out; the numbers are in every
other format.
"""

from math import log10
from typing import Any

from catalog.core.pictures import AXES, Grid, Line, Panel, Picture
from catalog.errors import MissingExtra
from catalog.plots.files import library
from catalog.plots.scores import short

_BARS = " ▁▂▃▄▅▆▇█"
_SIGNS = "ox+*#@%&=~abcdefghijklmnpqrstuvwyz"
_VERDICTS = {
    "own": "·",
    "expected-equal": "=",
    "alias": "a",
    "same-as": "X",
    "spliced": "%",
    "incomplete": "i",
    "missing": "-",
    "suspect": "?",
    "unknown": " ",
}


def scores(picture: Picture, width: int, *, log: bool = True) -> str:
    """Return a picture of scores, no line wider than `width`."""
    try:
        plotext = library("plotext")
    except MissingExtra:
        return "\n".join(line for panel in picture.panels for line in _plain(panel, picture, width))
    parts = []
    for panel in picture.panels:
        plotext.clear_figure()
        plotext.theme("clear")
        plotext.plot_size(width, 18)
        plotext.title(f"{panel.task} {panel.metric}")
        plotext.xlabel(AXES[picture.axis])
        _lines(plotext, panel, log=log)
        drawn = plotext.uncolorize(plotext.build())
        parts += [line.rstrip() for line in drawn.splitlines()]
        parts += [f"  {sign} {line.name}" for sign, line in zip(_SIGNS, panel.lines, strict=False)]
        parts.append("")
    return "\n".join(parts).rstrip()


def _lines(plotext: Any, panel: Panel, *, log: bool) -> None:  # noqa: ANN401 - a module
    """Plot every line of a panel; a logarithmic axis begins at its first point above 0."""
    positive = sorted({p.x for line in panel.lines for p in line.points if p.x > 0})
    scaled = log and bool(positive)

    def place(x: float) -> float:
        return log10(max(x, positive[0] / 2)) if scaled else x

    for sign, line in zip(_SIGNS, panel.lines, strict=False):
        points = [point for point in line.points if point.x > 0 or not scaled]
        if line.is_reference and len(line.points) == 1 and positive:
            ends = [place(positive[0]), place(positive[-1])]
            plotext.plot(ends, [line.points[0].value] * 2, marker=sign)
        elif points:
            xs, ys = [place(point.x) for point in points], [point.value for point in points]
            plotext.plot(xs, ys, marker=sign)
    if positive:
        ticks = [positive[0], positive[len(positive) // 2], positive[-1]]
        plotext.xticks([place(tick) for tick in ticks], [short(tick) for tick in ticks])


def _plain(panel: Panel, picture: Picture, width: int) -> list[str]:
    """Return a panel as one line of bars a model, between its lowest and highest score."""
    values = [point.value for line in panel.lines for point in line.points]
    low, high = min(values), max(values)
    head = f"{panel.task} {panel.metric}: {low:.4g} to {high:.4g}, over {AXES[picture.axis]}"
    wide = max(len(line.name) for line in panel.lines)
    room = max(8, width - wide - 24)
    return [head, *(_bars(line, wide, room, (low, high)) for line in panel.lines), ""]


def _bars(line: Line, wide: int, room: int, bounds: tuple[float, float]) -> str:
    low, high = bounds
    step = max(1, -(-len(line.points) // room))
    some = line.points[::step]
    span = (high - low) or 1.0
    bars = "".join(_BARS[1 + round((p.value - low) / span * (len(_BARS) - 2))] for p in some)
    first, last = short(line.points[0].x), short(line.points[-1].x)
    return f"  {line.name.ljust(wide)}  {first} {bars} {last}"


def grid(value: Grid, width: int) -> str:
    """Return a grid of verdicts, one sign a branch; long rows go on below."""
    wide = max(len(name) for name in value.models)
    room = max(10, width - wide - 4)
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
