"""`catalog evals remove`: score files out again."""

from typing import Annotated

import typer

from catalog.core.counts import count

from .. import output
from ..call import Call, command
from ..output import Report
from ..tables import Column

FilesArg = Annotated[
    list[str],
    typer.Argument(
        metavar="FILE...",
        help="Files with the same bytes, sha256 digests, or paths as they are on record.",
    ),
]
COLUMNS = (Column("path", wraps=True), Column("scores"), Column("after"))
KEYS = ("path", "digest", "evaluations", "scores", "before", "after")


@command
def remove(call: Call, files: FilesArg) -> None:
    """Remove score files of your own from the catalog, with their scores.

    Scores that ship stay: `evals import --withdrawn` takes them back.
    """
    from catalog.documents import scores

    amended = scores.amended(call.catalog.remove_scores(*files))

    def text() -> None:
        for row in amended:
            scores_ = count(row["scores"], "score")
            output.line(f"removed  {row['path']}: {scores_} of {', '.join(row['before'])}")

    call.print(Report(amended, amended, COLUMNS, text=text, keys=KEYS))
