"""How pictures look: sizes of paper, colours that all eyes tell apart, marks for print in grey.

Colours are Okabe and Ito's (https://jfly.uni-koeln.de/color/), without yellow, which white paper
swallows; of more lines than these have, a scale from dark to light. Draws nothing.
"""

from typing import Any, NamedTuple

COLUMN_INCHES = {1: 3.25, 2: 6.75}
"""Widths of one and of two columns of a paper."""
_ON_WHITE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
_ON_BLACK = ("#56B4E9", "#E69F00", "#009E73", "#CC79A7", "#F0E442", "#D55E00", "#FFFFFF")
_ON_WHITE_FAINT = ("#767676", "#000000", "#A8A8A8")
_ON_BLACK_FAINT = ("#9AA0A6", "#F2F2F2", "#6B7177")
FONT = "DejaVu Sans"
"""Comes with Matplotlib: the same letters on every machine."""
LETTER = 7.5
"""Height of letters in a paper, in points."""
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "p", "h", "*")
DASHES = (
    (4.0, 1.6),
    (1.0, 1.3),
    (6.5, 1.5, 1.0, 1.5),
    (9.0, 2.5),
    (5.0, 1.4, 1.0, 1.4, 1.0, 1.4),
    (2.2, 1.2),
)
"""Of references, which also take the greys of a style in turn, so that no two are alike."""


class Style(NamedTuple):
    """How a picture looks.

    Attributes:
        scale: of every length and letter, against a paper's.
        ink: of axes and letters.
        paper: behind it.
        faint: greys of what stands back, the usual one first.
        colours: of lines.
    """

    scale: float
    ink: str
    paper: str
    faint: tuple[str, ...]
    colours: tuple[str, ...]

    @property
    def points(self) -> float:
        """Height of letters in points."""
        return LETTER * self.scale

    def settings(self) -> dict[str, Any]:
        """Return Matplotlib's settings: the same picture on every machine."""
        points = self.points
        return {
            "font.family": FONT,
            "font.size": points,
            "axes.titlesize": points,
            "axes.labelsize": points,
            "xtick.labelsize": points * 0.9,
            "ytick.labelsize": points * 0.9,
            "legend.fontsize": points * 0.9,
            "axes.linewidth": 0.6 * self.scale,
            "xtick.major.width": 0.6 * self.scale,
            "ytick.major.width": 0.6 * self.scale,
            "xtick.major.size": 2.5 * self.scale,
            "ytick.major.size": 2.5 * self.scale,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "text.parse_math": False,  # names come from outside, and `$` is none of a formula
            "text.color": self.ink,
            "axes.edgecolor": self.ink,
            "axes.labelcolor": self.ink,
            "axes.titlecolor": self.ink,
            "xtick.color": self.ink,
            "ytick.color": self.ink,
            "axes.facecolor": self.paper,
            "figure.facecolor": self.paper,
            "savefig.facecolor": self.paper,
            "lines.linewidth": 1.0 * self.scale,
            "hatch.linewidth": 0.5 * self.scale,
            "pdf.fonttype": 42,
            "svg.fonttype": "path",
            "svg.hashsalt": "checkpoint-catalog",
        }


STYLES = {
    "paper": Style(1.0, "#000000", "#FFFFFF", _ON_WHITE_FAINT, _ON_WHITE),
    "talk": Style(2.0, "#000000", "#FFFFFF", _ON_WHITE_FAINT, _ON_WHITE),
    "dark": Style(1.0, "#F2F2F2", "#101418", _ON_BLACK_FAINT, _ON_BLACK),
}
