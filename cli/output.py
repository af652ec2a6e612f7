"""Everything the commands print: data to stdout, words to stderr, in every mode."""

import csv
import io
import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import fields, is_dataclass
from datetime import date
from pathlib import Path
from typing import Any

from catalog.core.names import fold
from catalog.errors import CouldNotCheck


def plain(value: object) -> Any:  # noqa: ANN401 - whatever JSON can hold
    """Return a value as JSON holds it: dataclasses as objects, days and times as ISO text."""
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value


def accept_any_name() -> None:
    """Let a file's name that is not UTF-8 be printed as the bytes it is made of."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="surrogateescape")


def emit_json(value: object) -> None:
    """Print one JSON document."""
    document = plain(value)
    text = json.dumps(document, ensure_ascii=False, indent=2)
    if not _is_text(text):  # a file's name need not be UTF-8; JSON must be
        text = json.dumps(document, indent=2)
    line(text)


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def emit_csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows as CSV with a header; None is an empty cell."""
    writer = csv.writer(_Data(), lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(["" if cell is None else cell for cell in row] for row in rows)


def cell(value: object) -> str:
    """Return a value as a table shows it: grouped integers, a dash for nothing."""
    if value is None:
        return "-"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return str(value)


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print an aligned table; numbers to the right. Nothing is ever cut off."""
    body = [list(row) for row in rows]
    numeric = [
        bool(body) and all(isinstance(row[i], int | float | None) for row in body)
        for i in range(len(columns))
    ]
    text = [list(columns), *([cell(value) for value in row] for row in body)]
    widths = [max(len(row[i]) for row in text) for i in range(len(columns))]
    for row in text:
        padded = (
            value.rjust(width) if right else value.ljust(width)
            for value, width, right in zip(row, widths, numeric, strict=True)
        )
        line("  ".join(padded).rstrip())


def count(number: int, noun: str) -> str:
    """Return a number with its noun: `1 model`, `1,234 models`."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def pairs(rows: Iterable[tuple[str, object]], *, indent: str = "") -> None:
    """Print labels and values in two columns; a row without a value is left out."""
    shown = [(label, cell(value)) for label, value in rows if value is not None]
    width = max((len(label) for label, _ in shown), default=0)
    for label, value in shown:
        line(f"{indent}{label.ljust(width)}  {value}".rstrip())


def line(text: str = "") -> None:
    """Print one line of data."""
    _Data().write(text + "\n")


class _Data:
    """Standard output; a reader that went away (`| head`) is no error, and words go on."""

    def write(self, text: str) -> None:
        """Write, or throw away what nobody reads."""
        try:
            sys.stdout.write(text)
        except BrokenPipeError:
            _discard()


def _discard() -> None:
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def say(text: str) -> None:
    """Print one line of words."""
    sys.stderr.write(text + "\n")


def renamed(asked: str, model: str) -> None:
    """Say what a name was taken for, where it is not the model's own."""
    if fold(asked) != fold(model):
        say(f"{asked} means {model} today; `catalog name {asked}` says why")


def write_file(file: Path, text: str) -> None:
    """Write a whole file or nothing: beside it first, then moved into its place.

    Raises:
        CouldNotCheck: no permission, no space, no such folder.
    """
    try:
        target = file.resolve()
        special = target.exists() and not target.is_file()
    except (OSError, RuntimeError) as error:  # Python 3.11's word for a loop of links
        why = error.strerror if isinstance(error, OSError) else "a loop of links"
        raise CouldNotCheck(f"cannot write {file}: {why}") from error
    if special:
        _write(target, text, file)
        return
    beside = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        _write(beside, text, file)
        _move(beside, target, file)
    finally:
        with suppress(OSError):  # where it could not be made, it need not go
            beside.unlink()


def _write(path: Path, text: str, shown: Path) -> None:
    """Write and force to disk."""
    try:
        with path.open("w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            if path.is_file():  # a pipe has no disk
                os.fsync(stream.fileno())
    except OSError as error:
        raise CouldNotCheck(f"cannot write {shown}: {error.strerror or error}") from error


def _move(beside: Path, target: Path, shown: Path) -> None:
    """Put a finished file into its place."""
    try:
        beside.replace(target)
    except OSError as error:
        raise CouldNotCheck(f"cannot write {shown}: {error.strerror or error}") from error


def flush() -> None:
    """Flush; a reader that went away is no error."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _discard()
