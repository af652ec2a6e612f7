"""What a REF, MODEL, SUITE, REPO or PATH means: the one place where written names become values.

Three questions: which checkpoint (`about`, `branch`, `target`), which models, which repositories.
Looks names up in the catalog and folders in the Hub's cache; downloads nothing, reads no weights.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from catalog.core import refs, spelling
from catalog.core.refs import MAIN
from catalog.errors import UnknownName
from catalog.progress import SILENT, Watcher
from catalog.sql.queries import models as queries
from catalog.verbs import repositories, target
from catalog.verbs.target import Target
from catalog.weights import paths

if TYPE_CHECKING:
    from catalog.core.models import Checkpoint, Model
    from catalog.core.refs import CheckpointRef
    from catalog.core.revisions import Located
    from catalog.sql.connections import Reader


class Meaning:
    """What written names mean in an open catalog.

    Args:
        connection: an open catalog.
        watcher: hears what a former name was taken for.
    """

    def __init__(self, connection: "Reader", watcher: Watcher = SILENT) -> None:
        self._connection, self.watcher = connection, watcher

    # Which checkpoint --------------------------------------------------------------------------

    def about(self, text: str, *, sets: bool = True) -> Target:
        """Return what a REF is about: a model, or with a revision one of its checkpoints.

        Args:
            text: as written.
            sets: whether it may name a weight set; one that the branch had when last seen.

        Raises:
            BadInput: not a REF, or it names a weight set that is not there, or may not be named.
            UnknownName: no such model or revision.
        """
        ref, model = self._read(text, sets=sets)
        if ref.revision is None and ref.weight_set is None:
            return Target(text, model=model, repo_id=model.repo_id)
        meant = self._checkpoint(text, self._by_branch(ref, model), model)
        self.require_set(meant)
        return meant

    def known(self, text: str) -> Target:
        """Return what a REF is about; a repository of no known model too, if it was ever seen.

        Raises:
            BadInput: not a REF, or one of a weight set.
            UnknownName: no such model or revision, nor a repository that was ever observed.
        """
        try:
            return self.about(text, sets=False)
        except UnknownName as unknown:
            ref = repositories.unlisted(self._connection, text, unknown, observed=True)
            if ref.revision is not None:
                raise
            return Target(text, repo_id=ref.model)

    def labelled(self, text: str) -> "tuple[str, Checkpoint]":
        """Return the checkpoint that a REF means, and what to call it in a table.

        Raises:
            BadInput: not a REF, or one of a weight set.
            UnknownName: no such model or revision.
        """
        ref, model = self._read(text, sets=False)
        ref = self._by_branch(ref, model)
        label = f"{model.name}@{ref.revision}" if ref.revision else model.name
        return label, self._located(ref, model).checkpoint

    def branch(self, text: str) -> Target:
        """Return the published branch that a REF means, `main` where it names none.

        A repository that no suite names is taken as it is, and so is its revision.

        Raises:
            BadInput: not a REF, or never published.
            UnknownName: no such model or revision.
        """
        return self._branch(text)[1]

    def looked_at(self, text: str) -> tuple[str, str | None]:
        """Return the repository whose looks a REF means, and its branch where it names one.

        Raises:
            BadInput: not a REF, one of a weight set, or never published.
            UnknownName: no such model or revision, nor a repository that was ever observed.
        """
        ref, branch = self._branch(text, sets=False, observed=True)
        return str(branch.repo_id), ref.revision and branch.revision

    def target(self, text: str, called: str | None = None) -> Target:
        """Return what a REF or PATH means, with the place of its files.

        Args:
            text: a REF, or a path to a folder or file.
            called: the REF that a path is, from `--as`.

        Raises:
            BadInput: `--as` with a REF, or a checkpoint that was never published and is no path.
            UnknownName: no such model or revision.
        """
        if paths.is_path(text):
            return self._of_path(target.on_disk(text), called)
        if called is not None:
            raise target.no_folder(text)
        return target.in_cache(self.branch(text))

    def require_set(self, meant: Target) -> None:
        """Refuse a weight set that a branch had not when it was last seen, if it ever was.

        Raises:
            BadInput: it holds no such set.
        """
        if meant.weight_set is None or not repositories.is_observed(
            self._connection, str(meant.repo_id)
        ):
            return
        from catalog.core import weightsets  # noqa: PLC0415 - for this question alone
        from catalog.verbs import judging  # noqa: PLC0415 - as above

        revision = meant.revision or MAIN
        judged = judging.judge_some(self._connection, [str(meant.repo_id)], lambda _: {revision})
        for branch in judged:
            held = [each.name for each in branch.weight_sets]
            if branch.revision == revision and meant.weight_set not in held:
                raise weightsets.no_such_set(meant.branch, meant.weight_set, held)

    def _read(self, text: str, *, sets: bool = True) -> "tuple[CheckpointRef, Model]":
        """Return a REF in parts, and its model today; the watcher hears of a former name."""
        ref = refs.parse(text)
        try:
            model = queries.named(self._connection, ref.model)
        except UnknownName:
            ref = ref._replace(model=repositories.former(self._connection, ref.model))
            model = queries.named(self._connection, ref.model)
        if ref.revision is None and not spelling.is_same(ref.model, model.name):
            name, step = refs.step_apart(ref.model)  # `Pythia 70M step 3000`
            ref = ref._replace(model=name, revision=step)
        target.remark(self.watcher, ref.model, model.name)
        if ref.weight_set is not None and not sets:
            raise target.names_one_set(text, ref)
        return ref, model

    def _branch(
        self, text: str, *, sets: bool = True, observed: bool = False
    ) -> "tuple[CheckpointRef, Target]":
        try:
            ref, model = self._read(text, sets=sets)
        except UnknownName as unknown:
            ref = repositories.unlisted(self._connection, text, unknown, observed=observed)
            revision = ref.revision or MAIN
            return ref, Target(
                text, revision=revision, weight_set=ref.weight_set, repo_id=ref.model
            )
        if repositories.is_copy(self._connection, ref, model):
            return ref, Target(
                text, revision=ref.revision, weight_set=ref.weight_set, repo_id=model.repo_id
            )
        meant = self._checkpoint(text, ref, model)
        if meant.repo_id is None or meant.revision is None:
            raise target.never_published(model.name)
        return ref, meant

    def _by_branch(self, ref: "CheckpointRef", model: "Model") -> "CheckpointRef":
        if not refs.is_commit(ref.revision or ""):
            return ref
        from catalog.verbs import commits  # noqa: PLC0415 - for a commit alone

        return commits.branch_of(self._connection, model, ref, self.watcher)

    def _checkpoint(self, text: str, ref: "CheckpointRef", model: "Model") -> Target:
        located = self._located(ref, model)
        is_main = model.repo_id is not None and ref.revision in (None, MAIN)
        return Target(
            text,
            model=model,
            checkpoint=located.checkpoint,
            revision=MAIN if is_main else located.checkpoint.revision,
            weight_set=ref.weight_set,
            repo_id=model.repo_id,
            distance=located.distance,
        )

    def _located(self, ref: "CheckpointRef", model: "Model") -> "Located":
        """Return the checkpoint of a REF; the watcher hears how far the nearest one is."""
        located = queries.located(self._connection, model, ref.revision)
        if located.distance is not None:
            self.watcher.remark(located.remark(model, str(ref.revision)))
        return located

    def _of_path(self, path: Target, called: str | None) -> Target:
        """Add what `--as`, or else the folder's place in the Hub's cache, says."""
        from catalog.verbs import claims  # noqa: PLC0415 - for a path alone
        from catalog.weights import cache  # noqa: PLC0415 - as above

        about, claim = Meaning(self._connection).about, claims.of(path.path)
        if called is not None:
            meant = self._checkpoint(path.text, *self._read(called))
            revision = None if meant.checkpoint is None else meant.checkpoint.revision
            meant = meant._replace(path=path.path, commit=path.commit, revision=revision)
            return claims.beside(about, meant, claim)
        if claim is not None:
            return claims.applied(about, path, claim)
        place = cache.identify(path.path) if path.path is not None else None
        if place is None:
            return path
        try:
            model = queries.named(self._connection, place.repo_id)
        except UnknownName:
            return path
        checkpoint = self._of_snapshot(model, place.revisions)
        revision = None if checkpoint is None else checkpoint.revision
        return path._replace(
            model=model, checkpoint=checkpoint, revision=revision, repo_id=model.repo_id
        )

    def _of_snapshot(self, model: "Model", revisions: Sequence[str]) -> "Checkpoint | None":
        """Return the checkpoint that a snapshot's branches mean; `main` only if no other does."""
        for revision in sorted(revisions, key=lambda name: name == MAIN):
            try:
                return queries.located(self._connection, model, revision).checkpoint
            except UnknownName:
                continue
        return None

    # Which models, which repositories ----------------------------------------------------------

    def models(self, texts: Sequence[str]) -> "list[Model]":
        """Return the models that names of suites and models mean, each once; all for no name.

        A suite's name that is a model's too means the suite.

        Raises:
            BadInput: a text names one checkpoint or weight set.
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
                ref, model = self._read(text, sets=False)
                target.require_whole(text, ref)
                chosen.append(model)
        return list({model.id: model for model in chosen}.values())

    def repositories(self, texts: Sequence[str], *, observed: bool = False) -> list[str]:
        """Return the repositories that models, suites and repositories' names mean, each once.

        Args:
            texts: as written; OWNER/NAME of no known model is that repository.
            observed: of those without a known model only such as were looked at will do.

        Raises:
            BadInput: a model was never published, or a text names one checkpoint.
            UnknownName: neither a model nor a suite, and not a repository's full name.
        """
        repo_ids: list[str] = []
        for text in texts:
            try:
                chosen = self.models([text])
            except UnknownName as unknown:
                ref = repositories.unlisted(self._connection, text, unknown, observed=observed)
                target.require_whole(text, ref)
                repo_ids.append(ref.model)
                continue
            published = [model.repo_id for model in chosen if model.repo_id is not None]
            if not published:
                raise target.none_published(text, chosen)
            repo_ids += published
        return list(dict.fromkeys(repo_ids))
