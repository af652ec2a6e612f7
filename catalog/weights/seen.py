"""Remembers the state in which files were read: size, times and inode, with the digest of them all.

For `--trust-stat` alone. One small file a folder, in the user's cache folder: losing them costs
another read, no answer. Whether a digest is right, the record says; and nothing here is a witness.
"""

import hashlib
import json
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from catalog.weights.files import Found

SETTLED_NS = 2_000_000_000
"""Clocks of disks are coarse: a file changed so shortly before it was read may change unseen."""

State = Mapping[str, tuple[int, ...]]
"""Of each file, by its path: size, modified and changed in ns, inode, device."""


@dataclass(frozen=True, slots=True)
class Seen:
    """When a folder's files were last read, and what they were.

    Args:
        manifest_digest: of all of them.
        day: when, as `2026-11-25`.
    """

    manifest_digest: str
    day: str


def state(files: Found) -> State | None:
    """Return the state of found files, None where one cannot be looked at."""
    try:
        return {path: _of(file.where.stat()) for path, file in files.files.items()}
    except OSError:
        return None


def _of(status: os.stat_result) -> tuple[int, ...]:
    times = status.st_mtime_ns, status.st_ctime_ns
    return (status.st_size, *times, status.st_ino, status.st_dev)


def remember(files: Found, before: State | None, began_ns: int, manifest_digest: str) -> None:
    """Keep in which state files were read; not if they may have changed meanwhile.

    Args:
        files: the files.
        before: their state before they were read.
        began_ns: when that was, since the epoch.
        manifest_digest: what reading them gave.
    """
    if not before or state(files) != before:
        return
    if began_ns - max(max(each[1:3]) for each in before.values()) < SETTLED_NS:
        return
    kept = {"manifest": manifest_digest, "day": time.strftime("%Y-%m-%d"), "state": before}
    file = _file(files)
    with suppress(OSError):  # no cache folder, no repeat that is quick
        file.parent.mkdir(parents=True, exist_ok=True)
        new = file.with_suffix(f".{os.getpid()}")
        new.write_text(json.dumps(kept))
        new.replace(file)


def recall(files: Found, now: State | None) -> Seen | None:
    """Return what files were when they had the state that they have now, None if they never had.

    Args:
        files: the files.
        now: their state.
    """
    try:
        kept = json.loads(_file(files).read_bytes())
        before = {path: tuple(each) for path, each in kept["state"].items()}
        seen = Seen(str(kept["manifest"]), str(kept["day"]))
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None
    return seen if now and before == now else None


def _file(files: Found) -> Path:
    """Return where the state of a folder's files is kept."""
    from platformdirs import user_cache_path  # noqa: PLC0415 - as in catalog.sql.urls

    name = hashlib.sha256(os.fsencode(files.path.resolve())).hexdigest()
    return user_cache_path("checkpoint-catalog") / "seen" / f"{name}.json"
