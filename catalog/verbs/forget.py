"""Takes back what `populate` recorded of a checkpoint; what was observed on the Hub stays."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalog.errors import BadInput, CouldNotCheck
from catalog.sql.queries import weights as queries
from catalog.sql.records import weights as records

if TYPE_CHECKING:
    from datetime import datetime

    from catalog.sql.connections import Writer
    from catalog.verbs.target import Target


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was taken back.

    Attributes:
        model: whose checkpoint it was.
        revision: which one, None where it has no branch.
        observations: how many times it had been recorded.
        recorded_at: when it was last recorded.
        manifest_digest: of the files on that record.
    """

    model: str
    revision: str | None
    observations: int
    recorded_at: "datetime"
    manifest_digest: str


def record_of(connection: "Writer", about: "Target") -> Forgotten:
    """Remove the record of a checkpoint; every verification of it stays.

    Raises:
        BadInput: no checkpoint was named.
        CouldNotCheck: nothing is on record of it.
    """
    if about.model is None or about.checkpoint is None:
        raise BadInput(f"{about.text} names no checkpoint", "write MODEL@REVISION")
    record = queries.recorded(connection, about.checkpoint.id)
    if record is None:
        raise CouldNotCheck(f"nothing is on record of {about.name}")
    removed = records.forget(connection, about.checkpoint.id)
    return Forgotten(
        about.model.name,
        about.checkpoint.revision,
        removed,
        record.observed_at,
        record.manifest.digest,
    )
