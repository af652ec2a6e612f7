"""What was seen on the Hub: repositories and their state, looks, commits, findings."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

import sqlalchemy as sa

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
from catalog.sql.tables import (
    branch,
    finding,
    hub_commit,
    hub_file,
    look,
    model,
    repository,
    shard_index,
)

# Looks without a date come first, in the order of their import.
_OLDEST_FIRST = (look.c.observed_at.is_not(None), look.c.observed_at, look.c.id)


def observed(connection: sa.Connection) -> list[str]:
    """Return the repositories that were looked at, by name."""
    looked = sa.select(look.c.repository_id)
    named = sa.select(repository.c.repo_id).where(repository.c.id.in_(looked))
    return list(connection.execute(named.order_by(repository.c.repo_id)).scalars())


def known_commits(connection: sa.Connection, repo_id: str) -> dict[str, Scope]:
    """Return the commits of a repository that were read, and how much of each is known."""
    rows = connection.execute(
        sa.select(hub_commit.c.sha, hub_commit.c.scope)
        .join_from(hub_commit, repository)
        .where(repository.c.repo_id == repo_id, hub_commit.c.status == "read")
    )
    return {row.sha: Scope(row.scope) for row in rows}


def known_indexes(connection: sa.Connection) -> set[str]:
    """Return the digests of the index files whose content is known."""
    return set(connection.execute(sa.select(shard_index.c.digest)).scalars())


def indexes(connection: sa.Connection) -> dict[str, Mapping[str, str] | None]:
    """Return what every known index says, by its digest; None where it cannot be read."""
    rows = connection.execute(sa.select(shard_index.c.digest, shard_index.c.weight_map))
    return {row.digest: json.loads(row.weight_map) for row in rows}


def _refs(connection: sa.Connection, look_ids: Collection[int]) -> dict[int, tuple[Ref, ...]]:
    """Return the refs of looks, sorted by kind and name."""
    found: dict[int, list[Ref]] = {number: [] for number in look_ids}
    rows = connection.execute(
        sa.select(branch.c.look_id, branch.c.revision, hub_commit.c.sha, branch.c.kind)
        .join_from(branch, hub_commit)
        .where(branch.c.look_id.in_(look_ids))
    )
    for look_id, revision, sha, kind in rows:
        found[look_id].append(Ref(revision, sha, RefKind(kind)))
    return {number: tuple(sorted(refs)) for number, refs in found.items()}


def looks(connection: sa.Connection, repo_id: str) -> list[Look]:
    """Return every look at a repository, oldest first, each with the refs that it found."""
    rows = connection.execute(
        sa.select(look)
        .join_from(look, repository)
        .where(repository.c.repo_id == repo_id)
        .order_by(*_OLDEST_FIRST)
    ).all()
    refs = _refs(connection, [row.id for row in rows if row.same_as_id is None])
    return [_look(row, refs[row.same_as_id or row.id]) for row in rows]


def _look(row: sa.Row[tuple[object, ...]], refs: tuple[Ref, ...]) -> Look:
    return Look(row.observed_at, row.source, row.digest, row.requests, LookStatus(row.status), refs)


def latest_look(connection: sa.Connection, repo_id: str) -> Look | None:
    """Return the newest look at a repository, None where there was none."""
    found = state(connection, [repo_id], files=False)
    return found[0].look if found else None


def state(
    connection: sa.Connection, repo_ids: Iterable[str] | None = None, *, files: bool = True
) -> list[Repository]:
    """Return the state of repositories: the newest look, the newest refs, and their commits.

    Args:
        connection: an open catalog.
        repo_ids: which; None takes every observed one. Those never looked at are left out.
        files: also read the commits with their files.
    """
    wanted = None if repo_ids is None else set(repo_ids)
    newest, bases = _newest(connection, wanted)
    refs = _refs(connection, [number for number in bases.values() if number is not None])
    found = []
    for name in sorted(newest):
        base = bases[name]
        told = () if base is None else refs[base]
        commits = _commits(connection, newest[name].repository_id, told) if files else {}
        found.append(Repository(name, _look(newest[name], told), commits))
    return found


def _newest(
    connection: sa.Connection, wanted: set[str] | None
) -> tuple[dict[str, sa.Row[tuple[object, ...]]], dict[str, int | None]]:
    """Return by repository its newest look, and the look that has its newest refs."""
    statement = sa.select(repository.c.repo_id, *look.c).join_from(look, repository)
    if wanted is not None:
        statement = statement.where(repository.c.repo_id.in_(wanted))
    newest: dict[str, sa.Row[tuple[object, ...]]] = {}
    bases: dict[str, int | None] = {}
    for row in connection.execute(statement.order_by(*_OLDEST_FIRST)):
        newest[row.repo_id] = row
        told = row.status in (LookStatus.READ, LookStatus.UNCHANGED)
        bases[row.repo_id] = (row.same_as_id or row.id) if told else bases.get(row.repo_id)
    return newest, bases


def _commits(
    connection: sa.Connection, repository_id: int, refs: Iterable[Ref]
) -> dict[str, Commit]:
    """Return the commits that refs point at, with their files."""
    needed = {ref.commit for ref in refs}
    return {sha: one for sha, one in commits(connection, repository_id).items() if sha in needed}


def commits(connection: sa.Connection, repository_id: int) -> dict[str, Commit]:
    """Return every commit of a repository that was ever seen, with its files."""
    files: dict[int, list[RemoteFile]] = defaultdict(list)
    columns = ("hub_commit_id", "path", "size_bytes", "sha256", "git_sha1")
    rows = connection.execute(
        sa.select(*(hub_file.c[column] for column in columns))
        .join_from(hub_file, hub_commit)
        .where(hub_commit.c.repository_id == repository_id)
        .order_by(hub_file.c.path)
    )
    for commit_id, *file in rows:
        files[commit_id].append(RemoteFile(*file))
    known = sa.select(hub_commit).where(hub_commit.c.repository_id == repository_id)
    return {
        row.sha: Commit(row.sha, tuple(files[row.id]), Scope(row.scope), row.status == "gone")
        for row in connection.execute(known)
    }


def repository_row(connection: sa.Connection, repo_id: str) -> int | None:
    """Return a repository's row, None where it was never heard of."""
    named = sa.select(repository.c.id).where(repository.c.repo_id == repo_id)
    return connection.execute(named).scalar()


