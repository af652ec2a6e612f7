"""Pictures that commands write: where to, in which form, and what may be written over."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.errors import BadInput

from . import output, writing

if TYPE_CHECKING:
    from catalog._door.drawing import Drawing

SIGNS = {".png": b"\x89PNG", ".svg": b"<svg", ".pdf": b"%PDF"}
"""What stands at the beginning of each kind of picture."""


class Style(StrEnum):
    """How a picture looks."""

    PAPER = "paper"
    TALK = "talk"
    DARK = "dark"


def require_place(file: Path) -> None:
    """Refuse a file before the work whose picture it shall hold.

    Raises:
        BadInput: it is called like no picture, or there is something else.
        CouldNotCheck: it cannot be written there.
    """
    sign = SIGNS.get(file.suffix.lower())
    if sign is None:
        raise BadInput(f"{file}: its name says no form", f"end it in {', '.join(SIGNS)}")
    writing.require_place(file)
    if not writing.may_replace(file, sign):
        raise BadInput(f"{file} is there and no such picture", "write to another name")


def write(
    drawing: "Drawing", file: Path, *, style: Style = Style.PAPER, columns: int | None = None
) -> None:
    """Write a picture, whole or not at all, over an older picture of the kind.

    Raises:
        CouldNotCheck: it cannot be written.
        MissingExtra: Matplotlib is not installed.
    """
    form = file.suffix.lower().removeprefix(".")
    writing.write_file(file, drawing.render(form, style=style, columns=columns))
    output.say(f"wrote {file}")
