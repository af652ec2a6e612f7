"""What long work tells whoever waits for it; the faces show it, the core says nothing.

Every method may be called from any thread, and may raise to stop the work.
"""


class Watcher:
    """Hears of progress and does nothing with it; a face overrides what it shows."""

    def report(self, doing: str) -> None:
        """Hear in words what is done next."""

    def expect(self, total_bytes: int) -> None:
        """Hear how many bytes are about to be read."""

    def bytes_read(self, count: int) -> None:
        """Hear how many more were."""


SILENT = Watcher()
