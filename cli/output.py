"""Everything the commands print: data to stdout, words to stderr, in every format.

A command hands over a `Report` and never asks which format it is: the output object knows.
"""

import json
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from enum import StrEnum
from typing import Any, NamedTuple, TextIO

from catalog.errors import BadInput, one_line

from . import streams, tables
from .streams import holds, write
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
    PARQUET = "parquet"


class Report(NamedTuple):
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


class Output(NamedTuple):
    """Prints reports in one format.

    Attributes:
        format: in which.
    """

    format: Format = Format.TABLE

    @classmethod
    def of(cls, given: Format | None, *, json_: bool, csv_: bool, quiet: bool) -> "Output":
        """Return the output that options ask for.

        Raises:
            BadInput: they ask for several.
        """
        short = {Format.JSON: json_, Format.CSV: csv_, Format.QUIET: quiet}
        asked = {each for each, wanted in short.items() if wanted}
        if given is not None:
            asked.add(given)
        if len(asked) > 1:
            names = " and ".join(sorted(str(each) for each in asked))
            raise BadInput(f"one format at a time, not {names}", "see `--format`")
        return cls(next(iter(asked), Format.TABLE))

    @property
    def is_for_people(self) -> bool:
        """Whether a person reads it; else a program does."""
        return self.format is Format.TABLE

    @property
    def streams(self) -> bool:
        """Whether a row is printed as soon as it is known, whatever comes after it."""
        return self.format is Format.JSONL

    def print(self, report: Report) -> None:
        """Print a report."""
        match self.format:
            case Format.TABLE:
                _for_people(report)
            case Format.JSON:
                emit_json(report.document)
            case Format.JSONL:
                write_lines(_dumped(row) for row in report.rows)
            case Format.CSV:
                emit_csv(keys_of(report), report.rows)
            case Format.MD:
                write_lines(tables.markdown(report.columns, report.rows))
            case Format.PARQUET:
                _pack(report)
            case Format.QUIET:
                named = report.quiet or (report.columns[0].of)
                write_lines(tables.plain_cell(named(row)) for row in report.rows)

    def each(self, reports: Iterable[Report]) -> None:
        """Print reports of one row each as they come, in bounded memory.

        JSON is one list, whose objects are printed one by one.
        """
        if self.format is Format.JSON:
            _stream_json(report.document for report in reports)
            return
        if self.format is Format.PARQUET:
            every = list(reports)
            rows = [row for report in every for row in report.rows]
            self.print(every[0]._replace(rows=rows) if every else Report([], []))
            return
        for number, report in enumerate(reports):
            if self.format is Format.CSV:
                emit_csv(keys_of(report), report.rows, header=not number)
            elif self.format is Format.MD:
                lines = list(tables.markdown(report.columns, report.rows))
                write_lines(lines[2:] if number else lines)
            else:
                self.print(report)


def _pack(report: Report) -> None:
    """Print a report's rows as Parquet, which is no text.

    Raises:
        BadInput: a terminal would show it.
    """
    from . import saving

    if width() is not None:
        raise BadInput("Parquet is no text", "write it to a file: > FILE.parquet")
    streams.write_bytes(saving.packed(report))


def keys_of(report: Report) -> list[str]:
    """Return the columns of CSV."""
    return list(report.keys or [column.key for column in report.columns])


def _for_people(report: Report) -> None:
    """Print a report's own text, else its table."""
    if report.text is not None:
        report.text()
    else:
        table(report.columns, report.rows)


def table(columns: Sequence[Column], rows: Iterable[Row], *, without: Sequence[str] = ()) -> None:
    """Print an aligned table, as wide as the terminal at the most.

    Args:
        columns: in order.
        rows: what they show.
        without: what gave way before, to be named with the columns that do.
    """
    lines, left_out = tables.aligned(columns, list(rows), width())
    for text in lines:
        write(text + "\n")
    if missing := [*without, *left_out]:
        say(f"too narrow for: {', '.join(missing)} (--format csv has every column)")


def width(stream: TextIO | None = None) -> int | None:
    """Return the terminal's width in characters, None where a stream is no terminal.

    Args:
        stream: standard output where none is given.
    """
    stream = sys.stdout if stream is None else stream
    with suppress(AttributeError, ValueError):  # none, or closed
        if stream.isatty():
            return shutil.get_terminal_size().columns
    return None


# Data ------------------------------------------------------------------------------------------


def _dumped(value: object, indent: int | None = None) -> str:
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    # A file's name need not be UTF-8; JSON must be. And no terminal shall obey what it holds.
    if not holds(text) or not text.replace("\n", "").isprintable():
        text = json.dumps(value, indent=indent).replace("\x7f", "\\u007f")
    return text


def emit_json(document: object) -> None:
    """Print one JSON document."""
    write(_dumped(document, 2) + "\n")


def _stream_json(documents: Iterable[object]) -> None:
    """Print a JSON list one object at a time."""
    opened = False
    for document in documents:
        body = _dumped(document, 2).replace("\n", "\n  ")
        write(f"{',' if opened else '['}\n  {body}")
        opened = True
    write("\n]\n" if opened else "[]\n")


def emit_csv(keys: Sequence[str], rows: Iterable[Row], *, header: bool = True) -> None:
    """Print rows as CSV; None is an empty cell, a list its items with spaces between."""
    import csv

    writer = csv.writer(_Data(), lineterminator="\n")
    if header:
        writer.writerow(keys)
    writer.writerows([tables.csv_cell(row.get(key)) for key in keys] for row in rows)


def write_lines(texts: Iterable[str]) -> None:
    """Print lines that a program reads: as they are, however long."""
    for text in texts:
        write(text + "\n")


def line(text: str = "") -> None:
    """Print one line for people; on a terminal a long one goes on below, broken between words."""
    write("\n".join(tables.wrapped(one_line(text), width())) + "\n")


def pairs(rows: Iterable[tuple[str, object]], *, indent: str = "") -> None:
    """Print labels and values in two columns; a row without a value is left out."""
    shown = [(one_line(label), tables.cell(value)) for label, value in rows if value is not None]
    wide = max((len(label) for label, _ in shown), default=0)
    for label, value in shown:
        head = f"{indent}{label.ljust(wide)}  "
        for text in tables.wrapped((head + value).rstrip(), width(), hang=len(head)):
            write(text + "\n")


class _Data:
    """Standard output as the csv module wants it."""

    def write(self, text: str) -> None:
        """Write."""
        write(text)


def say(text: str) -> None:
    """Print one line of words; where nobody can hear, nothing is lost but words.

    On a terminal a long one goes on below, broken between words.
    """
    with suppress(AttributeError, OSError, ValueError):  # None, a full disk, closed
        lines = tables.wrapped(one_line(text), width(sys.stderr))
        sys.stderr.write("\n".join(lines) + "\n")
        sys.stderr.flush()
