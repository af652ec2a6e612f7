"""One file, opened once and read once: never through mmap, never while it changes unnoticed.

Knows nothing of what is in a file. A file truncated under an mmap kills the process; a file
truncated under `read` is an error that can be told.
"""

import mmap
import os
import stat
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from catalog.errors import CheckedBad, CouldNotCheck
from catalog.progress import Advance

# A chunk should still be in the core's own cache when its second digest is taken.
CHUNK = 512 << 10
# Between threads, chunks are larger, because each hand-over costs some 50 µs.
OVERLAP_CHUNK = 4 << 20
OVERLAP_BUFFERS = 3

# Takes the offset of a chunk and the chunk, which is only lent.
Consumer = Callable[[int, memoryview], None]
# Is told how many bytes were read; may raise to stop.


class Readable(Protocol):
    """Bytes by position: a file here, or one elsewhere that is read by ranges."""

    @property
    def shown(self) -> str:
        """What to call it in errors."""

    @property
    def size(self) -> int:
        """Its size in bytes."""

    def pread(self, offset: int, count: int) -> bytes:
        """Return up to `count` bytes from `offset`, fewer only at the end."""


class OpenFile:
    """A regular file that is read by position; a context manager.

    Args:
        path: what to open; symbolic links are followed.
        shown: what to call it in errors.

    Raises:
        CouldNotCheck: no permission, a loop of links, not a regular file.
        CheckedBad: it is not there.
    """

    def __init__(self, path: Path, shown: str) -> None:
        self.shown = shown
        try:
            self._fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        except OSError as error:
            raise unreadable(error, shown) from error
        self._stat = os.fstat(self._fd)
        if not stat.S_ISREG(self._stat.st_mode):
            os.close(self._fd)
            raise CouldNotCheck(f"{shown} is not a regular file")

    @property
    def size(self) -> int:
        """Its size in bytes when it was opened."""
        return self._stat.st_size

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.close(self._fd)

    def pread(self, offset: int, count: int) -> bytes:
        """Return up to `count` bytes from `offset`, fewer only at the file's end."""
        buffer = bytearray(max(0, min(count, self.size - offset)))
        done = self.fill(offset, memoryview(buffer))
        return bytes(buffer[:done])

    def fill(self, offset: int, buffer: memoryview) -> int:
        """Read into a buffer from `offset`; return how much, less than asked only at the end."""
        done = 0
        while done < len(buffer):
            try:
                count = os.preadv(self._fd, [buffer[done:]], offset + done)
            except OSError as error:
                raise unreadable(error, self.shown) from error
            if not count:
                break
            done += count
        return done

    def check_unchanged(self, read: int) -> None:
        """Raise CouldNotCheck where the file is no longer the one that was opened."""
        now = os.fstat(self._fd)
        same = (now.st_size, now.st_mtime_ns) == (self._stat.st_size, self._stat.st_mtime_ns)
        if not same or read != self._stat.st_size:
            raise CouldNotCheck(f"{self.shown} changed while it was read", "try again")


def unreadable(error: OSError, shown: str) -> CheckedBad | CouldNotCheck:
    """Return what an operating system's refusal means."""
    if isinstance(error, FileNotFoundError):
        return CheckedBad(f"{shown} is not there, or a link that leads nowhere")
    return CouldNotCheck(f"cannot read {shown}: {error.strerror or error}")


def pump(file: OpenFile, consumers: Sequence[Consumer], *, tick: Advance, overlap: bool) -> None:
    """Read a file once from its beginning and show every chunk to every consumer, in order.

    Args:
        file: what to read.
        consumers: each is called with rising offsets, never twice at once.
        tick: is told of every chunk.
        overlap: read ahead, and give each consumer a thread of its own. Pays where cores idle and
            there is more than one consumer: kernels read ahead by themselves.

    Raises:
        CouldNotCheck: a read failed, or the file changed meanwhile.
    """
    read = (_pump_threads if overlap else _pump_inline)(file, consumers, tick)
    file.check_unchanged(read)


def _room(size: int) -> memoryview:
    """Return memory that begins where a page does.

    Into a place 16 or 32 bytes further, where allocators put things, kernels copy a quarter slower.
    """
    return memoryview(mmap.mmap(-1, size))


def _pump_inline(file: OpenFile, consumers: Sequence[Consumer], tick: Advance) -> int:
    """Read and consume in this thread; return how many bytes there were."""
    buffer = _room(CHUNK)
    offset = 0
    while count := file.fill(offset, buffer):
        chunk = buffer[:count]
        for consume in consumers:
            consume(offset, chunk)
        tick(count)
        offset += count
    return offset


def _pump_threads(file: OpenFile, consumers: Sequence[Consumer], tick: Advance) -> int:
    """Read ahead of one thread a consumer; return how many bytes there were."""
    free = deque(_room(OVERLAP_CHUNK) for _ in range(OVERLAP_BUFFERS))
    busy: deque[tuple[memoryview, list[Future[None]]]] = deque()
    offset = 0
    with ExitStack() as stack:
        pools = [stack.enter_context(ThreadPoolExecutor(1)) for _ in consumers]
        while True:
            buffer = free.popleft() if free else _finish(busy)
            count = file.fill(offset, buffer)
            if not count:
                break
            chunk = buffer[:count]
            jobs = [
                pool.submit(consume, offset, chunk)
                for pool, consume in zip(pools, consumers, strict=True)
            ]
            busy.append((buffer, jobs))
            tick(count)
            offset += count
        while busy:
            _finish(busy)
    return offset


def _finish(busy: deque[tuple[memoryview, list[Future[None]]]]) -> memoryview:
    """Wait until the oldest chunk is consumed; return its buffer."""
    buffer, jobs = busy.popleft()
    for job in jobs:
        job.result()
    return buffer
