"""What was seen on the Hub: repositories and their state, looks, commits, findings."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING

from catalog.core.published import (
    AS,
    HUB,
    Commit,
    Finding,
    Look,
    LookStatus,
    Ref,
    RefKind,
    RemoteFile,
    Repository,
    Scope,
    endpoint_of,
    place,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from catalog.sql.connections import Reader, Row


PARTIAL = "partial "
"""Stands before the digest of an inventory that named some branches only."""


def places(
    reader: "Reader", repo_ids: Collection[str] | None = None, at: str | None = None
) -> dict[str, str]:
    """Return which endpoint's looks speak of repositories: a `published.place` by name.

    One endpoint's alone: that which is asked now, else the Hub's, else that where the repository
    was seen last. What was never seen is left out.

    Args:
        reader: an open catalog.
        repo_ids: which; None takes every one.
        at: only the looks at this endpoint.
    """
    seen: defaultdict[str, list[tuple[datetime | None, str]]] = defaultdict(list)
    for kept, newest in reader.rows("hub.places"):
        repo_id = kept.rpartition(" ")[2]
        if at is None or kept == place(repo_id, at):
            seen[repo_id].append((newest, kept))
    named = seen if repo_ids is None else set(repo_ids) & seen.keys()
    return {repo_id: _chosen(reader, repo_id, seen[repo_id]) for repo_id in sorted(named)}


def _chosen(reader: "Reader", repo_id: str, seen: "list[tuple[datetime | None, str]]") -> str:
    every = {kept for _, kept in seen}
    for kept in (place(repo_id, reader.endpoint), repo_id):
        if kept in every:
            return kept
    return max((newest.isoformat() if newest else "", kept) for newest, kept in seen)[1]


def observed(reader: "Reader") -> list[str]:
    """Return the repositories that were looked at, by name."""
    return list(places(reader))


def known_commits(reader: "Reader", kept: str) -> dict[str, Scope]:
    """Return the commits that were read of a `published.place`, and how much of each is known."""
    rows = reader.rows("hub.known_commits", repo_id=kept)
    return {row.sha: Scope(row.scope) for row in rows}


def known_indexes(reader: "Reader") -> set[str]:
    """Return the digests of the index files whose content is known."""
    return set(reader.column("hub.index_digests"))


def indexes(reader: "Reader") -> dict[str, Mapping[str, str] | None]:
    """Return what every known index says, by its digest; None where it cannot be read."""
    return {row.digest: json.loads(row.weight_map) for row in reader.rows("hub.indexes")}


def refs_of(reader: "Reader", look_ids: Collection[int]) -> dict[int, tuple[Ref, ...]]:
    """Return the refs of looks, sorted by kind and name."""
    refs: dict[int, list[Ref]] = {look_id: [] for look_id in look_ids}
    for look_id, revision, sha, kind in reader.rows("hub.refs", look_ids=list(look_ids)):
        refs[look_id].append(Ref(revision, sha, RefKind(kind)))
    return {look_id: tuple(sorted(of_look)) for look_id, of_look in refs.items()}


def looks(reader: "Reader", repo_id: str, at: str | None = None) -> list[Look]:
    """Return every look at a repository, oldest first, each with the refs that it found.

    Args:
        reader: an open catalog.
        repo_id: its name.
        at: the endpoint, see `places`.
    """
    rows = _looks_at(reader, places(reader, [repo_id], at).values())
    refs = refs_of(reader, {row.same_as_id or row.id for row in rows})
    return [look_of(row, refs[row.same_as_id or row.id]) for row in rows]


def _looks_at(reader: "Reader", kept: Iterable[str]) -> "list[Row]":
    """Return the looks at some places, oldest first.

    Earlier versions kept what they saw at a mirror among the looks at the Hub: it does not count
    where there are looks at the Hub itself.
    """
    rows = reader.rows("hub.looks", repo_ids=list(kept))
    of_hub = {row.repo_id for row in rows if not _is_astray(row)}
    return [row for row in rows if row.repo_id not in of_hub or not _is_astray(row)]


def _is_astray(row: "Row") -> bool:
    """Return whether a look among those at the Hub was made elsewhere."""
    if row.digest is not None or endpoint_of(row.repo_id) != HUB:
        return False
    return "://" in (row.source or "") and not row.source.startswith(HUB)


def look_of(row: "Row", refs: tuple[Ref, ...]) -> Look:
    """Return a look; what is written before its digest says that it is of some branches only."""
    partial = (row.digest or "").startswith(PARTIAL)
    digest = row.digest.removeprefix(PARTIAL) if partial else row.digest
    status = LookStatus(row.status)
    return Look(row.observed_at, row.source, digest, row.requests, status, refs, partial)


def latest_look(reader: "Reader", repo_id: str, at: str | None = None) -> Look | None:
    """Return the newest look at a repository, None where there was none; `at` as in `places`."""
    repositories = state(reader, [repo_id], files=False, at=at)
    return repositories[0].look if repositories else None


def state(
    reader: "Reader",
    repo_ids: Collection[str] | None = None,
    *,
    files: bool = True,
    at: str | None = None,
) -> list[Repository]:
    """Return the state of repositories: the newest look, the newest refs, and their commits.

    Args:
        reader: an open catalog.
        repo_ids: which; None takes every observed one. Those never looked at are left out.
        files: also read the commits with their files.
        at: the endpoint, see `places`.
    """
    newest, bases = _newest(reader, places(reader, repo_ids, at))
    refs = refs_of(reader, [look_id for look_id in bases.values() if look_id is not None])
    repositories = []
    for repo_id in sorted(newest):
        base = bases[repo_id]
        current = () if base is None else refs[base]
        commits = _commits(reader, newest[repo_id].repository_id, current) if files else {}
        repositories.append(Repository(repo_id, look_of(newest[repo_id], current), commits))
    return repositories


def _newest(
    reader: "Reader", kept: Mapping[str, str]
) -> tuple[dict[str, "Row"], dict[str, int | None]]:
    """Return by repository its newest look, and the look that has its newest refs."""
    names = {where: repo_id for repo_id, where in kept.items()}
    newest: dict[str, Row] = {}
    bases: dict[str, int | None] = {}
    for row in _looks_at(reader, names):
        repo_id = names[row.repo_id]
        newest[repo_id] = row
        was_read = row.status in (LookStatus.READ, LookStatus.UNCHANGED)
        bases[repo_id] = (row.same_as_id or row.id) if was_read else bases.get(repo_id)
    return newest, bases


def _commits(reader: "Reader", repository_id: int, refs: Iterable[Ref]) -> dict[str, Commit]:
    """Return the commits that refs point at, with their files."""
    needed = {ref.commit for ref in refs}
    every = commits(reader, repository_id)
    return {sha: commit for sha, commit in every.items() if sha in needed}


def commits(reader: "Reader", repository_id: int) -> dict[str, Commit]:
    """Return every commit of a repository that was ever seen, with its files."""
    files: dict[int, list[RemoteFile]] = defaultdict(list)
    for commit_id, path, size, sha256, git_sha1 in reader.rows(
        "hub.commit_files", repository_id=repository_id
    ):
        files[commit_id].append(RemoteFile(path, size, sha256, git_sha1))
    return {
        row.sha: Commit(row.sha, tuple(files[row.id]), Scope(row.scope), row.status == "gone")
        for row in reader.rows("hub.commits", repository_id=repository_id)
    }


def repository_row(reader: "Reader", repo_id: str, at: str | None = None) -> int | None:
    """Return a repository's row, None where it was never seen; `at` as in `places`."""
    kept = places(reader, [repo_id], at).get(repo_id)
    row = None if kept is None else reader.first("hub.repository", repo_id=kept)
    return None if row is None else int(row.id)


