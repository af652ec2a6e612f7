"""What was seen on the Hub: repositories and their state, looks, commits, findings."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING

from catalog.core.published import (
    Commit,
    Finding,
    Look,
    LookStatus,
    Ref,
    RefKind,
    RemoteFile,
    Repository,
    Scope,
)

if TYPE_CHECKING:
    from catalog.sql.connections import Reader, Row


PARTIAL = "partial "
"""Stands before the digest of an inventory that named some branches only."""


def observed(reader: "Reader") -> list[str]:
    """Return the repositories that were looked at, by name."""
    return reader.column("hub.observed")


def known_commits(reader: "Reader", repo_id: str) -> dict[str, Scope]:
    """Return the commits of a repository that were read, and how much of each is known."""
    rows = reader.rows("hub.known_commits", repo_id=repo_id)
    return {row.sha: Scope(row.scope) for row in rows}


def known_indexes(reader: "Reader") -> set[str]:
    """Return the digests of the index files whose content is known."""
    return set(reader.column("hub.index_digests"))


def indexes(reader: "Reader") -> dict[str, Mapping[str, str] | None]:
    """Return what every known index says, by its digest; None where it cannot be read."""
    return {row.digest: json.loads(row.weight_map) for row in reader.rows("hub.indexes")}


def _refs(reader: "Reader", look_ids: Collection[int]) -> dict[int, tuple[Ref, ...]]:
    """Return the refs of looks, sorted by kind and name."""
    refs: dict[int, list[Ref]] = {look_id: [] for look_id in look_ids}
    for look_id, revision, sha, kind in reader.rows("hub.refs", look_ids=list(look_ids)):
        refs[look_id].append(Ref(revision, sha, RefKind(kind)))
    return {look_id: tuple(sorted(of_look)) for look_id, of_look in refs.items()}


def looks(reader: "Reader", repo_id: str) -> list[Look]:
    """Return every look at a repository, oldest first, each with the refs that it found."""
    rows = reader.rows("hub.looks", repo_ids=[repo_id])
    refs = _refs(reader, [row.id for row in rows if row.same_as_id is None])
    return [_look(row, refs[row.same_as_id or row.id]) for row in rows]


def _look(row: "Row", refs: tuple[Ref, ...]) -> Look:
    """Return a look; what is written before its digest says that it is of some branches only."""
    partial = (row.digest or "").startswith(PARTIAL)
    digest = row.digest.removeprefix(PARTIAL) if partial else row.digest
    status = LookStatus(row.status)
    return Look(row.observed_at, row.source, digest, row.requests, status, refs, partial)


def latest_look(reader: "Reader", repo_id: str) -> Look | None:
    """Return the newest look at a repository, None where there was none."""
    repositories = state(reader, [repo_id], files=False)
    return repositories[0].look if repositories else None


def state(
    reader: "Reader", repo_ids: Iterable[str] | None = None, *, files: bool = True
) -> list[Repository]:
    """Return the state of repositories: the newest look, the newest refs, and their commits.

    Args:
        reader: an open catalog.
        repo_ids: which; None takes every observed one. Those never looked at are left out.
        files: also read the commits with their files.
    """
    newest, bases = _newest(reader, repo_ids)
    refs = _refs(reader, [look_id for look_id in bases.values() if look_id is not None])
    repositories = []
    for repo_id in sorted(newest):
        base = bases[repo_id]
        current = () if base is None else refs[base]
        commits = _commits(reader, newest[repo_id].repository_id, current) if files else {}
        repositories.append(Repository(repo_id, _look(newest[repo_id], current), commits))
    return repositories


def _newest(
    reader: "Reader", repo_ids: Iterable[str] | None
) -> tuple[dict[str, "Row"], dict[str, int | None]]:
    """Return by repository its newest look, and the look that has its newest refs."""
    if repo_ids is None:
        rows = reader.rows("hub.every_look")
    else:
        rows = reader.rows("hub.looks", repo_ids=sorted(set(repo_ids)))
    newest: dict[str, Row] = {}
    bases: dict[str, int | None] = {}
    for row in rows:
        newest[row.repo_id] = row
        was_read = row.status in (LookStatus.READ, LookStatus.UNCHANGED)
        bases[row.repo_id] = (row.same_as_id or row.id) if was_read else bases.get(row.repo_id)
    return newest, bases


def _commits(reader: "Reader", repository_id: int, refs: Iterable[Ref]) -> dict[str, Commit]:
    """Return the commits that refs point at, with their files."""
    needed = {ref.commit for ref in refs}
    every = commits(reader, repository_id)
    return {sha: commit for sha, commit in every.items() if sha in needed}


def commits(reader: "Reader", repository_id: int) -> dict[str, Commit]:
    """Return every commit of a repository that was ever seen, with its files."""
    files: dict[int, list[RemoteFile]] = defaultdict(list)
    for commit_id, *file in reader.rows("hub.commit_files", repository_id=repository_id):
        files[commit_id].append(RemoteFile(*file))
    return {
        row.sha: Commit(row.sha, tuple(files[row.id]), Scope(row.scope), row.status == "gone")
        for row in reader.rows("hub.commits", repository_id=repository_id)
    }


def repository_row(reader: "Reader", repo_id: str) -> int | None:
    """Return a repository's row, None where it was never heard of."""
    row = reader.first("hub.repository", repo_id=repo_id)
    return None if row is None else int(row.id)


def sharing(reader: "Reader", repo_ids: Collection[str]) -> list[str]:
    """Return the repositories that have a weight file in common with some, these included."""
    return reader.column("hub.sharing", repo_ids=list(repo_ids))


def open_findings(reader: "Reader") -> list[Finding]:
    """Return the findings that the newest audits made, in the order of their opening."""
    return [
        Finding(
            rule=row.rule,
            severity=row.severity,
            repo_id=row.repo_id,
            model=row.model,
            revision=row.revision,
            message=row.message,
            evidence=json.loads(row.evidence),
        )
        for row in reader.rows("hub.open_findings")
    ]
