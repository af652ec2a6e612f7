"""Locks: what a paper used, as a manifest that also says which checkpoints its files are.

Values and their canonical form; what is pinned and what it is compared with is read elsewhere.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from catalog.core import digests, foreign, manifests, refs
from catalog.core.foreign import ForeignError
from catalog.core.manifests import Manifest
from catalog.errors import BadInput

ALONE = "."
VERSION = 2
"""Of what is written; in version 1 no digest covered commit, step and tokens."""
_VERSION_KEY, _DIGEST_KEY, _WRITTEN_KEY = "lock_version", "lock_digest", "written"
_NUMBERS = ("published_step", "tokens_seen", "distance")
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
        distance: of `tokens_seen` from the tokens that were asked for; None where it is exact.
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
    distance: int | None = None

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
            "distance": locked.distance,
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
        digest: hex, of all that stands in it; None in version 1, which has none.
        written: paths of files that no repository has, and that were written beside the others.
    """

    checkpoints: tuple[Locked, ...]
    manifest: Manifest
    text: str
    digest: str | None
    written: tuple[str, ...] = ()


def made(pinned: Sequence[Locked], *, now: datetime, written: Sequence[str] = ()) -> Lock:
    """Return the lock of some checkpoints.

    Args:
        pinned: the checkpoints.
        now: when.
        written: paths among their files that no repository has.

    Raises:
        BadInput: two of them are one branch.
    """
    checkpoints = together(pinned)
    manifest, extra = document(checkpoints, now=now)
    if written:
        extra[_WRITTEN_KEY] = list(written)
    stated = json.loads(manifests.print_manifest(manifest, {_VERSION_KEY: VERSION, **extra}))
    stated[_DIGEST_KEY] = digest = _digest(stated)
    text = json.dumps(stated, indent=2) + "\n"
    return Lock(checkpoints, manifest, text, digest, tuple(written))


def _digest(stated: Mapping[str, Any]) -> str:
    """Return the digest of everything that a lock says, however it is laid out."""
    rest = {key: value for key, value in stated.items() if key != _DIGEST_KEY}
    return digests.sha256_of(json.dumps(rest, sort_keys=True, separators=(",", ":")))


def parse(text: str, where: str) -> Lock:
    """Read a lock; `made` is its inverse.

    Raises:
        BadInput: not a lock, changed by hand, or of a later version.
    """
    manifest = manifests.parse_manifest(text, where)
    stated = foreign.json_of(text, whole_characters=False)
    checkpoints = _checkpoints(stated.get("checkpoints"), manifest, where)
    written = _written(stated.get(_WRITTEN_KEY, []), where)
    return Lock(checkpoints, manifest, text, _checked_digest(stated, where), written)


def day_of(text: str) -> str:
    """Return the day on which a lock says that it was made, empty where it says none."""
    moment = json.loads(text).get("locked_at")
    try:
        return datetime.fromisoformat(moment).date().isoformat()
    except (TypeError, ValueError):
        return ""


def _written(listed: object, where: str) -> tuple[str, ...]:
    """Return the paths of files that no repository has."""
    try:
        return tuple(foreign.path(path) for path in listed if isinstance(listed, list))  # type: ignore[attr-defined]
    except (ForeignError, TypeError) as error:
        raise BadInput(f"{where}: {_WRITTEN_KEY}: {error}") from error


def _checked_digest(stated: Mapping[str, Any], where: str) -> str | None:
    """Return the digest that a lock states, None where none was stated yet."""
    version, digest = stated.get(_VERSION_KEY, 1), stated.get(_DIGEST_KEY)
    if version == 1 and digest is None:
        return None
    if version in (1, VERSION) and digest == _digest(stated):
        return str(digest)
    if version in (1, VERSION):
        raise BadInput(f"{where} was changed: its lock digest does not fit what it says")
    raise BadInput(f"{where} is a lock of version {version!r}", "upgrade checkpoint-catalog")


def _checkpoints(listed: object, manifest: Manifest, where: str) -> tuple[Locked, ...]:
    if not isinstance(listed, list) or not listed:
        raise BadInput(
            f"{where} pins no checkpoint: it is the manifest of one folder",
            f"compare it with `catalog verify --against {where} PATH`",
        )
    return together([_parse_one(item, manifest, where) for item in listed])


def _require_sound(stated: Mapping[str, Any]) -> None:
    """Refuse texts and numbers that no lock of ours has."""
    for key in _NUMBERS:
        if stated.get(key) is not None:
            foreign.whole(stated[key])
    for key in (*_TEXTS, "model", "verdict"):
        if stated.get(key) is not None:
            foreign.name(stated[key], foreign.LONGEST_PATH)


def _parse_one(item: object, manifest: Manifest, where: str) -> Locked:
    stated = item if isinstance(item, dict) else {}
    if any(not isinstance(stated.get(key), str) for key in _TEXTS):
        raise BadInput(f"{where}: a checkpoint needs {', '.join(_TEXTS)}, not {item!r}")
    if not refs.COMMIT.fullmatch(stated["commit"]):
        raise BadInput(f"{where}: {stated['commit']!r} is not a commit")
    try:
        _require_sound(stated)
    except ForeignError as error:
        raise BadInput(f"{where}: {error}") from error
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
        distance=stated.get("distance"),
        manifest=own,
    )
