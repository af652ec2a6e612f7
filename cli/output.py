"""Everything the commands print: data to stdout, words to stderr, in every format.

A command hands over a `Report` and never asks which format it is: the output object knows.
"""

import codecs
import csv
import io
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from catalog.errors import BadInput, CatalogError, CouldNotCheck

from . import tables
from .tables import Column

Row = Mapping[str, Any]


class Format(StrEnum):
    """How data is printed."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"
    MD = "md"
    QUIET = "quiet"


@dataclass(frozen=True, slots=True)
class Report:
    """What a command found, in every form that it may be printed in.

    Attributes:
        document: what JSON prints.
        rows: what every other format prints, one line each; JSON objects.
        columns: of the table, in order.
        text: prints it for people, where that is no table of the rows.
        keys: of CSV; by default those of the columns.
        quiet: the one word or name that `--quiet` prints of a row; by default its first column.
    """

    document: object
    rows: Iterable[Row]
    columns: Sequence[Column] = ()
    text: Callable[[], None] | None = None
    keys: Sequence[str] = ()
    quiet: Callable[[Row], object] | None = None


@dataclass(frozen=True, slots=True)
class Output:
    """Prints reports in one format.

    Attributes:
        format: in which.
    """

    format: Format = field(default=Format.TABLE)

    @classmethod
    def of(cls, given: Format | None, *, json_: bool, csv_: bool, quiet: bool) -> "Output":
        """Return the output that options ask for.

        Raises:
            BadInput: they ask for several.
        """
        short = {Format.JSON: json_, Format.CSV: csv_, Format.QUIET: quiet}
        asked = {each for each, wanted in short.items() if wanted} | ({given} - {None})
        if len(asked) > 1:
            names = " and ".join(sorted(str(each) for each in asked))
            raise BadInput(f"one format at a time, not {names}", "see `--format`")
        return cls(next(iter(asked)) or Format.TABLE if asked else Format.TABLE)

    @property
    def is_for_people(self) -> bool:
        """Whether a person reads it; else a program does."""
        return self.format is Format.TABLE

    def print(self, report: Report) -> None:
        """Print a report."""
        match self.format:
            case Format.TABLE:
                _for_people(report)
            case Format.JSON:
                emit_json(report.document)
            case Format.JSONL:
                for row in report.rows:
                    line(_dumped(row))
            case Format.CSV:
                keys = list(report.keys or [column.key for column in report.columns])
                emit_csv(keys, report.rows)
            case Format.MD:
                for text in tables.markdown(report.columns, report.rows):
                    line(text)
            case Format.QUIET:
                named = report.quiet or (report.columns[0].of)
                for row in report.rows:
                    line(tables.plain_cell(named(row)))

    def each(self, reports: Iterable[Report]) -> None:
        """Print reports of one row each as they come, in bounded memory.

        JSON is one list, whose objects are printed one by one.
        """
        if self.format is Format.JSON:
            _stream_json(report.document for report in reports)
            return
        head: list[str] | None = None
        for report in reports:
            if self.format is Format.CSV and head is None:
                head = list(report.keys or [column.key for column in report.columns])
                emit_csv(head, report.rows)
            elif self.format is Format.CSV:
                emit_csv(head or [], report.rows, header=False)
            else:
                self.print(report)


def _for_people(report: Report) -> None:
    """Print a report's own text, else its table."""
    if report.text is not None:
        report.text()
    else:
        table(report.columns, report.rows)


def table(columns: Sequence[Column], rows: Iterable[Row]) -> None:
    """Print an aligned table, as wide as the terminal at the most."""
    lines, left_out = tables.aligned(columns, list(rows), width())
    for text in lines:
        _write(text + "\n")
    if left_out:
        say(f"too narrow for: {', '.join(left_out)} (--format csv has every column)")


def width() -> int | None:
    """Return the terminal's width in characters, None where standard output is none."""
    stream = sys.stdout
    with suppress(ValueError):  # closed
        if stream is not None and stream.isatty():
            return shutil.get_terminal_size().columns
    return None


# Data ------------------------------------------------------------------------------------------


def _dumped(value: object, indent: int | None = None) -> str:
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    if not _is_text(text):  # a file's name need not be UTF-8; JSON must be
        text = json.dumps(value, indent=indent)
    return text


def emit_json(document: object) -> None:
    """Print one JSON document."""
    _write(_dumped(document, 2) + "\n")


def _stream_json(documents: Iterable[object]) -> None:
    """Print a JSON list one object at a time."""
    opened = False
    for document in documents:
        body = _dumped(document, 2).replace("\n", "\n  ")
        _write(f"{',' if opened else '['}\n  {body}")
        opened = True
    _write("\n]\n" if opened else "[]\n")


def _is_text(text: str) -> bool:
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


def emit_csv(keys: Sequence[str], rows: Iterable[Row], *, header: bool = True) -> None:
    """Print rows as CSV; None is an empty cell, a list its items with spaces between."""
    writer = csv.writer(_Data(), lineterminator="\n")
    if header:
        writer.writerow(keys)
    writer.writerows([tables.csv_cell(row.get(key)) for key in keys] for row in rows)


