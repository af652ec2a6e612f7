"""Brings named files of a commit into a folder, and compares every byte with what was declared.

Files come in any thread, side by side; a broken-off one goes on where it stopped. Which files, and
what they are together, is decided by who asks.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.errors import CheckedBad, HubGated, HubMissing, HubUnavailable, HubUnreachable
from catalog.hub import downloads
from catalog.progress import SILENT, Watcher
from catalog.weights import files, hashing, impostors

if TYPE_CHECKING:
    from catalog.core.published import RemoteFile

ATTEMPTS = 4


@dataclass(slots=True)
class _Counted:
    """Hands on what came of a file, and no more in all than the file has: bars end at their end."""

    watcher: Watcher
    size_bytes: int
    told: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def advance(self, count: int) -> None:
        """Hand on what came; what comes a second time was counted already."""
        with self._lock:
            count = min(count, self.size_bytes - self.told)
            self.told += count
        self.watcher.advance(count)

    def end(self) -> None:
        """Hand on the rest: it was here already."""
        self.advance(self.size_bytes)


@dataclass(frozen=True, slots=True)
class Download:
    """A commit's files on their way into a folder.

    Args:
        repo_id: the repository.
        commit: of it.
        folder: where they go; the client keeps its notes in `.cache` there.
        watcher: hears what is waited for, and how much came; may raise to stop, in any thread.
        wait: sleeps that many seconds.
    """

    repo_id: str
    commit: str
    folder: Path
    watcher: Watcher = SILENT
    wait: Callable[[float], None] = time.sleep

    def fetch(self, file: "RemoteFile") -> bool:
        """Download a file until its bytes are right; return whether its first body was wrong.

        Raises:
            CheckedBad: they were wrong twice.
            HubUnavailable: the Hub stopped answering; the next run goes on.
            CouldNotCheck: the disk is full, or the folder cannot be written.
        """
        wrong, counted = "", _Counted(self.watcher, file.size_bytes)
        for again in (False, True):
            self._patiently(file, counted, again=again)
            wrong = difference(self.folder, file)
            if not wrong:
                counted.end()
                return again
            (self.folder / file.path).unlink()
            self.watcher.report(f"{wrong}; fetching it once more" if not again else wrong)
        raise CheckedBad(
            f"{wrong}, twice", "try again later; nothing was kept under the final name"
        )

    def _patiently(self, file: "RemoteFile", counted: _Counted, *, again: bool) -> None:
        """Download while the Hub is busy; its client waits for paginated calls only."""
        for attempt in range(ATTEMPTS):
            try:
                downloads.download_file(
                    self.repo_id,
                    self.commit,
                    file.path,
                    self.folder,
                    size=file.size_bytes,
                    again=again,
                    progress=counted.advance,
                )
            except (HubMissing, HubGated, HubUnreachable):
                raise
            except HubUnavailable as error:
                if attempt == ATTEMPTS - 1:
                    raise
                seconds = 2**attempt
                self.watcher.report(f"{error.what}; waiting {seconds} s")
                self.wait(seconds)
            else:
                return


def difference(folder: Path, file: "RemoteFile") -> str:
    """Return how a file differs from what the Hub declares, empty if it does not.

    Raises:
        BadInput: it is not there.
        CouldNotCheck: it cannot be read.
    """
    listing = files.find(folder / file.path)
    (entry,) = hashing.digest_files(listing)
    declared = file.declared
    if declared is None:
        return f"{file.path} is not what the Hub declared: {entry.sha256}, nothing was expected"
    if entry.size_bytes == file.size_bytes and entry.agrees(declared):
        return ""
    if pointer := impostors.pointer(listing):
        return pointer.what
    held = entry.digest_like(declared)
    return f"{file.path} is not what the Hub declared: {held}, {declared.hex} was expected"
