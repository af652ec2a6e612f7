"""`catalog evals`: import score files; the group of all commands about scores."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from catalog.errors import CouldNotCheck

from . import comparison, output, scores
from .options import DatabaseOpt, JsonOpt, database_url

if TYPE_CHECKING:
    from collections.abc import Sequence

    from catalog.verbs.evals import Outcome, Read

app = typer.Typer(no_args_is_help=True, help="Evaluation scores: import, show, compare.")
app.command("show")(scores.show)
app.command("compare")(comparison.compare)

# The gravest of several inputs decides: broken, then could not check, then asked wrongly.
_GRAVITY = (1, 3, 2, 0)


@app.command("import")
def import_(
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
    db: DatabaseOpt = None,
    json: JsonOpt = False,
) -> int:
    """Import result files of lm-evaluation-harness and score tables. Safe to repeat.

    Each file ends as imported, known (the same bytes are in the catalog) or refused. The content
    decides which checkpoint was scored; name and folder complete what it leaves open.
    """
    from catalog.sql import database
    from catalog.verbs import evals

    with database.writing(database_url(db)) as connection:
        outcomes = list(
            evals.import_files(connection, paths, now=datetime.now(UTC), withdrawn=withdrawn)
        )
    if json:
        counts = {word: sum(o.status == word for o in outcomes) for word in _STATUSES}
        output.emit_json({"files": [_file(outcome) for outcome in outcomes], "counts": counts})
    else:
        _print_outcomes(outcomes)
    codes = {outcome.exit_code for outcome in outcomes}
    return next(code for code in _GRAVITY if code in codes or code == 0)


_STATUSES = ("imported", "known", "refused")


def _file(outcome: "Outcome") -> dict[str, Any]:
    """Return what `--json` documents for a file."""
    one = outcome.evaluations[0] if len(outcome.evaluations) == 1 else None
    models = {each.model for each in outcome.evaluations}
    found: dict[str, Any] = {
        "path": outcome.path,
        "status": outcome.status,
        "form": outcome.form,
        "reason": outcome.reason,
        "unread": list(outcome.unread),
        **(_read(one) if one else _NOTHING),
        "model": next(iter(models)) if len(models) == 1 else None,
        "scores": sum(each.scores for each in outcome.evaluations),
    }
    if outcome.form == "csv" or len(outcome.evaluations) > 1:
        found["conflicts"] = [c for each in outcome.evaluations for c in _conflicts(each)]
        shared = {"path": outcome.path, "status": outcome.status, "reason": outcome.reason}
        found["evaluations"] = [shared | _read(each) for each in outcome.evaluations]
    return found


_NOTHING: dict[str, Any] = {
    "model": None,
    "revision": None,
    "published_step": None,
    "training_step": None,
    "tokens_seen": None,
    "num_fewshot": None,
    "scores": 0,
    "conflicts": [],
}


def _read(one: "Read") -> dict[str, Any]:
    shown: dict[str, Any] = output.plain(one)
    del shown["notes"]
    shown["conflicts"] = _conflicts(one)
    shown["completed"] = [
        {"field": note.field, "value": note.used, "from": note.place}
        for note in one.notes
        if note.kind == "completed"
    ]
    shown["doubts"] = [note.other for note in one.notes if note.kind == "doubt"]
    return shown


def _conflicts(one: "Read") -> list[dict[str, Any]]:
    return [
        {"field": note.field, "used": note.used, "stated": note.other, "place": note.place}
        for note in one.notes
        if note.kind == "contradiction"
    ]


def _print_outcomes(outcomes: "Sequence[Outcome]") -> None:
    """List what needs a reader's eye, then count."""
    for outcome in outcomes:
        if outcome.status == "refused":
            output.line(f"refused  {outcome.path}: {outcome.reason}")
        if outcome.status == "imported":
            for text in _remarks(outcome):
                output.line(f"{outcome.path}: {text}")
    for word in _STATUSES:
        number = sum(outcome.status == word for outcome in outcomes)
        output.line(f"{word}  {output.count(number, 'file')}")
    fresh = [outcome for outcome in outcomes if outcome.status == "imported"]
    read = [one for outcome in fresh for one in outcome.evaluations]
    if read:
        scores = sum(one.scores for one in read)
        models = len({one.model for one in read})
        output.line(
            f"{output.count(scores, 'score')} in {output.count(len(read), 'evaluation')} "
            f"of {output.count(models, 'model')}"
        )


def _remarks(outcome: "Outcome") -> list[str]:
    """Return contradictions and what was not understood, in words."""
    found = [
        f"{note.field}: the content says {note.used}, the {note.place} says {note.other}"
        for one in outcome.evaluations
        for note in one.notes
        if note.kind == "contradiction"
    ]
    return found + [f"not understood: {text}" for text in outcome.unread]


@app.command("pack", hidden=True)
def pack(
    archives: Annotated[
        list[Path], typer.Argument(metavar="ARCHIVE...", help="One for each shipped source.")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Where to write the packed file.")],
    db: DatabaseOpt = None,
) -> None:
    """Write the file of figures that ships with the catalog (for maintainers)."""
    from catalog.sql import database
    from catalog.verbs import evals

    with database.reading(database_url(db)) as connection:
        packed = evals.pack(connection, archives)
    try:
        out.write_bytes(packed)
    except OSError as error:
        raise CouldNotCheck(f"cannot write {out}: {error.strerror}") from error
    output.line(f"{out}: {len(packed):,} bytes")
