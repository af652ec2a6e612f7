"""`catalog export sbom`: what a checkpoint consists of, as a bill of materials."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from catalog.core.counts import count

from . import complete, output, writing
from .call import Call, command
from .output import Report
from .tables import Column

if TYPE_CHECKING:
    from collections.abc import Sequence

COLUMNS = (Column("name"), Column("version"), Column("commit"), Column("files"), Column("license"))


@command
def sbom(
    call: Call,
    target: Annotated[
        str,
        typer.Argument(
            metavar="REF|LOCK",
            help="MODEL@REVISION, or what `catalog lock` wrote.",
            show_default=False,
            autocompletion=complete.refs_and_paths,
        ),
    ],
    file: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            readable=False,
            show_default=False,
            help="Where to write; NAME.xml is written as XML.",
        ),
    ],
    force: Annotated[
        bool, typer.Option("--force", help="Write over a bill of materials that is there.")
    ] = False,
) -> None:
    """Write a bill of materials: CycloneDX 1.6 with every file's digest.

    With the commit, the licence where a source states it, and each known problem with whether it
    concerns these files (VEX). Of a REF the files are those last seen of its branch; nothing is
    asked of the Hub. With $SOURCE_DATE_EPOCH it is the same byte for byte each time.
    """
    import json

    writing.require_free(file, b"cyclonedx.org/schema/bom", "bill of materials", force=force)
    printed = call.catalog.sbom(target)
    writing.write_file(file, printed.xml if file.suffix.lower() == ".xml" else printed.json)
    document = json.loads(printed.json)
    rows = [_row(component) for component in document["components"]]
    problems = document.get("vulnerabilities", ())
    call.print(Report(document, rows, COLUMNS, text=lambda: _print(file, rows, problems)))


def _row(component: dict[str, Any]) -> output.Row:
    """Return a checkpoint of a bill in short."""
    commits = component.get("pedigree", {}).get("commits", ())
    licenses = [each["license"] for each in component.get("licenses", ())]
    return {
        "name": component["name"],
        "version": component.get("version"),
        "commit": next((commit["uid"] for commit in commits), None),
        "files": len(component.get("components", ())),
        "license": next((each.get("id") or each.get("name") for each in licenses), None),
    }


def _print(file: Path, rows: "Sequence[output.Row]", problems: "Sequence[dict[str, Any]]") -> None:
    for row in rows:
        commit = f"commit {row['commit']}" if row["commit"] else "no commit known"
        stated = row["license"] or "no licence stated"
        output.line(
            f"{row['name']}@{row['version']}: {count(row['files'], 'file')}, {commit}, {stated}"
        )
    for problem in problems:
        output.line(f"  {problem['id']} ({problem['analysis']['state']}): {problem['description']}")
    output.line(f"{file}: CycloneDX 1.6")
