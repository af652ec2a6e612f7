"""Taking typed values out of a TOML document; whatever does not fit is refused with its line.

Knows nothing of suites: what keys mean is `parser`'s business.
"""

import re
import tomllib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NoReturn

from catalog.core.limits import LARGEST
from catalog.core.suites.lines import Path, line_of, syntax_line
from catalog.errors import BadInput

# a.a.a.a: `tomllib` needs gigabytes for some thousands of them.
_DEEP = re.compile(r"""(?:\.[ \t]*(?:"[^"\n]*"|'[^'\n]*'|[\w-]+)[ \t]*){100}""")
LONGEST_TEXT = 2_000
"""Characters of a text, where no column asks for less."""


@dataclass(frozen=True, slots=True)
class Document:
    """A TOML text and the label that errors call it by."""

    text: str
    label: str

    def root(self) -> "Table":
        """Parse the text.

        Raises:
            BadInput: it is not TOML.
        """
        if deep := _DEEP.search(self.text):
            self.fail_at(self.text.count("\n", 0, deep.start()) + 1, "not TOML, nested too deeply")
        try:
            return Table(self, (), tomllib.loads(self.text))
        except (ValueError, RecursionError) as error:
            what = str(error).partition(" (at ")[0] or "nested too deeply"
            self.fail_at(syntax_line(self.text, error), f"not TOML, {what}")

    def fail(self, path: Path, message: str, word: str = "") -> NoReturn:
        """Refuse the document for what stands at `path`."""
        self.fail_at(line_of(self.text, path, word), message)

    def fail_at(self, line: int, message: str) -> NoReturn:
        """Refuse the document for what stands on a line."""
        raise BadInput(f"{self.label}:{line}: {message}")


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a document; keys that it lacks are looked up in `defaults`."""

    document: Document
    path: tuple[str | int, ...]
    values: dict[str, object]
    defaults: "Table | None" = field(default=None)

    def fail(self, message: str, key: str | None = None, word: str = "") -> NoReturn:
        """Refuse the document for this table, or for one of its keys."""
        where = self._holder(key) if key else self
        self.document.fail((*where.path, key) if key else where.path, message, word)

    def get(self, key: str) -> object:
        """Return what the key holds, as TOML has it; None where it is absent."""
        return self._holder(key).values.get(key)

    def only(self, keys: Collection[str], what: str) -> None:
        """Refuse the document if the table has any other key."""
        for key in self.values:
            if key not in keys:
                self.fail(f"unknown key {key!r} in {what}", key)

    def text(self, key: str, *, longest: int = LONGEST_TEXT) -> str | None:
        """Return an optional text."""
        value = self.get(key)
        if value is None:
            return None
        if not isinstance(value, str) or not value.strip():
            self.fail(f"{key} must be a text", key)
        if len(value) > longest:
            self.fail(f"{key} is longer than {longest} characters", key)
        if any(not char.isprintable() and char != "\n" for char in value):
            self.fail(f"{key} has an unprintable character", key)
        return value

    def needed_text(self, key: str, *, longest: int = LONGEST_TEXT) -> str:
        """Return a text that must be there."""
        value = self.text(key, longest=longest)
        if value is None:
            self.fail(f"missing key {key!r}")
        return value

    def one_of(self, key: str, words: Collection[str]) -> str:
        """Return a text that must be one of the given words."""
        value = self.needed_text(key)
        if value not in words:
            self.fail(f"{key} {value!r} is not one of {', '.join(words)}", key)
        return value

    def whole(self, key: str, *, least: int = 1, most: int = LARGEST) -> int | None:
        """Return an optional integer within bounds."""
        value = self.get(key)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool):
            self.fail(f"{key} must be an integer", key)
        if not least <= value <= most:
            self.fail(f"{key} must be between {least} and {most}", key)
        return value

    def day(self, key: str) -> date | None:
        """Return an optional date without a time."""
        value = self.get(key)
        if value is None:
            return None
        if not isinstance(value, date) or isinstance(value, datetime):
            self.fail(f"{key} must be a date such as 2023-04-03", key)
        return value

    def items(self, key: str) -> list[object]:
        """Return a list, empty where the key is absent."""
        value = self.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            self.fail(f"{key} must be a list", key)
        return value

    def table(self, key: str) -> "Table":
        """Return a table, empty where the key is absent."""
        holder = self._holder(key)
        value = holder.values.get(key, {})
        if not isinstance(value, dict):
            self.fail(f"{key} must be a table", key)
        return Table(self.document, (*holder.path, key), value)

    def tables(self, key: str, defaults: "Table | None" = None) -> Iterator["Table"]:
        """Yield the tables of a list of tables, `[[key]]`."""
        holder = self._holder(key)
        for position, value in enumerate(self.items(key)):
            path = (*holder.path, key, position)
            if not isinstance(value, dict):
                self.document.fail(path, f"{key} must hold tables, write [[{key}]]")
            yield Table(self.document, path, value, defaults)

    def _holder(self, key: str) -> "Table":
        if key not in self.values and self.defaults is not None and key in self.defaults.values:
            return self.defaults
        return self
