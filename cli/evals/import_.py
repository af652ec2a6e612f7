"""`catalog evals import`: score files in."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from catalog.core.counts import count

from .. import complete, output
from ..call import Call, command, gravest
from ..output import Report
from ..tables import Column

if TYPE_CHECKING:
    from collections.abc import Sequence

    from catalog.verbs.evals import Outcome

NOTHING_IMPORTED = 2
_WHY = {
    "checkpoint": "taken for it on your word ({})",
    "revision": "the file names none, and the harness loads it by default",
}
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
    called: Annotated[
        str | None,
        typer.Option(
            "--as",
            metavar="REF",
            help="Which checkpoint was scored, where the files do not tell.",
            autocompletion=complete.refs,
        ),
    ] = None,
    models: Annotated[
        Path | None,
        typer.Option(
            "--models",
            metavar="FILE.tsv",
            help="Says so of many: lines of a model or path in the files, a tab, and a REF.",
        ),
    ] = None,
) -> int:
    """Import result files of lm-evaluation-harness and score tables. Safe to repeat.

    Each file ends as imported, known (the same bytes are in the catalog) or refused. The content
    decides which checkpoint was scored; name and folder complete what it leaves open. A path on a
    disk names no checkpoint: say which it is with --as or --models. Nothing imported is exit 2.
    """
    from catalog.documents import scores

    outcomes = call.catalog.import_scores(*paths, withdrawn=withdrawn, called=called, models=models)
    document = scores.imports(outcomes)
    call.print(
        Report(document, document["files"], COLUMNS, text=lambda: _print(outcomes), keys=KEYS)
    )
    code = gravest(outcome.exit_code for outcome in outcomes)
    none = all(outcome.status == "refused" for outcome in outcomes)
    return code or (NOTHING_IMPORTED if none else 0)


def _print(outcomes: "Sequence[Outcome]") -> None:
    """List what needs a reader's eye, then count."""
    from catalog.documents.scores import STATUSES

    for outcome in outcomes:
        if outcome.status == "refused":
            output.line(f"refused  {outcome.path}: {outcome.reason}")
        if outcome.status == "known" and any(e.withdrawn for e in outcome.evaluations):
            output.line(f"{outcome.path}: taken back: {outcome.evaluations[0].withdrawn}")
        if outcome.status == "imported":
            for text in _remarks(outcome):
                output.line(f"{outcome.path}: {text}")
    for word in STATUSES:
        number = sum(outcome.status == word for outcome in outcomes)
        output.line(f"{word}  {count(number, 'file')}")
    read = [each for o in outcomes if o.status == "imported" for each in o.evaluations]
    if read:
        scores = count(sum(evaluation.scores for evaluation in read), "score")
        models = count(len({evaluation.model for evaluation in read}), "model")
        output.line(f"{scores} in {count(len(read), 'evaluation')} of {models}")


def _remarks(outcome: "Outcome") -> list[str]:
    """Return contradictions and what was not understood, in words."""
    contradictions = [
        f"{note.field}: the content says {note.used}, the {note.place} says {note.other}"
        for evaluation in outcome.evaluations
        for note in evaluation.notes
        if note.kind == "contradiction"
    ]
    taken = [
        f"{note.used}: {_WHY[note.field].format(note.other)}"
        for note in dict.fromkeys(n for e in outcome.evaluations for n in e.notes)
        if note.kind == "completed" and note.field in _WHY
    ]
    marks = [
        str(note.other)
        for note in dict.fromkeys(n for e in outcome.evaluations for n in e.notes)
        if note.kind == "doubt" and note.field in ("commit", "conditions")
    ]
    return contradictions + taken + marks + [f"not understood: {text}" for text in outcome.unread]
