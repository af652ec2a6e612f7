"""What is on record of a checkpoint, and is it here as it is there?

Reads its files to say so, or trusts their state.

What is on record whole need not be digested tensor by tensor, nor run, a second time.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalog.core import filenames, refs
from catalog.core.fingerprints import VERSION, Fingerprint
from catalog.core.manifests import Manifest
from catalog.core.observers import NOBODY, Words
from catalog.core.verdicts import Level, Verdict
from catalog.core.witnesses import Recorded
from catalog.errors import BadInput, CheckedBad
from catalog.progress import Watcher
from catalog.sql.queries import models
from catalog.sql.queries import weights as queries
from catalog.verbs import disagreeing, reading
from catalog.verbs.expecting import Ask, nobody
from catalog.verbs.listing import listed, require_there, tensor_sets
from catalog.weights import seen

if TYPE_CHECKING:
    from catalog.sql.connections import Reader
    from catalog.verbs.target import Target
    from catalog.weights.files import Found


@dataclass(frozen=True, slots=True)
class Known:
    """What the catalog knows of a checkpoint before it is read.

    Args:
        plan: what its weights must look like.
        recorded: its record, None where there is none.
        fingerprints: on record, by weight set.
        ask: asks every other witness how files stand to the checkpoint's name.
        words: what several observers say of it.
    """

    plan: reading.Plan
    recorded: Recorded | None
    fingerprints: Mapping[str, Sequence[Fingerprint]]
    ask: Ask = nobody
    words: Words = NOBODY


@dataclass(frozen=True, slots=True)
class Unchanged:
    """Files that are as the record has them.

    Args:
        manifest: they.
        note: how that is known, where they were not read.
    """

    manifest: Manifest
    note: str | None = None

    def is_of(self, before: "Known") -> bool:
        """Return whether that is still what is on record."""
        record = before.recorded
        return record is not None and (
            filenames.of_checkpoint(record.manifest).digest == self.manifest.digest
        )


@dataclass(frozen=True, slots=True)
class Wanted:
    """What must be on record.

    Args:
        level: how much.
        device: what ran the network, `cpu` or `cuda`; None: anything.
        dtype: in which arithmetic.
    """

    level: Level
    device: str | None = None
    dtype: str = "float32"

    @classmethod
    def of(cls, level: Level, device: str, dtype: str) -> "Wanted":
        """Return what options ask for; `auto` is any device, and float32."""
        kind = device.partition(":")[0]
        return cls(level, None if kind == "auto" else kind, "float32" if dtype == "auto" else dtype)

    def is_met(self, known: Fingerprint) -> bool:
        """Return whether a fingerprint is what is wanted; one of an old version is not."""
        ran = known.environment
        return (
            known.version == VERSION
            and self.dtype == ran.dtype
            and self.device in (None, ran.device)
        )


def known(connection: "Reader", target: "Target", ask: Ask = nobody) -> Known:
    """Return what the catalog knows of a target.

    Args:
        connection: an open catalog.
        target: which checkpoint.
        ask: asks the other witnesses, when the files were read and the catalog is closed.

    Raises:
        BadInput: nothing says which checkpoint it is, or nothing is at its path.
        UnknownName: it is of no known model.
    """
    if target.model is None and target.repo_id is not None:
        models.named(connection, refs.parse(target.text).model)  # says that it is none
    if target.claim is not None and target.claim.problem is not None:
        raise CheckedBad(f"{target.text}: {target.claim.problem}")
    if target.model is None or target.checkpoint is None:
        raise BadInput(
            f"nothing says which checkpoint {target.text} is", "say so with --as MODEL@REVISION"
        )
    if target.path is not None:
        require_there(target)
    if target.path is not None and target.path.is_file():
        raise BadInput(f"{target.text} is a file", "give the folder that holds config and weights")
    recorded = queries.recorded(connection, target.checkpoint.id, target.commit)
    ids = {} if recorded is None else recorded.set_ids
    return Known(
        plan=reading.plan_of(connection, target.model),
        recorded=recorded,
        fingerprints={name: queries.fingerprints(connection, row) for name, row in ids.items()},
        ask=ask,
        words=disagreeing.words(connection, target.checkpoint.id),
    )


def _has(before: Known, listing: "Found", target: "Target", wanted: Wanted) -> bool:
    """Return whether the record has all that is asked of the weight sets that are here."""
    record = before.recorded
    if record is None or record.commit != (target.commit or record.commit):
        return False
    if wanted.level is Level.FILES:
        return True
    sets = [each.name for each in tensor_sets(target, listing)]
    if not sets or not record.sets.keys() >= set(sets):
        return False
    return wanted.level is Level.WEIGHTS or all(
        any(wanted.is_met(old) for old in before.fingerprints[name]) for name in sets
    )


def trusted(target: "Target", before: Known, wanted: Wanted) -> Unchanged | None:
    """Return the files of a target where all is on record, and they are in the state of last time.

    Args:
        target: which checkpoint.
        before: what the catalog knows of it.
        wanted: what must be on record.

    Raises:
        CouldNotCheck: the folder could not be read.
    """
    if target.path is None or before.recorded is None:
        return None
    listing = listed(target)
    if not _has(before, listing, target, wanted):
        return None
    files = filenames.of_checkpoint(before.recorded.manifest)
    last = seen.recall(listing, seen.state(listing))
    if last is None or last.manifest_digest != files.digest:
        return None
    return Unchanged(files, f"not read again: size, times and inode as on {last.day}")


def find(
    target: "Target",
    before: Known,
    wanted: Wanted,
    watcher: Watcher,
    workers: int | None = None,
) -> Unchanged | None:
    """Return the files of a target where they and all else are on record, None where not.

    Args:
        target: with a path.
        before: what the catalog knows of it.
        wanted: what must be on record.
        watcher: hears how far it is.
        workers: how many cores it may keep busy, None for all.

    Raises:
        CheckedBad: a file is broken.
        CouldNotCheck: a file could not be read.
    """
    if before.recorded is None or not _has(before, listed(target), target, wanted):
        return None
    watcher.report("reading, to compare with the record")
    observed = read(target, tensors=False, architecture=None, watcher=watcher, workers=workers)
    return among(target, observed, before, wanted)


def among(
    target: "Target", observed: reading.Observed, before: Known, wanted: Wanted
) -> Unchanged | None:
    """Return files that were read where they and all else are on record, None where not.

    Args:
        target: which checkpoint.
        observed: its files.
        before: what the catalog knows of it.
        wanted: what must be on record.
    """
    if before.recorded is None or not _has(before, listed(target), target, wanted):
        return None
    declared = reading.declared_check(observed)
    if declared is not None and declared.verdict is Verdict.FAILED:
        return None
    files = filenames.of_checkpoint(before.recorded.manifest)
    return Unchanged(observed.manifest) if files.digest == observed.manifest.digest else None


def read(
    target: "Target",
    *,
    tensors: bool,
    architecture: str | None,
    watcher: Watcher,
    workers: int | None = None,
) -> reading.Observed:
    """Read every file once, and remember in which state they were; else as `reading.read`."""
    listing = listed(target)
    began, before = time.time_ns(), seen.state(listing)
    observed = reading.read(
        target, tensors=tensors, architecture=architecture, watcher=watcher, workers=workers
    )
    seen.remember(listing, before, began, observed.manifest.digest)
    return observed
