"""Axes of scores: one horizontal scale for all panels, few ticks, and no number that cannot be."""

from collections.abc import Iterable, Sequence
from math import ceil, floor, log10
from typing import TYPE_CHECKING

from catalog.core.pictures import Panel, Picture
from catalog.plots.amounts import LOGARITHMIC, level, short

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MOST_TICKS = 5
_BELOW_ZERO = 0.04
"""Room below a zero that no score can go under, as a share of what is above it."""


def amounts(panels: Iterable[Panel]) -> list[int]:
    """Return where points stand along the horizontal axis; levels stand nowhere."""
    return sorted({p.x for panel in panels for line in panel.lines for p in line.moving})


def across(axes: "Axes", picture: Picture, *, log: bool, narrow: bool) -> None:
    """Set the horizontal scale, the same in every panel, and few enough ticks for their labels."""
    xs = amounts(picture.panels)
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

        margin = (xs[-1] - xs[0]) * 0.03 or xs[-1] * 0.5 or 1.0
        axes.set_xlim(xs[0] - margin, xs[-1] + margin)
        axes.xaxis.set_major_locator(MaxNLocator(most - 1))
    axes.xaxis.set_major_formatter(lambda value, _: short(value))


def up(axes: "Axes", panel: Panel) -> None:
    """Set the vertical scale: decades of what is logarithmic, else nothing far below zero."""
    values = [point.value for line in panel.lines for point in line.points]
    low, high = axes.get_ylim()
    if panel.metric in LOGARITHMIC and min(values) > 0:
        axes.set_yscale("log")
        low, high = axes.get_ylim()
        ticks = _decades(low, high, _MOST_TICKS)
        if len(ticks) < 2:  # noqa: PLR2004 - a scale needs two
            from matplotlib.ticker import MaxNLocator  # noqa: PLC0415 - for a picture alone

            ticks = [tick for tick in MaxNLocator(4).tick_values(low, high) if low <= tick <= high]
        axes.set_yticks(ticks)
        axes.minorticks_off()
        axes.yaxis.set_major_formatter(lambda value, _: level(value))
    elif min(values) >= 0 > low:
        axes.set_ylim(bottom=max(low, -_BELOW_ZERO * high))


def _decades(low: float, high: float, most: int) -> list[float]:
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
