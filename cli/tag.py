"""`catalog tag`: words of one's own on models and checkpoints."""

from typing import TYPE_CHECKING, Annotated

import typer

from catalog.errors import BadInput

from . import complete, output
from .call import Call, command
from .output import Report
from .tables import Column

if TYPE_CHECKING:
    from catalog.core.desk import Marked
    from catalog.documents.rows import Rows

COLUMNS = (
    Column("target"),
    Column("tags", cell=lambda row: " ".join(row["tags"]) or None),
    Column("note", wraps=True),
    Column("at", gives_way=1, cell=lambda row: row["at"] and row["at"][:10]),
)


@command
def tag(
    call: Call,
    ref: Annotated[
        str | None,
        typer.Argument(
            metavar="[MODEL[@REVISION]]",
            help="What to write on; several with MODEL@log14 and the like.",
            show_default=False,
            autocompletion=complete.selections,
        ),
    ] = None,
    tags: Annotated[
        list[str] | None,
        typer.Argument(metavar="[TAG]...", show_default=False, autocompletion=complete.tags),
    ] = None,
    note: Annotated[
        str | None,
        typer.Option(
            "--note", metavar="TEXT", help="A note, in the place of the one before; '' removes it."
        ),
    ] = None,
    remove: Annotated[
        bool, typer.Option("--remove", help="Remove these tags; all where none is named.")
    ] = False,
) -> None:
    """Write tags and notes on models and checkpoints, or list them.

    They are words of your own and no facts: `show` and `ls` print them, `ls --tag` and `at --tag`
    choose by them, and `export records` leaves them out.
    """
    from catalog.documents import desk

    if ref is None and (note is not None or remove):
        raise BadInput("on what?", "write `catalog tag MODEL TAG`")
    if ref is not None and (tags or note is not None or remove):
        marked = call.catalog.tag(ref, *(tags or ()), note=note, remove=remove)
    else:
        marked = _written(call, ref)
    rows = [desk.marked(each) for each in marked]
    call.print(Report(rows, rows, COLUMNS, text=None if rows else lambda: None))
    if call.output.is_for_people and not rows:
        output.say("nothing is tagged; write `catalog tag MODEL[@REVISION] TAG`")


def _written(call: Call, ref: str | None) -> "Rows[Marked]":
    """Return what was written, on one model or checkpoint or on all."""
    return call.catalog.tags(ref)
