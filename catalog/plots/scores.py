"""Draws scores: lines with bands of standard errors, small multiples, one legend below them all."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from math import ceil, hypot
from typing import TYPE_CHECKING

from catalog.core.pictures import AXES, Line, Panel, Picture, Point
from catalog.errors import one_line
from catalog.plots import axes as scales
from catalog.plots import legends
from catalog.plots.amounts import LOGARITHMIC
from catalog.plots.legends import Look
from catalog.plots.styles import COLUMN_INCHES, DASHES, MARKERS, Style
from catalog.plots.titles import wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LETTER = 0.07
"""Inches that a letter of a title takes."""
_CROWDED = 1.0
"""Signs of one line stand at least so many of their widths apart, else some are left out."""


def draw(picture: Picture, style: Style, *, columns: int = 1, log: bool = True) -> "Figure":
    """Return a figure.

    Args:
        picture: what to show.
        style: how it looks.
        columns: how many of a paper's columns it is wide, 1 or 2.
        log: whether the horizontal axis is logarithmic.
    """
    from matplotlib.figure import Figure  # noqa: PLC0415 - for a picture alone

    across = _across(len(picture.panels), columns)
    down = ceil(len(picture.panels) / across)
    looks = _looks(picture, style)
    width = COLUMN_INCHES[columns]
    panel_width, panel_height = width / across, _panel_height(width / across)
    height = down * panel_height + legends.height(picture, columns) + 0.4
    figure = Figure(figsize=(width * style.scale, height * style.scale), layout="constrained")
    every = figure.subplots(down, across, squeeze=False).flat
    one_metric = len({panel.metric for panel in picture.panels}) == 1
    for number, axes in enumerate(every):
        if number >= len(picture.panels):
            axes.set_visible(False)
            continue
        panel = picture.panels[number]
        _panel(axes, panel, looks, style, panel_width)
        scales.across(axes, picture, log=log, narrow=panel_width < 2)  # noqa: PLR2004 - inches
        scales.up(axes, panel)
        _signs(axes, panel, looks, style, (panel_width, panel_height))
        if not one_metric or number % across == 0:
            axes.set_ylabel(panel.metric)
        if number + across >= len(picture.panels):  # nothing stands below it
            axes.set_xlabel(AXES[picture.axis])
    legends.draw(figure, picture, looks, style, columns)
    return figure


def _across(panels: int, columns: int) -> int:
    """Return how many panels stand side by side."""
    if panels == 1:
        return 1
    if columns == 1:
        return min(panels, 2)
    return 4 if panels == 4 else min(panels, 3)  # noqa: PLR2004 - a row of one below three is a gap


def _panel_height(width: float) -> float:
    return max(1.35, min(2.3, width * 0.72))


def _looks(picture: Picture, style: Style) -> dict[tuple[str, bool], Look]:
    """Return how each line is drawn, the same in every panel."""
    own = [name for name in picture.names if not name[1]]
    others = [name for name in picture.names if name[1]]
    colours = style.colours if len(own) <= len(style.colours) else _ramp(len(own), style)
    looks = {
        name: Look(colours[number % len(colours)], MARKERS[number % len(MARKERS)], None)
        for number, name in enumerate(own)
    }
    greys = style.faint
    return looks | {
        name: Look(greys[number // len(DASHES) % len(greys)], "", DASHES[number % len(DASHES)])
        for number, name in enumerate(others)
    }


def _ramp(count: int, style: Style) -> list[str]:
    """Return colours from dark to light, which stay in order in grey and for everybody's eyes."""
    from matplotlib import colormaps, colors  # noqa: PLC0415 - for a picture alone

    dark = style.paper < "#888888"
    low, high = (0.25, 1.0) if dark else (0.0, 0.85)
    steps = [low + (high - low) * number / (count - 1) for number in range(count)]
    return [colors.to_hex(colormaps["viridis"](step)) for step in steps]


# One panel -------------------------------------------------------------------------------------


