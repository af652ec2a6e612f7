"""Progress on stderr: what is being done, and on a terminal a bar of how far it is."""

import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from catalog.errors import one_line
from catalog.progress import Watcher

from . import output

if TYPE_CHECKING:
    from rich.progress import Progress


EVERY_S = 30.0
"""So often work says how far it is, where no bar can."""


class Teller(Watcher):
    """Tells of work in words, each remark once; on a terminal with a bar.

    Args:
        quiet: tell of work only on a terminal; the output is for a program.
    """

    def __init__(self, *, quiet: bool = False) -> None:
        self._terminal = is_terminal()
        self._silent = quiet and not self._terminal
        self._subject = ""
        self._bar: Progress | None = None
        self._said: set[str] = set()
        self._among = ""
        self._began: float | None = None
        self._left = ""
        self._heard = _Heard()

    def remark(self, text: str) -> None:
        """Say it, unless it was said before."""
        if text not in self._said:
            self._said.add(text)
            output.say(text)

    def begin(self, subject: str) -> None:
        """Remember what the work is about."""
        self._subject = subject

    def report(self, doing: str) -> None:
        """Say what is done next."""
        if not self._silent:
            about = f"{self._among}{self._subject}"
            output.say(f"{about}: {doing}" if self._subject else doing)

    def among(self, number: int, count: int) -> None:
        """Hear which of several comes next; nothing is said of one alone.

        Args:
            number: from 1 on.
            count: how many there are.
        """
        if count == 1:
            return
        now = time.monotonic()
        self._began = self._began or now
        self._among, done = f"{number}/{count} ", number - 1
        seconds = (now - self._began) / done * (count - done) if done else 0
        self._left = f", {_duration(seconds)} left for all" if done else ""

    def expect(self, total: int, unit: str = "bytes") -> None:
        """Begin a bar, in the place of the one before; without a terminal, a line now and then."""
        self._heard = _Heard(total, unit)
        if not self._terminal:
            return
        self.end()
        self._bar = _bar(unit)
        about = f"{self._among}{self._subject}{self._left}"
        self._bar.add_task(one_line(about), total=total)
        self._bar.start()

    def advance(self, count: int = 1) -> None:
        """Move the bar, or say how far it is where nothing was said for a while."""
        if self._bar is not None:
            self._bar.advance(self._bar.task_ids[0], count)
        elif not self._silent and (far := self._heard.more(count)):
            self.report(far + self._left)

    def end(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


class _Heard:
    """How far work is, for a line every so often.

    Args:
        total: how much there is.
        unit: of what.
    """

    def __init__(self, total: int = 0, unit: str = "bytes") -> None:
        self._total, self._unit, self._done = total, unit, 0
        self._began = self._spoke = time.monotonic()

    def more(self, count: int) -> str:
        """Add what was done; return how far it is if it is time to say so, else nothing."""
        self._done += count
        now = time.monotonic()
        if now - self._spoke < EVERY_S:
            return ""
        self._spoke = now
        rate = self._done / (now - self._began)
        soon = _duration((self._total - self._done) / rate) if rate else "?"
        far = f"{self._done:,} of {self._total:,} {self._unit}, {rate:,.0f} a second"
        return f"{far}, {soon} left"


def _duration(seconds: float) -> str:
    """Return about how long that is.

    >>> _duration(7), _duration(80), _duration(9000)
    ('7 s', '1 min', '2.5 h')
    """
    if seconds < 60:  # noqa: PLR2004
        return f"{max(0, seconds):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 3600 else f"{seconds / 3600:.1f} h"  # noqa: PLR2004


def is_terminal() -> bool:
    """Return whether somebody may look at stderr."""
    with suppress(AttributeError, ValueError):  # none, or closed
        return sys.stderr.isatty()
    return False


def _bar(unit: str) -> "Progress":
    """Return a bar with the time left; of bytes also with their speed."""
    from rich import progress
    from rich.console import Console

    how_far = (
        (progress.DownloadColumn(), progress.TransferSpeedColumn())
        if unit == "bytes"
        else (progress.MofNCompleteColumn(), progress.TextColumn(unit))
    )
    return progress.Progress(
        progress.TextColumn("{task.description}", markup=False),
        progress.BarColumn(),
        *how_far,
        progress.TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
