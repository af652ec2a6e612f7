"""What a target is expected to be, and who says so: the record, its neighbours, or a manifest file.

A witness is a value; holding what is observed now against it is `catalog.verbs.verify`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.core import digests
from catalog.core.digests import Manifest
from catalog.core.fingerprints import Fingerprint
from catalog.core.verdicts import Level
from catalog.core.witnesses import Recorded
from catalog.errors import BadInput
from catalog.sql.queries import weights as queries
from catalog.verbs import reading, target
from catalog.weights import manifests, paths

if TYPE_CHECKING:
    from catalog.sql.connections import Reader
    from catalog.verbs.target import Target


@dataclass(frozen=True, slots=True)
class Witness:
    """What a target is compared with.

    Args:
        expected: the files it should have, None where nobody says.
        source: who says so: the record with its date, or a manifest file.
        recorded: the catalog's record, None where there is none.
        plan: what its weights must look like, None where nothing says.
        fingerprints: on record, by weight set.
        neighbours: recorded losses on natural text of the same run, by training step.
    """

    expected: Manifest | None = None
    source: str = ""
    recorded: Recorded | None = None
    plan: reading.Plan | None = None
    fingerprints: Mapping[str, Sequence[Fingerprint]] = field(default_factory=dict)
    neighbours: Mapping[int, float] = field(default_factory=dict)

    def by(self, manifest: Manifest, source: str) -> "Witness":
        """Return a manifest as the witness; what weights must look like stays known."""
        return Witness(manifest, source, plan=self.plan)


def on_record(connection: "Reader", target: "Target", level: Level) -> Witness:
    """Return what the catalog knows of a target, as far as the level needs it."""
    if target.model is None:
        return Witness()
    plan = reading.plan_of(connection, target.model)
    saved = target.checkpoint
    recorded = None if saved is None else queries.recorded(connection, saved.id, target.commit)
    deep = level.includes(Level.FORWARD)
    if recorded is None:
        losses = queries.text_losses(connection, target.model.id) if deep else {}
        return Witness(plan=plan, neighbours=losses)
    return Witness(
        expected=recorded.manifest,
        source=f"recorded {recorded.observed_at:%Y-%m-%d}",
        recorded=recorded,
        plan=plan,
        fingerprints={
            name: queries.fingerprints(connection, row) if deep else []
            for name, row in recorded.set_ids.items()
        },
        neighbours=queries.text_losses(connection, target.model.id) if deep else {},
    )


def manifest_at(file: Path) -> tuple[Manifest, str]:
    """Return a manifest file's manifest, and what to call it.

    Raises:
        BadInput: there is none, or it is no manifest.
        CouldNotCheck: it cannot be read.
    """
    text = manifests.read(file, "write it with `catalog hash -o`")
    return digests.parse_manifest(text, str(file)), str(file)


def by_manifest(text: str, manifest: Manifest, source: str) -> "tuple[Target, Witness]":
    """Return a path as the target and a manifest as its only witness; needs no catalog.

    Raises:
        BadInput: the text is no path.
    """
    if not paths.is_path(text):
        raise BadInput(f"{text!r} is not a path", "--against compares a folder or file")
    return target.on_disk(text), Witness(manifest, source)
