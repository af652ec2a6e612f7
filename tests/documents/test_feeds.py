"""Feeds of changes: each once, never more than there is room for, and always well-formed."""

import json
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import feedparser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.documents import feeds
from catalog.documents.feeds import Kind
from catalog.verbs.watch import Event

START = datetime(2026, 11, 1, tzinfo=UTC)
HUB = "https://huggingface.co"
ATOM = "{http://www.w3.org/2005/Atom}"


def event(number, *news):
    """Return what a look of some minute found."""
    at = START + timedelta(minutes=number)
    return Event("lab/mine", HUB, at, news or (f"step{number} is gone.",))


def again(feed):
    """Return a feed as the next run reads it."""
    return feeds.parse(feed.text().encode(), feed.kind)


@pytest.mark.parametrize("kind", Kind)
def test_the_newest_stay_and_nothing_comes_back(kind):
    """Of more than there is room for the newest stay; what fell out is not new the next time."""
    events = [event(number) for number in range(feeds.LONGEST + 50)]
    feed = again(feeds.empty(kind).with_events(events, START))
    assert len(feed.entries) == feeds.LONGEST
    assert feed.entries[0].content == f"step{len(events) - 1} is gone."
    assert feed.with_events(events, START + timedelta(days=9)) is feed
    grown = again(feed.with_events([*events, event(999)], START + timedelta(days=1)))
    assert grown.entries[0].content == "step999 is gone."
    assert grown.entries[1:] == feed.entries[:-1]
    assert grown.id == feed.id
    assert grown.updated == "2026-11-02T00:00:00.000Z"


def test_ids_are_of_what_changed_where_and_when():
    """The same look has one id for ever; another repository, endpoint or moment has another."""
    others = (
        event(1),
        event(2),
        Event("lab/other", HUB, START, ("It changed.",)),
        Event("lab/other", "http://mirror.lab", START, ("It changed.",)),
    )
    first, second = (
        feeds.empty(kind).with_events([*others, event(1)], START).entries for kind in Kind
    )
    assert first == second
    assert len({entry.id for entry in first}) == len(others)
    assert all(entry.id.startswith("urn:uuid:") for entry in first)


@pytest.mark.parametrize("kind", Kind)
@given(name=st.text(min_size=1))
def test_whatever_a_branch_is_called(kind, name):
    """Any name makes a feed that is read again: control characters, markup, surrogates."""
    feed = feeds.empty(kind).with_events([event(1, f"{name} is gone.", "main is gone.")], START)
    feed.text().encode()
    assert again(feed) == feed


def test_many_changes_are_counted():
    """An entry lists so many sentences, and says how many more there are."""
    news = [f"step{number} is gone." for number in range(154)]
    (entry,) = feeds.empty(Kind.ATOM).with_events([event(1, *news)], START).entries
    assert entry.title == "lab/mine: 154 changes"
    assert entry.content.splitlines()[-1] == f"And {154 - feeds.SENTENCES} more."


def test_what_atom_asks_for():
    """A feed and each entry have what RFC 4287 requires, also where nothing ever changed."""
    for events in ([], [event(1)]):
        root = ET.fromstring(feeds.empty(Kind.ATOM).with_events(events, START).text())  # noqa: S314 - ours
        for tag in ("title", "id", "updated", "author/name"):
            path = "/".join(f"{ATOM}{part}" for part in tag.split("/"))
            assert root.findtext(path), tag
        for entry in root.iter(f"{ATOM}entry"):
            for tag in ("title", "id", "updated", "content"):
                assert entry.findtext(f"{ATOM}{tag}"), tag
            assert entry.find(f"{ATOM}link").get("href") == f"{HUB}/lab/mine"


def test_a_reader_of_feeds():
    """feedparser, which most readers are made of, takes the Atom feed without a complaint."""
    feed = feeds.empty(Kind.ATOM).with_events([event(1, "<a> & b is gone.", "c moved.")], START)
    parsed = feedparser.parse(feed.text().encode())
    (entry,) = parsed.entries
    assert (parsed.version, parsed.bozo) == ("atom10", False)
    assert (entry.id, entry.title, entry.link) == (
        feed.entries[0].id,
        "lab/mine: 2 changes",
        f"{HUB}/lab/mine",
    )
    assert entry.content[0].value == "<a> & b is gone.\nc moved."
    assert entry.updated_parsed[:6] == (2026, 11, 1, 0, 1, 0)


def test_what_json_feed_asks_for():
    """It has the version's address, a title, and items with an id and a content."""
    document = json.loads(feeds.empty(Kind.JSON).with_events([event(1)], START).text())
    assert document["version"] == "https://jsonfeed.org/version/1.1"
    assert document["title"]
    assert [{*item} for item in document["items"]] == [
        {"id", "url", "title", "content_text", "date_published"}
    ]
