"""Folders of links that a library loads from: each goes with the process that made it.

One that was killed outright leaves its folder behind; the next one that makes a folder takes it
away. It knows nothing of what the links lead to.
"""

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

# Several machines may share a temporary folder, and not its locks.
_PREFIX = f"catalog-links-{os.uname().nodename}-"
_YOUNG_S = 10
"""A folder that is not as old may wait for its lock."""


@contextmanager
def folder() -> Iterator[Path]:
    """Yield an empty folder, locked while it is there."""
    _sweep()
    with tempfile.TemporaryDirectory(prefix=_PREFIX) as name:
        lock = os.open(name, os.O_RDONLY)
        try:
            with suppress(OSError):  # a file system without locks: nothing is swept there either
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield Path(name)
        finally:
            os.close(lock)


def _sweep() -> None:
    """Take away the folders whose processes are gone."""
    for left in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(OSError):  # somebody else's, or in use
            if time.time() - left.lstat().st_mtime < _YOUNG_S:
                continue
            lock = os.open(left, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(left)
            finally:
                os.close(lock)
