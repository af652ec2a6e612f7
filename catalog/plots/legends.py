"""The legend below a picture of scores: each line once, as many side by side as there is room."""

from collections.abc import Mapping
from math import ceil
from typing import TYPE_CHECKING, Any, NamedTuple

from catalog.core.pictures import Picture
from catalog.plots.styles import COLUMN_INCHES, LETTER, Style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MARKED = "marked (!)"
_HANDLE, _PAD, _BETWEEN, _SPACING = 2.6, 0.5, 1.0, 0.35
"""In letters' heights: the sample of a line, before its name, between columns, between rows."""
_POINTS = 72


class Look(NamedTuple):
    """How one line is drawn."""

    colour: str
    marker: str
    dashes: tuple[float, ...] | None


def height(picture: Picture, columns: int) -> float:
    """Return how many inches it is high, in the scale of a paper."""
    rows = ceil(len(_entries(picture)) / _across(picture, columns))
    return rows * LETTER * (1 + _SPACING) / _POINTS + 0.1


def draw(
    figure: "Figure",
    picture: Picture,
    looks: Mapping[tuple[str, bool], Look],
    style: Style,
    columns: int,
) -> None:
    """Draw it outside of every panel, so that it covers nothing."""
    from matplotlib.lines import Line2D  # noqa: PLC0415 - for a picture alone

    handles = []
    for (name, is_reference), look in looks.items():
        more: dict[str, Any] = {} if is_reference else {"marker": look.marker}
        handle = Line2D([], [], color=look.colour, label=name, markersize=3 * style.scale, **more)
        if look.dashes:
            handle.set_dashes(look.dashes)
        handles.append(handle)
    if picture.has_marked:
        hollow: dict[str, Any] = {"marker": "o", "markerfacecolor": style.paper, "linestyle": ""}
        size = 3 * style.scale
        handles.append(Line2D([], [], color=style.ink, label=MARKED, markersize=size, **hollow))
    figure.legend(
        handles=handles,
        loc="outside lower center",
        ncols=min(len(handles), _across(picture, columns)),
        frameon=False,
        handlelength=_HANDLE,
        columnspacing=_BETWEEN,
        handletextpad=_PAD,
        borderaxespad=0.2,
        labelspacing=_SPACING,
    )


def _entries(picture: Picture) -> list[str]:
    return [name for name, _ in picture.names] + ([MARKED] if picture.has_marked else [])


def _letter() -> float:
    """Return the height of its letters in points."""
    from matplotlib import rcParams  # noqa: PLC0415 - for a picture alone

    return float(rcParams["legend.fontsize"])


def _across(picture: Picture, columns: int) -> int:
    """Return how many entries fit beside one another: the longest name decides."""
    from matplotlib import rcParams  # noqa: PLC0415 - for a picture alone
    from matplotlib.font_manager import FontProperties  # noqa: PLC0415
    from matplotlib.textpath import text_to_path  # noqa: PLC0415

    letter = _letter()
    font = FontProperties(family=rcParams["font.family"], size=letter)
    widths = [
        text_to_path.get_text_width_height_descent(entry, font, ismath=False)[0]
        for entry in _entries(picture)
    ]
    entry = max(widths) + (_HANDLE + _PAD) * letter
    scale = rcParams["font.size"] / LETTER
    room = COLUMN_INCHES[columns] * scale * _POINTS - letter
    return max(1, int((room + _BETWEEN * letter) / (entry + _BETWEEN * letter)))
