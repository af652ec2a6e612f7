"""`catalog evals import`: score files in."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .. import output
from ..call import Call, command
from ..output import Report
from ..tables import Column

if TYPE_CHECKING:
    from collections.abc import Sequence

    from catalog.verbs.evals import Outcome

# The gravest of several inputs decides: broken, then could not check, then asked wrongly.
_GRAVITY = (1, 3, 2, 0)
COLUMNS = (
    Column("status"),
    Column("path", wraps=True),
    Column("model"),
    Column("revision"),
    Column("scores"),
    Column("reason", gives_way=1, wraps=True),
)
KEYS = (
    *("path", "status", "form", "model", "revision", "step", "training_step", "tokens_seen"),
    *("shots", "scores", "commit", "harness_version", "dtype", "evaluated_at", "reason"),
)


@command
def import_(
    call: Call,
    paths: Annotated[
        list[Path],
        # Typer would call what cannot be read a usage error; it is exit 3.
        typer.Argument(metavar="PATH...", help="Files, folders or tar archives.", readable=False),
    ],
    withdrawn: Annotated[
        str | None,
        typer.Option(
            "--withdrawn", metavar="REASON", help="Record these scores as taken back, and why."
        ),
    ] = None,
) -> int:
    """Import result files of lm-evaluation-harness and score tables. Safe to repeat.

    Each file ends as imported, known (the same bytes are in the catalog) or refused. The content
    decides which checkpoint was scored; name and folder complete what it leaves open.
    """
    from catalog.documents import scores

    outcomes = call.catalog.import_scores(*paths, withdrawn=withdrawn)
    document = scores.imports(outcomes)
    call.print(
        Report(document, document["files"], COLUMNS, text=lambda: _print(outcomes), keys=KEYS)
    )
    codes = {outcome.exit_code for outcome in outcomes}
    return next(code for code in _GRAVITY if code in codes or code == 0)


def _print(outcomes: "Sequence[Outcome]") -> None:
    """List what needs a reader's eye, then count."""
    from catalog.documents.scores import STATUSES

    for outcome in outcomes:
        if outcome.status == "refused":
            output.line(f"refused  {outcome.path}: {outcome.reason}")
        if outcome.status == "imported":
            for text in _remarks(outcome):
                output.line(f"{outcome.path}: {text}")
    for word in STATUSES:
        number = sum(outcome.status == word for outcome in outcomes)
        output.line(f"{word}  {output.count(number, 'file')}")
    read = [each for o in outcomes if o.status == "imported" for each in o.evaluations]
    if read:
        scores = output.count(sum(evaluation.scores for evaluation in read), "score")
        models = output.count(len({evaluation.model for evaluation in read}), "model")
        output.line(f"{scores} in {output.count(len(read), 'evaluation')} of {models}")


def _remarks(outcome: "Outcome") -> list[str]:
    """Return contradictions and what was not understood, in words."""
    contradictions = [
        f"{note.field}: the content says {note.used}, the {note.place} says {note.other}"
        for evaluation in outcome.evaluations
        for note in evaluation.notes
        if note.kind == "contradiction"
    ]
    return contradictions + [f"not understood: {text}" for text in outcome.unread]
