"""`catalog name`: old and new names, explained."""

import sys
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from catalog.errors import BadInput, UnknownName

from . import output
from .options import DatabaseOpt, JsonOpt, database_url

if TYPE_CHECKING:
    from catalog.core.names import Answer
    from catalog.sql.connections import Reader


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
    from catalog.sql import database
    from catalog.sql.queries import models

    day = _day(on)
    written = _written(texts)
    with database.reading(database_url(db)) as connection:
        index = models.index(connection)
        explained = [
            _explained(
                connection, index.resolve(text, day), None if day is None else index.resolve(text)
            )
            for text in written
        ]
    if json:
        output.emit_json([_object(one, on=day) for one in explained])
    else:
        for position, one in enumerate(explained):
            if position:
                output.line()
            _print(one, on=day)
    if any(one.answer.model is None or one.revision_error for one in explained):
        raise typer.Exit(2)


@dataclass(frozen=True, slots=True)
class Explained:
    """An answer, today's where a day was asked for, and the checkpoint that a revision means."""

    answer: "Answer"
    today: "Answer | None"
    tokens_seen: int | None = None
    revision_error: str | None = None


def _explained(connection: "Reader", answer: "Answer", today: "Answer | None") -> Explained:
    from catalog.sql.queries import models

    if answer.model is None or answer.revision is None:
        return Explained(answer, today)
    one = models.named(connection, answer.model)
    try:
        saved = models.checkpoint_at(connection, one, answer.revision)
    except UnknownName as error:
        return Explained(answer, today, revision_error=str(error))
    return Explained(answer, today, saved.tokens_seen)


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


def _object(one: Explained, *, on: date | None) -> dict[str, object]:
    shown: dict[str, object] = output.plain(one.answer)
    meant = one.answer if one.today is None else one.today
    shown["on"] = output.plain(on)
    shown["today"] = {"model": meant.model, "repo_id": meant.repo_id}
    shown["tokens_seen"] = one.tokens_seen
    shown["revision_error"] = one.revision_error
    return shown


def _print(one: Explained, *, on: date | None) -> None:
    answer = one.answer
    output.line(answer.text)
    rows: list[tuple[str, object]] = []
    if one.today is not None:
        rows.append(("today", _meaning(one.today)))
    rows.append((str(on) if on else "today", _meaning(answer)))
    rows.append(("revision", one.revision_error or answer.revision))
    rows.append(("tokens seen", one.tokens_seen))
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
