"""Scores as a picture: which points belong to which line, and where a line is broken.

A line never mixes conditions: of each measure those that most checkpoints share are taken, and what
is left out is said. It draws nothing (`catalog.plots` does).
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from catalog.core import spelling
from catalog.core.pictures import (
    AXES,
    MOST_LINES,
    MOST_PANELS,
    MOST_REFERENCES,
    Line,
    Panel,
    Picture,
    Point,
)
from catalog.core.scores import comparing
from catalog.errors import BadInput, CouldNotCheck
from catalog.sql.queries import models
from catalog.verbs import marks, scored, scores
from catalog.verbs.spreading import PLAIN

if TYPE_CHECKING:
    from catalog.core.models import Model
    from catalog.core.scores.rows import ScoreRow
    from catalog.sql.connections import Reader
    from catalog.verbs.meaning import Meaning

METRICS = ("acc",)
_INSTEAD = {
    "tokens": "--over params, or --reference",
    "steps": "--over params, or --reference",
    "params": "--over tokens",
}
"""What to type where nobody knows how much was counted along an axis."""


class Plotted(NamedTuple):
    """A picture, and what is to be said of what is not in it."""

    picture: Picture
    remarks: tuple[str, ...] = ()


def plotted(
    connection: "Reader",
    meaning: "Meaning",
    texts: Sequence[str],
    wanted: scores.Wanted,
    *,
    axis: str = "tokens",
    references: Sequence[str] = (),
) -> Plotted:
    """Return scores of models over tokens, steps or parameters.

    Args:
        connection: an open catalog.
        meaning: what texts mean in it.
        texts: models, suites, REFs and selections.
        wanted: tasks (by default those of the headlines), metrics (by default `acc`), conditions.
        axis: a key of `AXES`; over parameters there is one line a suite, of each model the
            checkpoint that was named, else the last.
        references: models and suites to compare with: their last checkpoints.

    Raises:
        BadInput: no such axis, or too much for one picture.
        CouldNotCheck: there is nothing to draw.
        UnknownName: a text, a task or a metric is unknown.
    """
    if axis not in AXES:
        raise BadInput(f"no axis {axis!r}", f"there are {', '.join(AXES)}")
    wanted = wanted._replace(metrics=wanted.metrics or METRICS, alike=True)
    drawing = _Drawing(connection, axis)
    last_alone = axis == "params"
    shown = drawing.read(_ids(connection, meaning, texts, wanted, last_alone=last_alone), wanted)
    others = wanted._replace(spread=PLAIN)
    ids_beside = _ids(connection, meaning, references, others, last_alone=True)
    beside = drawing.read_if_any(ids_beside, others)
    kept, remarks = scores.sifted([*shown, *beside], wanted)
    if not kept:
        named = ", ".join(texts)
        raise CouldNotCheck(f"no scores of {named} are recorded", "see `catalog evals tasks`")
    ids = {row.checkpoint_id for row in beside} - {row.checkpoint_id for row in shown}
    placed, unplaced = drawing.placed(kept, ids)
    if references and not beside:
        unplaced = (*unplaced, f"not drawn: {', '.join(references)}: no such scores are recorded")
    if twice := dict.fromkeys(row.model for row in beside if row.checkpoint_id not in ids):
        unplaced = (*unplaced, f"no reference, as it is drawn already: {', '.join(twice)}")
    return Plotted(_picture(drawing, placed, ids, axis), (*remarks, *unplaced))


def _ids(
    connection: "Reader",
    meaning: "Meaning",
    texts: Sequence[str],
    wanted: scores.Wanted,
    *,
    last_alone: bool,
) -> list[int]:
    """Return the checkpoints that texts mean; of whole models every scored one, or the last."""
    if not last_alone:
        return [each.id for each in scored.asked(connection, meaning, texts, wanted.spread)]
    meant = scored.written_out(connection, meaning, texts, wanted.spread)
    chosen = [each.checkpoint or scored.last(connection, each.model) for each in meant]
    return list(dict.fromkeys(saved.id for saved in chosen if saved is not None))


class _Drawing:
    """Reads scores, and knows where each belongs along the axis."""

    def __init__(self, connection: "Reader", axis: str) -> None:
        self._connection, self.axis = connection, axis
        self.asked: defaultdict[str, set[int]] = defaultdict(set)
        self.models = {model.name: model for model in models.models(connection)}

    def read(self, ids: Sequence[int], wanted: scores.Wanted) -> "list[ScoreRow]":
        """Return the newest scores of checkpoints, and remember where scores were looked for."""
        if not ids:
            return []
        rows = scores.rows(self._connection, ids, wanted)
        if not wanted.tasks:
            rows = [r for r in rows if comparing.task_name(r.task) in comparing.HEADLINE_TASKS]
        rows = marks.marked(self._connection, comparing.newest(rows, marks.with_runs))
        for row in rows:
            if (at := self.x(row)) is not None:
                self.asked[self.line(row)].add(at)
        if self.axis == "tokens":
            self._asked_by_name(set(ids))
        return rows

    def read_if_any(self, ids: Sequence[int], wanted: scores.Wanted) -> "list[ScoreRow]":
        """Return as `read`: none, where none is of such a task or was made in such a way."""
        try:
            return self.read(ids, wanted)
        except BadInput:
            return []

    def _asked_by_name(self, ids: set[int]) -> None:
        """Remember the checkpoints that have no score at all."""
        for name in list(self.asked):
            for saved in models.checkpoints(self._connection, self.models[name].id):
                if saved.id in ids and saved.tokens_seen is not None:
                    self.asked[name].add(saved.tokens_seen)

    def x(self, row: "ScoreRow") -> int | None:
        """Return where a score belongs along the axis."""
        if self.axis == "params":
            model = self.models[row.model]
            return model.params_total or _named_size(model)
        return row.tokens_seen if self.axis == "tokens" else row.training_step

    def placed(
        self, rows: "list[ScoreRow]", beside: set[int]
    ) -> "tuple[list[ScoreRow], tuple[str, ...]]":
        """Return the scores that belong somewhere, and what is to be said of the others.

        Raises:
            CouldNotCheck: there are only others.
        """
        others = [row for row in rows if self.x(row) is None and row.checkpoint_id not in beside]
        if not others:
            return rows, ()
        names = dict.fromkeys(row.model for row in others)
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        why = f"no {AXES[self.axis]} of {others[0].model}{more} are known"
        there = [row for row in rows if row not in others]
        if all(row.checkpoint_id in beside for row in there):
            raise CouldNotCheck(f"nothing to draw: {why}", f"try {_INSTEAD[self.axis]}")
        return there, (f"not drawn: {why}; try {_INSTEAD[self.axis]}",)

    def line(self, row: "ScoreRow") -> str:
        """Return the line that a score belongs to."""
        return _without_size(self.models[row.model]) if self.axis == "params" else row.model

    @property
    def order(self) -> list[str]:
        """Every line there may be, in the order of suites and sizes."""
        if self.axis == "params":
            return list(dict.fromkeys(map(_without_size, self.models.values())))
        return list(self.models)


def _named_size(model: "Model") -> int | None:
    """Return the parameters that a model's name promises, where nobody counted them."""
    millions = spelling.millions(model.size) if model.size else None
    return round(millions * 1_000_000) if millions else None


