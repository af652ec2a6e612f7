"""Who holds certain bytes."""

import sqlalchemy as sa

from catalog.sql.tables import (
    checkpoint,
    file,
    hub_commit,
    hub_file,
    model,
    observation,
    repository,
)

_DIGESTS: sa.BindParameter[str] = sa.bindparam("digests", expanding=True)
REPOSITORIES = (
    sa.select(repository.c.repo_id)
    .where(
        repository.c.id.in_(
            sa.select(hub_commit.c.repository_id)
            .join_from(hub_file, hub_commit)
            .where(hub_file.c.sha256.in_(_DIGESTS) | hub_file.c.git_sha1.in_(_DIGESTS))
        )
    )
    .order_by(repository.c.repo_id)
)

FILES = (
    sa.select(
        model.c.name,
        model.c.repo_id,
        checkpoint.c.revision,
        observation.c.commit,
        file.c.path,
        file.c.manifest_id,
        file.c.sha256,
        file.c.git_sha1,
        checkpoint.c.published_step,
        observation.c.observed_at,
        observation.c.checkpoint_id,
        observation.c.observer,
    )
    .select_from(file)
    .join(observation, observation.c.manifest_id == file.c.manifest_id)
    .join(checkpoint, checkpoint.c.id == observation.c.checkpoint_id)
    .join(model, model.c.id == checkpoint.c.model_id)
    .where(file.c.sha256.in_(_DIGESTS) | file.c.git_sha1.in_(_DIGESTS))
    .order_by(observation.c.id, file.c.path)
)
