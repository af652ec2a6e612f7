"""What a pulled folder says of itself, in its `.catalog.json`, and whether its bytes bear it out.

The file is a lock of one checkpoint. Anybody can write one: it spares a reader `--as`, and vouches
for nothing. What contradicts the bytes, the name or the commit is a finding; what agrees with them
leaves the other witnesses to be asked.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from catalog.core import locks, manifests, weightsets, witnesses
from catalog.core.counts import count
from catalog.core.filenames import CLAIM
from catalog.core.loadargs import BESIDE
from catalog.core.locks import Lock, Locked
from catalog.core.manifests import Manifest
from catalog.core.verdicts import Check, Rule, Verdict
from catalog.errors import BadInput, CatalogError, UnknownName
from catalog.weights import manifest_files

if TYPE_CHECKING:
    from catalog.verbs.target import Target

About = Callable[[str], "Target"]
"""Returns what a REF means, without a remark: nobody typed what stands in a file."""


class Claim(NamedTuple):
    """What a folder says of itself.

    Attributes:
        lock: it, None where it cannot be understood.
        problem: why it cannot be believed before any byte was read, None where nothing is wrong.
    """

    lock: Lock | None
    problem: str | None = None

    @property
    def locked(self) -> Locked | None:
        """The checkpoint, None where it cannot be understood."""
        return None if self.lock is None else self.lock.checkpoints[0]

    @property
    def day(self) -> str:
        """When the folder was pulled, empty where it cannot be understood."""
        return "" if self.lock is None else locks.day_of(self.lock.text)


def of(folder: Path | None) -> Claim | None:
    """Return what a folder says of itself, None where it says nothing."""
    if folder is None or not os.path.lexists(folder / CLAIM):
        return None
    try:
        text = manifest_files.read(folder / CLAIM, "")
        lock = locks.parse(text, CLAIM)
    except CatalogError as error:
        return Claim(None, f"{CLAIM} is damaged: {error.what}")
    if len(lock.checkpoints) > 1:
        return Claim(None, f"{CLAIM} speaks of {len(lock.checkpoints)} checkpoints")
    return Claim(lock)


def applied(about: About, path: "Target", claim: Claim) -> "Target":
    """Return a folder as what it says of itself; of what cannot be, nothing is taken.

    Args:
        about: returns what a REF means.
        path: the folder.
        claim: what it says.
    """
    locked = claim.locked
    if locked is None:
        return path._replace(claim=claim)
    try:
        meant = about(locked.name)
    except UnknownName:  # of no suite here
        return path._replace(claim=claim, commit=locked.commit)
    except BadInput as error:
        return path._replace(claim=Claim(None, f"{CLAIM}: {error.what}"))
    saved = meant.checkpoint
    if saved is None or meant.repo_id != locked.repo_id or meant.distance is not None:
        why = f"{CLAIM} says {locked.name} of {locked.repo_id}, which is no checkpoint here"
        return path._replace(claim=claim._replace(problem=why))
    revision = saved.revision
    return meant._replace(
        text=path.text, path=path.path, commit=locked.commit, revision=revision, claim=claim
    )


def beside(about: About, meant: "Target", claim: Claim | None) -> "Target":
    """Return what a folder is said to be with what it says of itself, which may be another.

    Args:
        about: returns what a REF means.
        meant: the folder as what `--as` says.
        claim: what it says, None where it says nothing.
    """
    if claim is None or claim.problem is not None or claim.locked is None:
        return meant._replace(claim=claim)
    own = applied(about, meant._replace(checkpoint=None), claim)
    if own.checkpoint is not None and meant.checkpoint is not None:
        if own.checkpoint.id == meant.checkpoint.id:
            return meant._replace(claim=claim, commit=meant.commit or claim.locked.commit)
    elif own.claim is claim and claim.locked.repo_id == meant.repo_id:
        return meant._replace(claim=claim)
    why = f"{CLAIM} says that it is {claim.locked.name}, not {meant.name}"
    return meant._replace(claim=claim._replace(problem=why))


def problems(claim: Claim | None, held: Manifest | None) -> tuple[str, ...]:
    """Return why a folder is not what it says of itself, one sentence each.

    Args:
        claim: what it says, None where it says nothing.
        held: its files; None where they were not read.
    """
    if claim is None:
        return ()
    if claim.problem is not None or claim.locked is None:
        return (str(claim.problem),)
    if held is None:
        return ()
    difference = claim.locked.manifest.diff(held)
    # A note beside the weights changes nothing; weights or a tokenizer do.
    extra = tuple(path for path in difference.extra if _is_read(path))
    difference = manifests.ManifestDiff(extra, difference.missing, difference.different)
    if not difference:
        return ()
    return (f"changed since it was pulled on {claim.day}: {witnesses.in_words(difference)}",)


def _is_read(path: str) -> bool:
    """Return whether a loader may read a file."""
    return weightsets.is_part_of_weights(path) or path in BESIDE or path.endswith(".py")


def checks(claim: Claim | None, held: Manifest | None) -> list[Check]:
    """Return whether a folder is what it says of itself; nothing where it says nothing.

    Args:
        claim: what it says.
        held: its files, all of them; None where none was read: only a name that cannot be fails.
    """
    wrongs = problems(claim, held)
    if claim is None or (held is None and not wrongs):
        return []
    locked = claim.locked
    expected = CLAIM
    if locked is not None:
        expected = f"{locked.name}, commit {locked.commit[:8]}, by its {CLAIM}"
    verdict = Verdict.FAILED if wrongs else Verdict.PASSED
    files = count(len(held or ()), "file")
    seen = "; ".join(wrongs) or f"{files} as they were pulled on {claim.day}"
    return [Check(Rule.PULLED, verdict, expected, seen)]
