"""Takes back what `populate` recorded of a checkpoint, or what was observed of a repository."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalog.core.observers import HERE
from catalog.core.published import endpoint_of
from catalog.errors import BadInput, CouldNotCheck
from catalog.sql.queries import hub
from catalog.sql.queries import weights as queries
from catalog.sql.records import hub as observations
from catalog.sql.records import weights as records
from catalog.verbs.target import never_observed, never_published

if TYPE_CHECKING:
    from datetime import datetime

    from catalog.core.models import Checkpoint, Model
    from catalog.sql.connections import Writer
    from catalog.verbs.target import Target


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was taken back.

    Attributes:
        model: whose checkpoint it was.
        revision: which one, None where it has no branch.
        observations: how many times it had been recorded.
        recorded_at: when it was last recorded, None where it was not, but ran or verified.
        manifest_digest: of the files on that record.
        by: whose words were taken back, None for everybody's.
        fingerprints: how many of theirs went, where somebody was named.
        verifications: the same.
    """

    model: str
    revision: str | None
    observations: int
    recorded_at: "datetime | None"
    manifest_digest: str | None
    by: str | None = None
    fingerprints: int = 0
    verifications: int = 0


@dataclass(frozen=True, slots=True)
class ForgottenRepository:
    """What was taken back of a repository.

    Attributes:
        repo_id: which one.
        endpoint: where it had been looked at.
        looks: how many looks there were.
    """

    repo_id: str
    endpoint: str
    looks: int


def repository(connection: "Writer", about: "Target") -> ForgottenRepository:
    """Remove all that was observed of a repository at one endpoint, and what audits said of it.

    Raises:
        BadInput: the model was never published.
        CouldNotCheck: nobody ever looked at it.
    """
    if about.repo_id is None:
        raise never_published(about.name)
    repo_id = about.repo_id
    kept = hub.places(connection, [repo_id]).get(repo_id)
    if kept is None:
        raise never_observed(repo_id)
    looks = len(hub.looks(connection, repo_id))
    observations.forget(connection, kept)
    return ForgottenRepository(repo_id, endpoint_of(kept), looks)


def record_of(connection: "Writer", about: "Target") -> Forgotten:
    """Remove the record of a checkpoint; every verification of it stays.

    Raises:
        BadInput: no checkpoint was named.
        CouldNotCheck: nothing is on record of it.
    """
    model, saved = _checkpoint(about)
    record = queries.recorded(connection, saved.id)
    if record is None:
        raise CouldNotCheck(f"nothing is on record of {about.name}")
    removed = records.forget(connection, saved.id)
    return Forgotten(
        model.name,
        saved.revision,
        removed,
        record.observed_at,
        record.manifest.digest,
    )


def words_of(connection: "Writer", about: "Target", by: str | None) -> Forgotten:
    """Remove what one observer said of a checkpoint; what others said stays.

    Somebody else's verifications go too: they stay on record where they were made. One's own stay,
    and say nothing any more where they compared with what is taken back.

    Args:
        connection: a transaction of the caller's.
        about: which checkpoint.
        by: who observed, None for who keeps this catalog.

    Raises:
        BadInput: no checkpoint was named.
        CouldNotCheck: they said nothing of it.
    """
    model, saved = _checkpoint(about)
    taken = records.forget_words(connection, saved.id, by)
    if not any((taken.observations, taken.fingerprints, taken.verifications)):
        who = HERE if by is None else by
        raise CouldNotCheck(f"nothing that {who} said is on record of {about.name}")
    return Forgotten(
        model.name,
        saved.revision,
        taken.observations,
        taken.observed_at,
        taken.manifest_digest,
        by or HERE,
        taken.fingerprints,
        taken.verifications,
    )


def _checkpoint(about: "Target") -> "tuple[Model, Checkpoint]":
    if about.model is None or about.checkpoint is None:
        raise BadInput(f"{about.text} names no checkpoint", "write MODEL@REVISION")
    return about.model, about.checkpoint
