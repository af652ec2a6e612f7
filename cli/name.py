"""`catalog name`: old and new names, explained."""

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from catalog.errors import BadInput

from . import complete, output, streams
from .call import Call, command
from .output import Report
from .tables import Column

if TYPE_CHECKING:
    from collections.abc import Sequence

    from catalog.core.names import Answer
    from catalog.verbs.name import Explained

COLUMNS = (
    Column("text"),
    Column("model"),
    Column("repo_id"),
    Column("revision"),
    Column("tokens_seen"),
    Column("error"),
)
UNRESOLVED = 2


@command
def name(
    call: Call,
    texts: Annotated[
        list[str],
        typer.Argument(
            metavar="TEXT...",
            help="Names as written; - reads them from stdin.",
            autocompletion=complete.names,
        ),
    ],
    on: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="The day of the text it stands in, as 2022-12-31."),
    ] = None,
) -> int:
    """Say what a model name means today, what it meant on a day, and why.

    Exit 2 if a name is unknown or ambiguous; its candidates are listed.
    """
    day = day_of(on)
    unresolved = False

    def reports() -> "Iterator[Report]":
        nonlocal unresolved
        number = 0
        for explained in call.catalog.names(_written(texts), on=day):
            number += 1
            unresolved |= not explained.is_resolved
            yield _report(explained, first=number == 1)
        if not number:
            raise BadInput("no name given", "write `catalog name pythia-1.3b`, say")

    call.output.each(reports())
    return UNRESOLVED if unresolved else 0


def day_of(text: str | None) -> date | None:
    """Return the day that an option names, None where none was given.

    Raises:
        BadInput: it is no day.
    """
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadInput(f"not a day: {text!r}", "write it as 2022-12-31") from error


def _written(texts: "Sequence[str]") -> Iterator[str]:
    """Yield the names to explain; `-` stands for the lines of standard input, as they come."""
    for text in texts:
        lines = streams.lines() if text == "-" else (text,)
        yield from (line.strip() for line in lines if line.strip())


def _report(explained: "Explained", *, first: bool) -> Report:
    from catalog.documents import models

    document = models.name(explained)
    return Report(
        document,
        [document],
        COLUMNS,
        text=lambda: _print(explained, first=first),
        quiet=lambda row: row["model"],
    )


def _print(explained: "Explained", *, first: bool) -> None:
    answer = explained.answer
    if not first:
        output.line()
    output.line(answer.text)
    rows: list[tuple[str, object]] = []
    if explained.today is not None:
        rows.append(("today", _meaning(explained.today)))
    rows.append((str(explained.on or "today"), _meaning(answer)))
    rows.append(("revision", explained.revision_error or answer.revision))
    rows.append(("tokens seen", explained.tokens_seen))
    rows.append(("distance", explained.distance))
    rows.append(("why", answer.explanation or None))
    output.pairs(rows, indent="  ")
    for candidate in answer.candidates:
        if candidate.model != answer.model:
            label = "also" if answer.model else "candidate"
            output.line(f"  {label}  {candidate.model}  ({candidate.reason})")
    for near in answer.nearest:
        output.line(f"  nearest  {near}")


def _meaning(answer: "Answer") -> str:
    if answer.model is None:
        return answer.error or "unknown"
    return f"{answer.model}  ({answer.repo_id or 'never published'})"
