"""Weighs what a file says against its name and folders, and places it on a model's grid.

The content wins; a place that says otherwise is noted as a contradiction. Where the content is
silent, the name and then the folders complete it, and that is noted too. Pure rules: the models
and their checkpoints are handed in.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from catalog.core.refs import MAIN, labelled_step
from catalog.core.scores import labels
from catalog.core.scores.values import LabelKind, Note, Numbering, Place, Statement


@dataclass(frozen=True, slots=True)
class Settled:
    """What counts, before any model is looked up.

    Attributes:
        labels: the texts that name the model, the most trusted first, with places and kinds.
        run: a derived run that a folder names and the content leaves open.
        numbering: how `step` counts by the content; None where nothing tells.
        commit: the commit by which the content asked for the weights.
        loads_main: the content names neither step nor revision, and so loaded `main`.
    """

    labels: tuple[tuple[str, Place, LabelKind], ...]
    generation: int | None
    run: str | None
    step: int | None
    numbering: Numbering | None
    revision: str | None
    shots: int | None
    at: datetime | None
    notes: tuple[Note, ...]
    commit: str | None = None
    loads_main: bool = False


class Spot(Protocol):
    """A checkpoint, as far as placing needs it."""

    @property
    def published_step(self) -> int | None:
        """The number in the branch name."""

    @property
    def training_step(self) -> int | None:
        """Optimizer updates."""

    @property
    def tokens_seen(self) -> int | None:
        """Training tokens consumed."""

    @property
    def revision(self) -> str | None:
        """The branch or tag."""


SpotT = TypeVar("SpotT", bound=Spot)


def settle(content: Statement, name: Statement, folder: Statement) -> Settled:
    """Weigh the three places. Models and steps are compared later, when they are known."""
    notes: list[Note] = []
    shots = _shots(content, name, folder, notes)
    at = content.at or name.at
    if content.at is None and at is not None:
        notes.append(Note("completed", "date", at.isoformat(), None, "name"))
    step, numbering = content.step, content.numbering
    silent = content.step is None and content.revision is None and content.commit is None
    if silent and not content.loads_main:
        step, numbering = _completed_step(content, name, folder, notes)
    places: tuple[tuple[Statement, Place], ...] = (
        (content, "content"),
        (name, "name"),
        (folder, "folder"),
    )
    notes += _contradicted(content, places[1:])
    generations = [s.generation for s, _ in places if s.generation is not None]
    return Settled(
        labels=tuple((s.label, place, s.kind) for s, place in places if s.label),
        generation=generations[0] if generations else None,
        run=folder.run if content.nickname or content.label is None else None,
        step=step,
        numbering=numbering,
        revision=content.revision,
        shots=shots,
        at=at,
        notes=tuple(notes),
        commit=content.commit,
        loads_main=content.loads_main and silent,
    )


def _contradicted(content: Statement, places: Iterable[tuple[Statement, Place]]) -> Iterator[Note]:
    """Yield where another place names another repository."""
    for place, where in places:
        if not content.label or not place.label or not content.kind == place.kind == "repository":
            continue
        if content.label.lower() != place.label.lower():
            yield Note("contradiction", "model", content.label, place.label, where)


def _shots(content: Statement, name: Statement, folder: Statement, notes: list[Note]) -> int | None:
    if content.shots is not None:
        for place, stated in (("name", name.shots), ("folder", folder.shots)):
            if stated not in (None, content.shots):
                where: Place = "name" if place == "name" else "folder"
                notes.append(Note("contradiction", "shots", str(content.shots), str(stated), where))
        return content.shots
    if name.shots is not None:
        notes.append(Note("completed", "shots", str(name.shots), None, "name"))
        if folder.shots not in (None, name.shots):
            other = str(folder.shots)
            notes.append(Note("contradiction", "shots", str(name.shots), other, "folder"))
        return name.shots
    if folder.shots is not None:
        notes.append(Note("completed", "shots", str(folder.shots), None, "folder"))
    return folder.shots


def _completed_step(
    content: Statement, name: Statement, folder: Statement, notes: list[Note]
) -> tuple[int | None, Numbering | None]:
    """Take the step from the name or a folder; beside a Hub name it is a published one."""
    of_hub = any(s.kind == "repository" for s in (content, name, folder) if s.label)
    numbering: Numbering | None = "published" if of_hub else None
    if name.step is not None:
        notes.append(Note("completed", "step", str(name.step), None, "name"))
        return name.step, numbering
    if folder.step is not None:
        notes.append(Note("completed", "step", str(folder.step), None, "folder"))
        return folder.step, numbering
    return None, None


def numbering_for(
    steps: Iterable[int], stated: Numbering | None, spots: Collection[Spot]
) -> Numbering:
    """Return how the steps of one document count on a model's grid.

    The stated numbering holds if every step exists in it; else the other, if every step exists
    there. So a file that goes to 143000 counts published steps all through, though 13000 alone
    would fit both. Trainer's folders and file names count training steps: preferred where nothing
    is stated.
    """
    wanted = set(steps)
    published = {spot.published_step for spot in spots}
    training = {spot.training_step for spot in spots}
    first: Numbering = stated or "training"
    fits = {"published": wanted <= published, "training": wanted <= training}
    other: Numbering = "training" if first == "published" else "published"
    return other if not fits[first] and fits[other] else first


def place(settled: Settled, numbering: Numbering, spots: Sequence[SpotT]) -> SpotT | None:
    """Return the checkpoint that was scored, None where the grid has none.

    `main`, or neither step nor revision, is the last one.
    """
    if settled.step is not None:
        attribute = "published_step" if numbering == "published" else "training_step"
        return next((s for s in spots if getattr(s, attribute) == settled.step), None)
    if settled.revision in (None, MAIN):
        return last(spots)
    exact = next((spot for spot in spots if spot.revision == settled.revision), None)
    if exact is not None or any(spot.revision for spot in spots):
        return exact
    number = str(settled.revision)
    step = labelled_step(f"step{number}" if number.isdecimal() else number)
    return next((s for s in spots if step is not None and s.training_step == step), None)


def last(spots: Sequence[SpotT]) -> SpotT | None:
    """Return the checkpoint that `main` means, None where nothing tells."""
    known = [spot for spot in spots if spot.tokens_seen is not None]
    if known:
        return max(known, key=lambda spot: spot.tokens_seen or 0)
    return next((s for s in spots if s.revision == MAIN), spots[0] if len(spots) == 1 else None)


def step_notes(spot: Spot, settled: Settled, name: Statement, folder: Statement) -> list[Note]:
    """Return where name and folder give a step that is not this checkpoint in any numbering."""
    own = {spot.published_step, spot.training_step} - {None}
    if not own or not (settled.step is not None or settled.revision is not None):
        return []
    used = settled.revision or f"step {settled.step}"
    notes = []
    if name.step is not None and name.step not in own:
        notes.append(Note("contradiction", "step", used, str(name.step), "name"))
    if folder.step is not None and folder.step not in own:
        notes.append(Note("contradiction", "step", used, str(folder.step), "folder"))
    return notes


def model_notes(
    model: str,
    name: Statement,
    folder: Statement,
    *,
    sizes: Mapping[str, str],
    families: Collection[str],
) -> list[Note]:
    """Return where name and folder speak of another model than the one recorded.

    Args:
        model: the catalog's name of the recorded model.
        name: what the file's name says.
        folder: what its folders say.
        sizes: for each size that name and folder give, the one in use (`350m`: `410m`).
        families: the first words of all models' names, so that no chance word counts as one.
    """
    is_now = labels.read(model)
    notes = []
    both: tuple[tuple[Statement, Place], ...] = ((name, "name"), (folder, "folder"))
    for stated, where in both:
        label = labels.read(stated.label) if stated.label else None
        if label and _differ(label, is_now, sizes, families, whole=where == "name"):
            notes.append(Note("contradiction", "model", model, stated.label, where))
        generation = stated.generation
        of = is_now.generation if is_now.generation is not None else 1
        if generation is not None and "pythia" in is_now.words and generation != of:
            used = f"v{of} ({model})"
            notes.append(Note("contradiction", "generation", used, f"v{generation}", where))
    marked = _marks(name) | _marks(folder)
    if notes or not marked ^ _marks_of(is_now):
        return notes
    if marked - _marks_of(is_now) or _tells(name):
        where = "folder" if _marks(folder) and not _marks(name) else "name"
        other = folder.run or folder.label if where == "folder" else name.label
        notes.append(Note("contradiction", "model", model, other, where))
    return notes


def _differ(
    label: labels.Label,
    is_now: labels.Label,
    sizes: Mapping[str, str],
    families: Collection[str],
    *,
    whole: bool,
) -> bool:
    """Return whether a label names another size, data set or family than the model's."""
    if label.size and is_now.size and is_now.size not in (label.size, sizes.get(label.size)):
        return True
    label_families = set(label.words) & set(families)
    if label_families and not label_families & set(is_now.words[:1]):
        return True
    if label.deduped is None:  # a bare size
        return whole and bool(is_now.deduped) and not is_now.derived
    return label.deduped != bool(is_now.deduped) and not (is_now.derived and label.deduped)


def _marks(stated: Statement) -> set[str]:
    marks = _marks_of(labels.read(stated.label)) if stated.label else set()
    return marks | ({"derived"} if stated.run else set())


def _marks_of(label: labels.Label) -> set[str]:
    marks = {f"batch {label.batch}"} if label.batch else set()
    marks |= {label.seed} if label.seed else set()
    return marks | ({"derived"} if label.derived else set())


def _tells(name: Statement) -> bool:
    """Return whether a file's name spells a model out: then a mark left out says something."""
    return bool(name.label) and labels.read(str(name.label)).deduped is not None
