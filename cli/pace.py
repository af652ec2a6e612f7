"""How far work is, how fast, and how long still: numbers and words, no bar and no terminal."""

import threading
import time
from typing import TYPE_CHECKING

from catalog.errors import one_line

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

EVERY_S = 30.0
"""So often work says how far it is, where no bar can."""


class Work:
    """How far work is; of several, as if those that nobody has seen yet were like the others.

    Args:
        count: how many there are.
    """

    def __init__(self, count: int = 1) -> None:
        self._count, self._expected = count, 0
        self._seen: set[str] = set()
        self.unit, self.done, self.over = "bytes", 0, 0
        self._lock = threading.Lock()
        self._began = self._spoke = time.monotonic()

    def expect(self, subject: str, total: int, unit: str) -> None:
        """Add what one of them has to be downloaded or read."""
        with self._lock:
            self._seen.add(subject)
            self._expected, self.unit = self._expected + total, unit

    def advance(self, count: int) -> None:
        """Add what was done."""
        with self._lock:
            self.done += count

    @property
    def total(self) -> int:
        """How much there is in all, as far as it can be seen."""
        seen = max(1, len(self._seen))
        return self._expected * max(self._count, seen) // seen

    def is_time(self) -> bool:
        """Return whether it is time to say something again."""
        with self._lock:
            now = time.monotonic()
            if now - self._spoke < EVERY_S:
                return False
            self._spoke = now
            return True

    def so_far(self) -> str:
        """Return how far it is, how fast, and how long still."""
        rate = self.done / max(1e-9, time.monotonic() - self._began)
        about = "" if len(self._seen) >= self._count else "about "
        far = f"{self.done:,} of {about}{self.total:,} {self.unit}, {rate:,.0f} a second"
        return f"{far}, {self.left() or '?'} left"

    def left(self) -> str:
        """Return how long it takes still: by those that are over, else by what was read."""
        spent = time.monotonic() - self._began
        if self.over:
            return duration(spent / self.over * (self._count - self.over))
        return duration(spent / self.done * (self.total - self.done)) if self.done else ""


def duration(seconds: float) -> str:
    """Return about how long that is.

    >>> duration(7), duration(80), duration(9000)
    ('7 s', '1 min', '2.5 h')
    """
    if seconds < 60:  # noqa: PLR2004
        return f"{max(0, seconds):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 3600 else f"{seconds / 3600:.1f} h"  # noqa: PLR2004


class Download:
    """One of several while it comes.

    Args:
        subject: as it was asked for.
        total: how many bytes.
    """

    def __init__(self, subject: str, total: int) -> None:
        self.subject = subject
        self.task: TaskID | None = None
        self._work = Work()
        self._work.expect(subject, total, "bytes")

    def advance(self, count: int) -> None:
        """Add what came."""
        self._work.advance(count)

    def so_far(self) -> str:
        """Return how far it is, how fast, and how long still."""
        return self._work.so_far()

    def show(self, bar: "Progress") -> None:
        """Move its line below the bar of all."""
        if self.task is None:
            self.task = bar.add_task(one_line(f"  downloading {self.subject}"), left="")
        left = f"{self._work.left()} left" if self._work.left() else ""
        bar.update(self.task, total=self._work.total, completed=self._work.done, left=left)