def _panel(
    axes: "Axes",
    panel: Panel,
    looks: Mapping[tuple[str, bool], Look],
    style: Style,
    width: float,
) -> None:
    axes.set_title(wrapped(one_line(panel.task), max(12, int(width / _LETTER))))
    axes.grid(visible=True, axis="y", color=style.faint[0], alpha=0.25, linewidth=0.4 * style.scale)
    axes.set_axisbelow(True)
    for line in sorted(panel.lines, key=lambda line: not line.is_reference):
        look = looks[line.name, line.is_reference]
        if line.is_level:
            _level(axes, line.points[0], look)
        else:
            _line(axes, line, look, log=panel.metric in LOGARITHMIC)


def _level(axes: "Axes", point: Point, look: Look) -> None:
    """Draw a reference's one score all along the axis."""
    axes.axhline(point.value, color=look.colour, dashes=look.dashes)
    if point.stderr:
        low, high = point.value - point.stderr, point.value + point.stderr
        axes.axhspan(low, high, color=look.colour, alpha=0.12, linewidth=0)


def _line(axes: "Axes", line: Line, look: Look, *, log: bool) -> None:
    for run in _runs(line.points):
        _band(axes, run, look, log=log)
        xs, ys = [p.x for p in run], [p.value for p in run]
        (drawn,) = axes.plot(xs, ys, color=look.colour)
        if look.dashes:
            drawn.set_dashes(look.dashes)
    for first, second in pairwise(line.points):
        if second.after_gap:
            xs, ys = [first.x, second.x], [first.value, second.value]
            axes.plot(xs, ys, color=look.colour, linestyle=(0, (0.8, 1.8)), alpha=0.8)


def _runs(points: Sequence[Point]) -> Iterator[list[Point]]:
    """Yield the stretches of a line between its gaps."""
    run: list[Point] = []
    for point in points:
        if point.after_gap:
            yield run
            run = []
        run.append(point)
    yield run


def _band(axes: "Axes", run: Sequence[Point], look: Look, *, log: bool) -> None:
    """Draw one standard error above and below; a logarithm has room for no more than a tenth."""
    known = [(point, point.stderr) for point in run if point.stderr is not None]
    xs = [point.x for point, _ in known]
    lows = [max(p.value - error, p.value / 10) if log else p.value - error for p, error in known]
    highs = [point.value + error for point, error in known]
    if len(run) == 1:  # a band of one point has no width
        axes.vlines(xs, lows, highs, color=look.colour, alpha=0.5)
        return
    axes.fill_between(xs, lows, highs, color=look.colour, alpha=0.22, linewidth=0)


# Signs -----------------------------------------------------------------------------------------


def _signs(
    axes: "Axes",
    panel: Panel,
    looks: Mapping[tuple[str, bool], Look],
    style: Style,
    inches: tuple[float, float],
) -> None:
    """Draw the points of lines, those with a mark hollow and on top."""
    size = 3.2 if inches[0] > 2 else 2.6  # noqa: PLR2004 - inches
    for line in panel.lines:
        look = looks[line.name, line.is_reference]
        for marked in (False, True) if look.marker else ():
            some = [point for point in line.points if point.marked is marked]
            kept = _apart(axes, some, size * _CROWDED, inches)
            axes.plot(
                [point.x for point in kept],
                [point.value for point in kept],
                look.marker,
                color=look.colour,
                markersize=size * style.scale,
                markeredgewidth=0.8 * style.scale,
                markerfacecolor=style.paper if marked else look.colour,
                zorder=4 + marked / 2,
            )


def _apart(
    axes: "Axes", points: Sequence[Point], least: float, inches: tuple[float, float]
) -> list[Point]:
    """Return the points whose signs do not run into one another, the last one always."""
    axes.autoscale_view()  # settles the limits
    to_share = axes.transScale + axes.transLimits
    width, height = (72 * 0.85 * side for side in inches)  # what the labels leave, in points
    kept: list[tuple[float, float, Point]] = []
    for point in reversed(points):
        across, up = to_share.transform((point.x, point.value))
        x, y = across * width, up * height
        if all(hypot(x - there[0], y - there[1]) >= least for there in kept[-40:]):
            kept.append((x, y, point))
    return [point for _, _, point in reversed(kept)]
