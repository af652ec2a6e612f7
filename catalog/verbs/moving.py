"""What is no longer as it was seen: reads histories, and records what a user calls right."""

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING

from catalog.core.branches import moves
from catalog.core.published import Finding, Look, Repository
from catalog.sql.queries import hub
from catalog.verbs import judging

if TYPE_CHECKING:
    from datetime import datetime

    from catalog.core.models import Model
    from catalog.sql.connections import Reader, Writer


def findings(
    connection: "Reader", repo_ids: Collection[str], known: "dict[str, Model]"
) -> Iterator[Finding]:
    """Yield the changes in the histories of repositories that nobody accepted.

    Args:
        connection: an open catalog.
        repo_ids: which.
        known: the published models, by repository.
    """
    for repo_id in hub.changed(connection, repo_ids):
        model = known.get(repo_id)
        looks = hub.looks(connection, repo_id)
        yield from _made(connection, repo_id, looks, None if model is None else model.name)


def between(
    connection: "Reader", repo_id: str, endpoint: str, looks: Sequence[Look]
) -> tuple[Finding, ...]:
    """Return what the last of some looks at an endpoint found otherwise than the first."""
    row = hub.repository_row(connection, repo_id, endpoint)
    commits = {} if row is None else hub.commits(connection, row)
    repository = Repository(repo_id, looks[-1], commits)
    return tuple(moves.findings(repository, _model(connection, repo_id), looks, {}))


def accept(connection: "Writer", repo_id: str, endpoint: str, now: "datetime") -> int:
    """Record that every change which stands in a history is right; return how many there were."""
    from catalog.sql.records import hub as records  # noqa: PLC0415 - SQLAlchemy: to write only

    looks = hub.looks(connection, repo_id, endpoint)
    standing = _made(connection, repo_id, looks, _model(connection, repo_id), endpoint)
    return records.accept(
        connection,
        hub.places(connection, [repo_id], endpoint)[repo_id],
        [moves.accepted(finding, now) for finding in standing],
        now=now,
    )


def _made(
    connection: "Reader",
    repo_id: str,
    looks: Sequence[Look],
    model: str | None,
    endpoint: str | None = None,
) -> Iterator[Finding]:
    seen = [look for look in looks if look.refs]
    row = hub.repository_row(connection, repo_id, endpoint)
    if not seen or row is None:
        return
    accepted = hub.accepted(connection, row, moves.CODES)
    repository = Repository(repo_id, seen[-1], hub.commits(connection, row))
    yield from moves.findings(repository, model, seen, accepted)


def _model(connection: "Reader", repo_id: str) -> str | None:
    """Return the model that a repository publishes, None where it is no known one."""
    model = judging.published_models(connection).get(repo_id)
    return None if model is None else model.name
