"""The one gate for foreign values: what a document from outside may hold, whatever it is about.

Result files, inventories, the Hub's answers, suite files, configs, manifests and locks may be
written by anybody. What passes here fits 64 bits, nests no deeper than any reader can follow, says
each key once and is text that every database can hold. What does not is refused with a reason that
fits behind "FILE: damaged:". The bounds are listed in docs/explanation/hostile-input.md.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from catalog.core import refs
from catalog.core.digests import GIT_SHA1, HEX, SHA256
from catalog.core.limits import LARGEST

DEEPEST = 100
"""Lists and objects within one another: people nest ten, and Python itself stops at a thousand."""
MOST_VALUES = 2_000_000
"""Values of one document: each costs up to 200 bytes of memory, whatever its text costs."""
MOST_BYTES = 32 << 20
"""Of a document: the largest results of the harness have 3 MB, the largest listings 10."""
LONGEST_NAME = 200
"""Characters of a name: what the columns of names hold."""

_DIGITS = re.compile(r"[0-9]{19}")
_ESCAPED = re.compile(r"\\u[dD][89a-fA-F]")
_SURROGATE = re.compile("[\ud800-\udfff]")
# Controls, breaks of lines, halves of a character, marks that turn the direction of a line.
_UNFIT = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)
_REVISION = re.compile(r"[^\s~^:?*\[\\]+")
_PATH = re.compile(r"(?!/)(?!(.*/)?\.\.?(/|$))[^\\]+(?<!/)")
LONGEST_PATH = 4_096
"""Characters of a path: as many as file systems take."""
_SHOWN = 60


class ForeignError(ValueError):
    """Why a foreign document or value is refused: a phrase without its subject."""


def text_of(raw: bytes) -> str:
    """Return a document's text: UTF-8, with or without the mark that Windows puts before it.

    Raises:
        ForeignError: it is no UTF-8.
    """
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        mark = "UTF-16, not UTF-8" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "not UTF-8"
        raise ForeignError(f"byte {error.start} is {mark}") from error


def json_of(raw: bytes | str, *, numbers_only: bool = True, whole_characters: bool = True) -> Any:  # noqa: ANN401 - as JSON has it
    """Return what a JSON document holds.

    Args:
        raw: the document.
        numbers_only: refuse NaN and the infinities, which are no JSON; the harness writes them.
        whole_characters: refuse halves, which no database holds; names of files may have them.

    Raises:
        ForeignError: it is no JSON, or holds what no document of ours holds.
    """
    text = text_of(raw) if isinstance(raw, bytes) else raw.removeprefix("\ufeff")
    _require_small(text)
    try:
        document = json.loads(
            text,
            object_pairs_hook=_single,
            parse_constant=_no_number if numbers_only else float,
        )
    except RecursionError as error:
        raise _too_deep() from error
    except ForeignError:
        raise
    except ValueError as error:  # of JSON, or more digits than Python reads
        is_json = not isinstance(error, json.JSONDecodeError)
        raise ForeignError("a number is too long" if is_json else str(error)) from error
    odd = _DIGITS.search(text) is not None or _ESCAPED.search(text) is not None
    for level in _levels(document):
        if odd:
            _require_storable(level, whole_characters=whole_characters)
    return document


def whole(value: object, least: int = 0, most: int = LARGEST) -> int:
    """Return a whole number within bounds; true, 1.0 and "1" are none.

    Raises:
        ForeignError: it is no such number.
    """
    if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
        return value
    raise ForeignError(f"{shown(value)} is no whole number from {least} to {most}")


def name(value: object, longest: int = LONGEST_NAME) -> str:
    """Return a name: a text that is not empty, and does nothing to a terminal.

    Raises:
        ForeignError: it is no name.
    """
    if not isinstance(value, str) or not value:
        raise ForeignError(f"{shown(value)} is no name")
    if fault := fault_of(value, longest):
        raise ForeignError(fault)
    return value


def fault_of(text: str, longest: int = LONGEST_NAME) -> str | None:
    """Return what a text has that no name has, None where there is nothing."""
    if len(text) > longest:
        return f"a name of {len(text):,} characters, {shown(text)}"
    if odd := _UNFIT.search(text):
        return f"the character U+{ord(odd[0]):04X} in {shown(text)}"
    return None


def revision(value: object) -> str:
    """Return the name of a branch or tag, as git allows them.

    Raises:
        ForeignError: it is none.
    """
    if not _REVISION.fullmatch(text := name(value)) or ".." in text:
        raise ForeignError(f"{shown(value)} is no name of a branch")
    return text


def path(value: object) -> str:
    """Return a relative path that stays inside its folder.

    Raises:
        ForeignError: it is none.
    """
    if not _PATH.fullmatch(text := name(value, LONGEST_PATH)) or "//" in text:
        raise ForeignError(f"{shown(value)} is no relative path")
    return text


def repository(value: object) -> str:
    """Return a repository's name.

    Raises:
        ForeignError: it is none.
    """
    if not refs.is_repository(text := name(value)):
        raise ForeignError(f"{shown(value)} is no repository")
    return text


def commit(value: object) -> str:
    """Return a commit, or a blob's id: 40 hex digits.

    Raises:
        ForeignError: it is none.
    """
    return _matching(HEX[GIT_SHA1], value, "40 hex digits")


def sha256(value: object) -> str:
    """Return a SHA-256: 64 hex digits.

    Raises:
        ForeignError: it is none.
    """
    return _matching(HEX[SHA256], value, "64 hex digits")


def _matching(pattern: re.Pattern[str], value: object, what: str) -> str:
    if isinstance(value, str) and pattern.fullmatch(value):
        return value
    raise ForeignError(f"{shown(value)} is not {what}")


def is_encodable(text: str) -> bool:
    r"""Return whether a text is whole characters, as databases and files in UTF-8 want it.

    >>> is_encodable("\ud800"), is_encodable("é")
    (False, True)
    """
    return text.isascii() or _SURROGATE.search(text) is None


def shown(value: object) -> str:
    """Return a value as an error quotes it, however long and odd it is."""
    text = ascii(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _require_small(text: str) -> None:
    if len(text) > MOST_BYTES:
        raise ForeignError(f"more than {MOST_BYTES:,} characters")
    # Cheaper than to read it, and the reader would need the memory first.
    if sum(map(text.count, ",[{")) > MOST_VALUES:
        raise ForeignError(f"more than {MOST_VALUES:,} values")


def _single(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object; one with a key twice says two things, and readers differ about which."""
    made = dict(pairs)
    if len(made) < len(pairs):
        (twice, _), *_ = Counter(key for key, _ in pairs).most_common(1)
        raise ForeignError(f"the key {shown(twice)} stands twice in one object")
    return made


def _no_number(word: str) -> None:
    raise ForeignError(f"{word} is no number of JSON")


def _too_deep() -> ForeignError:
    return ForeignError(f"nested more than {DEEPEST} deep")


def _levels(document: object) -> Iterator[list[object]]:
    """Yield the values of each depth, so that nothing here recurses.

    Raises:
        ForeignError: there are too many depths.
    """
    level: list[object] = [document]
    for _ in range(DEEPEST + 1):
        yield level
        below: list[object] = []
        for value in level:
            if isinstance(value, dict):
                below += value.values()
            elif isinstance(value, list):
                below += value
        if not below:
            return
        level = below
    raise _too_deep()


def _require_storable(values: Iterable[object], *, whole_characters: bool) -> None:
    """Refuse integers beyond 64 bits, and texts with half a character, keys too."""
    for value in values:
        if isinstance(value, int) and not -LARGEST - 1 <= value <= LARGEST:
            raise ForeignError("a number does not fit 64 bits")
        texts = (value if isinstance(value, dict) else (value,)) if whole_characters else ()
        for text in texts:
            if isinstance(text, str) and not is_encodable(text):
                raise ForeignError(f"half a character in {shown(text)}")
