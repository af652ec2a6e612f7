"""Which checkpoint a commit of the Hub is, by every look that was ever taken at its repository."""

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from catalog.core.models import Checkpoint
from catalog.core.refs import MAIN
from catalog.core.scores import settle
from catalog.errors import BadInput, UnknownName
from catalog.sql.queries import hub, models

if TYPE_CHECKING:
    from catalog.core.models import Model
    from catalog.core.published import Look
    from catalog.core.refs import CheckpointRef
    from catalog.progress import Watcher
    from catalog.sql.connections import Reader


class Commits:
    """The commits that branches were seen to point at; reads each repository once."""

    def __init__(self, connection: "Reader") -> None:
        self._connection = connection
        self._branches: dict[str, dict[str, set[str]]] = {}

    def place(
        self,
        repo_id: str | None,
        commit: str,
        spots: Sequence[Checkpoint],
        stated: Checkpoint | None,
    ) -> Checkpoint | None:
        """Return the checkpoint of a commit, None where no look saw it.

        Args:
            repo_id: its repository, None for a model that was never published.
            commit: 40 hex digits.
            spots: the model's checkpoints.
            stated: the checkpoint that the file names beside; taken if several branches share the
                commit, and this is one of them.

        Raises:
            BadInput: several checkpoints share it, and nothing tells which is meant.
        """
        if repo_id is None:
            return None
        branches = self._of(repo_id).get(commit, set())
        last = settle.last(spots) if MAIN in branches else None
        # A branch that was left pointing at main's commit, or main at an inner step's: who of the
        # two owns the bytes, their commit does not tell.
        candidates = [spot for spot in spots if spot.revision in branches or spot is last]
        if stated is not None and any(spot.id == stated.id for spot in candidates):
            return stated
        if len(candidates) > 1:
            shared = ", ".join(str(spot.revision) for spot in candidates)
            raise BadInput(f"commit {commit} of {repo_id} is that of {shared}", "name a revision")
        return candidates[0] if candidates else None

    def is_observed(self, repo_id: str | None) -> bool:
        """Return whether anybody ever looked at a repository and found branches."""
        return repo_id is not None and bool(self._of(repo_id))

    def _of(self, repo_id: str) -> dict[str, set[str]]:
        if repo_id not in self._branches:
            branches: defaultdict[str, set[str]] = defaultdict(set)
            for look in hub.looks(self._connection, repo_id):
                for ref in look.refs:
                    branches[ref.commit].add(ref.revision)
            self._branches[repo_id] = dict(branches)
        return self._branches[repo_id]


def _whole(begins: str, looks: "Sequence[Look]") -> str:
    """Return the only commit in some looks that begins so; the beginning where there is none."""
    seen = {each.commit for look in looks for each in look.refs}
    commits = sorted(commit for commit in seen if commit.startswith(begins))
    if len(commits) > 1:
        raise BadInput(f"{begins} begins {len(commits)} commits: {', '.join(commits)}", "write one")
    return commits[0] if commits else begins


def branch_of(
    connection: "Reader", model: "Model", ref: "CheckpointRef", watcher: "Watcher"
) -> "CheckpointRef":
    """Return a REF by a commit as one by the branch that was seen at it.

    Args:
        connection: an open catalog.
        model: whose.
        ref: its revision is a commit, or the beginning of one.
        watcher: hears which branch it was, and when.

    Raises:
        BadInput: several checkpoints share the commit, or several commits begin so.
        UnknownName: no look at the model's repository saw it.
    """
    looks = hub.looks(connection, str(model.repo_id))
    commit = _whole(str(ref.revision), looks)
    spots = models.checkpoints(connection, model.id)
    spot = Commits(connection).place(model.repo_id, commit, spots, None)
    if spot is None:
        why = f"no look at {model.repo_id or model.name} ever saw commit {commit}"
        hint = f"`catalog sync {model.repo_id or model.name}` looks again"
        raise UnknownName("commit", commit, why=why, hint=hint)
    seen = [look.observed_at for look in looks if commit in {each.commit for each in look.refs}]
    days = [moment.date().isoformat() for moment in seen if moment is not None]
    when = f", last seen on {days[-1]}" if days else ""
    watcher.remark(f"{commit[:8]} is the commit of {model.name}@{spot.revision}{when}")
    return ref._replace(revision=spot.revision)
