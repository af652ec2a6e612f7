"""A feed of what changed, as Atom 1.0 or JSON Feed 1.1: entries that a file holds, and new ones.

Each change has one id for ever, so whoever reads the feed meets it once. Of more entries than
`LONGEST` the newest stay; one that fell out is older than all of them and does not come back.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid4, uuid5
from xml.etree import ElementTree as ET

from catalog.errors import one_line

if TYPE_CHECKING:
    from catalog.verbs.watch import Event

LONGEST = 200
"""Entries of a feed."""
SENTENCES = 50
"""Sentences of an entry; of more their number is said."""
LARGEST = 2**24
"""Bytes of a file: more than the longest feed of the longest names."""
TITLE, GENERATOR = "Checkpoints that changed", "catalog watch"
ATOM, JSON_FEED = "http://www.w3.org/2005/Atom", "https://jsonfeed.org/version/1.1"


class Kind(StrEnum):
    """What a feed is written as."""

    ATOM = "Atom"
    JSON = "JSON Feed"


KINDS = {".xml": Kind.ATOM, ".atom": Kind.ATOM, ".json": Kind.JSON}
"""By the suffix of the file."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a feed.

    Attributes:
        id: a URN that never changes.
        title: in one line.
        updated: when it was seen, as RFC 3339 has it, UTC.
        content: a sentence a line.
        url: where to look, None where there is no such place.
    """

    id: str
    title: str
    updated: str
    content: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed.

    Attributes:
        kind: what it is written as.
        id: a URN; it goes with the file.
        entries: the newest first.
        updated: when something was last added, as RFC 3339 has it; empty before anything was.
    """

    kind: Kind
    id: str
    entries: tuple[Entry, ...]
    updated: str

    def with_events(self, events: "Iterable[Event]", now: datetime) -> "Feed":
        """Return the feed with what changed; itself where all of that was told, or is too old."""
        entries_by_id = {entry.id: entry for entry in map(_entry, events)}
        entries_by_id |= {entry.id: entry for entry in self.entries}
        newest = sorted(
            entries_by_id.values(), key=lambda entry: (entry.updated, entry.id), reverse=True
        )
        entries = tuple(newest[:LONGEST])
        if entries == self.entries and self.updated:
            return self
        return replace(self, entries=entries, updated=_moment(now))

    def text(self) -> str:
        """Return the file."""
        return _atom(self) if self.kind is Kind.ATOM else _json(self)


def empty(kind: Kind) -> Feed:
    """Return a new feed."""
    return Feed(kind, uuid4().urn, (), "")


def parse(raw: bytes, kind: Kind) -> Feed:
    """Return the feed that a file holds.

    Raises:
        ValueError: it holds none that was written here.
    """
    if len(raw) > LARGEST:
        raise ValueError("it is too large")
    try:
        return _of_atom(raw) if kind is Kind.ATOM else _of_json(raw)
    except (ET.ParseError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(str(error)) from error


def _moment(day: datetime) -> str:
    return day.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _entry(event: "Event") -> Entry:
    news = [one_line(sentence) for sentence in event.news]
    name = one_line(event.repo_id)
    more = len(news) - SENTENCES
    lines = [*news[:SENTENCES], *([f"And {more:,} more."] if more > 0 else [])]
    key = f"{event.endpoint}/{event.repo_id} {event.at.astimezone(UTC).isoformat()}"
    return Entry(
        uuid5(NAMESPACE_URL, key).urn,
        f"{name}: {news[0]}" if len(news) == 1 else f"{name}: {len(news):,} changes",
        _moment(event.at),
        "\n".join(lines),
        f"{event.endpoint}/{event.repo_id}" if event.endpoint.startswith("http") else None,
    )


# Atom ------------------------------------------------------------------------------------------


def _atom(feed: Feed) -> str:
    root = ET.Element("feed", xmlns=ATOM)
    for tag, text in (("title", TITLE), ("id", feed.id), ("updated", feed.updated)):
        ET.SubElement(root, tag).text = text
    ET.SubElement(root, "generator").text = GENERATOR
    ET.SubElement(ET.SubElement(root, "author"), "name").text = GENERATOR
    for entry in feed.entries:
        root.append(_atom_entry(entry))
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _atom_entry(entry: Entry) -> ET.Element:
    made = ET.Element("entry")
    for tag in ("title", "id", "updated"):
        ET.SubElement(made, tag).text = getattr(entry, tag)
    if entry.url is not None:
        ET.SubElement(made, "link", href=entry.url)
    ET.SubElement(made, "content", type="text").text = entry.content
    return made


def _of_atom(raw: bytes) -> Feed:
    if b"<!DOCTYPE" in raw:
        raise ValueError("it declares a document type")
    root = ET.fromstring(raw)  # noqa: S314 - a file that we wrote; without a type nothing expands
    if root.tag != f"{{{ATOM}}}feed" or _of(root, "generator") != GENERATOR:
        raise ValueError("another program wrote it")
    entries = []
    for each in root.iterfind(f"{{{ATOM}}}entry"):
        link = each.find(f"{{{ATOM}}}link")
        id_, title, updated, content = (
            _of(each, tag) for tag in ("id", "title", "updated", "content")
        )
        url = None if link is None else link.get("href")
        entries.append(Entry(id_, title, updated, content, url))
    return Feed(Kind.ATOM, _of(root, "id"), tuple(entries), _of(root, "updated"))


def _of(element: ET.Element, tag: str) -> str:
    """Return the text of a child.

    Raises:
        ValueError: there is none.
    """
    text = element.findtext(f"{{{ATOM}}}{tag}")
    if not text:
        raise ValueError(f"it has no {tag}")
    return text


# JSON ------------------------------------------------------------------------------------------


def _json(feed: Feed) -> str:
    document = {
        "version": JSON_FEED,
        "title": TITLE,
        "authors": [{"name": GENERATOR}],
        "_catalog": {"id": feed.id, "updated": feed.updated},
        "items": [dict(_item(entry)) for entry in feed.entries],
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _item(entry: Entry) -> Iterator[tuple[str, str]]:
    yield "id", entry.id
    if entry.url is not None:
        yield "url", entry.url
    yield "title", entry.title
    yield "content_text", entry.content
    yield "date_published", entry.updated


def _of_json(raw: bytes) -> Feed:
    document: Any = json.loads(raw)
    if document["version"] != JSON_FEED or not isinstance(document["items"], list):
        raise ValueError("it is another kind of file")
    own = document["_catalog"]
    keys = ("id", "title", "date_published", "content_text")
    entries = []
    for item in document["items"]:
        id_, title, updated, content = (_text(item[key]) for key in keys)
        entries.append(Entry(id_, title, updated, content, item.get("url")))
    return Feed(Kind.JSON, _text(own["id"]), tuple(entries), _text(own["updated"]))


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("it is another kind of file")
    return value
