"""Which checkpoint a commit of the Hub is, by every look that was ever taken at its repository."""

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from catalog.core.models import Checkpoint
from catalog.core.refs import MAIN
from catalog.core.scores import settle
from catalog.errors import BadInput
from catalog.sql.queries import hub
from catalog.verbs.evals.naming import SAY_WHICH

if TYPE_CHECKING:
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
            BadInput: several checkpoints share the commit, and nothing tells which is meant.
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
            raise BadInput(f"commit {commit} of {repo_id} is that of {shared}: {SAY_WHICH}")
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
