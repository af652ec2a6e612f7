"""`catalog scan`: what would a study's code load today?"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from catalog.core.counts import count

from . import output, writing
from .arguments import ForceOpt
from .call import Call, command
from .name import day_of
from .output import Report
from .reports import Reports, reporting
from .tables import Column

if TYPE_CHECKING:
    from collections.abc import Sequence

    from catalog.core.mentions.places import Place, Scan

COLUMNS = (
    Column("place", cell=lambda row: f"{row['file']}:{row['line']}"),
    Column("written"),
    Column("revision", wraps=True),
    Column("said", wraps=True),
    Column("advisories", cell=lambda row: " ".join(row["advisories"]) or None),
)
KEYS = (
    *("file", "line", "cell", "written", "meant", "model", "revision", "rule", "affected", "said"),
    *("advisories", "day", "dated", "way", "loader"),
)


@command
@reporting
def scan(
    call: Call,
    reports: Reports,
    paths: Annotated[
        list[str],
        typer.Argument(metavar="PATH...", help="A repository, folder, notebook, script or paper."),
    ],
    on: Annotated[
        str | None,
        typer.Option(
            metavar="DATE",
            help="The day of the study. Default: of each file's last commit, or today.",
        ),
    ] = None,
    lock: Annotated[
        Path | None,
        typer.Option(
            "--lock", metavar="FILE", help="Pin what was found: asks the Hub.", show_default=False
        ),
    ] = None,
    affected: Annotated[
        bool, typer.Option("--affected", help="Print only the places that are affected.")
    ] = False,
    force: ForceOpt = False,
) -> int:
    """Find the models and revisions that a study names, and say what each loads today.

    Reads .py .ipynb .json .yaml .toml .sh .md .tex and runs nothing: Python by its syntax, the rest
    by patterns. Exit 1 where a place loads another checkpoint than it says, or nothing, or its name
    has another meaning; what cannot be told is said, and is no failure.
    """
    from catalog.documents import studies

    day = day_of(on)
    if lock is not None:
        writing.require_place(lock)
        call.catalog.require_manifest(lock, force=force)
    with reports.written():
        scanned = call.catalog.scan(*paths, on=day)
        _print(call, scanned, affected=affected)
        code = reports.take(*studies.cases(scanned, paths))
    if lock is not None:
        _lock(call, scanned, lock)
    return code


def _print(call: Call, scanned: "Scan", *, affected: bool) -> None:
    from catalog.documents import studies

    document = studies.scan(scanned)
    rows = [row for row in document["places"] if row["affected"] or not affected]
    shown = [place for place in scanned.places if place.is_affected or not affected]
    call.print(
        Report(
            document,
            rows,
            COLUMNS,
            text=lambda: _lines(shown),
            keys=KEYS,
            quiet=lambda row: f"{row['file']}:{row['line']}",
        )
    )
    for file, why in (*scanned.left_out, *scanned.notes):
        output.say(f"{file}: {why}")
    wrong = sum(place.is_affected for place in scanned.places)
    untold = sum(place.mention.untold is not None for place in scanned.places)
    counted = f"{count(scanned.files, 'file')}, {count(len(scanned.places), 'place')}"
    more = f", {untold:,} cannot be told" if untold else ""
    output.say(f"{counted}: {wrong:,} affected{more}")


def _lines(places: "Sequence[Place]") -> None:
    """Print a line for each place."""
    for place in places:
        where = f"{place.file}:{place.line}"
        cell = "" if place.mention.cell is None else f" (cell {place.mention.cell})"
        known = f"  {' '.join(place.advisories)}" if place.advisories else ""
        default = ", by default" if place.mention.is_default else ""
        output.line(f"{where}{cell}  {place.words}{default}  {place.said}{known}")


def _lock(call: Call, scanned: "Scan", file: Path) -> None:
    made, refused = call.catalog.lock_scan(scanned)
    writing.write_file(file, made.text)
    for ref, error in refused:
        output.say(f"{file}: without {ref}: {error.what}")
    output.say(f"{file}: {count(len(made.checkpoints), 'checkpoint')}, lock {made.digest}")
