"""Figures as files whose bytes depend on nothing but what they show: no date, no random name."""

import io
import warnings
from importlib import import_module
from typing import TYPE_CHECKING, Any

from catalog.errors import MissingExtra
from catalog.plots.styles import FONT, STYLES, Style

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.figure import Figure

FORMS = ("png", "svg", "pdf")
DOTS = 300
"""Dots per inch of a PNG."""


def rendered(
    draw: "Callable[[Style], Figure]", form: str, style: str, words: dict[str, str]
) -> bytes:
    """Return a figure as the bytes of a file.

    Args:
        draw: makes it.
        form: one of `FORMS`.
        style: a key of `STYLES`.
        words: `title`, `made_of` and `program`, which stay in the file.

    Raises:
        MissingExtra: Matplotlib is not installed.
    """
    library("matplotlib")
    from matplotlib import style as styling  # noqa: PLC0415 - for a picture alone

    look = STYLES[style]
    written = io.BytesIO()
    with styling.context(look.settings(), after_reset=True), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph")  # a letter that the font lacks is a box
        figure = draw(look)
        figure.savefig(written, format=form, dpi=DOTS, metadata=_metadata(form, words))
    return written.getvalue()


def unwritable(text: str) -> str:
    """Return the letters of a text for which the font has none, each once; boxes stand for them.

    Raises:
        MissingExtra: Matplotlib is not installed.
    """
    library("matplotlib")
    from matplotlib import font_manager  # noqa: PLC0415 - for a picture alone

    font = font_manager.get_font(font_manager.findfont(FONT))
    return "".join(dict.fromkeys(sign for sign in text if not font.get_char_index(ord(sign))))


def _metadata(form: str, words: dict[str, str]) -> dict[str, Any]:
    title, made_of, program = words["title"], words["made_of"], words["program"]
    if form == "png":
        return {"Software": program, "Title": title, "Description": made_of}
    if form == "svg":
        return {"Date": None, "Creator": program, "Title": title, "Description": made_of}
    return {
        "CreationDate": None,
        "ModDate": None,
        "Creator": program,
        "Producer": program,
        "Title": title,
        "Subject": made_of,
    }


def library(name: str) -> Any:  # noqa: ANN401 - a module
    """Return a library of plots.

    Raises:
        MissingExtra: it is not installed.
    """
    try:
        return import_module(name)
    except ImportError as error:
        raise MissingExtra(name, "plot") from error
