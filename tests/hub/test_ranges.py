"""Files read by ranges: what is kept, and the two bounds."""

import pytest

from catalog.core.published import RemoteFile
from catalog.hub import ranges
from catalog.hub.ranges import Allowance, Remote, Spent


@pytest.fixture
def made():
    """Return a function that makes a remote file of a size; `.asked` lists its requests."""

    def remote(size):
        content = bytes(number % 251 for number in range(min(size, 1 << 20)))
        asked = []

        def fetch(start, stop):
            asked.append((start, stop))
            return content[start:stop] if size <= 1 << 20 else bytes(stop - start)

        file = Remote(fetch, RemoteFile("a.bin", size), Allowance())
        return file, asked, content

    return remote


def test_what_was_fetched_is_not_asked_for_again(made):
    """Each end comes in one piece; what lies in it costs nothing more."""
    file, asked, content = made(400_000)
    assert file.pread(0, 8) == content[:8]
    assert file.pread(5000, 100) == content[5000:5100]
    assert file.pread(399_990, 100) == content[399_990:]
    assert file.pread(390_000, 10) == content[390_000:390_010]
    assert asked == [(0, ranges.ENDS), (400_000 - ranges.ENDS, 400_000)]
    assert (file.requests, file.bytes_read) == (2, 2 * ranges.ENDS)


def test_a_small_file_is_one_request(made):
    """Both of its ends are near the first."""
    file, asked, content = made(1000)
    assert file.pread(0, 8) + file.pread(992, 100) == content[:8] + content[992:]
    assert file.pread(1000, 1) == b""
    assert asked == [(0, 1000)]


def test_no_file_has_more_requests_than_allowed(made):
    """The next one is refused before it is made."""
    file, asked, _ = made(1 << 20)
    for number in range(ranges.REQUESTS):
        file.span(number, number + 1)
    with pytest.raises(Spent, match="8 requests"):
        file.span(100, 101)
    assert len(asked) == ranges.REQUESTS


def test_no_checkpoint_has_more_bytes_than_allowed(made):
    """Refused before it is asked for."""
    file, asked, _ = made(1 << 30)
    file.span(0, ranges.ALLOWANCE)
    with pytest.raises(Spent, match="4,000,000 bytes"):
        file.span(ranges.ALLOWANCE, ranges.ALLOWANCE + 1)
    assert len(asked) == 1
