"""A picture that can be saved, printed and shown in a notebook: what `Catalog.plot` returns.

`catalog.api` is the public half, and nothing here is meant to be called from elsewhere.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from catalog import __version__
from catalog.core.pictures import Grid, Picture
from catalog.errors import BadInput, one_line

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from catalog.documents.rows import Rows
    from catalog.plots.styles import Style


@dataclass(frozen=True, slots=True, repr=False)
class Drawing:
    """A picture, ready to be drawn.

    Attributes:
        picture: what it shows.
        log: whether the horizontal axis is logarithmic.
    """

    picture: "Picture | Grid"
    log: bool = True

    def __repr__(self) -> str:
        return f"<Drawing of {self.picture.title}>"

    def render(self, form: str, *, style: str = "paper", columns: int | None = None) -> bytes:
        """Return it as the bytes of a file; the same picture always gives the same.

        Args:
            form: `png`, `svg` or `pdf`.
            style: `paper`, `talk` or `dark`.
            columns: how many columns of a paper it is wide: 1 (3.25 in) or 2 (6.75 in); by default
                1 for one panel, 2 for several and for verdicts.

        Raises:
            BadInput: no such form, style or width.
            MissingExtra: Matplotlib is not installed (extra `plot`).
        """
        from catalog.plots import files
        from catalog.plots.styles import COLUMN_INCHES, STYLES

        wide = self._columns if columns is None else columns
        if form not in files.FORMS:
            raise BadInput(
                f"no such picture: {form or 'it has no ending'}", "write png, svg or pdf"
            )
        if style not in STYLES or wide not in COLUMN_INCHES:
            raise BadInput(f"no style {style!r} of {wide} columns", "paper, talk or dark; 1 or 2")

        def draw(look: "Style") -> "Figure":
            from catalog.plots import scores, verdicts

            if isinstance(self.picture, Grid):
                return verdicts.draw(self.picture, look, columns=wide)
            return scores.draw(self.picture, look, columns=wide, log=self.log)

        return files.rendered(draw, form, style, self._words)

    @property
    def _columns(self) -> int:
        one = isinstance(self.picture, Picture) and len(self.picture.panels) == 1
        return 1 if one else 2

    @property
    def _words(self) -> dict[str, str]:
        picture = self.picture
        if isinstance(picture, Grid):
            seen = zip(picture.models, picture.days, strict=True)
            made_of = "; ".join(f"{model} seen {day or 'on an unknown day'}" for model, day in seen)
        else:
            measured = (f"{p.task} {p.metric}: {p.conditions}" for p in picture.panels)
            lines = ", ".join(name for name, _ in picture.names)
            sources = "; ".join(picture.sources)
            made_of = f"{lines}; {'; '.join(measured)}; {sources}; sha256:{picture.digest}"
        program = f"checkpoint-catalog {__version__}"
        return {
            "title": one_line(picture.title),
            "made_of": one_line(made_of),
            "program": program,
        }

    def save(
        self, file: str | os.PathLike[str], *, style: str = "paper", columns: int | None = None
    ) -> None:
        """Write it to a file, whose ending says in which form; arguments as `render`.

        Raises:
            BadInput: no such form, style or width.
            MissingExtra: Matplotlib is not installed (extra `plot`).
        """
        place = Path(file)
        form = place.suffix.lower().removeprefix(".")
        place.write_bytes(self.render(form, style=style, columns=columns))

    @property
    def unwritable(self) -> str:
        """The letters of its names for which the font of files has none: boxes stand for them.

        Raises:
            MissingExtra: Matplotlib is not installed (extra `plot`).
        """
        from catalog.plots import files

        return files.unwritable(one_line(self.picture.words))

    def text(self, width: int = 80) -> str:
        """Return it in characters, for a terminal of so many columns."""
        from catalog.plots import terminal

        if isinstance(self.picture, Grid):
            return terminal.grid(self.picture, width)
        return terminal.scores(self.picture, width, log=self.log)

    @property
    def rows(self) -> "Rows[object]":
        """What it shows as rows: a point each, or a branch each."""
        from catalog.documents.rows import Rows

        return Rows((self.picture,), "pictures:rows")

    def _repr_png_(self) -> bytes:
        """Return it for a notebook."""
        return self.render("png")
