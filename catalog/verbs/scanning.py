"""What a study would load today: its places, resolved on the day of each file.

The files are read in `catalog.studies`, what they say in `catalog.core.mentions`; here names become
models, and revisions what the audit's judgement says of their branches. Nobody outside is asked.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

from catalog.core.mentions import places as rules
from catalog.core.mentions import reading, wording
from catalog.core.mentions.names import Recogniser
from catalog.core.mentions.places import Place, Scan
from catalog.core.mentions.values import Loader, Mention, Named
from catalog.errors import BadInput
from catalog.sql.queries import models
from catalog.studies import repository, walking
from catalog.verbs.resolving import Found, Resolver

if TYPE_CHECKING:
    from collections.abc import Callable

    from catalog.core.names import Index
    from catalog.sql.connections import Reader
    from catalog.studies.walking import Source


def scan(
    connection: "Reader",
    paths: Sequence[str],
    on: date | None,
    today: date,
) -> Scan:
    """Return what the files below some paths name, and what that loads today.

    Args:
        connection: an open catalog.
        paths: files and folders.
        on: the day of every file; None takes the day of the last commit that touched it, or today.
        today: for files of no commit.

    Raises:
        BadInput: a path does not exist, or is of no kind that is read.
    """
    index = models.index(connection)
    reader = _Files(recogniser(connection, index))
    for source in walking.sources(paths):
        reader.read(source)
    days = _days(reader.named, on, today)
    resolver = Resolver(connection, index)
    resolver.judge(reader.found)
    placed = [resolver.place(each, *days[each.file]) for each in reader.found]
    once = _once(placed, resolver.order_of)
    return Scan(once, reader.count, tuple(reader.left_out), tuple(reader.notes))


class _Files:
    """Reads files, and keeps what they name.

    Args:
        names: recognises models.
    """

    def __init__(self, names: Recogniser) -> None:
        self._names, self.count = names, 0
        self.found: list[Found] = []
        self.named: dict[str, Source] = {}
        self.left_out: list[tuple[str, str]] = []
        self.notes: list[tuple[str, str]] = []

    def read(self, source: "Source") -> None:
        """Read one; only what mentions a family's name is looked at closely."""
        content = walking.raw(source)
        if isinstance(content, str):
            self.left_out.append((source.shown, content))
            return
        self.count += 1
        if not self._names.may_mention(_narrow(content)):
            return
        text, why = walking.text_of(source, content)
        if text is None:
            self.left_out.append((source.shown, str(why)))
            return
        read = reading.read(text, source.path.suffix.lower(), self._names)
        self.notes += [(source.shown, note) for note in read.notes]
        if read.mentions:
            self.named[source.shown] = source
            self.found += [each for m in read.mentions for each in _apart(source.shown, m)]


def recogniser(connection: "Reader", index: "Index") -> Recogniser:
    """Return what finds the models of a catalog in a text."""

    def means(text: str) -> bool:
        try:
            return index.resolve(text).model is not None
        except BadInput:
            return False

    return Recogniser((model.name for model in models.models(connection)), means)


def _narrow(content: bytes) -> bytes:
    """Return bytes in which ASCII words can be found: UTF-16 has a zero between its letters."""
    return content.replace(b"\0", b"") if content[:2] in (b"\xff\xfe", b"\xfe\xff") else content


def _apart(file: str, mention: Mention) -> Iterator[Found]:
    """Yield one for each model that a mention names."""
    by_name: dict[str | None, list[Named]] = defaultdict(list)
    for named in mention.named:
        by_name[named.text].append(named)
    for written, every in by_name.items():
        yield Found(file, mention, written, tuple(every))


def _days(
    named: "Mapping[str, Source]", on: date | None, today: date
) -> dict[str, tuple[date, str]]:
    """Return the day of each file, and where it is from."""
    if on is not None:
        return dict.fromkeys(named, (on, "given"))
    changed = repository.changed_on(source.path for source in named.values())
    committed = {
        source.path: (changed[source.path], "commit")
        for source in named.values()
        if source.path in changed
    }
    return {file: committed.get(source.path, (today, "today")) for file, source in named.items()}


def _once(
    placed: Iterable[Place], orders: "Callable[[str | None], Sequence[str]]"
) -> tuple[Place, ...]:
    """Return places in order; one model in one line is one place, with all its revisions."""
    kept: dict[tuple[str | int | Loader | None, ...], Place] = {}
    for place in placed:
        mention = place.mention
        name = place.today or place.written
        key = (place.file, place.line, name, place.name, mention.untold, mention.loader)
        if (before := kept.get(key)) is not None:
            known = {each.revision for each in before.loaded}
            more = tuple(each for each in place.loaded if each.revision not in known)
            # A name alone says nothing beside the same name with its revision.
            if before.revisions and place.revisions:
                order = orders(place.today)
                every = dict.fromkeys((*before.revisions, *place.revisions))
                said = tuple(sorted(every, key=partial(_rank, order)))
                joined = before._replace(
                    revisions=said,
                    loaded=(*before.loaded, *more),
                    spelled=rules.drawn_together(said, order),
                )
                kept[key] = joined._replace(said=wording.said(joined, order))
                continue
            if before.revisions:
                continue
        kept[key] = place
    return tuple(sorted(kept.values(), key=lambda each: (each.file, each.line)))


def _rank(order: Sequence[str], revision: str) -> tuple[int, str]:
    return (order.index(revision) if revision in order else len(order), revision)
