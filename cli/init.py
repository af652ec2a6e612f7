"""`catalog init`: create or upgrade the database and load the shipped facts."""

from typing import TYPE_CHECKING

from catalog.core.counts import count

from . import output
from .call import Call, command
from .output import Report
from .tables import Column

if TYPE_CHECKING:
    from catalog.verbs.outcomes import Made

COLUMNS = (Column("suite"), Column("models"), Column("checkpoints"), Column("status"))


@command
def init(call: Call) -> None:
    """Create or upgrade the catalog and load the facts that ship. Safe to repeat."""
    from catalog.documents import models

    made = call.catalog.init()
    document = models.made(made)
    call.print(Report(document, document["suites"], COLUMNS, text=lambda: _print(made)))
    for path in made.scores.skipped:
        output.say(f"not loaded, it was imported before or its checkpoint is unknown: {path}")


def _print(made: "Made") -> None:
    from catalog.documents import models

    output.line(f"catalog ready: {made.database}")
    output.table(COLUMNS, [models.loaded(suite) for suite in made.suites])
    scores, seen = made.scores, made.observations
    if scores.status == "known":
        output.line("evaluation figures: known")
    else:
        output.line(f"evaluation figures: {scores.scores:,} from {scores.files:,} files")
    if seen.status == "known":
        output.line("observations of the Hub: known")
    else:
        output.line(f"observations of the Hub: {count(seen.branches, 'branch record')}")
