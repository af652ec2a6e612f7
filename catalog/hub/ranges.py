"""Files on the Hub, read by a few ranges of their bytes: both have a bound, and it is kept.

What the bytes mean is not known here; a reader sees something to `pread` from.
"""

from collections.abc import Callable

from catalog.core.published import RemoteFile
from catalog.errors import CouldNotCheck

REQUESTS = 8
"""At most so many for a file."""
ALLOWANCE = 4_000_000
"""At most so many bytes of a checkpoint, whatever its size."""
ENDS = 96 << 10
"""Read of each end of a file first: a header of some 700 tensors, a directory of some 900."""


class Spent(CouldNotCheck):
    """A file wants more requests or bytes than it may have."""


class Allowance:
    """How many bytes may still be read of one checkpoint."""

    def __init__(self) -> None:
        self.left = ALLOWANCE

    def spend(self, count: int, shown: str) -> None:
        """Take some.

        Args:
            count: of bytes.
            shown: the file, for an error.

        Raises:
            Spent: there are not so many.
        """
        if count > self.left:
            raise Spent(f"{shown} needs more than {ALLOWANCE:,} bytes of its checkpoint")
        self.left -= count


class Remote:
    """A file on the Hub, as `catalog.weights` reads files; what was fetched once is kept.

    Args:
        fetch: returns the bytes from a first to before a last one: one request.
        file: which.
        allowance: of its checkpoint.
    """

    def __init__(
        self, fetch: Callable[[int, int], bytes], file: RemoteFile, allowance: Allowance
    ) -> None:
        self.shown, self.size = file.path, file.size_bytes
        self.requests = self.bytes_read = 0
        self._fetch, self._allowance = fetch, allowance
        self._kept: list[tuple[int, bytes]] = []

    def pread(self, offset: int, count: int) -> bytes:
        """Return bytes; what is near an end is fetched together with it.

        Raises:
            Spent: the file has had its requests or bytes.
        """
        stop = min(offset + count, self.size)
        if stop <= offset:
            return b""
        for start, kept in self._kept:
            if start <= offset and stop <= start + len(kept):
                return kept[offset - start : stop - start]
        start, end = offset, stop
        if offset < ENDS and not self._kept:
            start, end = 0, max(stop, min(ENDS, self.size))
        elif stop > self.size - ENDS:
            start, end = min(offset, self.size - ENDS), self.size
        return self.span(start, end)[offset - start : stop - start]

    def span(self, start: int, stop: int) -> bytes:
        """Fetch exactly these bytes.

        Raises:
            Spent: the file has had its requests or bytes.
        """
        if self.requests == REQUESTS:
            raise Spent(f"{self.shown} needs more than {REQUESTS} requests")
        self._allowance.spend(stop - start, self.shown)
        self.requests += 1
        kept = self._fetch(start, stop)
        self.bytes_read += len(kept)
        self._kept.append((start, kept))
        return kept
