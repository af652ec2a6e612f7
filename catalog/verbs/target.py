"""A target: what was asked for, and where its files are on this disk; what to say where not.

Looks into the Hub's cache by names alone; asks no database. What a text means is decided in
`catalog.verbs.meaning`.
"""

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from catalog.core import spelling
from catalog.core.refs import MAIN
from catalog.errors import BadInput, CouldNotCheck, UnknownName
from catalog.weights import paths

if TYPE_CHECKING:
    from collections.abc import Sequence

    from catalog.core.models import Checkpoint, Model
    from catalog.core.refs import CheckpointRef
    from catalog.progress import Watcher
    from catalog.verbs.claims import Claim


class Target(NamedTuple):
    """One thing that was asked for.

    Args:
        text: as it was given.
        path: the folder or file, None where there is none, or a REF is not in the Hub's cache.
        model: whose it is, None where nothing says.
        checkpoint: which, None where nothing says or no revision was asked for.
        revision: the branch to ask the Hub for, None where it was never published.
        commit: the Hub's commit, None outside its cache.
        weight_set: only this one, None for all.
        repo_id: where it is published, None where it was not or nothing says.
        distance: tokens that the checkpoint has seen less those asked for; None where it was not
            asked for by an amount of tokens, or has seen exactly that.
        claim: what a pulled folder says of itself, None where it says nothing.
    """

    text: str
    path: Path | None = None
    model: "Model | None" = None
    checkpoint: "Checkpoint | None" = None
    revision: str | None = None
    commit: str | None = None
    weight_set: str | None = None
    repo_id: str | None = None
    distance: int | None = None
    claim: "Claim | None" = None

    @property
    def name(self) -> str:
        """What to call it: its checkpoint, its branch, or the text that was given."""
        revision = self.revision if self.checkpoint is None else self.checkpoint.revision
        who = self.repo_id if self.model is None else self.model.name
        if who is None or (self.path is not None and self.checkpoint is None):
            return self.text
        return f"{who}@{revision or self.revision}"

    @property
    def branch(self) -> str:
        """What to call its branch: model or repository, and the branch's own name."""
        return f"{self.model.name if self.model else self.repo_id}@{self.revision or MAIN}"

    def includes(self, weight_set: str) -> bool:
        """Return whether a weight set is asked for."""
        return self.weight_set in (None, weight_set)

    @property
    def place(self) -> str:
        """What to call where its files are: the path that was given, else its branch."""
        return self.text if paths.is_path(self.text) else self.branch


def on_disk(text: str) -> Target:
    """Return a path as a target of which nothing else is known; needs no database."""
    path = paths.path_of(text)
    from catalog.weights import cache  # noqa: PLC0415 - for a path alone

    place = cache.identify(path)
    return Target(text, path, commit=place.commit if place else None)


def in_cache(meant: Target) -> Target:
    """Return a branch with its folder and commit in the Hub's cache, where it is there."""
    from catalog.weights import cache  # noqa: PLC0415 - for files alone

    folder = cache.snapshot(cache.repository_folder(str(meant.repo_id)), meant.revision)
    return meant._replace(path=folder, commit=None if folder is None else folder.name)


# Why not ---------------------------------------------------------------------------------------


def no_folder(text: str) -> BadInput:
    """Return why `--as` says nothing of a REF."""
    return BadInput(f"--as says what a folder is, and {text!r} is none", "leave out --as")


def never_published(name: str, hint: str = "") -> BadInput:
    """Return why there is no branch of a model to ask for."""
    return BadInput(f"{name} was never published", hint or f"see `catalog show {name}`")


def never_observed(repo_id: str) -> CouldNotCheck:
    """Return why nothing can be said of a repository's branches."""
    return CouldNotCheck(f"{repo_id} was never observed", f"run `catalog sync {repo_id}`")


def no_branch(repo_id: str, revision: str, branches: Iterable[str]) -> UnknownName:
    """Return the error that a repository has no branch of a name, with the nearest it has."""
    nearest = get_close_matches(revision, sorted(branches), n=3, cutoff=0)
    return UnknownName(f"revision of {repo_id}", revision, nearest)


def names_one_checkpoint(text: str, ref: "CheckpointRef") -> BadInput:
    """Return why a REF with a revision is not a whole model."""
    from shlex import quote  # noqa: PLC0415 - for what is refused

    from catalog.core import selections  # noqa: PLC0415 - as above

    whole = f"write {ref.model} for the whole model"
    if selections.is_several(ref.revision or ""):
        return BadInput(f"{text} names some of its checkpoints", whole)
    return BadInput(f"{text} names one checkpoint", f"{whole}, or see `catalog show {quote(text)}`")


def names_one_set(text: str, ref: "CheckpointRef") -> BadInput:
    """Return why a REF with a weight set is neither a checkpoint nor a model."""
    return BadInput(f"{text} names one weight set", f"write {ref._replace(weight_set=None)}")


def require_whole(text: str, ref: "CheckpointRef") -> None:
    """Refuse a REF that goes on to a revision or a weight set."""
    if ref.weight_set is not None:
        raise names_one_set(text, ref)
    if ref.revision is not None:
        raise names_one_checkpoint(text, ref)


def none_published(text: str, chosen: "Sequence[Model]") -> BadInput:
    """Return why there is no repository of a model, or of any in a suite."""
    if len(chosen) == 1:
        return never_published(chosen[0].name)
    return never_published(text, f"see `catalog ls --suite {text}`")


def remark(watcher: "Watcher", name: str, model: str) -> None:
    """Say what a former name was taken for."""
    if not spelling.is_same(name, model):
        from shlex import quote  # noqa: PLC0415 - most names are today's

        watcher.remark(f"{name} means {model} today; `catalog name {quote(name)}` says why")
