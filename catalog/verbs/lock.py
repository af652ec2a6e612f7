"""Pins what a paper used, and compares it later: commit, weight set, every file's digest.

A lock is a manifest file that also says which checkpoints its files are. The weights' digests are
those that the Hub declares; small files, of which it declares no SHA-256, are read once.
"""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalog.core import digests, loaders, refs, witnesses
from catalog.core.digests import FileEntry, Manifest
from catalog.core.verdicts import Check, Level, Rule, Verdict, Verification
from catalog.errors import BadInput, CheckedBad, UnknownName
from catalog.progress import SILENT, Watcher
from catalog.sql.queries import models
from catalog.verbs import choosing
from catalog.weights import cache, files, hashing, headers, manifests

if TYPE_CHECKING:
    from catalog.core.published import RemoteFile
    from catalog.hub.client import Client
    from catalog.sql.connections import Reader

ALONE = "."
_TEXTS = ("ref", "repo_id", "revision", "commit", "weight_set", "folder")


@dataclass(frozen=True, slots=True)
class Locked:
    """One pinned checkpoint.

    Args:
        ref: as it was asked for.
        model: its name, None for a repository of no known model.
        repo_id: where it is published.
        revision: the branch.
        commit: that it pointed at.
        weight_set: the set that is the checkpoint's own.
        verdict: why: `own` or `expected-equal`.
        published_step: the number in its name, None where there is none.
        tokens_seen: tokens, None where nobody knows.
        folder: of its files in the lock: `.` where it is the only checkpoint.
        manifest: its files, relative to the folder.
    """

    ref: str
    model: str | None
    repo_id: str
    revision: str
    commit: str
    weight_set: str
    verdict: str
    published_step: int | None
    tokens_seen: int | None
    folder: str
    manifest: Manifest

    @property
    def name(self) -> str:
        """What to call it."""
        return f"{self.model or self.repo_id}@{self.revision}"


# Pinning ---------------------------------------------------------------------------------------


def pin(connection: "Reader", wanted: choosing.Wanted, client: "Client") -> Locked:
    """Return what a branch holds that is right; its repository was synced just now.

    Raises:
        CheckedBad: no right weights, nobody can tell whose they are, or a small file is not what
            the Hub declares.
        HubUnavailable: the Hub does not have the branch, or does not answer.
    """
    choice = choosing.choose(connection, wanted, client)
    step, seen = _training(connection, wanted)
    return Locked(
        ref=wanted.text,
        model=wanted.model,
        repo_id=wanted.repo_id,
        revision=wanted.revision,
        commit=choice.commit,
        weight_set=choice.chosen.name,
        verdict=choice.chosen.verdict.value,
        published_step=step,
        tokens_seen=seen,
        folder=ALONE,
        manifest=Manifest.of(_entry(choice, file, client) for file in choice.files),
    )


def _training(connection: "Reader", wanted: choosing.Wanted) -> tuple[int | None, int | None]:
    """Return published step and tokens seen."""
    if wanted.model is None:
        return None, None
    model = models.named(connection, wanted.model)
    try:
        saved = models.checkpoint_at(connection, model, wanted.revision)
    except UnknownName:
        return None, None
    return saved.published_step, saved.tokens_seen


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


def together(pinned: Sequence[Locked]) -> tuple[Locked, ...]:
    """Return the checkpoints of one lock, each in a folder of its own if there are several.

    Raises:
        BadInput: two of them are one branch.
    """
    names = [locked.name for locked in pinned]
    if twice := [name for name in names if names.count(name) > 1]:
        raise BadInput(f"{twice[0]} was asked for twice", "pin a branch once")
    if len(pinned) == 1:
        return tuple(pinned)
    return tuple(replace(locked, folder=locked.name) for locked in pinned)


