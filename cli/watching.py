"""Progress on stderr: what is being done, and on a terminal a bar of how far it is."""

import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from catalog.errors import one_line
from catalog.progress import Watcher

from . import output

if TYPE_CHECKING:
    from rich.progress import Progress


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
            output.say(f"{self._subject}: {doing}" if self._subject else doing)

    def expect(self, total: int, unit: str = "bytes") -> None:
        """Begin a bar, in the place of the one before."""
        if not self._terminal:
            return
        self.end()
        self._bar = _bar(unit)
        self._bar.add_task(one_line(self._subject), total=total)
        self._bar.start()

    def advance(self, count: int = 1) -> None:
        """Move the bar."""
        if self._bar is not None:
            self._bar.advance(self._bar.task_ids[0], count)

    def end(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


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
