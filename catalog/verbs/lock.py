"""Pins what a paper used, and compares it later: commit, weight set, every file's digest.

The weights' digests are those that the Hub declares; small files, of which it declares no SHA-256,
are read once. What a lock file looks like is in `catalog.core.locks`.
"""

import time
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.core import digests, loaders, witnesses
from catalog.core.digests import FileEntry, Manifest
from catalog.core.locks import ALONE, Lock, Locked, document, made, parse, together
from catalog.core.verdicts import Check, Level, Rule, Verdict, Verification
from catalog.errors import BadInput, CheckedBad
from catalog.progress import SILENT, Watcher
from catalog.verbs import choosing
from catalog.weights import cache, files, hashing, headers, manifests

if TYPE_CHECKING:
    from catalog.core.published import RemoteFile
    from catalog.hub.client import Client
    from catalog.sql.connections import Reader
    from catalog.verbs.target import Target

__all__ = [
    "Lock",
    "Locked",
    "check",
    "document",
    "made",
    "parse",
    "pin",
    "read",
    "together",
]

# Pinning ---------------------------------------------------------------------------------------


def pin(connection: "Reader", branch: "Target", client: "Client") -> Locked:
    """Return what a branch holds that is right; its repository was synced just now.

    Raises:
        CheckedBad: no right weights, nobody can tell whose they are, or a small file is not what
            the Hub declares.
        HubUnavailable: the Hub does not have the branch, or does not answer.
    """
    wanted, saved = choosing.asked(branch), branch.checkpoint
    choice = choosing.choose(connection, wanted, client)
    return Locked(
        ref=wanted.text,
        model=wanted.model,
        repo_id=wanted.repo_id,
        revision=wanted.revision,
        commit=choice.commit,
        weight_set=choice.chosen.name,
        verdict=choice.chosen.verdict.value,
        published_step=None if saved is None else saved.published_step,
        tokens_seen=None if saved is None else saved.tokens_seen,
        folder=ALONE,
        manifest=Manifest.of(_entry(choice, file, client) for file in choice.files),
    )


def _entry(choice: choosing.Choice, file: "RemoteFile", client: "Client") -> FileEntry:
    """Return a file's entry, without a download where the Hub declares its SHA-256."""
    declared = file.declared
    if declared is not None and declared.algorithm == digests.SHA256:
        return FileEntry(file.path, file.size_bytes, declared.hex)
    raw = client.small_file(choice.wanted.repo_id, choice.commit, file.path)
    entry = digests.entry_of(file.path, raw)
    if declared is None or not entry.agrees(declared):
        raise CheckedBad(f"{file.path} of {choice.wanted.repo_id} is not what the Hub declares")
    return entry


# Comparing -------------------------------------------------------------------------------------


def read(file: Path) -> tuple[Locked, ...]:
    """Return the checkpoints that a lock file pins.

    Raises:
        BadInput: there is none, it is no lock, was changed by hand, or is of a later version.
        CouldNotCheck: it cannot be read.
    """
    text = manifests.read(file, "write it with `catalog lock REF -o FILE`")
    return parse(text, str(file))


def check(
    locked: Locked, top: Path | None, source: str, watcher: Watcher = SILENT, *, now: datetime
) -> Verification:
    """Compare a pinned checkpoint with what is in a folder, or in the Hub's cache.

    Only what is pinned is compared; what else lies there is of no account, save that another
    weight set may be loaded instead: a note says so.

    Args:
        locked: what is pinned.
        top: the folder that holds `one.folder`; None for the Hub's cache.
        source: who says what is expected.
        watcher: hears how far it is.
        now: when it began.

    Raises:
        BadInput: there is no such folder.
        CouldNotCheck: a file cannot be read.
    """
    began = time.monotonic()
    folder, notes = (top / locked.folder, []) if top is not None else _cached(locked)
    expected = f"{source}: manifest {locked.manifest.digest}"
    held: Manifest | None = None
    compared = Check(Rule.FILES, Verdict.INCONCLUSIVE, expected, "not in the Hub's cache")
    if folder is not None:
        listing = _listed(folder)
        notes += _loads_other(listing, locked)
        held = _held(listing, locked, watcher)
        compared = _compared(locked, held, expected, in_cache=top is None)
    return Verification(
        target=locked.name,
        level=Level.FILES,
        checks=(compared,),
        expected=locked.manifest.digest,
        observed=None if held is None else held.digest,
        worst_difference=None,
        tolerance=None,
        environment=None,
        started_at=now,
        duration_s=time.monotonic() - began,
        notes=tuple(notes),
    )


def _listed(folder: Path) -> files.Found:
    listing = files.find(folder)
    if listing.is_file:
        raise BadInput(f"{folder} is a file", "give the folder that holds the checkpoint")
    return listing


def _held(listing: files.Found, locked: Locked, watcher: Watcher) -> Manifest:
    """Digest those of a folder's files that are pinned."""
    own = {path: file for path, file in listing.files.items() if path in locked.manifest.entries}
    pinned = replace(listing, files=own)
    watcher.expect(pinned.size_bytes)
    return hashing.digest_files(pinned, watcher.advance)


def _cached(locked: Locked) -> tuple[Path | None, list[str]]:
    """Return the pinned commit's snapshot, else the branch's, and what to know of it."""
    repository = cache.repository_folder(locked.repo_id)
    if not cache.is_repository(repository):
        return None, []
    if pinned := cache.snapshot(repository, locked.commit):
        return pinned, []
    moved = cache.snapshot(repository, locked.revision)
    if moved is None:
        return None, []
    note = f"the cache has commit {moved.name[:8]}, the lock pins {locked.commit[:8]}"
    return moved, [note]


def _compared(locked: Locked, held: Manifest, expected: str, *, in_cache: bool) -> Check:
    difference = locked.manifest.diff(held)
    if not difference:
        return Check(Rule.FILES, Verdict.PASSED, expected, f"{len(held)} files, as they are pinned")
    # Users download what they load, so a cache need not be whole.
    only_absent = in_cache and not difference.different
    verdict = Verdict.INCONCLUSIVE if only_absent else Verdict.FAILED
    return Check(Rule.FILES, verdict, expected, witnesses.in_words(difference))


def _loads_other(listing: files.Found, locked: Locked) -> list[str]:
    loaded = loaders.loaded(headers.sets_of(listing))
    if loaded is None or loaded.name == locked.weight_set:
        return []
    return [f"from_pretrained would load {loaded.name} here; what is pinned is {locked.weight_set}"]
