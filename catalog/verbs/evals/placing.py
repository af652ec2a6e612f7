"""Finds the checkpoint that an evaluation scored, through names, commits, places and grids."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from catalog.core.models import Checkpoint
from catalog.core.refs import MAIN
from catalog.core.scores import labels, places, settle
from catalog.core.scores.settle import Settled
from catalog.core.scores.values import (
    Document,
    Evaluation,
    LabelKind,
    Note,
    Numbering,
    Score,
    Statement,
)
from catalog.errors import BadInput
from catalog.sql.queries import models
from catalog.sql.records.placed import Figure, Measures, Placed
from catalog.verbs.commits import Commits
from catalog.verbs.evals import told
from catalog.verbs.evals.naming import SAY_WHICH, Namer
from catalog.verbs.evals.told import Word

if TYPE_CHECKING:
    from catalog.sql.connections import Reader

_SAYS_WHOSE: tuple[LabelKind, ...] = ("repository", "text")


@dataclass(frozen=True, slots=True)
class Location:
    """Where an evaluation belongs, in words and in the row that says so."""

    model: str
    checkpoint: Checkpoint
    placed: Placed


@dataclass(frozen=True, slots=True)
class _Meant:
    """Whose scores an evaluation has, and on whose word."""

    model: str
    settled: Settled
    notes: list[Note]
    word: Word | None


@dataclass(frozen=True, slots=True)
class _Spot:
    """The checkpoint of an evaluation, and what there is to say about how it was found."""

    checkpoint: Checkpoint
    notes: list[Note]


class Placer:
    """Places documents; remembers names and grids, which do not change during an import.

    Args:
        connection: an open catalog.
        words: what the user says of files that do not tell.
    """

    def __init__(self, connection: "Reader", words: Sequence[Word] = ()) -> None:
        self._connection = connection
        self._words = words
        self._names = Namer(connection)
        self._commits = Commits(connection)
        self._families = self._names.families
        self._grids: dict[str, list[Checkpoint]] = {}
        self._facts: dict[str, list[tuple[str, object]]] = {}

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
            BadInput: it does not tell which checkpoint was scored, or names one that is not there.
        """
        name, folder = places.name(path), places.folder(path)
        meant = [self._meant(e.stated, name, folder, path, document) for e in document.evaluations]
        for each in meant:
            self._require_shape(each.model, document)
        steps: defaultdict[str, list[int]] = defaultdict(list)
        for each in meant:
            steps[each.model] += [] if each.settled.step is None else [each.settled.step]
        located = []
        for evaluation, each in zip(document.evaluations, meant, strict=True):
            spots = self._grid(each.model)
            numbering = settle.numbering_for(steps[each.model], each.settled.numbering, spots)
            spot = self._spot(each, numbering, evaluation)
            notes = [*each.notes, *each.settled.notes, *_numbering_notes(each.settled, numbering)]
            notes += [
                *spot.notes,
                *settle.step_notes(spot.checkpoint, each.settled, name, folder),
                *self._model_notes(each.model, name, folder),
                *_remarks(document, each.model),
            ]
            placed = _placed(evaluation, each.settled, spot.checkpoint, notes, measures, withdrawn)
            located.append(Location(each.model, spot.checkpoint, placed))
        return located

    def _meant(
        self, stated: Statement, name: Statement, folder: Statement, path: str, document: Document
    ) -> _Meant:
        """Return whose scores they are: the content's word, else the user's."""
        settled = settle.settle(stated, name, folder)
        word = told.about(self._words, stated.label, path)
        if document.unknown and word is None:
            what = ", ".join(document.unknown)
            raise BadInput(f"{what} is not known here and may change the weights: {SAY_WHICH}")
        if word is None:
            model, notes = self._names.model(settled)
            self._require_main(model, settled, name, folder)
            return _Meant(model, settled, notes, None)
        if stated.label and stated.kind in _SAYS_WHOSE:
            self._require_same(stated.label, settled, word)
        return _Meant(word.model, settled, [], word)

    def _require_shape(self, model: str, document: Document) -> None:
        """Refuse a network of another shape than the model's."""
        for key, number in document.shape:
            if key not in self._facts:
                self._facts[key] = models.values_of(self._connection, key)
            own = {value for name, value in self._facts[key] if name == model}
            if own and number not in own:
                raise BadInput(f"a network with {key} {number} ran; {model} has {own.pop()}")

    def _require_same(self, label: str, settled: Settled, word: Word) -> None:
        """Refuse a user's word against a content that names another model."""
        try:
            model, _ = self._names.model(settled)
        except BadInput:
            return
        if model != word.model:
            raise BadInput(f"the content is of {model} ({label}), {word.by} says {word.ref}")

    def _require_main(
        self, model: str, settled: Settled, name: Statement, folder: Statement
    ) -> None:
        """Refuse what loads `main` by its content, and an inner step by its name or folder."""
        if not settled.loads_main:
            return
        spots = self._grid(model)
        last = settle.last(spots)
        own = {last.published_step, last.training_step} if last else set()
        for stated in (name.step, folder.step):
            if stated is not None and own - {None} and stated not in own:
                raise BadInput(
                    f"the content loads main of {model}, its name or folder says step {stated}:"
                    f" {SAY_WHICH}"
                )

    def _spot(self, meant: _Meant, numbering: Numbering, evaluation: Evaluation) -> _Spot:
        """Return the checkpoint: that of a commit, of the user's word, or of a step or branch."""
        settled, spots = meant.settled, self._grid(meant.model)
        by_name = settle.place(settled, numbering, spots)
        commit = settled.commit or evaluation.conditions.commit
        repo_id = self._names.repositories.get(meant.model)
        if commit is not None and meant.word is None:
            silent = settled.step is None and settled.revision is None
            observed = self._commits.place(repo_id, commit, spots, None if silent else by_name)
            if observed is not None:
                return _of_commit(observed, commit, by_name, settled)
            if settled.commit or settled.loads_main:  # never taken for the last checkpoint
                what = f"{repo_id or meant.model} was never seen at commit {commit}"
                raise BadInput(
                    f"{what}: run `catalog sync {repo_id or meant.model}`, or {SAY_WHICH}"
                )
        if meant.word is not None:
            return _of_word(meant.word, by_name, settled)
        checkpoint, notes = _by_name(meant.model, by_name, settled, spots)
        if commit is not None and self._commits.is_observed(repo_id):
            text = f"{repo_id} was never seen at commit {commit}: its revision was believed"
            notes.append(Note("doubt", "commit", told.named(checkpoint), text, "content"))
        return _Spot(checkpoint, notes)

    def _model_notes(self, model: str, name: Statement, folder: Statement) -> list[Note]:
        """Return where name and folder speak of another model than the one recorded."""
        written = [labels.read(place.label).size for place in (name, folder) if place.label]
        sizes = {size: self._names.today(size) for size in written if size}
        return settle.model_notes(model, name, folder, sizes=sizes, families=self._families)

    def _grid(self, model: str) -> list[Checkpoint]:
        if model not in self._grids:
            row = models.named(self._connection, model)
            self._grids[model] = models.checkpoints(self._connection, row.id)
        return self._grids[model]


