"""The lines of a configuration as entries: YAML, TOML, and JSON that is written line by line."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple, overload

_ENTRY = re.compile(
    r"^(?P<indent>\s*(?:-\s+)*)(?:[\"']?(?P<key>[\w.-]+)[\"']?\s*(?::(?=\s|$)|=)\s*)?(?P<value>.*?),?\s*$"
)
_ANCHOR = re.compile(r"^[&!][\w./-]+\s+")
_COMMENT = re.compile(r"(?:^|\s)#.*$")
_HEADER = re.compile(r"^\s*\[+[^\[\]]+\]+\s*$")


class Entry(NamedTuple):
    """One line of a configuration.

    Attributes:
        number: of the line.
        indent: where its key begins; -1 for the head of a table.
        is_item: it begins an item of a list.
        key: None for a bare item.
        values: its scalars: none, one, or those of a list in one line.
    """

    number: int
    indent: int
    is_item: bool
    key: str | None
    values: tuple[str, ...]


class Entries(Sequence[Entry]):
    """The entries of a configuration, each read when it is asked for: few lines are."""

    def __init__(self, text: str, first: int) -> None:
        numbered = enumerate(text.split("\n"), start=first)
        self.lines = [
            (number, raw)
            for number, raw in numbered
            if (line := raw.strip()) and not line.startswith("#")
        ]
        self._read: dict[int, Entry] = {}

    def __len__(self) -> int:
        return len(self.lines)

    @overload
    def __getitem__(self, place: int) -> Entry: ...
    @overload
    def __getitem__(self, place: slice) -> list[Entry]: ...
    def __getitem__(self, place: int | slice) -> Entry | list[Entry]:
        if isinstance(place, slice):
            return [self[each] for each in range(*place.indices(len(self)))]
        if place not in self._read:
            self._read[place] = _entry(*self.lines[place])
        return self._read[place]


def _entry(number: int, raw: str) -> Entry:
    line = _COMMENT.sub("", raw)
    match = _ENTRY.match(line)
    if match is None or _HEADER.match(line):
        return Entry(number, -1, False, line.strip(), ())  # noqa: FBT003 - a value's field
    indent = match["indent"]
    values = tuple(_scalars(match["value"]))
    return Entry(number, len(indent), "-" in indent, match["key"], values)


def _scalars(value: str) -> Iterator[str]:
    """Yield the scalars of a value: itself, or those of a list in one line."""
    inner = _ANCHOR.sub("", value.strip())
    if inner.startswith("[") and inner.endswith("]"):
        for part in inner[1:-1].split(","):
            yield part.strip().strip("\"'")
    elif inner.startswith("{") and inner.endswith("}"):
        yield inner
    elif inner:
        yield inner.strip("\"'")
