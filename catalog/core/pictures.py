"""What a picture shows, before anybody draws it: lines over an axis, and a grid of verdicts.

Values alone: no colours, no sizes, no library of plots (`catalog.plots` is for those).
"""

from typing import NamedTuple

AXES = {"tokens": "training tokens", "steps": "training steps", "params": "parameters"}
"""What may be counted along the horizontal axis, and how it is labelled."""
MOST_LINES, MOST_PANELS = 24, 30
MOST_REFERENCES = 18
"""Dashed lines that can be told apart."""


class Point(NamedTuple):
    """One score in a picture.

    Attributes:
        x: tokens, steps or parameters.
        value: the score.
        stderr: its standard error, None where it has none.
        ref: which checkpoint.
        marked: there is something to know before it is used.
        after_gap: between it and the point before it one was asked for and is not there.
    """

    x: int
    value: float
    stderr: float | None
    ref: str
    marked: bool = False
    after_gap: bool = False


class Line(NamedTuple):
    """The scores of one model on one task, or of one suite over its sizes.

    Attributes:
        name: what the legend calls it.
        points: in order of x; of a reference with one point only its value counts.
        is_reference: it stands there to compare with.
    """

    name: str
    points: tuple[Point, ...]
    is_reference: bool = False

    @property
    def is_level(self) -> bool:
        """Whether it is the same all along the axis: a reference with one point."""
        return self.is_reference and len(self.points) == 1

    @property
    def moving(self) -> tuple[Point, ...]:
        """The points that stand somewhere along the axis."""
        return () if self.is_level else self.points


class Panel(NamedTuple):
    """One small multiple.

    Attributes:
        task: which task, as it is called in every version of the harness, with its prompt or
            filter in brackets where it has one.
        metric: which metric.
        conditions: what all its scores share, in words.
        lines: those to show.
    """

    task: str
    metric: str
    conditions: str
    lines: tuple[Line, ...]


class Picture(NamedTuple):
    """Scores over tokens, steps or parameters.

    Attributes:
        axis: a key of `AXES`.
        panels: in order.
        reasons: why points are marked, one line each.
        sources: titles of where the scores came from.
        digest: SHA-256 of everything that is shown, hex.
    """

    axis: str
    panels: tuple[Panel, ...]
    reasons: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    digest: str = ""

    @property
    def names(self) -> tuple[tuple[str, bool], ...]:
        """Every line's name once, and whether it is a reference, in order."""
        lines = (line for panel in self.panels for line in panel.lines)
        return tuple(dict.fromkeys((line.name, line.is_reference) for line in lines))

    @property
    def has_marked(self) -> bool:
        """Whether a point in it has a mark."""
        return any(p.marked for panel in self.panels for line in panel.lines for p in line.points)

    @property
    def words(self) -> str:
        """What stands in it beside numbers."""
        tasks = [word for panel in self.panels for word in (panel.task, panel.metric)]
        return "".join([*tasks, *(name for name, _ in self.names)])

    @property
    def title(self) -> str:
        """What it shows, in one line."""
        tasks = ", ".join(dict.fromkeys(panel.task for panel in self.panels))
        return f"{tasks} over {AXES[self.axis]}"


class Grid(NamedTuple):
    """Verdicts of branches: a row a model, a column a step.

    Attributes:
        models: names of the rows.
        steps: names of the columns, in the order of training.
        cells: verdict of each row's columns; None where there is no such branch.
        days: when each repository was seen last, as text.
        reasons: none; as a picture has them.
    """

    models: tuple[str, ...]
    steps: tuple[str, ...]
    cells: tuple[tuple[str | None, ...], ...]
    days: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """What stands in it beside numbers."""
        return "".join([*self.models, *self.steps])

    @property
    def title(self) -> str:
        """What it shows, in one line."""
        return "what the branches hold"
