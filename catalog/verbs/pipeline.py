"""Works ahead: while one of several is finished, the next ones are brought here and read.

Threads only read. What is decided, and what is written, is in order and in the caller's thread, so
that several come to what one after the other would come to. Reading and computing let go of
Python's lock, so threads are enough.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Generic, TypeVar

from catalog.errors import CatalogError
from catalog.progress import Watcher

SMALL = 1 << 29
"""Bytes of a checkpoint of which ten fit into the page cache of any machine that trains."""
FAR = 8
"""So many small ones are begun ahead: their files stay in the page cache until they are run."""

Item = TypeVar("Item")
Ready = TypeVar("Ready")


class Ahead(Watcher):
    """Hears of work that is ahead of its turn.

    Remarks wait for the turn; anything that is heard once all is over stops the work.

    Args:
        to: hears the rest at once.
        over: is set when nobody waits for the work any more.
    """

    def __init__(self, to: Watcher, over: threading.Event) -> None:
        self._to, self._over = to, over
        self._remarks: list[str] = []

    def remark(self, text: str) -> None:
        """Keep it for later."""
        self._remarks.append(text)

    def report(self, doing: str) -> None:
        """Hand it on."""
        self._go_on()
        self._to.report(doing)

    def expect(self, total: int, unit: str = "bytes") -> None:
        """Hand it on."""
        self._go_on()
        self._to.expect(total, unit)

    def download(self, total: int) -> None:
        """Hand it on."""
        self._go_on()
        self._to.download(total)

    def advance(self, count: int = 1) -> None:
        """Hand it on."""
        self._go_on()
        self._to.advance(count)

    def repeat(self, to: Watcher) -> None:
        """Make the remarks, now that it is their turn."""
        for text in self._remarks:
            to.remark(text)
        self._remarks.clear()

    def _go_on(self) -> None:
        if self._over.is_set():
            raise CancelledError


@dataclass(frozen=True, slots=True)
class Done(Generic[Ready]):
    """What came of work that was done early: a value, or the error that its turn will meet.

    Attributes:
        seconds: how long it took.
    """

    seconds: float
    _future: Future[Ready]

    @classmethod
    def of(cls, work: Callable[[], Ready]) -> "Done[Ready]":
        """Do it."""
        began, future = time.monotonic(), Future[Ready]()
        try:
            future.set_result(work())
        except (CatalogError, OSError, MemoryError) as error:
            future.set_exception(error)
        return cls(time.monotonic() - began, future)

    def result(self) -> Ready:
        """Return the value, or raise the error."""
        return self._future.result()


@contextmanager
def ahead(
    items: Sequence[Item],
    read: Callable[[Item, threading.Event], Ready],
    jobs: int,
    sizes: Sequence[int] | None = None,
    *,
    far: bool = False,
) -> Iterator[Iterator[Future[Ready]]]:
    """Yield what reading each of several comes to, in order; no thread is left behind.

    Args:
        items: what to read.
        read: reads one, and gives up soon after the event is set.
        jobs: how many are read at once. As many are read beside the one that the caller has; of
            several one more stands in line, so that none waits for a caller who is busy.
        sizes: of each. With them the largest are begun first, and all as soon as may be: where
            several are run at once, a large one that begins last is waited for by the others.
        far: keep reading while the caller is busy, up to `FAR` further ones.
    """
    over = threading.Event()
    pool = ThreadPoolExecutor(jobs, "catalog-ahead")
    try:
        if sizes is None:
            further = FAR if far else int(jobs > 1)
            yield _in_order(items, lambda item: pool.submit(read, item, over), jobs + further)
        else:
            order = sorted(range(len(items)), key=lambda number: -sizes[number])
            begun = {number: pool.submit(read, items[number], over) for number in order}
            yield iter([begun[number] for number in range(len(items))])
    finally:
        over.set()
        pool.shutdown(wait=True, cancel_futures=True)


def _in_order(
    items: Sequence[Item], submit: Callable[[Item], Future[Ready]], depth: int
) -> Iterator[Future[Ready]]:
    """Yield the future of each item, when those of the next ones are on their way."""
    rest = iter(items)
    waiting = deque(map(submit, islice(rest, depth)))
    while waiting:
        future = waiting.popleft()
        waiting.extend(map(submit, islice(rest, 1)))
        yield future
