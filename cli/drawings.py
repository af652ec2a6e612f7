"""Pictures that commands write: where to, in which form, and what may be written over."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.errors import BadInput, one_line

from . import output, writing

if TYPE_CHECKING:
    from catalog._door.drawing import Drawing

SIGNS = {".png": b"\x89PNG", ".svg": b"<svg", ".pdf": b"%PDF"}
"""What stands at the beginning of each kind of picture."""
HERE = Path("-")
"""Asks for a picture in characters, where the rest is printed."""
WIDTH = 80
"""Columns of what is no terminal."""
OURS = b"checkpoint-catalog"
"""What a picture of ours says of its maker: a PDF at its end, the others at their beginning."""


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
    if not writing.may_replace(file, sign) or not _may_be_ours(file):
        raise BadInput(f"{file} is there and no picture of ours", "write to another name")


def _may_be_ours(file: Path) -> bool:
    """Return whether a file is empty or an earlier picture: a slip must cost nobody a paper."""
    if not file.is_file() or not file.stat().st_size:
        return True
    with file.open("rb") as stream:
        beginning = stream.read(4096)
        stream.seek(max(0, file.stat().st_size - 4096))
        return OURS in beginning + stream.read()


def write(
    drawing: "Drawing", file: Path, *, style: Style = Style.PAPER, columns: int | None = None
) -> None:
    """Write a picture, whole or not at all, over an older picture of the kind; print it for `HERE`.

    Raises:
        CouldNotCheck: it cannot be written.
        MissingExtra: Matplotlib is not installed.
    """
    if file == HERE:
        output.write_lines(["", *map(one_line, drawing.text(output.width() or WIDTH).split("\n"))])
        return
    form = file.suffix.lower().removeprefix(".")
    writing.write_file(file, drawing.render(form, style=style, columns=columns))
    output.say(f"wrote {file}")
    if boxes := drawing.unwritable:
        output.say(f"boxes stand for {boxes}, for which the font has no letters")
