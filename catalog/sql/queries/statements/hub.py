"""What was seen on the Hub: repositories, looks, commits, findings."""

import sqlalchemy as sa

from catalog.core.published import AS
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

_OF_REPOSITORY = repository.c.repo_id == sa.bindparam("repo_id")
_REPO_IDS = repository.c.repo_id.in_(sa.bindparam("repo_ids", expanding=True))

# What only ever answered that there is no such repository was never seen.
PLACES = (
    sa.select(repository.c.repo_id, sa.func.max(look.c.observed_at).label("newest"))
    .join_from(repository, look)
    .where(look.c.status != "gone")
    .group_by(repository.c.repo_id)
    .order_by(repository.c.repo_id)
)
REPOSITORY = sa.select(repository.c.id).where(_OF_REPOSITORY)

KNOWN_COMMITS = (
    sa.select(hub_commit.c.sha, hub_commit.c.scope)
    .join_from(hub_commit, repository)
    .where(_OF_REPOSITORY, hub_commit.c.status == "read")
)
COMMITS = sa.select(hub_commit).where(hub_commit.c.repository_id == sa.bindparam("repository_id"))
COMMIT_FILES = (
    sa.select(
        *(hub_file.c[c] for c in ("hub_commit_id", "path", "size_bytes", "sha256", "git_sha1"))
    )
    .join_from(hub_file, hub_commit)
    .where(hub_commit.c.repository_id == sa.bindparam("repository_id"))
    .order_by(hub_file.c.path)
)

INDEX_DIGESTS = sa.select(shard_index.c.digest)
INDEXES = sa.select(shard_index.c.digest, shard_index.c.weight_map)

RENAMED = (
    sa.select(repository.c.repo_id, look.c.source)
    .join_from(repository, look)
    .where(look.c.digest.is_(None), look.c.source.like(f"%{AS}%"))
    .order_by(look.c.observed_at.desc(), look.c.id.desc())
)

# Two looks with refs of their own differ; a new name is told in the source of a look.
CHANGED = (
    sa.select(repository.c.repo_id)
    .join_from(repository, look)
    .group_by(repository.c.repo_id)
    .having(
        sa.or_(
            sa.func.count(sa.case((look.c.status == "read", 1))) > 1,
            sa.func.count(sa.case((look.c.status.in_(("gone", "gated")), 1))) > 0,
            sa.func.count(sa.case((look.c.source.like(f"%{AS}%"), 1))) > 0,
        )
    )
    .order_by(repository.c.repo_id)
)

# Looks without a date come first, in the order of their import.
_LOOKS = (
    sa.select(repository.c.repo_id, *look.c)
    .join_from(look, repository)
    .order_by(look.c.observed_at.is_not(None), look.c.observed_at, look.c.id)
)
LOOKS = _LOOKS.where(_REPO_IDS)
REFS = (
    sa.select(branch.c.look_id, branch.c.revision, hub_commit.c.sha, branch.c.kind)
    .join_from(branch, hub_commit)
    .where(branch.c.look_id.in_(sa.bindparam("look_ids", expanding=True)))
)


def _sharing() -> sa.Select[tuple[str]]:
    """Return the repositories that have a weight file in common with some, these included."""
    suffixes = (".safetensors", ".bin", ".pt")
    weights = sa.or_(*(hub_file.c.path.like(f"%{suffix}") for suffix in suffixes))
    holders = sa.union(*map(_holders, (hub_file.c.sha256, hub_file.c.git_sha1), 2 * (weights,)))
    return sa.select(repository.c.repo_id).where(repository.c.id.in_(holders))


def _holders(digest: sa.Column[str], weights: sa.ColumnElement[bool]) -> sa.Select[tuple[int]]:
    """Return the repositories that hold weights with a digest of some repositories' weights."""
    own = (
        sa.select(digest.label("digest"))
        .join_from(repository, hub_commit)
        .join(hub_file)
        .where(_REPO_IDS, weights, digest.is_not(None))
        .distinct()
        .subquery("own")
    )
    return (
        sa.select(hub_commit.c.repository_id)
        .join_from(own, hub_file, digest == own.c.digest)
        .join(hub_commit)
        .where(weights)
    )


SHARING = _sharing()

ACCEPTED = (
    sa.select(finding.c.revision, finding.c.evidence)
    .where(
        finding.c.repository_id == sa.bindparam("repository_id"),
        finding.c.rule.in_(sa.bindparam("rules", expanding=True)),
        finding.c.closed_at.is_not(None),
        finding.c.evidence.like('%"accepted": "%'),
    )
    .order_by(finding.c.id)
)
OPEN_FINDINGS = (
    sa.select(
        repository.c.repo_id,
        sa.func.coalesce(model.c.name, finding.c.model).label("model"),
        *(finding.c[c] for c in ("rule", "severity", "revision", "message", "evidence")),
    )
    .select_from(finding.join(repository).outerjoin(model, model.c.repo_id == repository.c.repo_id))
    .where(finding.c.closed_at.is_(None))
    .order_by(finding.c.id)
)
