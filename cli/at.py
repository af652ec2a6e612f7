"""`catalog at`: checkpoints by tokens seen."""

from typing import TYPE_CHECKING, Annotated

import typer

from catalog.core import tokens
from catalog.errors import BadInput

from . import complete, output
from .call import Call, command
from .output import Report
from .tables import Column

if TYPE_CHECKING:
    from collections.abc import Sequence

    from catalog.verbs.at import Positions

COLUMNS = (
    Column("model"),
    Column("revision"),
    Column("tokens_seen"),
    Column("distance", gives_way=1),
)
KEYS = (
    "model",
    "repo_id",
    "revision",
    "step",
    "training_step",
    "tokens_seen",
    "distance",
    "note",
)
SHOWN = 4


@command
def at(
    call: Call,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="TOKENS [MODEL|SUITE]...",
            help="300B, 2.1e9, 2,097,152,000, 1.5T, 50% (of a model's final tokens) or step3000; "
            "then models or suites, all of them by default.",
            show_default=False,
            autocompletion=complete.models_and_suites,
        ),
    ] = None,
    floor: Annotated[bool, typer.Option("--floor", help="The last one at or before.")] = False,
    ceil: Annotated[bool, typer.Option("--ceil", help="The first one at or after.")] = False,
    exact: Annotated[bool, typer.Option("--exact", help="Only exactly there.")] = False,
    between: Annotated[
        tuple[str, str] | None,
        typer.Option(metavar="A B", help="Every checkpoint from A to B, both included."),
    ] = None,
) -> int:
    """Find the checkpoint that has seen a number of tokens: the nearest one, the earlier at a tie.

    One row a model. Exit 1 where --exact, --floor, --ceil or --between find nothing at all.
    """
    from catalog.documents import models

    pick = _pick(floor=floor, ceil=ceil, exact=exact, between=between is not None)
    texts = list(words or [])
    if between is None and not texts:
        raise BadInput("how many tokens?", "write `catalog at 300B`, say")
    amount, to = between or (texts.pop(0), None)
    _require_order(amount, texts)
    positions = call.catalog.at(amount, *texts, pick=pick, to=to)
    rows = [models.position(position) for position in positions.rows]
    call.print(
        Report(
            rows,
            rows,
            COLUMNS,
            text=None if rows else lambda: None,
            keys=KEYS,
            quiet=lambda row: f"{row['model']}@{row['revision']}",
        )
    )
    for warning in positions.warnings:
        output.say(warning)
    _explain(positions)
    if rows:
        return 0
    return 1 if len(positions.unknown) < positions.models else 3


def _pick(*, floor: bool, ceil: bool, exact: bool, between: bool) -> tokens.Pick:
    if sum((floor, ceil, exact, between)) > 1:
        raise BadInput("--floor, --ceil, --exact and --between exclude one another", "give one")
    if floor:
        return "floor"
    if ceil:
        return "ceil"
    return "exact" if exact else "nearest"


def _require_order(amount: str, texts: "Sequence[str]") -> None:
    """Say how it is written where a model stands in the place of the amount."""
    if tokens.is_amount(amount):
        return
    for text in texts:
        if tokens.is_amount(text):
            others = " ".join([amount, *(other for other in texts if other != text)])
            raise BadInput(
                f"not an amount of training: {amount!r}", f"write `catalog at {text} {others}`"
            )


def _explain(positions: "Positions") -> None:
    unknown = positions.unknown
    for note in _notes(positions):
        output.say(f"note: {note}")
    if not positions.rows and len(unknown) < positions.models:
        output.say("catalog: no checkpoint there; leave --exact, --floor or --ceil out")
    if unknown:
        some = ", ".join(unknown[:SHOWN]) + (" …" if len(unknown) > SHOWN else "")
        output.say(f"tokens not known for {output.count(len(unknown), 'model')}, left out: {some}")


def _notes(positions: "Positions") -> list[str]:
    """Return where runs end or begin that were asked for more, each once, a few of many."""
    notes = list(dict.fromkeys(row.note for row in positions.rows if row.note is not None))
    if len(notes) <= SHOWN:
        return notes
    return [*notes[:SHOWN], f"{len(notes) - SHOWN} more, in --json"]