def sharing(reader: "Reader", repo_ids: Collection[str]) -> list[str]:
    """Return the repositories that have a weight file in common with some, these included."""
    kept = places(reader, repo_ids)
    names = {where: repo_id for repo_id, where in places(reader).items()}
    sharing = reader.column("hub.sharing", repo_ids=list(kept.values()))
    return [names[where] for where in sharing if where in names]


def renamed(reader: "Reader") -> dict[str, str]:
    """Return the name under which a repository was looked at, by the name that it has now."""
    rows = reader.rows("hub.renamed")
    return {row.source.partition(AS)[2]: row.repo_id.rpartition(" ")[2] for row in reversed(rows)}


def changed(reader: "Reader", repo_ids: Collection[str]) -> list[str]:
    """Return those repositories of which two looks differ, or whose name changed."""
    names = {kept: repo_id for repo_id, kept in places(reader, repo_ids).items()}
    rows = reader.column("hub.changed")
    return [names[kept] for kept in rows if kept in names]


def accepted(
    reader: "Reader", repository_id: int, rules: Collection[str]
) -> dict[str | None, str | None]:
    """Return what a user called right in a repository: its commit or name now, by ref."""
    rows = reader.rows("hub.accepted", repository_id=repository_id, rules=list(rules))
    return {row.revision: json.loads(row.evidence)["after"] for row in rows}


def open_findings(
    reader: "Reader", wanted: "Callable[[Row], bool]" = lambda _: True
) -> list[Finding]:
    """Return the findings that the newest audits made, in the order of their opening.

    Those of the endpoints alone that speak of their repositories now; see `places`.

    Args:
        reader: an open catalog.
        wanted: tells by a finding's fields, its evidence unread, whether it is asked for.
    """
    names = {where: repo_id for repo_id, where in places(reader).items()}
    return [
        Finding(
            rule=row.rule,
            severity=row.severity,
            repo_id=names.get(row.repo_id, row.repo_id),
            model=row.model,
            revision=row.revision,
            message=row.message,
            evidence=json.loads(row.evidence),
        )
        for row in reader.rows("hub.open_findings")
        if (row.repo_id in names or row.repo_id.rpartition(" ")[2] not in names.values())
        and wanted(row)
    ]
