"""What a REF or PATH on the command line means: which checkpoint, and where its files are.

Looks names up in the catalog and folders in the Hub's cache; it downloads nothing and reads no
weights.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.core import refs
from catalog.errors import BadInput, UnknownName
from catalog.sql.queries import models
from catalog.weights import cache, files

if TYPE_CHECKING:
    from catalog.core.models import Checkpoint, Model
    from catalog.sql.connections import Reader


@dataclass(frozen=True, slots=True)
class Target:
    """One thing to look at.

    Args:
        text: as it was given.
        path: the folder or file, None where a REF is not in the cache.
        model: whose it is, None where nothing says.
        checkpoint: which, None where nothing says.
        revision: the branch to ask the Hub for, None where it was never published.
        commit: the Hub's commit, None outside its cache.
        weight_set: only this one, None for all.
    """

    text: str
    path: Path | None
    model: "Model | None"
    checkpoint: "Checkpoint | None"
    revision: str | None
    commit: str | None
    weight_set: str | None

    @property
    def name(self) -> str:
        """What to call it: its checkpoint, or the text that was given."""
        if self.model is None or self.checkpoint is None:
            return self.text
        return f"{self.model.name}@{self.checkpoint.revision or self.revision}"


def on_disk(text: str) -> Target:
    """Return a path as a target of which nothing else is known; needs no database."""
    path = files.path_of(text)
    place = cache.identify(path)
    return Target(text, path, None, None, None, place.commit if place else None, None)


def resolve(connection: "Reader", text: str, *, called: str | None = None) -> Target:
    """Return what a REF or PATH means.

    Args:
        connection: an open catalog.
        text: a REF, or a path to a folder or file.
        called: the REF that a path is, from `--as`.

    Raises:
        BadInput: `--as` with a REF, or a checkpoint that was never published and is no path.
        UnknownName: no such model or revision.
    """
    if files.is_path(text):
        return _of_path(connection, on_disk(text), called)
    if called is not None:
        raise BadInput(f"--as says what a folder is, and {text!r} is none", "leave out --as")
    return _of_ref(connection, text)


def _of_ref(connection: "Reader", text: str) -> Target:
    asked = refs.parse(text)
    model = models.named(connection, asked.model)
    saved = models.checkpoint_at(connection, model, asked.revision)
    revision = "main" if asked.revision in (None, "main") else saved.revision
    if model.repo_id is None or revision is None:
        raise BadInput(
            f"{model.name} was never published", "give a folder, and --as to say what it is"
        )
    place = cache.snapshot(cache.repository_folder(model.repo_id), revision)
    commit = None if place is None else place.name
    return Target(text, place, model, saved, revision, commit, asked.weight_set)


def _of_path(connection: "Reader", found: Target, called: str | None) -> Target:
    """Add what `--as`, or else the folder's place in the Hub's cache, says."""
    if called is not None:
        asked = refs.parse(called)
        model = models.named(connection, asked.model)
        saved = models.checkpoint_at(connection, model, asked.revision)
        return _with(found, model, saved, asked.weight_set)
    place = cache.identify(found.path) if found.path is not None else None
    if place is None:
        return found
    try:
        model = models.named(connection, place.repo_id)
    except UnknownName:
        return found
    return _with(found, model, _saved(connection, model, place.revisions), None)


def _saved(connection: "Reader", model: "Model", revisions: tuple[str, ...]) -> "Checkpoint | None":
    """Return the checkpoint that a snapshot's branches mean; `main` only if no other does."""
    for revision in sorted(revisions, key=lambda name: name == "main"):
        try:
            return models.checkpoint_at(connection, model, revision)
        except UnknownName:
            continue
    return None


def _with(
    found: Target, model: "Model", saved: "Checkpoint | None", weight_set: str | None
) -> Target:
    return Target(
        text=found.text,
        path=found.path,
        model=model,
        checkpoint=saved,
        revision=None if saved is None else saved.revision,
        commit=found.commit,
        weight_set=weight_set,
    )
