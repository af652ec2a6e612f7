"""Files of several checkpoints on their way at once, in threads that end with their pool.

Threads only bring files and compare their bytes. What a checkpoint is as a whole, and that it gets
its name, is decided in order and in the caller's thread.
"""

import threading
from collections.abc import Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalog._door import now
from catalog.errors import BadInput
from catalog.verbs import pull

if TYPE_CHECKING:
    from catalog._door.pulling import Job
    from catalog.progress import Watcher
    from catalog.verbs.pipeline import Ahead
    from catalog.verbs.pull import Fetching, Pulled

AT_ONCE = 4
"""So many files come at once, unless more or fewer are asked for."""


@dataclass(frozen=True, slots=True)
class Coming:
    """A checkpoint whose files are on their way, or that was there already."""

    known: "Pulled | None"
    fetching: "Fetching | None" = None
    files: "tuple[tuple[str, Future[bool]], ...]" = ()

    def finish(self, watcher: "Watcher") -> "Pulled":
        """Wait for the files, and finish; what one of them lacks, no other is waited for."""
        if self.fetching is None:
            if self.known is None:
                raise CancelledError
            return self.known
        try:
            refetched = [path for path, future in self.files if future.result()]
        except BaseException:
            for _, future in self.files:
                future.cancel()
            raise
        fetching = self.fetching
        watched = pull.Fetching(fetching.choice, fetching.folder, watcher, fetching.wait)
        return watched.finish(refetched, now=now())


def begun(job: "Job", heard: "Ahead", pool: ThreadPoolExecutor, over: threading.Event) -> Coming:
    """Find out what to fetch of a checkpoint, and let its files come; in any thread.

    Args:
        job: which.
        heard: hears of it.
        pool: brings the files.
        over: is set when nobody waits for them any more.
    """
    if over.is_set():
        raise CancelledError
    choice = job.choose()
    there = pull.destination(job.folder, choice, now=now())
    if there is not None:
        return Coming(there)
    fetching = pull.Fetching(choice, job.folder, heard)
    fetching.begin()
    heard.expect(fetching.size_bytes)
    files = tuple((file.path, pool.submit(fetching.fetch, file)) for file in choice.files)
    return Coming(None, fetching, files)


@contextmanager
def pool(jobs: int | None) -> Iterator[tuple[ThreadPoolExecutor, threading.Event]]:
    """Yield threads, and what ends their work; none is left behind.

    Args:
        jobs: how many, None for `AT_ONCE`.

    Raises:
        BadInput: fewer than one at once.
    """
    if jobs is not None and jobs < 1:
        raise BadInput(f"{jobs} at once is nobody", "give a number from 1 on")
    over = threading.Event()
    threads = ThreadPoolExecutor(jobs or AT_ONCE, "catalog-pull")
    try:
        yield threads, over
    finally:
        over.set()
        threads.shutdown(wait=True, cancel_futures=True)
