"""Writes what was seen on the Hub: commits, indexes, looks, findings.

Commits and indexes are content: stored once, whoever points at them, each in a transaction of its
own if the caller likes; a look at the end then only names them. Looks are only ever appended.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime

import sqlalchemy as sa

from catalog.core.published import Commit, Finding, Look, LookStatus, Ref, RefKind, Scope
from catalog.sql import tables
from catalog.sql.connections import Writer
from catalog.sql.dialect import insert
from catalog.sql.queries.hub import PARTIAL, places


def put_repository(writer: Writer, kept: str) -> int:
    """Return the row of a `published.place`, new or known."""
    statement = insert(writer, tables.repository).values(repo_id=kept)
    writer.execute(statement.on_conflict_do_nothing(index_elements=["repo_id"]))
    known = sa.select(tables.repository.c.id).where(tables.repository.c.repo_id == kept)
    return int(writer.execute(known).scalar_one())


def put_commit(writer: Writer, repository_id: int, commit: Commit) -> bool:
    """Write a commit with its files; return whether that told anything new.

    What is known already stays: a full listing replaces one of the weights alone, and any listing
    replaces none.
    """
    place = {"repository_id": repository_id, "sha": commit.sha}
    statement = insert(writer, tables.hub_commit).values(
        **place, scope=commit.scope, status=_status(commit)
    )
    written = writer.execute(
        statement.on_conflict_do_nothing(index_elements=[*place]).returning(tables.hub_commit.c.id)
    ).scalar()
    if written is None:
        known = writer.execute(sa.select(tables.hub_commit).filter_by(**place)).one()
        if _rank(commit.scope, _status(commit)) <= _rank(known.scope, known.status):
            return False
        written = known.id
        of_it = tables.hub_commit.c.id == written
        change = sa.update(tables.hub_commit).where(of_it)
        writer.execute(change.values(scope=commit.scope, status=_status(commit)))
        writer.execute(sa.delete(tables.hub_file).where(tables.hub_file.c.hub_commit_id == written))
    _put_files(writer, written, commit)
    return True


def _status(commit: Commit) -> str:
    return "gone" if commit.gone else "read"


def _rank(scope: str, status: str) -> int:
    """Return how much is known of a commit."""
    if status == "gone":
        return 0
    return 1 if scope == Scope.WEIGHTS else 2


def _put_files(writer: Writer, commit_id: int, commit: Commit) -> None:
    rows = [
        {
            "hub_commit_id": commit_id,
            "path": file.path,
            "size_bytes": file.size_bytes,
            "sha256": file.sha256,
            "git_sha1": file.git_sha1,
        }
        for file in commit.files
    ]
    if rows:
        writer.execute(sa.insert(tables.hub_file), rows)


def put_index(writer: Writer, digest: str, weight_map: Mapping[str, str] | None) -> None:
    """Write what an index file says, by its digest, unless it is there.

    Args:
        writer: an open transaction.
        digest: `RemoteFile.digest` of the index file.
        weight_map: shard by tensor; None where the file is no readable index.
    """
    statement = insert(writer, tables.shard_index).values(
        digest=digest, weight_map=json.dumps(weight_map, separators=(",", ":"))
    )
    writer.execute(statement.on_conflict_do_nothing(index_elements=["digest"]))


def put_look(
    writer: Writer, repository_id: int, look: Look, observer: str | None = None
) -> LookStatus:
    """Append a look; return its status, `unchanged` where its refs are those of the one before.

    Before means by date: an inventory of last year may be imported today.

    Args:
        writer: an open transaction.
        repository_id: from `put_repository`.
        look: one whose refs' commits are all there (`put_commit`).
        observer: who looked, None where this catalog's keeper did.
    """
    row = {
        "observer": observer,
        "repository_id": repository_id,
        "observed_at": look.observed_at,
        "source": look.source,
        "digest": f"{PARTIAL}{look.digest}" if look.partial else look.digest,
        "requests": look.requests,
        "status": look.status,
    }
    if look.status not in (LookStatus.READ, LookStatus.UNCHANGED):
        writer.execute(sa.insert(tables.look).values(row))
        return look.status
    base = _refs_before(writer, repository_id, look.observed_at)
    if base is not None and set(base[1]) == set(look.refs):
        unchanged = {"status": LookStatus.UNCHANGED, "same_as_id": base[0]}
        writer.execute(sa.insert(tables.look).values(row | unchanged))
        return LookStatus.UNCHANGED
    row["status"] = LookStatus.READ
    written = writer.execute(
        sa.insert(tables.look).values(row).returning(tables.look.c.id)
    ).scalar_one()
    _put_refs(writer, repository_id, written, look)
    return LookStatus.READ


def _refs_before(
    writer: Writer, repository_id: int, moment: datetime | None
) -> tuple[int, set[Ref]] | None:
    """Return the newest refs up to a moment (None: before every date) and the look that has them.

    None where there is no such look.
    """
    undated = tables.look.c.observed_at.is_(None)
    earlier = undated if moment is None else sa.or_(undated, tables.look.c.observed_at <= moment)
    base = writer.execute(
        sa.select(sa.func.coalesce(tables.look.c.same_as_id, tables.look.c.id))
        .where(tables.look.c.repository_id == repository_id, earlier)
        .where(tables.look.c.status.in_([LookStatus.READ, LookStatus.UNCHANGED]))
        .order_by(
            tables.look.c.observed_at.is_not(None).desc(),
            tables.look.c.observed_at.desc(),
            tables.look.c.id.desc(),
        )
        .limit(1)
    ).scalar()
    if base is None:
        return None
    rows = writer.execute(
        sa.select(tables.branch.c.revision, tables.hub_commit.c.sha, tables.branch.c.kind)
        .join_from(tables.branch, tables.hub_commit)
        .where(tables.branch.c.look_id == base)
    )
    return base, {Ref(row.revision, row.sha, RefKind(row.kind)) for row in rows}


def _put_refs(writer: Writer, repository_id: int, look_id: int, look: Look) -> None:
    columns = (tables.hub_commit.c.sha, tables.hub_commit.c.id)
    known = sa.select(*columns).where(tables.hub_commit.c.repository_id == repository_id)
    ids = {row.sha: row.id for row in writer.execute(known)}
    rows = [
        {
            "look_id": look_id,
            "revision": ref.revision,
            "kind": ref.kind,
            "hub_commit_id": ids[ref.commit],
        }
        for ref in look.refs
    ]
    if rows:
        writer.execute(sa.insert(tables.branch), rows)


def forget(writer: Writer, kept: str) -> None:
    """Remove a `published.place`, and with it its looks, commits and findings."""
    writer.execute(sa.delete(tables.repository).where(tables.repository.c.repo_id == kept))


def settle_findings(
    writer: Writer,
    present: Mapping[str, Iterable[Finding]],
    *,
    now: datetime,
) -> tuple[int, int]:
    """Open the findings that are new and close those that an audit no longer makes.

    Args:
        writer: an open transaction.
        present: every present finding, by the repository that was audited; others are left alone.
        now: the day that is written down.

    Returns:
        How many were opened and how many closed.
    """
    opened = closed = 0
    kept = places(writer, present)
    for repo_id, findings in present.items():
        row = put_repository(writer, kept.get(repo_id, repo_id))
        standing = _open_findings(writer, row)
        wanted = {finding.identity: finding for finding in findings}
        gone = [number for identity, number in standing.items() if identity not in wanted]
        if gone:
            of_them = tables.finding.c.id.in_(gone)
            writer.execute(sa.update(tables.finding).where(of_them).values(closed_at=now))
        fresh = [finding for identity, finding in wanted.items() if identity not in standing]
        if fresh:
            rows = [_finding_row(finding, row, now) for finding in fresh]
            writer.execute(sa.insert(tables.finding), rows)
        opened, closed = opened + len(fresh), closed + len(gone)
    return opened, closed


def accept(writer: Writer, kept: str, findings: Iterable[Finding], *, now: datetime) -> int:
    """Close findings for good, because a user called right what they tell; return how many.

    Args:
        writer: an open transaction.
        kept: the `published.place` that they are about.
        findings: with the day of it in their evidence.
        now: the day that is written down.
    """
    row = put_repository(writer, kept)
    standing, every = _open_findings(writer, row), list(findings)
    for finding in every:
        closed = _finding_row(finding, row, now) | {"closed_at": now}
        if finding.identity in standing:
            of_it = tables.finding.c.id == standing[finding.identity]
            del closed["opened_at"]
            writer.execute(sa.update(tables.finding).where(of_it).values(closed))
        else:
            writer.execute(sa.insert(tables.finding).values(closed))
    return len(every)


def _open_findings(writer: Writer, repository_id: int) -> dict[tuple[str, str | None, str], int]:
    """Return the rows of a repository's standing findings, by `Finding.identity`."""
    rows = writer.execute(
        sa.select(
            tables.finding.c.rule,
            tables.finding.c.revision,
            tables.finding.c.message,
            tables.finding.c.id,
        ).where(
            tables.finding.c.repository_id == repository_id, tables.finding.c.closed_at.is_(None)
        )
    )
    return {(row.rule, row.revision, row.message): row.id for row in rows}


def _finding_row(finding: Finding, repository_id: int, now: datetime) -> dict[str, object]:
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "model": finding.model,
        "repository_id": repository_id,
        "revision": finding.revision,
        "message": finding.message,
        "evidence": json.dumps(finding.evidence, sort_keys=True),
        "opened_at": now,
    }
