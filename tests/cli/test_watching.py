"""What a terminal shows of long work, and what is said where there is none."""

import io

import pytest
from rich.console import Console

from cli import output, pace, watching
from cli.watching import Teller


@pytest.fixture
def said(monkeypatch):
    """Return the lines that are said."""
    lines = []
    monkeypatch.setattr(output, "say", lines.append)
    return lines


@pytest.fixture
def terminal(monkeypatch):
    """Return a teller on a terminal, with what its bar shows."""
    seen = io.StringIO()
    console = Console(file=seen, force_terminal=True, width=80)
    monkeypatch.setattr(watching, "is_terminal", lambda: True)
    monkeypatch.setattr("rich.console.Console", lambda **_: console)
    return Teller(), seen


def test_a_download_beside_others_has_a_line_of_its_own(terminal, said):
    """Bytes and rate of the checkpoint that comes, below the bar of all; gone once it is read."""
    teller, seen = terminal
    teller.among(1, 3)
    beside = teller.beside("topics@step8", 2)
    beside.download(2_000_000)
    teller.expect(5_000_000)
    beside.advance(500_000)
    (download,) = teller._bar.tasks[1:]
    assert (download.description, download.completed) == ("  downloading topics@step8", 500_000)
    assert (download.total, teller._bar.tasks[0].completed) == (2_000_000, 500_000)
    teller._bar.refresh()
    assert "0.5/2.0 MB" in seen.getvalue()
    teller.begin("topics@step1")
    beside.advance(1_500_000)
    assert teller._bar.tasks[1].completed == 2_000_000
    beside.expect(2_000_000)
    assert len(teller._bar.tasks) == 1
    teller.end()
    assert said == []


def test_one_alone_has_the_one_bar(terminal):
    """Its bytes and rate are those of the bar."""
    teller, seen = terminal
    teller.begin("topics@step8")
    teller.download(2_000_000)
    teller.advance(500_000)
    assert [task.completed for task in teller._bar.tasks] == [500_000]
    teller._bar.refresh()
    assert "0.5/2.0 MB" in seen.getvalue()
    teller.end()


def test_without_a_terminal_a_line_tells_of_a_download(said, monkeypatch):
    """Every so often: of all, and of each that comes now; none of one that has come."""
    monkeypatch.setattr(watching, "is_terminal", lambda: False)
    monkeypatch.setattr(pace, "EVERY_S", 0)
    teller = Teller()
    teller.among(1, 3)
    beside = teller.beside("topics@step8", 2)
    beside.download(2_000_000)
    beside.advance(500_000)
    assert said[0].startswith("0 of 3 done: 500,000 of about 6,000,000 bytes, ")
    assert said[1].startswith("topics@step8: downloading, 500,000 of 2,000,000 bytes, ")
    assert said[1].endswith(" left")
    beside.expect(2_000_000)
    beside.advance(1)
    assert len(said) == 3
