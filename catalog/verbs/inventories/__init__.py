"""Inventories: what somebody wrote down of a repository's branches and weight files, as looks.

An inventory is complete for the branches and the weight files of each repository that it names,
and silent on other files; a partial one is silent on other branches too. Importing one again
changes nothing.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from catalog.core import published
from catalog.core.digests import Digest
from catalog.core.inventories import COLUMNS, Observation, read
from catalog.core.published import Commit, Finding, Look, LookStatus, Synced
from catalog.errors import BadInput, CheckedBad
from catalog.sql.queries import hub as queries
from catalog.sql.records import hub as records
from catalog.verbs import moving

if TYPE_CHECKING:
    from catalog.sql.connections import Reader, Writer

__all__ = ["COLUMNS", "Observation", "read", "require_agreement", "store", "sync"]


def sync(
    connection: "Writer",
    content: bytes,
    *,
    label: str,
    observed_at: datetime | None = None,
    source: str | None = None,
    partial: bool = False,
) -> list[Synced]:
    """Import an inventory in CSV; tell what is not as it was at the looks beside it in time.

    Args:
        connection: an open transaction.
        content: the file's bytes.
        label: what errors call it.
        observed_at: when it was taken; None where that is unknown.
        source: who took it; its digest where that is unknown.
        partial: it names some branches, and says nothing of the others.

    Raises:
        BadInput: "LABEL:LINE: what is wrong"; the file is refused whole.
        CheckedBad: it says of a known commit that it has other files.
    """
    digest = str(Digest.of(content))
    synced = []
    for observation in read(content, label=label):
        earlier = queries.looks(connection, observation.repo_id, published.HUB)
        look = Look(observed_at, source or digest, digest, refs=observation.refs)
        if partial:
            look = _completed(look, earlier)
        stored = store(connection, observation, look)
        if stored.status == LookStatus.READ.value:
            stored = stored._replace(findings=_news(connection, stored.repo_id, look, earlier))
        synced.append(stored)
    return synced


def require_past(moment: datetime | None, now: datetime) -> None:
    """Refuse a time that is yet to come: such a look would count as newer than every real one.

    Raises:
        BadInput: it is more than a day ahead, which no clock or zone explains.
    """
    if moment is not None and moment > now + timedelta(days=1):
        raise BadInput(f"{moment:%Y-%m-%d} is yet to come", "give the day the inventory was taken")


def accepted(connection: "Writer", synced: Iterable[Synced], now: datetime) -> list[Synced]:
    """Record that every change which stands in the histories of repositories is right."""
    return [
        each._replace(
            findings=(), accepted=moving.accept(connection, each.repo_id, published.HUB, now)
        )
        for each in synced
    ]


def _news(
    connection: "Reader", repo_id: str, look: Look, earlier: list[Look]
) -> tuple[Finding, ...]:
    """Return what changed since the look before, or until the next where none was before."""
    pair = [_before(look, earlier), look]
    if pair[0] is None:
        pair = [look, _after(look, earlier)]
    looks = [each for each in pair if each is not None]
    return moving.between(connection, repo_id, published.HUB, looks)


def behind(connection: "Reader", synced: Iterable[Synced]) -> tuple[str, ...]:
    """Return the repositories of which a look with a date counts as newer than what was written."""
    return tuple(repository.repo_id for repository in synced if _is_behind(connection, repository))


def _is_behind(connection: "Reader", synced: Synced) -> bool:
    latest = queries.latest_look(connection, synced.repo_id, published.HUB)
    dated = latest is not None and latest.observed_at is not None
    return synced.status != "known" and dated


def _completed(look: Look, earlier: list[Look]) -> Look:
    """Return a look at some branches with what the one before it saw of the others."""
    before = _before(look, earlier)
    if before is None:
        return look._replace(partial=True)
    refs = {(ref.kind, ref.revision): ref for ref in (*before.refs, *look.refs)}
    return look._replace(refs=tuple(refs.values()), partial=before.partial)


def store(connection: "Writer", observation: Observation, look: Look) -> Synced:
    """Write what an inventory says of one repository, unless exactly this is there."""
    earlier = queries.looks(connection, observation.repo_id, published.HUB)
    if any(_tells_no_more(look, known) for known in earlier):
        return Synced(observation.repo_id, 0, len(observation.refs), 0, 0, "known")
    row = records.put_repository(connection, observation.repo_id)
    known = queries.commits(connection, row)
    for commit in observation.commits:
        require_agreement(observation.repo_id, commit, known.get(commit.sha))
    new = sum(records.put_commit(connection, row, commit) for commit in observation.commits)
    status = records.put_look(connection, row, look)
    changed = 0 if status is LookStatus.UNCHANGED else _changes(earlier, look)
    return Synced(observation.repo_id, look.requests, len(look.refs), new, changed, status.value)


def _tells_no_more(look: Look, known: Look) -> bool:
    """Return whether a look on record came from the same file and says as much about itself."""
    unsigned = look.source == look.digest
    same_day = look.observed_at in (known.observed_at, None)
    as_whole = look.partial or not known.partial
    same = look.digest == known.digest and same_day and as_whole
    return same and (unsigned or look.source == known.source)


def _changes(earlier: list[Look], look: Look) -> int:
    """Return how many refs differ from the look before, in time."""
    before = _before(look, earlier)
    return 0 if before is None else len(published.changes(before.refs, look.refs, {}))


def _before(look: Look, earlier: list[Look]) -> Look | None:
    """Return the newest look, up to a look's day, that saw refs."""
    read_looks = [
        before
        for before in earlier
        if before.status in (LookStatus.READ, LookStatus.UNCHANGED)
        and (
            before.observed_at is None
            or (look.observed_at and before.observed_at <= look.observed_at)
        )
    ]
    return read_looks[-1] if read_looks else None


def _after(look: Look, earlier: list[Look]) -> Look | None:
    """Return the oldest look after a look's day that saw refs."""
    later = (
        after
        for after in earlier
        if after.observed_at and look.observed_at and after.observed_at > look.observed_at
    )
    return next((after for after in later if after.refs), None)


def require_agreement(repo_id: str, stated: Commit, known: Commit | None) -> None:
    """Refuse what contradicts the record of a commit: commits never change.

    Raises:
        CheckedBad: a file has other bytes there.
    """
    if known is None or known.gone:
        return
    on_record = {file.path: file.sha256 for file in known.files}
    for file in stated.files:
        if on_record.get(file.path, file.sha256) != file.sha256:
            raise CheckedBad(
                f"{repo_id}@{stated.sha}: {file.path} is on record with other bytes",
                "a commit never changes: the inventory or the record is wrong",
            )
