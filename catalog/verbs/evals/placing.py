"""Finds the checkpoint that an evaluation scored, through names, places and grids."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from catalog.core import names
from catalog.core.models import Checkpoint
from catalog.core.scores import labels, places, settle
from catalog.core.scores.settle import Settled
from catalog.core.scores.values import Document, Evaluation, Note, Score, Statement
from catalog.errors import BadInput
from catalog.sql.queries import models
from catalog.sql.records.placed import Figure, Measures, Placed

if TYPE_CHECKING:
    from catalog.sql.connections import Reader

_OWNED = re.compile(r"([\w.-]+)/[\w.-]+")


@dataclass(frozen=True, slots=True)
class Location:
    """Where an evaluation belongs, in words and in the row that says so."""

    model: str
    checkpoint: Checkpoint
    placed: Placed


class Placer:
    """Places documents; remembers names and grids, which do not change during an import."""

    def __init__(self, connection: "Reader") -> None:
        self._connection = connection
        self._index = models.index(connection)
        self._repos = {entry.model: entry.repo_id for entry in self._index.entries}
        self._families = {word for name in self._repos for word in labels.read(name).words[:1]}
        self._owners = {repo.partition("/")[0] for repo in self._repos.values() if repo}
        self._grids: dict[str, list[Checkpoint]] = {}
        self._answers: dict[tuple[str, date | None], names.Answer] = {}

    def place(
        self, document: Document, path: str, measures: Measures, *, withdrawn: str | None = None
    ) -> list[Location]:
        """Return where each evaluation of a document belongs.

        Args:
            document: the parsed file.
            path: its path with folder names.
            measures: numbers the measures of the figures.
            withdrawn: why its authors took the scores back.

        Raises:
            BadInput: a model is unknown or ambiguous, or has no such checkpoint.
        """
        name, folder = places.name(path), places.folder(path)
        settlements = [
            settle.settle(evaluation.stated, name, folder) for evaluation in document.evaluations
        ]
        models_meant = [self._model(settled) for settled in settlements]
        steps: defaultdict[str, list[int]] = defaultdict(list)
        for (model, _), settled in zip(models_meant, settlements, strict=True):
            steps[model] += [] if settled.step is None else [settled.step]
        located = []
        for evaluation, settled, (model, completed) in zip(
            document.evaluations, settlements, models_meant, strict=True
        ):
            spots = self._grid(model)
            numbering = settle.numbering_for(steps[model], settled.numbering, spots)
            spot = settle.place(settled, numbering, spots)
            if spot is None:
                raise BadInput(_off_grid(model, settled, spots))
            notes = [*completed, *settled.notes, *_numbering_notes(settled, numbering)]
            notes += settle.step_notes(spot, settled, name, folder)
            notes += self._model_notes(model, name, folder)
            notes += [Note("doubt", "model", model, doubt, "content") for doubt in document.doubts]
            placed = _placed(evaluation, settled, spot, notes, measures, withdrawn)
            located.append(Location(model, spot, placed))
        return located

    def _model_notes(self, model: str, name: Statement, folder: Statement) -> list[Note]:
        """Return where name and folder speak of another model than the one recorded."""
        written = [labels.read(place.label).size for place in (name, folder) if place.label]
        sizes = {size: self._today(size) for size in written if size}
        return settle.model_notes(model, name, folder, sizes=sizes, families=self._families)

    def _model(self, settled: Settled) -> tuple[str, list[Note]]:
        """Return the model meant, and how it was completed."""
        refused = ""
        for text, where in settled.labels:
            if settled.run and not labels.read(text).derived:
                return self._of_run(settled.run, text)
            model, notes, why = self._of_label(text, settled)
            if model and where == "content":
                return model, notes
            if model:
                return model, [Note("completed", "model", model, None, where), *notes]
            refused = refused or why
            if where == "content" and labels.read(text).size:
                break  # the content names a model: a place must not stand in for it
        raise BadInput(refused or "nothing names the model: neither content, nor name, nor folder")

    def _of_run(self, run: str, text: str) -> tuple[str, list[Note]]:
        """Return the derived run that a folder and a label name together."""
        bare = text.rpartition("/")[2]
        model = self._resolve(f"{run} {bare}", None).model
        if model is None:
            raise BadInput(f"the catalog knows no run {run} of {bare}")
        return model, [Note("completed", "model", model, None, "folder")]

    def _of_label(self, text: str, settled: Settled) -> tuple[str | None, list[Note], str]:
        """Return the model of one label, notes, and why there is none."""
        hub_name = _OWNED.fullmatch(text)
        day = settled.at.date() if settled.at and hub_name else None
        why = ""
        for spelling in labels.spellings(text):
            answer = self._resolve(spelling, day)
            model = answer.model
            if model is None:
                why = why or answer.error or answer.explanation
                continue
            if hub_name and not self._owns(hub_name.group(1), model):
                return None, [], f"{text} is another repository than {self._repos[model]}"
            if settled.generation == 0 and labels.read(model).generation is None:
                first = self._resolve(f"{spelling}-v0", None)
                if first.model and labels.read(text).generation is None:
                    note = Note("completed", "generation", "v0", None, "folder")
                    return first.model, [note], ""
            return model, [], ""
        return None, [], f"{text}: {why}"

    def _resolve(self, text: str, day: date | None) -> names.Answer:
        if (text, day) not in self._answers:
            answer = self._index.resolve_name(text, day)
            if answer.model is None and day is not None:
                answer = self._index.resolve_name(text)
            self._answers[text, day] = answer
        return self._answers[text, day]

    def _owns(self, owner: str, model: str) -> bool:
        repo = self._repos.get(model)
        return repo.partition("/")[0] == owner if repo else owner in self._owners

    def _today(self, size: str) -> str:
        """Return the size that a size in an old name is called today."""
        model = self._resolve(f"pythia-{size}", None).model
        return (labels.read(model).size if model else None) or size

    def _grid(self, model: str) -> list[Checkpoint]:
        if model not in self._grids:
            row = models.named(self._connection, model)
            self._grids[model] = models.checkpoints(self._connection, row.id)
        return self._grids[model]


def _placed(
    evaluation: Evaluation,
    settled: Settled,
    spot: Checkpoint,
    notes: Sequence[Note],
    measures: Measures,
    withdrawn: str | None,
) -> Placed:
    at: datetime | None = settled.at
    step = evaluation.stated.step
    return Placed(
        checkpoint_id=spot.id,
        shots=settled.shots,
        at=at,
        stated_model=evaluation.stated.label,
        stated_step=evaluation.stated.revision or (None if step is None else str(step)),
        conditions=evaluation.conditions,
        notes=tuple(notes),
        figures=tuple(_figure(score, measures) for score in evaluation.scores),
        withdrawn=withdrawn,
    )


def _figure(score: Score, measures: Measures) -> Figure:
    number = measures.number(score.measure, higher_is_better=score.higher_is_better)
    return number, score.value, score.stderr, score.samples


def _numbering_notes(settled: Settled, numbering: str) -> list[Note]:
    """Return a note where the grid shows that steps count otherwise than the content suggests."""
    if settled.step is None or settled.numbering in (None, numbering):
        return []
    used = f"{numbering} step {settled.step}"
    return [Note("doubt", "step", used, f"{settled.numbering} step", "content")]


def _off_grid(model: str, settled: Settled, spots: Sequence[Checkpoint]) -> str:
    asked = settled.revision if settled.step is None else f"step {settled.step}"
    if not spots:
        return f"the catalog has no checkpoints of {model}"
    return f"{model} has no checkpoint {asked}"
