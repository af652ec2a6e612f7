"""Draws scores: lines with bands of standard errors, small multiples, one legend below them all."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import ceil, floor, log10
from textwrap import fill
from typing import TYPE_CHECKING, Any, NamedTuple

from catalog.core.pictures import AXES, Line, Panel, Picture, Point
from catalog.errors import one_line
from catalog.plots.amounts import short
from catalog.plots.styles import COLUMN_INCHES, DASHES, MARKERS, Style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LOGARITHMIC = ("perplexity", "word_perplexity", "byte_perplexity")
_MOST_TICKS = 5
_LETTER = 0.07
"""Inches that a letter of a title takes."""


class Look(NamedTuple):
    """How one line is drawn."""

    colour: str
    marker: str
    dashes: tuple[float, ...] | None


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
    legend = _legend_rows(picture, columns)
    width = COLUMN_INCHES[columns]
    height = down * _panel_height(width / across) + 0.17 * legend + 0.35
    figure = Figure(figsize=(width * style.scale, height * style.scale), layout="constrained")
    every = figure.subplots(down, across, squeeze=False).flat
    one_metric = len({panel.metric for panel in picture.panels}) == 1
    for number, axes in enumerate(every):
        if number >= len(picture.panels):
            axes.set_visible(False)
            continue
        panel = picture.panels[number]
        _panel(axes, panel, looks, style, width / across)
        _scale(axes, picture, panel, log=log, narrow=width / across < 2)  # noqa: PLR2004 - inches
        if not one_metric or number % across == 0:
            axes.set_ylabel(panel.metric)
        if number + across >= len(picture.panels):  # nothing stands below it
            axes.set_xlabel(AXES[picture.axis])
    _legend(figure, picture, looks, style, columns)
    return figure


def _across(panels: int, columns: int) -> int:
    """Return how many panels stand side by side."""
    if panels == 1:
        return 1
    return min(panels, 2 if columns == 1 else 3 if panels != 4 else 4)  # noqa: PLR2004 - two rows of two leave gaps


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
    return looks | {
        name: Look(style.faint, "", DASHES[number % len(DASHES)])
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
    axes: "Axes", panel: Panel, looks: dict[tuple[str, bool], Look], style: Style, width: float
) -> None:
    axes.set_title(fill(one_line(panel.task), max(12, int(width / _LETTER))))
    axes.grid(visible=True, axis="y", color=style.faint, alpha=0.25, linewidth=0.4 * style.scale)
    axes.set_axisbelow(True)
    for line in sorted(panel.lines, key=lambda line: not line.is_reference):
        look = looks[line.name, line.is_reference]
        if line.is_reference and len(line.points) == 1:
            axes.axhline(line.points[0].value, color=look.colour, dashes=look.dashes)
        else:
            _line(axes, line, look, style, width, panel.metric)


def _line(axes: "Axes", line: Line, look: Look, style: Style, width: float, metric: str) -> None:
    size = (3.2 if width > 2 else 2.6) * style.scale  # noqa: PLR2004 - inches
    for run in _runs(line.points):
        _band(axes, run, look, log=metric in _LOGARITHMIC)
        xs, ys = [p.x for p in run], [p.value for p in run]
        (drawn,) = axes.plot(xs, ys, color=look.colour)
        if look.dashes:
            drawn.set_dashes(look.dashes)
    for first, second in pairwise(line.points):
        if second.after_gap:
            xs, ys = [first.x, second.x], [first.value, second.value]
            axes.plot(xs, ys, color=look.colour, linestyle=(0, (0.8, 1.8)), alpha=0.8)
    if look.marker:
        for marked in (False, True):
            some = [point for point in line.points if point.marked is marked]
            axes.plot(
                [point.x for point in some],
                [point.value for point in some],
                look.marker,
                color=look.colour,
                markersize=size,
                markeredgewidth=0.8 * style.scale,
                markerfacecolor=style.paper if marked else look.colour,
                zorder=4,
            )


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
    axes.fill_between(
        [point.x for point, _ in known],
        [max(p.value - error, p.value / 10) if log else p.value - error for p, error in known],
        [point.value + error for point, error in known],
        color=look.colour,
        alpha=0.22,
        linewidth=0,
    )


# Axes ------------------------------------------------------------------------------------------


def _scale(axes: "Axes", picture: Picture, panel: Panel, *, log: bool, narrow: bool) -> None:
    """Set the scales, and few enough ticks that their labels have room."""
    xs = sorted({p.x for line in panel.lines for p in line.points if not _is_level(line)})
    if panel.metric in _LOGARITHMIC:
        axes.set_yscale("log")
    most = _MOST_TICKS - narrow
    if not xs:
        axes.set_xticks([])
        return
    if log and xs[-1] > 0:
        positive = next(x for x in xs if x > 0)
        if xs[0] > 0:
            axes.set_xscale("log")
            axes.set_xlim(xs[0] / 1.6, xs[-1] * 1.6)
        else:
            axes.set_xscale("symlog", linthresh=positive, linscale=0.4)
            axes.set_xlim(-positive / 2, xs[-1] * 1.6)
        ticks = _decades(positive, xs[-1], most - (xs[0] <= 0))
        if picture.axis == "params" or len(ticks) < 2:  # noqa: PLR2004 - a scale needs two
            ticks = _spread(xs, most)
        axes.set_xticks([0, *ticks] if xs[0] <= 0 else ticks)
        axes.minorticks_off()
    else:
        from matplotlib.ticker import MaxNLocator  # noqa: PLC0415 - for a picture alone

        axes.xaxis.set_major_locator(MaxNLocator(most - 1))
    axes.xaxis.set_major_formatter(lambda value, _: short(value))


def _is_level(line: Line) -> bool:
    return line.is_reference and len(line.points) == 1


def _decades(low: int, high: int, most: int) -> list[float]:
    """Return powers of ten within an axis, evenly thinned out."""
    powers = list(range(ceil(log10(low)), floor(log10(high)) + 1))
    step = max(1, ceil(len(powers) / most))
    return [10.0**power for power in reversed(powers[::-1][::step])]


def _spread(xs: Sequence[int], most: int) -> list[float]:
    """Return some of the places themselves, far enough apart on a logarithmic axis."""
    room = log10(xs[-1] / xs[0]) / most if xs[0] > 0 and xs[-1] > xs[0] else 0.0
    ticks: list[float] = []
    for x in xs:
        if x > 0 and (not ticks or log10(x / ticks[-1]) >= room):
            ticks.append(x)
    return ticks


# The legend ------------------------------------------------------------------------------------


def _entries(picture: Picture) -> list[str]:
    return [name for name, _ in picture.names] + (["marked"] if _has_marked(picture) else [])


def _has_marked(picture: Picture) -> bool:
    return any(p.marked for panel in picture.panels for line in panel.lines for p in line.points)


def _legend_columns(picture: Picture, columns: int) -> int:
    """Return how many entries fit beside one another: the longest decides."""
    longest = max(len(entry) for entry in _entries(picture))
    return max(1, int(COLUMN_INCHES[columns] / (0.42 + 0.066 * longest)))


def _legend_rows(picture: Picture, columns: int) -> int:
    return ceil(len(_entries(picture)) / _legend_columns(picture, columns))


def _legend(
    figure: "Figure",
    picture: Picture,
    looks: dict[tuple[str, bool], Look],
    style: Style,
    columns: int,
) -> None:
    from matplotlib.lines import Line2D  # noqa: PLC0415 - for a picture alone

    handles = []
    for (name, is_reference), look in looks.items():
        more: dict[str, Any] = {} if is_reference else {"marker": look.marker}
        handle = Line2D([], [], color=look.colour, label=name, markersize=3 * style.scale, **more)
        if look.dashes:
            handle.set_dashes(look.dashes)
        handles.append(handle)
    if _has_marked(picture):
        hollow: dict[str, Any] = {"marker": "o", "markerfacecolor": style.paper, "linestyle": ""}
        label, size = "marked (!)", 3 * style.scale
        handles.append(Line2D([], [], color=style.ink, label=label, markersize=size, **hollow))
    figure.legend(
        handles=handles,
        loc="outside lower center",
        ncols=min(len(handles), _legend_columns(picture, columns)),
        frameon=False,
        handlelength=2.2,
        columnspacing=1.0,
        handletextpad=0.5,
        borderaxespad=0.2,
        labelspacing=0.35,
    )
