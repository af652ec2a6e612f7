"""What the witnesses of a checkpoint know: what was declared for it, who else holds its bytes.

Gathers; what a disagreement becomes is decided in `catalog.verbs.witnessing`.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from catalog.core.branches import Label
from catalog.core.declared import Declaration
from catalog.core.published import Commit, Look, Ref
from catalog.core.refs import MAIN
from catalog.sql.queries import hub, models
from catalog.sql.queries import weights as queries
from catalog.verbs import holdings, judging
from catalog.verbs.holdings import Holding
from catalog.weights import cache

if TYPE_CHECKING:
    from catalog.core.branches import JudgedBranch, JudgedSet, Reasons
    from catalog.core.manifests import FileEntry
    from catalog.core.models import Checkpoint, Model
    from catalog.sql.connections import Reader
    from catalog.verbs.target import Target


def holders(connection: "Reader", entries: "Collection[FileEntry]") -> dict[str, list[Holding]]:
    """Return who holds the bytes of some files, as weights; by path."""
    digests = _digests(entries)
    return _by_path(entries, holdings.which(connection, digests) if digests else [])


def recorders(connection: "Reader", entries: "Collection[FileEntry]") -> dict[str, list[Holding]]:
    """Return of which checkpoints the bytes of some files are on record; by path."""
    digests = _digests(entries)
    return _by_path(entries, holdings.recorded(connection, digests) if digests else [])


def _digests(entries: "Iterable[FileEntry]") -> set[str]:
    return {digest for each in entries for digest in (each.sha256, each.git_sha1) if digest}


def _by_path(entries: "Iterable[FileEntry]", every: Sequence[Holding]) -> dict[str, list[Holding]]:
    weights = [
        holder
        for holder in every
        if holder.weight_set is not None and (holder.label is None or holder.label.claims)
    ]
    return {
        entry.path: [each for each in weights if {entry.sha256, entry.git_sha1} & each.digests]
        for entry in entries
    }


@dataclass
class Testimony:
    """A checkpoint, while its witnesses are asked; each at most once.

    Args:
        connection: an open catalog.
        target: which checkpoint; its commit and path are witnesses too, where it has them.
        model: whose it is.
        checkpoint: which one.
        branches: the judgement on its repository, where it was made already.
        notes: what a reader should know of it.
    """

    connection: "Reader"
    target: "Target"
    model: "Model"
    checkpoint: "Checkpoint"
    branches: "Iterable[JudgedBranch] | None" = None
    notes: list[str] = field(default_factory=list)

    # What it is --------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """What to call the checkpoint."""
        return f"{self.model.name}@{self.checkpoint.revision or MAIN}"

    @cached_property
    def is_final(self) -> bool:
        """Whether it is the last step, which is also what main should hold."""
        every = models.checkpoints(self.connection, self.model.id)
        return bool(every) and every[-1].id == self.checkpoint.id

    @cached_property
    def label(self) -> Label:
        """The checkpoint as the rules of equality know it."""
        revision = self.checkpoint.revision or ""
        return Label(
            self.model.repo_id or self.model.name,
            self.model.name,
            Ref(revision, self.commit or ""),
            self.checkpoint.published_step,
            final=self.is_final,
            claims=True,
        )

    @cached_property
    def commit(self) -> str | None:
        """The commit that the files came from, None where nothing says, or it is a copy's."""
        path = self.target.path
        place = None if path is None else cache.identify(path)
        is_copy = place is not None and place.repo_id != self.model.repo_id
        return None if is_copy else self.target.commit

    @property
    def revisions(self) -> tuple[str, ...]:
        """The branches that should hold it."""
        own = (self.checkpoint.revision,) if self.checkpoint.revision else ()
        return (*own, MAIN) if self.is_final else own

    def is_mine(self, holder: Holding) -> bool:
        """Return whether a holder is this very checkpoint."""
        if holder.model != self.model.name:
            return False
        if holder.checkpoint_id is not None:
            return holder.checkpoint_id == self.checkpoint.id
        return holder.revision in self.revisions

    # What was observed of it -------------------------------------------------------------------

    @cached_property
    def own_branches(self) -> "dict[str, JudgedBranch]":
        """The judged branches of its repository that were seen, by name."""
        repo_id = self.model.repo_id
        if repo_id is None or hub.latest_look(self.connection, repo_id) is None:
            return {}
        judged = self.branches
        if judged is None:
            judged = judging.judge(self.connection, [repo_id]).branches
        return {
            branch.revision: branch
            for branch in judged
            if branch.publication.repo_id == repo_id and branch.label is not None
        }

    @cached_property
    def declarations(self) -> tuple[Declaration, ...]:
        """What the Hub declared of it; of the commit alone that the files came from."""
        wanted = [self.own_branches[name] for name in self.revisions if name in self.own_branches]
        current = [made for branch in wanted if (made := _declaration(branch)) is not None]
        if self.commit is None:
            return tuple(current)
        same = tuple(each for each in current if each.commit == self.commit)
        return same or self._earlier(current)

    def _earlier(self, current: Sequence[Declaration]) -> tuple[Declaration, ...]:
        """Return what was declared of a commit that its branch pointed at before."""
        if not current:
            return ()
        repo_id, sha = str(self.model.repo_id), str(self.commit)
        row = hub.repository_row(self.connection, repo_id)
        commit = None if row is None else hub.commits(self.connection, row).get(sha)
        for look in reversed(hub.looks(self.connection, repo_id)):
            names = {ref.revision for ref in look.refs if ref.commit == sha} & set(self.revisions)
            if names and commit is not None and not commit.gone:
                self.notes.append(f"the branch has moved since: {current[0].source}")
                return (_of_commit(repo_id, min(names), commit, look),)
        self.notes.append(f"commit {sha[:8]} was never observed here; {current[0].source}, was")
        return ()

    def judged_set(self, revision: str | None, path: str) -> "JudgedSet | None":
        """Return the judged weight set that a file of one of its branches is in."""
        branch = self.own_branches.get(revision or "")
        sets = () if branch is None else branch.weight_sets
        return next((judged for judged in sets if path in judged.files), None)

    # What others are known to hold -------------------------------------------------------------

    @cached_property
    def reasons(self) -> "Reasons":
        """Why checkpoints may be equal."""
        return judging.reasons(self.connection)

    @cached_property
    def known(self) -> "dict[str, Model]":
        """The published models, by repository."""
        return judging.published_models(self.connection)

    def _is_of_family(self, holder: Holding) -> bool:
        """Return whether a holder is one that this checkpoint is compared with."""
        ours, theirs = self.model.repo_id, holder.repo_id
        if ours is None or theirs is None:
            return holder.model == self.model.name
        return judging.family(ours, self.known) == judging.family(theirs, self.known)

    def others(self, holders: Sequence[Holding]) -> list[Holding]:
        """Return the holders that are other checkpoints, none where all are right to be equal."""
        others = [
            holder
            for holder in holders
            if not self.is_mine(holder) and self._is_of_family(holder) and self._is_newest(holder)
        ]
        if not others:
            return []
        labels = {self.label, *(_label(holder) for holder in others)}
        return [] if self.reasons.covering(labels) else others

    def _is_newest(self, holder: Holding) -> bool:
        """Return whether a record is the one that counts: none is newer."""
        if holder.checkpoint_id is None:
            return True
        newest = queries.recorded(self.connection, holder.checkpoint_id)
        entry = None if newest is None else newest.manifest.entries.get(holder.file)
        return entry is not None and not {entry.sha256, entry.git_sha1}.isdisjoint(holder.digests)


def _declaration(branch: "JudgedBranch") -> Declaration | None:
    """Return what a branch's commit was declared to hold, None where nobody read it."""
    repository, label = branch.publication.repository, branch.label
    commit = None if label is None else repository.commits.get(label.ref.commit)
    if commit is None or commit.gone:
        return None
    return _of_commit(branch.publication.repo_id, branch.revision, commit, repository.look, branch)


def _of_commit(
    repo_id: str, revision: str, commit: Commit, look: Look, branch: "JudgedBranch | None" = None
) -> Declaration:
    files = {file.path: file for file in commit.files}
    return Declaration(repo_id, revision, commit.sha, files, look.observed_at, branch)


def _label(holder: Holding) -> Label:
    """Return a holder as the rules of equality know it."""
    if holder.label is not None:
        return holder.label
    who = str(holder.model or holder.repo_id)
    ref = Ref(holder.revision or "", holder.commit or "")
    return Label(holder.repo_id or who, who, ref, holder.step, final=False, claims=True)