def repositories_with(connection: sa.Connection, digests: Collection[str]) -> list[str]:
    """Return the repositories of which some commit has a file with one of these digests."""
    wanted = list(digests)
    has = hub_file.c.sha256.in_(wanted) | hub_file.c.git_sha1.in_(wanted)
    commits_of = sa.select(hub_commit.c.repository_id).join_from(hub_file, hub_commit).where(has)
    named = sa.select(repository.c.repo_id).where(repository.c.id.in_(commits_of))
    return list(connection.execute(named.order_by(repository.c.repo_id)).scalars())


def sharing(connection: sa.Connection, repo_ids: Collection[str]) -> list[str]:
    """Return the repositories that have a weight file in common with some, these included."""
    path = hub_file.c.path
    weights = sa.or_(*(path.like(f"%{suffix}") for suffix in (".safetensors", ".bin", ".pt")))
    commits_of = sa.select(hub_commit.c.id).join_from(hub_commit, repository)
    here = hub_file.c.hub_commit_id.in_(commits_of.where(repository.c.repo_id.in_(repo_ids)))
    equal = [
        column.in_(sa.select(column).where(here, weights, column.is_not(None)).distinct())
        for column in (hub_file.c.sha256, hub_file.c.git_sha1)
    ]
    places = sa.select(hub_commit.c.repository_id).join_from(hub_file, hub_commit)
    named = sa.select(repository.c.repo_id).where(
        repository.c.id.in_(places.where(sa.or_(*equal), weights))
    )
    return list(connection.execute(named).scalars())


def open_findings(connection: sa.Connection) -> list[Finding]:
    """Return the findings that the newest audits made, in the order of their opening."""
    columns = ("rule", "severity", "revision", "message", "evidence")
    rows = connection.execute(
        sa.select(repository.c.repo_id, model.c.name, *(finding.c[column] for column in columns))
        .select_from(
            finding.join(repository).outerjoin(model, model.c.repo_id == repository.c.repo_id)
        )
        .where(finding.c.closed_at.is_(None))
        .order_by(finding.c.id)
    )
    return [
        Finding(
            rule=row.rule,
            severity=row.severity,
            repo_id=row.repo_id,
            model=row.name,
            revision=row.revision,
            message=row.message,
            evidence=json.loads(row.evidence),
        )
        for row in rows
    ]
