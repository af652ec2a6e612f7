"""What long work tells whoever waits for it; the faces show it, the core says nothing.

Every method may be called from any thread, and may raise to stop the work.
"""

from collections.abc import Callable

Advance = Callable[[int], None]
"""Hears how many more bytes were read; `Watcher.advance` is one."""


class Watcher:
    """Hears of progress and does nothing with it; a face overrides what it shows."""

    def remark(self, text: str) -> None:
        """Hear what is worth knowing about what was asked for: a former name, an advisory."""

    def begin(self, subject: str) -> None:
        """Hear what all that follows is about, as it was asked for."""

    def beside(self, subject: str, number: int) -> "Watcher":
        """Return what hears of work on one of several while another is in hand: here, itself.

        Args:
            subject: as it was asked for.
            number: which of them it is, from 1 on.
        """
        del subject, number
        return self

    def report(self, doing: str) -> None:
        """Hear in words what is done next."""

    def expect(self, total: int, unit: str = "bytes") -> None:
        """Hear how much is about to be read.

        Args:
            total: how many.
            unit: of what: `bytes`, or a noun in the plural.
        """

    def download(self, total: int) -> None:
        """Hear how many bytes are about to come over the network; as `expect` unless overridden.

        Args:
            total: how many; what comes is told by `advance`.
        """
        self.expect(total)

    def advance(self, count: int = 1) -> None:
        """Hear how many more of them were."""

    def end(self) -> None:
        """Hear that the work on the subject is over, however it ended."""


SILENT = Watcher()
