"""What long work tells: nobody need listen, and whoever does hears everything."""

from catalog.progress import SILENT, Watcher


class Listener(Watcher):
    """Keeps what it hears."""

    def __init__(self):
        self.expected = 0
        self.heard = []

    def expect(self, total, unit="bytes"):
        """Keep how much is expected."""
        assert unit == "bytes"
        self.expected += total

    def advance(self, count=1):
        """Keep how much more was read."""
        self.heard.append(count)


def test_silence_is_a_watcher():
    """Work that nobody waits for is told to somebody who shows nothing."""
    assert SILENT.report("reading") is None
    assert SILENT.expect(1) is None
    assert SILENT.advance(1) is None


def test_a_face_overrides_what_it_shows():
    """The rest stays silent."""
    listener = Listener()
    assert listener.report("reading") is None
    listener.expect(5)
    listener.advance(2)
    listener.advance(3)
    assert sum(listener.heard) == listener.expected == 5


def test_a_download_is_expected_like_anything_else():
    """Who shows no difference hears of it as of what is read."""
    listener = Listener()
    listener.download(7)
    assert listener.expected == 7
