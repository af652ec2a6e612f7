"""What a REF, MODEL, SUITE, REPO or PATH means: the one place where written names become values.

Three questions: which checkpoint (`about`, `branch`, `target`), which models, which repositories.
Looks names up in the catalog and folders in the Hub's cache; downloads nothing, reads no weights.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.core import names, refs
from catalog.core.refs import MAIN
from catalog.errors import BadInput, CouldNotCheck, UnknownName
from catalog.progress import SILENT, Watcher
from catalog.sql.queries import hub
from catalog.sql.queries import models as queries
from catalog.weights import cache, files

if TYPE_CHECKING:
    from catalog.core.models import Checkpoint, Model
    from catalog.core.refs import CheckpointRef
    from catalog.core.suites import Suite
    from catalog.sql.connections import Reader


@dataclass(frozen=True, slots=True)
class Target:
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
    """

    text: str
    path: Path | None = None
    model: "Model | None" = None
    checkpoint: "Checkpoint | None" = None
    revision: str | None = None
    commit: str | None = None
    weight_set: str | None = None
    repo_id: str | None = None

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


def on_disk(text: str) -> Target:
    """Return a path as a target of which nothing else is known; needs no database."""
    path = files.path_of(text)
    place = cache.identify(path)
    return Target(text, path, commit=place.commit if place else None)


def saved(connection: "Reader", model: "Model", revision: str | None) -> "Checkpoint":
    """Return the checkpoint of a model that a revision means; None means the last step.

    Raises:
        UnknownName: the model has no such checkpoint.
    """
    return queries.checkpoint_at(connection, model, revision)


class Meaning:
    """What written names mean in an open catalog.

    Args:
        connection: an open catalog.
        watcher: hears what a former name was taken for.
    """

    def __init__(self, connection: "Reader", watcher: Watcher = SILENT) -> None:
        self._connection, self._watcher = connection, watcher

    # Which checkpoint --------------------------------------------------------------------------

    def about(self, text: str) -> Target:
        """Return what a REF is about: a model, or with a revision one of its checkpoints.

        Raises:
            BadInput: not a REF.
            UnknownName: no such model or revision.
        """
        ref = refs.parse(text)
        model = self._named(ref.model)
        if ref.revision is None and ref.weight_set is None:
            return Target(text, model=model, repo_id=model.repo_id)
        return self._checkpoint(text, ref, model)

    def labelled(self, text: str) -> "tuple[str, Checkpoint]":
        """Return the checkpoint that a REF means, and what to call it in a table.

        Raises:
            BadInput: not a REF.
            UnknownName: no such model or revision.
        """
        ref = refs.parse(text)
        model = self._named(ref.model)
        label = f"{model.name}@{ref.revision}" if ref.revision else model.name
        return label, saved(self._connection, model, ref.revision)

    def branch(self, text: str) -> Target:
        """Return the published branch that a REF means, `main` where it names none.

        A repository that no suite names is taken as it is, and so is its revision.

        Raises:
            BadInput: not a REF, or never published.
            UnknownName: no such model or revision.
        """
        ref = refs.parse(text)
        try:
            model = self._named(ref.model)
        except UnknownName:
            if "/" not in ref.model:
                raise
            revision = ref.revision or MAIN
            return Target(text, revision=revision, weight_set=ref.weight_set, repo_id=ref.model)
        meant = self._checkpoint(text, ref, model)
        if meant.repo_id is None or meant.revision is None:
            raise never_published(model.name)
        return meant

    def target(self, text: str, called: str | None = None) -> Target:
        """Return what a REF or PATH means, with the place of its files.

        Args:
            text: a REF, or a path to a folder or file.
            called: the REF that a path is, from `--as`.

        Raises:
            BadInput: `--as` with a REF, or a checkpoint that was never published and is no path.
            UnknownName: no such model or revision.
        """
        if files.is_path(text):
            return self._of_path(on_disk(text), called)
        if called is not None:
            raise BadInput(f"--as says what a folder is, and {text!r} is none", "leave out --as")
        return _in_cache(self.branch(text))

    def _named(self, text: str) -> "Model":
        """Return the model that a name means today; the watcher hears of a former name."""
        model = queries.named(self._connection, text)
        if names.fold(text) != names.fold(model.name):
            self._watcher.remark(f"{text} means {model.name} today; `catalog name {text}` says why")
        return model

    def _checkpoint(self, text: str, ref: "CheckpointRef", model: "Model") -> Target:
        checkpoint = saved(self._connection, model, ref.revision)
        on_main = ref.revision in (None, MAIN)
        return Target(
            text,
            model=model,
            checkpoint=checkpoint,
            revision=MAIN if on_main and model.repo_id else checkpoint.revision,
            weight_set=ref.weight_set,
            repo_id=model.repo_id,
        )

    def _of_path(self, path: Target, called: str | None) -> Target:
        """Add what `--as`, or else the folder's place in the Hub's cache, says."""
        if called is not None:
            ref = refs.parse(called)
            meant = self._checkpoint(path.text, ref, self._named(ref.model))
            revision = None if meant.checkpoint is None else meant.checkpoint.revision
            return replace(meant, path=path.path, commit=path.commit, revision=revision)
        place = cache.identify(path.path) if path.path is not None else None
        if place is None:
            return path
        try:
            model = queries.named(self._connection, place.repo_id)
        except UnknownName:
            return path
        checkpoint = self._of_snapshot(model, place.revisions)
        revision = None if checkpoint is None else checkpoint.revision
        return replace(
            path, model=model, checkpoint=checkpoint, revision=revision, repo_id=model.repo_id
        )

    def _of_snapshot(self, model: "Model", revisions: Sequence[str]) -> "Checkpoint | None":
        """Return the checkpoint that a snapshot's branches mean; `main` only if no other does."""
        for revision in sorted(revisions, key=lambda name: name == MAIN):
            try:
                return saved(self._connection, model, revision)
            except UnknownName:
                continue
        return None

    # Which models, which repositories ----------------------------------------------------------

    def models(self, texts: Sequence[str]) -> "list[Model]":
        """Return the models that names of suites and models mean, each once; all for no name.

        A suite's name that is a model's too means the suite.

        Raises:
            UnknownName: a text is neither.
        """
        if not texts:
            return queries.models(self._connection)
        suites = {suite.name for suite in queries.suites(self._connection)}
        chosen: list[Model] = []
        for text in texts:
            if text in suites:
                chosen += queries.models(self._connection, in_suite=text)
            else:
                chosen.append(self._named(_bare(text)))
        return list({model.id: model for model in chosen}.values())

    def repositories(self, texts: Sequence[str]) -> list[str]:
        """Return the repositories that models, suites and repositories' names mean, each once.

        OWNER/NAME of no known model is that repository, whether it was observed or not.

        Raises:
            BadInput: a model was never published.
            UnknownName: neither a model nor a suite, and not a repository's full name.
        """
        repo_ids: list[str] = []
        for text in texts:
            try:
                chosen = self.models([text])
            except UnknownName:
                if "/" not in text:
                    raise
                repo_ids.append(text)
                continue
            if all(model.repo_id is None for model in chosen):
                raise never_published(chosen[0].name if len(chosen) == 1 else text)
            repo_ids += [model.repo_id for model in chosen if model.repo_id is not None]
        return list(dict.fromkeys(repo_ids))

    def require_known(self, texts: Sequence[str]) -> None:
        """Refuse OWNER/NAME of no known model that nobody ever looked at.

        Raises:
            UnknownName: one of the texts is such.
        """
        for text in texts:
            try:
                self.models([text])
            except UnknownName:
                if text not in hub.observed(self._connection):
                    raise


