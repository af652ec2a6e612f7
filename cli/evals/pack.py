"""`catalog evals pack`: the file of figures that ships; hidden, for maintainers."""

from pathlib import Path
from typing import Annotated

import typer

from .. import output, writing
from ..call import Call, command
from ..output import Report
from ..tables import Column

XZ = b"\xfd7zXZ"


@command
def pack(
    call: Call,
    archives: Annotated[
        list[Path], typer.Argument(metavar="ARCHIVE...", help="One for each shipped source.")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Where to write the packed file.")],
    force: Annotated[
        bool, typer.Option("--force", help="Write over a packed file that is there.")
    ] = False,
) -> None:
    """Write the file of figures that ships with the catalog (for maintainers)."""
    writing.require_free(out, XZ, "packed file", force=force)
    packed = call.catalog.pack_scores(*archives)
    writing.write_file(out, packed)
    document = {"path": str(out), "size_bytes": len(packed)}
    said = f"{out}: {len(packed):,} bytes"
    columns = (Column("path"), Column("size_bytes"))
    call.print(Report(document, [document], columns, text=lambda: output.line(said)))
