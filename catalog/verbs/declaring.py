"""What was last seen of a branch on the Hub, whichever repository it is of; it judges nothing."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalog.core.declared import dated
from catalog.core.published import Scope
from catalog.sql.queries import hub

if TYPE_CHECKING:
    from collections.abc import Mapping

    from catalog.core.published import RemoteFile
    from catalog.sql.connections import Reader


@dataclass(frozen=True, slots=True)
class Declared:
    """The files of a branch, as they were last seen.

    Args:
        commit: that the branch pointed at.
        files: as the Hub declared them, by path.
        source: which commit it is, and when it was seen.
        whole: every file is among them, not the weights alone.
    """

    commit: str
    files: "Mapping[str, RemoteFile]"
    source: str
    whole: bool


def declared(connection: "Reader", repo_id: str, revision: str) -> Declared | None:
    """Return the files of a branch as they were last seen, None where nobody saw them."""
    for repository in hub.state(connection, [repo_id]):
        for ref in repository.look.refs:
            commit = repository.commits.get(ref.commit)
            if ref.revision == revision and commit is not None and not commit.gone:
                files = {file.path: file for file in commit.files}
                when = dated("observed", repository.look.observed_at)
                source = f"commit {commit.sha[:8]} of {repo_id}@{revision}, {when}"
                return Declared(commit.sha, files, source, commit.scope is Scope.ALL)
    return None
