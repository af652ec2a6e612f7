"""`catalog at`: checkpoints by tokens seen."""

from typing import TYPE_CHECKING, Annotated

import typer

from catalog.core import tokens
from catalog.errors import BadInput

from . import output
from .advisories import warn
from .options import CsvOpt, DatabaseOpt, JsonOpt, database_url

if TYPE_CHECKING:
    from catalog.core.models import Checkpoint, Model
    from catalog.sql.connections import Reader

COLUMNS = (
    "model",
    "repo_id",
    "revision",
    "step",
    "training_step",
    "tokens_seen",
    "distance",
)


def at(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="TOKENS [MODEL|SUITE]...",
            help="300B, 2.1e9, 2,097,152,000, 1.5T, 50% (of a model's final tokens) or step3000; "
            "then models or suites, all of them by default.",
            show_default=False,
        ),
    ] = None,
    floor: Annotated[bool, typer.Option("--floor", help="The last one at or before.")] = False,
    ceil: Annotated[bool, typer.Option("--ceil", help="The first one at or after.")] = False,
    exact: Annotated[bool, typer.Option("--exact", help="Only exactly there.")] = False,
    between: Annotated[
        tuple[str, str] | None,
        typer.Option(metavar="A B", help="Every checkpoint from A to B, both included."),
    ] = None,
    db: DatabaseOpt = None,
    csv: CsvOpt = False,
    json: JsonOpt = False,
) -> None:
    """Find the checkpoint that has seen a number of tokens: the nearest one, the earlier at a tie.

    One row a model. Exit 1 where --exact, --floor, --ceil or --between find nothing at all.
    """
    from catalog.sql import database
    from catalog.sql.queries import models

    pick = _pick(floor=floor, ceil=ceil, exact=exact, between=between is not None)
    asked = list(words or [])
    if between is None and not asked:
        raise BadInput("how many tokens?", "write `catalog at 300B`, say")
    amounts = [tokens.parse(text) for text in between or (asked.pop(0),)]
    rows: list[tuple[object, ...]] = []
    unknown = []
    with database.reading(database_url(db)) as connection:
        chosen = models.selected(connection, asked)
        for one in chosen:
            found = _answers(connection, one, amounts, pick)
            if found is None:
                unknown.append(one.name)
            rows += found or []
    _print(rows, csv=csv, json=json)
    model, revision = COLUMNS.index("model"), COLUMNS.index("revision")
    warn((str(row[model]), None if row[revision] is None else str(row[revision])) for row in rows)
    _explain(rows, unknown, asked=len(chosen))
    if not rows:
        raise typer.Exit(1 if len(unknown) < len(chosen) else 3)


def _pick(*, floor: bool, ceil: bool, exact: bool, between: bool) -> tokens.Pick:
    if sum((floor, ceil, exact, between)) > 1:
        raise BadInput("--floor, --ceil, --exact and --between exclude one another", "give one")
    if floor:
        return "floor"
    if ceil:
        return "ceil"
    return "exact" if exact else "nearest"


def _answers(
    connection: "Reader", one: "Model", amounts: list[tokens.Amount], pick: tokens.Pick
) -> list[tuple[object, ...]] | None:
    """Return the rows for one model; None where its tokens are not known."""
    from catalog.sql.queries import models

    last = models.final(connection, one.id)
    if last is None or last.tokens_seen is None:
        return None
    wanted = [
        amount.tokens_of(
            final_tokens=last.tokens_seen, tokens_per_published_step=one.tokens_per_published_step
        )
        for amount in amounts
    ]
    if None in wanted:
        return None
    low, high = wanted[0] or 0, wanted[-1] or 0
    if len(wanted) == 1:
        found = models.at(connection, one, low, pick)
        return [] if found is None else [_row(found, low)]
    if low > high:
        raise BadInput(f"--between {amounts[0].text} {amounts[1].text}: the first is the larger")
    return [_row(found, low) for found in models.between(connection, one, low, high)]


def _row(found: "Checkpoint", asked: int) -> tuple[object, ...]:
    return (
        found.model,
        found.repo_id,
        found.revision,
        found.published_step,
        found.training_step,
        found.tokens_seen,
        (found.tokens_seen or 0) - asked,
    )


def _print(rows: list[tuple[object, ...]], *, csv: bool, json: bool) -> None:
    if json:
        output.emit_json([dict(zip(COLUMNS, row, strict=True)) for row in rows])
    elif csv:
        output.emit_csv(COLUMNS, rows)
    elif rows:
        shown = [COLUMNS.index(c) for c in ("model", "revision", "tokens_seen", "distance")]
        output.table([COLUMNS[i] for i in shown], [[row[i] for i in shown] for row in rows])


def _explain(rows: list[tuple[object, ...]], unknown: list[str], *, asked: int) -> None:
    if not rows and len(unknown) < asked:
        output.say("catalog: no checkpoint there; leave --exact, --floor or --ceil out")
    if unknown:
        some = ", ".join(unknown[:4]) + (" …" if len(unknown) > 4 else "")  # noqa: PLR2004
        output.say(f"tokens not known for {output.count(len(unknown), 'model')}, left out: {some}")
