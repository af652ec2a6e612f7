"""Rows in a file: the name's end says in which format. `--format parquet` prints the same bytes."""

import io
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalog.core.counts import count
from catalog.errors import BadInput

from . import output, writing
from .output import Format, Output, Report

if TYPE_CHECKING:
    from collections.abc import Sequence

FORMATS = {f".{each}": each for each in (Format.CSV, Format.JSON, Format.JSONL, Format.MD)}
FORMATS[".parquet"] = Format.PARQUET
_SIGNS = {Format.PARQUET: b"PAR1"}
_EVIDENCE = (b"checkpoint-catalog", b"in-toto", b"cyclonedx")
"""What stands at the beginning of locks and manifests, of attestations, and of bills."""


def format_of(file: Path) -> Format:
    """Return the format that a file's name asks for, before any work is done.

    Raises:
        BadInput: none of them, or what is there would be lost and is no such file.
        CouldNotCheck: it cannot be written there.
    """
    asked = FORMATS.get(file.suffix.lower())
    if asked is None:
        raise BadInput(f"{file}: its name says no format", f"end it in {', '.join(FORMATS)}")
    writing.require_place(file)
    sign = _SIGNS.get(asked)
    if not (writing.may_replace(file, sign) if sign else _may_be_table(file, asked)):
        raise BadInput(f"{file} is there and no table", "write to another name")
    return asked


def _may_be_table(file: Path, asked: Format) -> bool:
    """Return whether a file may be a table of text that an earlier call wrote: no evidence is."""
    if not file.is_file():
        return True
    beginning = writing.beginning_of(file)
    is_object = beginning.lstrip().startswith((b"{", b"["))
    is_json = asked in (Format.JSON, Format.JSONL)
    if any(sign in beginning for sign in _EVIDENCE) or b"\0" in beginning:
        return False
    return not beginning or is_object is is_json


def save(report: Report, file: Path) -> None:
    """Write a report's rows, whole or not at all.

    Raises:
        CouldNotCheck: it cannot be written.
        MissingExtra: pyarrow is not installed, for Parquet.
    """
    asked = format_of(file)
    writing.write_file(file, _rendered(report, asked))
    rows = list(report.rows)
    output.say(f"wrote {file}: {count(len(rows), 'row')}")


def _rendered(report: Report, asked: Format) -> bytes:
    if asked is Format.PARQUET:
        return packed(report)
    with redirect_stdout(io.StringIO()) as text:
        Output(asked).print(report)
    return text.getvalue().encode(errors="surrogateescape")


def packed(report: Report) -> bytes:
    """Return a report's rows as Parquet, in the columns of CSV.

    Raises:
        MissingExtra: pyarrow is not installed.
    """
    from catalog.documents import frames

    return frames.parquet(_flat(report), output.keys_of(report))


def _flat(report: Report) -> "Sequence[dict[str, Any]]":
    from catalog.documents import frames

    return [frames.leaves(row) for row in report.rows]