def _of_commit(
    checkpoint: Checkpoint, commit: str, by_name: Checkpoint | None, settled: Settled
) -> _Spot:
    """Return the checkpoint of a commit, with a note where the content says another one too."""
    said = settled.revision or (None if settled.step is None else f"step {settled.step}")
    if said is None or (by_name is not None and by_name.id == checkpoint.id):
        return _Spot(checkpoint, [])
    used = f"{told.named(checkpoint)} (commit {commit[:8]})"
    return _Spot(checkpoint, [Note("contradiction", "commit", used, said, "content")])


def _of_word(word: Word, by_name: Checkpoint | None, settled: Settled) -> _Spot:
    """Return the checkpoint on a user's word; the file tells the step where the word does not."""
    says_step = settled.step is not None or settled.revision is not None
    if word.checkpoint is None:
        if by_name is None or not says_step:
            raise BadInput(
                f"{word.by} names {word.ref}, and the file no step of it: write MODEL@REVISION"
            )
        return _Spot(by_name, [word.note(by_name)])
    if says_step and by_name is not None and by_name.id != word.checkpoint.id:
        raise BadInput(f"the content is of {told.named(by_name)}, {word.by} says {word.ref}")
    return _Spot(word.checkpoint, [word.note(word.checkpoint)])


def _by_name(
    model: str, by_name: Checkpoint | None, settled: Settled, spots: Sequence[Checkpoint]
) -> tuple[Checkpoint, list[Note]]:
    """Return the checkpoint of a step or branch; no step and no revision is not the last one."""
    silent = settled.step is None and settled.revision is None
    if by_name is None:
        raise BadInput(_off_grid(model, settled, spots))
    if not silent or len(spots) == 1:
        return by_name, []
    if not settled.loads_main:
        raise BadInput(f"it names neither step nor revision of {model}: {SAY_WHICH}")
    return by_name, [Note("completed", "revision", MAIN, None, "content")]


def _remarks(document: Document, model: str) -> list[Note]:
    """Return the doubts of a document, and under what conditions it was made."""
    doubts = [Note("doubt", "model", model, text, "content") for text in document.doubts]
    conditions = (*document.remarks, *(f"{text} is not known here" for text in document.unknown))
    return doubts + [Note("doubt", "conditions", model, text, "content") for text in conditions]


def _placed(
    evaluation: Evaluation,
    settled: Settled,
    spot: Checkpoint,
    notes: Sequence[Note],
    measures: Measures,
    withdrawn: str | None,
) -> Placed:
    stated = evaluation.stated
    step = None if stated.step is None else str(stated.step)
    conditions = evaluation.conditions
    if settled.commit and conditions.commit is None:
        conditions = replace(conditions, commit=settled.commit)
    return Placed(
        checkpoint_id=spot.id,
        shots=settled.shots,
        at=settled.at,
        stated_model=stated.label,
        stated_step=stated.revision or step or stated.commit,
        conditions=conditions,
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
