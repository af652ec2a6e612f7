"""`--feed`: a file that tells each change once."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from catalog.errors import BadInput, CouldNotCheck

from . import writing

if TYPE_CHECKING:
    from catalog.documents.feeds import Feed
    from catalog.verbs.watch import Watch

FeedOpt = Annotated[
    Path | None,
    typer.Option(
        "--feed",
        metavar="FILE",
        readable=False,
        show_default=False,
        help="Add what changed to a feed: Atom (.xml, .atom) or JSON Feed (.json).",
    ),
]


def opened(file: Path) -> "Feed":
    """Return the feed in a file, a new one where there is none.

    Raises:
        BadInput: its name says no kind of feed, or what is there is none that was written here.
        CouldNotCheck: it cannot be read, or could not be written.
    """
    from catalog.documents import feeds

    kind = feeds.KINDS.get(file.suffix.lower())
    if kind is None:
        raise BadInput(f"{file} is named as no feed is", f"give it one of {', '.join(feeds.KINDS)}")
    writing.require_place(file)
    raw = _content(file)
    if not raw:
        return feeds.empty(kind)
    try:
        return feeds.parse(raw, kind)
    except ValueError as error:
        raise BadInput(
            f"{file} is there and no {kind} of this command: {error}", "write to another name"
        ) from error


def _content(file: Path) -> bytes:
    """Return what a file holds, up to more than a feed can have; nothing where there is none."""
    from catalog.documents.feeds import LARGEST

    try:
        if not file.is_file():
            return b""
        with file.open("rb") as stream:
            return stream.read(LARGEST + 1)
    except OSError as error:
        raise CouldNotCheck(f"cannot read {file}: {error.strerror}") from error


def grow(file: Path, feed: "Feed", watched: "Watch") -> int:
    """Write what is new, and return how many entries that is; a file without news stays as it is.

    Raises:
        CouldNotCheck: it cannot be written.
    """
    events = [event for each in watched.repositories for event in each.events]
    grown = feed.with_events(events, watched.at)
    if grown is not feed:
        writing.write_file(file, grown.text())
    known = {entry.id for entry in feed.entries}
    return sum(entry.id not in known for entry in grown.entries)