def line(text: str = "") -> None:
    """Print one line of data; on a terminal a long one goes on below, broken between words."""
    _write("\n".join(tables.wrapped(text, width())) + "\n")


def pairs(rows: Iterable[tuple[str, object]], *, indent: str = "") -> None:
    """Print labels and values in two columns; a row without a value is left out."""
    shown = [(label, tables.cell(value)) for label, value in rows if value is not None]
    wide = max((len(label) for label, _ in shown), default=0)
    for label, value in shown:
        head = f"{indent}{label.ljust(wide)}  "
        for text in tables.wrapped((head + value).rstrip(), width(), hang=len(head)):
            _write(text + "\n")


def count(number: int, noun: str) -> str:
    """Return a number with its noun: `1 model`, `1,234 models`, `2 branches`."""
    plural = noun + ("es" if noun.endswith(("s", "sh", "ch", "x")) else "s")
    return f"{number:,} {noun if number == 1 else plural}"


class _Data:
    """Standard output as the csv module wants it."""

    def write(self, text: str) -> None:
        """Write."""
        _write(text)


def _write(text: str) -> None:
    """Write data; a reader that went away (`| head`) is no error, and words go on.

    Raises:
        CouldNotCheck: there is no standard output, or it takes no more.
    """
    if sys.stdout is None:
        raise CouldNotCheck("cannot write the output: standard output is closed")
    try:
        sys.stdout.write(text)
    except BrokenPipeError:
        _discard()
    except (OSError, ValueError) as error:  # ValueError: closed since
        raise _lost(error) from error


def _lost(error: Exception) -> CatalogError:
    """Return why output was lost, and let the rest of it go nowhere."""
    _discard()
    why = error.strerror if isinstance(error, OSError) else "standard output is closed"
    return CouldNotCheck(f"cannot write the output: {why}")


def _discard() -> None:
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def flush() -> None:
    """Flush; a reader that went away is no error.

    Raises:
        CouldNotCheck: the disk is full, say.
    """
    if sys.stdout is None:
        return
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _discard()
    except (OSError, ValueError) as error:
        raise _lost(error) from error


# Words -----------------------------------------------------------------------------------------


def say(text: str) -> None:
    """Print one line of words; where nobody can hear, nothing is lost but words."""
    with suppress(AttributeError, OSError, ValueError):  # None, a full disk, closed
        sys.stderr.write(text + "\n")
        sys.stderr.flush()


_PLAIN = {
    "→": "->",
    "…": "...",
    "±": "+-",
    "\N{EN DASH}": "-",
    "\N{MINUS SIGN}": "-",
    "≤": "<=",
    "≥": ">=",
    "\N{MULTIPLICATION SIGN}": "x",
    "²": "2",
    "“": '"',
    "”": '"',
    "\N{RIGHT SINGLE QUOTATION MARK}": "'",
}


def accept_any_character() -> None:
    """Let names that are not UTF-8 be printed as their bytes, and every text on any terminal."""
    codecs.register_error("catalog", _replaced)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="catalog")


def _replaced(error: UnicodeError) -> tuple[str | bytes, int]:
    """Return what stands for characters that an encoding lacks."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    made = b""
    for character in lacking:
        if "\udc80" <= character <= "\udcff":  # a byte of a name, as Python keeps it
            made += bytes([ord(character) - 0xDC00])
        else:
            made += _PLAIN.get(character, ascii(character)[1:-1]).encode("ascii")
    return made, error.end


# Files -----------------------------------------------------------------------------------------


def write_file(file: Path, text: str | bytes) -> None:
    """Write a whole file or nothing: beside it first, then moved into its place.

    Raises:
        CouldNotCheck: no permission, no space, no such folder.
    """
    raw = text.encode() if isinstance(text, str) else text
    try:
        target = file.resolve()
        special = target.exists() and not target.is_file()
    except (OSError, RuntimeError) as error:  # Python 3.11's word for a loop of links
        why = error.strerror if isinstance(error, OSError) else "a loop of links"
        raise CouldNotCheck(f"cannot write {file}: {why}") from error
    if special:
        _fill(target, raw, file)
        return
    beside = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        _fill(beside, raw, file)
        beside.replace(target)
    except OSError as error:
        raise CouldNotCheck(f"cannot write {file}: {error.strerror or error}") from error
    finally:
        with suppress(OSError):  # where it could not be made, it need not go
            beside.unlink()


def _fill(path: Path, raw: bytes, shown: Path) -> None:
    """Write and force to disk."""
    try:
        with path.open("wb") as stream:
            stream.write(raw)
            stream.flush()
            if path.is_file():  # a pipe has no disk
                os.fsync(stream.fileno())
    except OSError as error:
        raise CouldNotCheck(f"cannot write {shown}: {error.strerror or error}") from error
