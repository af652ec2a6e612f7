"""`catalog which`: which checkpoint has these bytes?"""

from typing import Annotated

import typer

from . import output
from .call import Call, command
from .output import Report, Row
from .tables import Column

NOT_FOUND = 3


def _branch(row: Row) -> str:
    return f"{row['model'] or row['repo_id']}@{row['revision']}"


COLUMNS = (
    Column("revision", "branch", cell=_branch),
    Column("file"),
    Column("weight_set", "weight set", gives_way=1),
    Column("verdict"),
)
KEYS = ("model", "repo_id", "revision", "commit", "weight_set", "file", "verdict")


@command
def which(
    call: Call,
    what: Annotated[
        str, typer.Argument(metavar="SHA256|PATH", help="A digest, or a file to take it of.")
    ],
) -> int:
    """List every branch and weight set that was seen to hold certain bytes, with its verdict."""
    from catalog.documents import branches

    rows = [branches.holding(holding) for holding in call.catalog.which(what)]
    call.print(
        Report(rows, rows, COLUMNS, text=None if rows else lambda: None, keys=KEYS, quiet=_branch)
    )
    if not rows:
        output.say(f"nobody saw these bytes in any branch: {what}; see `catalog sync --help`")
        return NOT_FOUND
    return 0
