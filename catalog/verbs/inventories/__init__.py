"""Inventories: what somebody wrote down of a repository's branches and weight files, as looks.

An inventory is complete for the branches and the weight files of each repository that it names,
and silent on other files. Importing one again changes nothing.
"""

import hashlib
from datetime import datetime
from typing import TYPE_CHECKING

from catalog.core import published
from catalog.core.inventories import COLUMNS, Observation, read
from catalog.core.published import Commit, Look, LookStatus, Synced
from catalog.errors import CheckedBad
from catalog.sql.queries import hub as queries
from catalog.sql.records import hub as records

if TYPE_CHECKING:
    from catalog.sql.connections import Writer

__all__ = ["COLUMNS", "Observation", "read", "store", "sync"]


def sync(
    connection: "Writer",
    content: bytes,
    *,
    label: str,
    observed_at: datetime | None = None,
    source: str | None = None,
) -> list[Synced]:
    """Import an inventory in CSV.

    Args:
        connection: an open transaction.
        content: the file's bytes.
        label: what errors call it.
        observed_at: when it was taken; None where that is unknown.
        source: who took it; its digest where that is unknown.

    Raises:
        BadInput: "LABEL:LINE: what is wrong"; the file is refused whole.
        CheckedBad: it says of a known commit that it has other files.
    """
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    return [
        store(connection, one, _look(one, observed_at, source or digest, digest))
        for one in read(content, label=label)
    ]


def _look(one: Observation, moment: datetime | None, source: str, digest: str) -> Look:
    return Look(moment, source, digest, refs=one.refs)


def store(connection: "Writer", one: Observation, look: Look) -> Synced:
    """Write what an inventory says of one repository, unless exactly this is there."""
    earlier = queries.looks(connection, one.repo_id)
    if any(_tells_no_more(look, known) for known in earlier):
        return Synced(one.repo_id, 0, len(one.refs), 0, 0, "known")
    row = records.put_repository(connection, one.repo_id)
    known = queries.commits(connection, row)
    for commit in one.commits:
        _require_agreement(one.repo_id, commit, known.get(commit.sha))
    new = sum(records.put_commit(connection, row, commit) for commit in one.commits)
    status = records.put_look(connection, row, look)
    changed = 0 if status is LookStatus.UNCHANGED else _changes(earlier, look)
    return Synced(one.repo_id, look.requests, len(one.refs), new, changed, status.value)


def _tells_no_more(look: Look, known: Look) -> bool:
    """Return whether a look on record came from the same file and says as much about itself."""
    unsigned = look.source == look.digest
    same_day = look.observed_at in (known.observed_at, None)
    return look.digest == known.digest and same_day and (unsigned or look.source == known.source)


def _changes(earlier: list[Look], look: Look) -> int:
    """Return how many refs differ from the look before, in time."""
    told = [
        one
        for one in earlier
        if one.status in (LookStatus.READ, LookStatus.UNCHANGED)
        and (one.observed_at is None or (look.observed_at and one.observed_at <= look.observed_at))
    ]
    return len(published.changes(told[-1].refs, look.refs, {})) if told else 0


def _require_agreement(repo_id: str, told: Commit, known: Commit | None) -> None:
    """Raise where an inventory contradicts what is on record of a commit: commits never change."""
    if known is None or known.gone:
        return
    on_record = {file.path: file.sha256 for file in known.files}
    for file in told.files:
        if on_record.get(file.path, file.sha256) != file.sha256:
            raise CheckedBad(
                f"{repo_id}@{told.sha}: {file.path} is on record with other bytes",
                "a commit never changes: the inventory or the record is wrong",
            )
