"""`catalog name`: old and new names, explained."""

import sys
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from catalog.errors import BadInput

from . import output
from .options import DatabaseOpt, JsonOpt, database_url

if TYPE_CHECKING:
    from catalog.names import Answer, Index


def name(
    texts: Annotated[
        list[str],
        typer.Argument(metavar="TEXT...", help="Names as written; - reads them from stdin."),
    ],
    on: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="The day of the text it stands in, as 2022-12-31."),
    ] = None,
    db: DatabaseOpt = None,
    json: JsonOpt = False,
) -> None:
    """Say what a model name means today, what it meant on a day, and why.

    Exit 2 if a name is unknown or ambiguous; its candidates are listed.
    """
    from catalog import database
    from catalog.queries import models

    day = _day(on)
    written = _written(texts)
    with database.reading(database_url(db)) as connection:
        index = models.index(connection)
    answers = [(index.resolve(text, day), _today(index, text, day)) for text in written]
    if json:
        output.emit_json([_object(answer, today, on=day) for answer, today in answers])
    else:
        for position, (answer, today) in enumerate(answers):
            if position:
                output.line()
            _print(answer, today, on=day)
    if any(answer.model is None for answer, _ in answers):
        raise typer.Exit(2)


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadInput(f"not a day: {text!r}", "write it as 2022-12-31") from error


def _written(texts: list[str]) -> list[str]:
    """Return the names to explain; `-` stands for the lines of standard input, in order."""
    found: list[str] = []
    for text in texts:
        lines = sys.stdin if text == "-" else (text,)
        found += [each.strip() for each in lines if each.strip()]
    if not found:
        raise BadInput("no name given", "write `catalog name pythia-1.3b`, say")
    return found


def _today(index: "Index", text: str, day: date | None) -> "Answer | None":
    return None if day is None else index.resolve(text)


def _object(answer: "Answer", today: "Answer | None", *, on: date | None) -> dict[str, object]:
    shown: dict[str, object] = output.plain(answer)
    shown["on"] = output.plain(on)
    meant = answer if today is None else today
    shown["today"] = {"model": meant.model, "repo_id": meant.repo_id}
    return shown


def _print(answer: "Answer", today: "Answer | None", *, on: date | None) -> None:
    output.line(answer.text)
    rows: list[tuple[str, object]] = []
    if today is not None:
        rows.append(("today", _meaning(today)))
    rows.append((str(on) if on else "today", _meaning(answer)))
    rows.append(("revision", answer.revision))
    rows.append(("why", answer.explanation or None))
    output.pairs(rows, indent="  ")
    others = [c for c in answer.candidates if c.model != answer.model]
    for candidate in others:
        label = "also" if answer.model else "candidate"
        output.line(f"  {label}  {candidate.model}  ({candidate.reason})")
    for near in answer.nearest:
        output.line(f"  nearest  {near}")


def _meaning(answer: "Answer") -> str:
    if answer.model is None:
        return answer.error or "unknown"
    where = answer.repo_id or "never published"
    return f"{answer.model}  ({where})"
