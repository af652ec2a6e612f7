"""One period in the life of a name, as a value and in words."""

from collections.abc import Iterable
from datetime import date

from catalog.core.tuples import NamedTuple


class Entry(NamedTuple):
    """One period in the life of a name: what `text` named, from when to when (exclusive)."""

    text: str
    model: str
    repo_id: str | None
    kind: str
    valid_from: date | None = None
    valid_to: date | None = None
    note: str | None = None
    source: str | None = None

    def covers(self, day: date | None) -> bool:
        """Return whether the name was in use on a day; None asks about today."""
        if day is None:
            return self.valid_to is None
        begun = self.valid_from is None or self.valid_from <= day
        return begun and (self.valid_to is None or day < self.valid_to)


def oldest_first(entries: Iterable[Entry]) -> list[Entry]:
    """Return names in the order in which they came into use."""
    return sorted(entries, key=lambda entry: (entry.valid_from or date.min, entry.text))


def reason(entry: Entry) -> str:
    """Return under which name, and when, a model is meant."""
    return f"{entry.text} {_when(entry)}".strip()


def _when(entry: Entry) -> str:
    if entry.valid_from and entry.valid_to:
        return f"from {entry.valid_from} until {entry.valid_to}"
    if entry.valid_to:
        return f"until {entry.valid_to}"
    return f"since {entry.valid_from}" if entry.valid_from else ""


def period(entry: Entry) -> str:
    """Return one sentence on one period of a name."""
    note = f" ({entry.note.rstrip('.')}.)" if entry.note else ""
    verb = "named" if entry.valid_to else "names"
    return f"{entry.text} {verb} {entry.model} {_when(entry)}".rstrip() + f".{note}"
