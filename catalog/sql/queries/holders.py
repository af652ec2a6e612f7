"""Who holds certain bytes, by their digests."""

from collections.abc import Collection
from typing import TYPE_CHECKING

from catalog.core.models import RecordedFile

if TYPE_CHECKING:
    from catalog.sql.connections import Reader


def repositories(reader: "Reader", digests: Collection[str]) -> list[str]:
    """Return each `published.place` of which some commit has a file with one of these digests."""
    return reader.column("holders.repositories", digests=list(digests))


def files(reader: "Reader", digests: Collection[str]) -> list[RecordedFile]:
    """Return the recorded files with one of these digests; `paths` are all of the same record."""
    rows = reader.rows("holders.files", digests=list(digests))
    paths = {
        manifest_id: tuple(sorted(reader.column("weights.manifest", manifest_id=manifest_id)))
        for manifest_id in {row.manifest_id for row in rows}
    }
    recorded = [
        RecordedFile(
            row.name,
            row.repo_id,
            row.revision,
            row.commit,
            row.path,
            paths[row.manifest_id],
            row.sha256,
            row.git_sha1,
            row.published_step,
            row.observed_at,
            row.checkpoint_id,
            row.observer,
        )
        for row in rows
    ]
    return list(dict.fromkeys(recorded))
