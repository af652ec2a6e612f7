"""Progress on stderr: what is being done, and on a terminal a bar of how far it is."""

import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from catalog.errors import one_line
from catalog.progress import Watcher

from . import output
from .pace import Download, Work

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
        self._number, self._count = 1, 1
        self._work = Work()
        self._downloads: dict[str, Download] = {}  # of several, those that come now
        self._lock = threading.RLock()

    def remark(self, text: str) -> None:
        """Say it, unless it was said before."""
        if text not in self._said:
            self._said.add(text)
            output.say(text)

    def among(self, number: int, count: int) -> None:
        """Hear which of several comes next; nothing is said of one alone.

        Args:
            number: from 1 on.
            count: how many there are.
        """
        if number == 1:
            self._work = Work(count)
        self._number, self._count, self._work.over = number, count, number - 1

    def beside(self, subject: str, number: int) -> Watcher:
        """Return what hears of another one while one is in hand."""
        return _Beside(self, subject, number)

    def begin(self, subject: str) -> None:
        """Remember what the work is about."""
        self._subject = subject
        if self._work.total and self._count > 1:
            self._show()

    def report(self, doing: str) -> None:
        """Say what is done next."""
        self.tell(self._subject, self._number, doing)

    def tell(self, subject: str, number: int, doing: str) -> None:
        """Say what is done with one of several."""
        if not self._silent:
            among = f"{number}/{self._count} " if self._count > 1 else ""
            output.say(f"{among}{subject}: {doing}" if subject else doing)

    def expect(self, total: int, unit: str = "bytes") -> None:
        """Begin a bar, in the place of the one before; without a terminal, a line now and then."""
        self.end_download(self._subject)
        if self._count == 1:
            self._work = Work()
        self.expect_more(self._subject, total, unit)
        self._show()

    def expect_more(self, subject: str, total: int, unit: str) -> None:
        """Hear of more that is about to be read."""
        self._work.expect(subject, total, unit)

    def download(self, total: int) -> None:
        """Begin a bar as for anything else; of several, one of its own beside that of all."""
        self.expect(total)
        self.begin_download(self._subject, total)

    def begin_download(self, subject: str, total: int) -> None:
        """Show one of several while it comes."""
        if self._count > 1:
            self._downloads[subject] = Download(subject, total)

    def end_download(self, subject: str) -> None:
        """Take what was shown of it away."""
        with self._lock:
            done = self._downloads.pop(subject, None)
            if done is not None and self._bar is not None and done.task is not None:
                self._bar.remove_task(done.task)

    def advance(self, count: int = 1) -> None:
        """Move the bar, or say how far it is where nothing was said for a while."""
        self.move(self._subject, count)

    def move(self, subject: str, count: int) -> None:
        """Move the bar of all, and that of one that is being downloaded."""
        self._work.advance(count)
        if (download := self._downloads.get(subject)) is not None:
            download.advance(count)
        if self._bar is not None:
            self._move(self._bar)
        elif not self._terminal and not self._silent and self._work.is_time():
            of = f"{self._work.over} of {self._count} done" if self._count > 1 else self._subject
            output.say(f"{of}: {self._work.so_far()}" if of else self._work.so_far())
            for each in (*self._downloads.values(),):
                output.say(f"{each.subject}: downloading, {each.so_far()}")

    def end(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def _show(self) -> None:
        """Show a bar where somebody may see it."""
        if self._terminal:
            self.end()
            with self._lock:
                for each in self._downloads.values():
                    each.task = None
            self._bar = _bar(self._work.unit)
            self._bar.add_task("", total=None, left="")
            self._move(self._bar)
            self._bar.start()

    def _move(self, bar: "Progress") -> None:
        work, among = self._work, f"{self._number}/{self._count} " if self._count > 1 else ""
        bar.update(
            bar.task_ids[0],
            total=work.total,
            completed=work.done,
            description=one_line(f"{among}{self._subject}"),
            left=f"{work.left()} left" if work.left() else "",
        )
        with self._lock:
            for each in self._downloads.values():
                each.show(bar)


class _Beside(Watcher):
    """Tells of one while another is in hand: what is read counts, and the bar stays the other's."""

    def __init__(self, teller: Teller, subject: str, number: int) -> None:
        self._teller, self._subject, self._number = teller, subject, number

    def report(self, doing: str) -> None:
        """Say what is done next."""
        self._teller.tell(self._subject, self._number, doing)

    def expect(self, total: int, unit: str = "bytes") -> None:
        """Add it to what is expected."""
        self._teller.end_download(self._subject)
        self._teller.expect_more(self._subject, total, unit)

    def download(self, total: int) -> None:
        """Show a bar of it while it comes."""
        self.expect(total)
        self._teller.begin_download(self._subject, total)

    def advance(self, count: int = 1) -> None:
        """Move the bar of all, and its own while it comes."""
        self._teller.move(self._subject, count)


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
        progress.TextColumn("{task.fields[left]}"),
        console=Console(stderr=True),
        transient=True,
    )