def _bare(text: str) -> str:
    """Return a name of a model or repository.

    Raises:
        BadInput: it goes on to a revision.
    """
    ref = refs.parse(text)
    if ref.revision is not None or ref.weight_set is not None:
        raise BadInput(f"{text} names one checkpoint", f"write {ref.model} for the whole model")
    return ref.model


def never_published(name: str) -> BadInput:
    """Return why there is no branch to ask for."""
    return BadInput(f"{name} was never published", f"see `catalog show {name}`")


def never_observed(repo_id: str) -> CouldNotCheck:
    """Return why nothing can be said of a repository's branches."""
    return CouldNotCheck(f"{repo_id} was never observed", f"run `catalog sync {repo_id}`")


def _in_cache(meant: Target) -> Target:
    """Return a branch with its folder and commit in the Hub's cache, where it is there."""
    folder = cache.snapshot(cache.repository_folder(str(meant.repo_id)), meant.revision)
    return replace(meant, path=folder, commit=None if folder is None else folder.name)


def shipped(text: str) -> Target:
    """Return the branch that a REF means by the suites that ship; needs no database.

    Raises:
        BadInput: not a REF, or never published.
        UnknownName: no shipped suite has such a model.
    """
    from catalog.core import suites  # noqa: PLC0415 - parses every suite file, 200 ms

    ref = refs.parse(text)
    if "/" in ref.model:
        repo_id = ref.model
    else:
        answer = names.Index.of(_entries(suites.shipped())).resolve(ref.model)
        if answer.model is None:
            raise UnknownName("model", ref.model, answer.nearest, why=answer.error)
        if answer.repo_id is None:
            raise never_published(answer.model)
        repo_id = answer.repo_id
    return Target(text, revision=ref.revision, weight_set=ref.weight_set, repo_id=repo_id)


def _entries(shipped_suites: "Iterable[Suite]") -> "Iterator[names.Entry]":
    """Yield every name of some suites."""
    from catalog.core import suites  # noqa: PLC0415 - as in `shipped`

    for suite in shipped_suites:
        repositories = {model.name: model.repo_id for model in suite.models}
        for name in suites.all_names(suite):
            yield names.Entry(
                name.text,
                name.model,
                repositories.get(name.model),
                name.kind,
                name.valid_from,
                name.valid_to,
            )