def document(pinned: Sequence[Locked], *, now: datetime) -> tuple[Manifest, dict[str, Any]]:
    """Return the manifest of a lock, and what it says beside its files."""
    entries = [
        entry if locked.folder == ALONE else replace(entry, path=f"{locked.folder}/{entry.path}")
        for locked in pinned
        for entry in locked.manifest
    ]
    listed = [
        {
            "ref": locked.ref,
            "model": locked.model,
            "repo_id": locked.repo_id,
            "revision": locked.revision,
            "commit": locked.commit,
            "weight_set": locked.weight_set,
            "verdict": locked.verdict,
            "published_step": locked.published_step,
            "tokens_seen": locked.tokens_seen,
            "folder": locked.folder,
        }
        for locked in pinned
    ]
    return Manifest.of(entries), {"locked_at": now.isoformat(), "checkpoints": listed}


@dataclass(frozen=True, slots=True)
class Lock:
    """A lock that was made.

    Args:
        checkpoints: what it pins.
        manifest: all their files.
        text: the lock file's content.
    """

    checkpoints: tuple[Locked, ...]
    manifest: Manifest
    text: str


def made(pinned: Sequence[Locked], *, now: datetime) -> Lock:
    """Return the lock of some checkpoints.

    Raises:
        BadInput: two of them are one branch.
    """
    checkpoints = together(pinned)
    manifest, extra = document(checkpoints, now=now)
    return Lock(checkpoints, manifest, digests.print_manifest(manifest, extra))


# Comparing -------------------------------------------------------------------------------------


def read(file: Path) -> tuple[Locked, ...]:
    """Return the checkpoints that a lock file pins.

    Raises:
        BadInput: there is none, it is no lock, was changed by hand, or is of a later version.
        CouldNotCheck: it cannot be read.
    """
    text = manifests.read(file, "write it with `catalog lock REF -o FILE`")
    return parse(text, str(file))


def parse(text: str, where: str) -> tuple[Locked, ...]:
    """Read a lock; `document` is its inverse.

    Raises:
        BadInput: not a lock, changed by hand, or of a later version.
    """
    manifest = digests.parse_manifest(text, where)
    listed = json.loads(text).get("checkpoints")
    if not isinstance(listed, list) or not listed:
        raise BadInput(
            f"{where} pins no checkpoint: it is the manifest of one folder",
            f"compare it with `catalog verify --against {where} PATH`",
        )
    return together([_parse_one(item, manifest, where) for item in listed])


def _parse_one(item: object, manifest: Manifest, where: str) -> Locked:
    stated = item if isinstance(item, dict) else {}
    if any(not isinstance(stated.get(key), str) for key in _TEXTS):
        raise BadInput(f"{where}: a checkpoint needs {', '.join(_TEXTS)}, not {item!r}")
    if not refs.COMMIT.fullmatch(stated["commit"]):
        raise BadInput(f"{where}: {stated['commit']!r} is not a commit")
    before = "" if stated["folder"] == ALONE else stated["folder"] + "/"
    own = Manifest.of(
        replace(entry, path=entry.path.removeprefix(before))
        for entry in manifest
        if entry.path.startswith(before)
    )
    if not own.entries:
        raise BadInput(f"{where} has no files of {stated['folder']}")
    return Locked(
        **{key: stated[key] for key in _TEXTS},
        model=stated.get("model"),
        verdict=str(stated.get("verdict")),
        published_step=stated.get("published_step"),
        tokens_seen=stated.get("tokens_seen"),
        manifest=own,
    )


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
    if folder is None:
        made = Check(Rule.FILES, Verdict.INCONCLUSIVE, expected, "not in the Hub's cache")
    else:
        listing = files.find(folder)
        if listing.is_file:
            raise BadInput(f"{folder} is a file", "give the folder that holds the checkpoint")
        there = {
            path: file for path, file in listing.files.items() if path in locked.manifest.entries
        }
        notes += _loads_other(listing, locked)
        pinned = replace(listing, files=there)
        watcher.expect(pinned.size_bytes)
        held = hashing.digest_files(pinned, watcher.advance)
        made = _compared(locked, held, expected, in_cache=top is None)
    return Verification(
        target=locked.name,
        level=Level.FILES,
        checks=(made,),
        expected=locked.manifest.digest,
        observed=None if held is None else held.digest,
        worst_difference=None,
        tolerance=None,
        environment=None,
        started_at=now,
        duration_s=time.monotonic() - began,
        notes=tuple(notes),
    )


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