def _without_size(model: "Model") -> str:
    """Return what the sizes of one run share of their names: `pythia-deduped`."""
    return re.sub(r"-\d+(\.\d+)?[mb]\d*(?=-|$)", "", model.name, count=1, flags=re.IGNORECASE)


def _picture(drawing: _Drawing, kept: "list[ScoreRow]", beside: set[int], axis: str) -> Picture:
    panels = tuple(_panels(drawing, kept, beside))
    picture = Picture(axis, panels, tuple(_reasons(kept)), tuple(_sources(kept)))
    _require_room(picture)
    shown = json.dumps([axis, panels], separators=(",", ":"))
    return picture._replace(digest=sha256(shown.encode()).hexdigest())


def _require_room(picture: Picture) -> None:
    if len(picture.panels) > MOST_PANELS:
        tasks = f"{len(picture.panels)} tasks are too many for one picture"
        raise BadInput(tasks, f"--task chooses up to {MOST_PANELS}")
    if len(picture.names) > MOST_LINES:
        lines = f"{len(picture.names)} lines are too many for one picture"
        raise BadInput(lines, f"name up to {MOST_LINES} models")
    beside = sum(is_reference for _, is_reference in picture.names)
    if beside > MOST_REFERENCES:
        dashed = f"{beside} dashed lines cannot be told apart"
        raise BadInput(dashed, f"name up to {MOST_REFERENCES} references")


def _panels(drawing: _Drawing, kept: "list[ScoreRow]", beside: set[int]) -> "Iterable[Panel]":
    by_panel: defaultdict[tuple[str, ...], list[ScoreRow]] = defaultdict(list)
    for row in kept:
        # A task with several prompts, or filters of answers, has a panel for each.
        task, metric, *ways = (str(part or "") for part in comparing.measure(row))
        by_panel[task, metric, ", ".join(filter(None, ways))].append(row)
    order = comparing.ordered({task for task, *_ in by_panel})
    for key in sorted(by_panel, key=lambda key: (order.index(key[0]), *key[1:])):
        task, metric, way = key
        rows = by_panel[key]
        shared = comparing.described(comparing.conditions(rows[0]))
        title = f"{task} ({way})" if way else task
        yield Panel(title, metric, shared, tuple(_lines(drawing, rows, beside)))


def _lines(drawing: _Drawing, rows: "list[ScoreRow]", beside: set[int]) -> "Iterable[Line]":
    by_line: defaultdict[tuple[bool, str], dict[int, ScoreRow]] = defaultdict(dict)
    for row in rows:
        at, is_beside = drawing.x(row), row.checkpoint_id in beside
        if at is None and is_beside and drawing.axis != "params":
            at = 0  # a level, wherever it ended
        if at is not None:
            by_line[is_beside, drawing.line(row)].setdefault(at, row)
    order = {name: number for number, name in enumerate(drawing.order)}
    for is_reference, name in sorted(by_line, key=lambda key: (key[0], order[key[1]])):
        there = by_line[is_reference, name]
        missing = set() if is_reference else drawing.asked[name] - set(there)
        yield Line(name, tuple(_points(there, missing)), is_reference)


def _points(there: "dict[int, ScoreRow]", missing: set[int]) -> "Iterable[Point]":
    before: int | None = None
    for at in sorted(there):
        row = there[at]
        gap = before is not None and any(before < other < at for other in missing)
        ref = f"{row.model}@{row.revision or row.training_step}"
        yield Point(at, row.value, row.stderr, ref, row.is_marked, gap)
        before = at


def _reasons(kept: "Iterable[ScoreRow]") -> list[str]:
    """Return why points are marked, each reason with its first checkpoint."""
    owners: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for row in kept:
        findings = [f"finding {rule}" for rule in row.findings]
        for text in (*row.advisories, *findings, *row.remarks):
            owners[row.model, text].append(f"{row.model}@{row.revision or row.training_step}")
    lines = []
    for (_, text), refs in owners.items():
        more = len(set(refs)) - 1
        lines.append(f"{refs[0]}{f' and {more} more' if more else ''}: {text}")
    return lines


def _sources(kept: "Iterable[ScoreRow]") -> list[str]:
    return list(dict.fromkeys(row.source or row.path for row in kept))
