"""What was observed of a repository, when, and what had changed since the look before."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalog.core import published
from catalog.core.published import LookStatus
from catalog.sql.queries import hub
from catalog.verbs.target import never_observed, no_branch

if TYPE_CHECKING:
    from datetime import datetime

    from catalog.sql.connections import Reader


@dataclass(frozen=True, slots=True)
class Entry:
    """One look at a repository.

    Attributes:
        repo_id: the repository.
        observed_at: when, None where nobody wrote it down.
        source: who told.
        digest: of the inventory it came from, None for the Hub itself.
        requests: what it cost.
        status: what it gave: `read`, `unchanged`, `gone` or `gated`.
        branches: how many refs there were.
        commit: of the branch that was asked for, else None.
        changes: what differs from the look before.
        renamed_to: the name that the repository had by then, None where it is this one.
    """

    repo_id: str
    observed_at: "datetime | None"
    source: str | None
    digest: str | None
    requests: int
    status: str
    branches: int
    commit: str | None
    changes: tuple[published.Change, ...]
    renamed_to: str | None = None


def entries(connection: "Reader", repo_id: str, revision: str | None = None) -> list[Entry]:
    """Return every look at a repository, oldest first, with its changes.

    Args:
        connection: an open catalog.
        repo_id: as on the Hub.
        revision: only the changes of this branch.

    Raises:
        CouldNotCheck: nobody ever looked at it.
        UnknownName: it never had such a branch.
    """
    looks = hub.looks(connection, repo_id)
    if not looks:
        raise never_observed(repo_id)
    row = hub.repository_row(connection, repo_id)
    commits = {} if row is None else hub.commits(connection, row)
    if revision is not None and all(
        ref.revision != revision for look in looks for ref in look.refs
    ):
        raise no_branch(repo_id, revision, {ref.revision for look in looks for ref in look.refs})
    made = []
    before: tuple[published.Ref, ...] = ()
    for look in looks:
        changes: tuple[published.Change, ...] = ()
        if before and look.refs:
            changes = published.changes(before, look.refs, commits)
        made.append(_entry(repo_id, look, changes, revision))
        before = look.refs or before
    return made


def everywhere(connection: "Reader") -> list[Entry]:
    """Return the looks at every repository that found something changed, oldest first.

    What was only looked at once, or never found otherwise, has none.
    """
    silent = (LookStatus.READ, LookStatus.UNCHANGED)
    changed = [
        entry
        for repo_id in hub.changed(connection, hub.observed(connection))
        for entry in entries(connection, repo_id)
        if entry.changes or entry.renamed_to or entry.status not in silent
    ]
    return sorted(changed, key=lambda e: (e.observed_at is not None, str(e.observed_at), e.repo_id))


def _entry(
    repo_id: str,
    look: published.Look,
    changes: tuple[published.Change, ...],
    revision: str | None,
) -> Entry:
    commits = [ref.commit for ref in look.refs if ref.revision == revision]
    return Entry(
        repo_id=repo_id,
        observed_at=look.observed_at,
        source=look.source,
        digest=look.digest,
        requests=look.requests,
        status=look.status.value,
        branches=len(look.refs),
        commit=commits[0] if commits else None,
        changes=tuple(c for c in changes if revision in (None, c.revision)),
        renamed_to=look.renamed_to,
    )
