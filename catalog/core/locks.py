"""Locks: what a paper used, as a manifest that also says which checkpoints its files are.

Values and their canonical form; what is pinned and what it is compared with is read elsewhere.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from catalog.core import digests, refs
from catalog.core.digests import Manifest
from catalog.errors import BadInput

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
