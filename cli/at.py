"""`catalog at`: checkpoints by tokens seen."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from catalog.core import tokens
from catalog.core.counts import count
from catalog.errors import BadInput

from . import complete, output
from .arguments import TaskOpt
from .call import Call, command
from .output import Report
from .spreads import CommonOpt, EveryOpt, LinearOpt, LogOpt, ScoredOpt
from .tables import Column

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from catalog.verbs.at import Positions

COLUMNS = (
    Column("model"),
    Column("asked", gives_way=1),
    Column("revision"),
    Column("tokens_seen"),
    Column("distance", gives_way=2),
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
    "asked",
)
SHOWN = 4


@command
def at(
    call: Call,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[AMOUNT]... [MODEL|SUITE]...",
            help="300B, 2.1e9, 2,097,152,000, 1.5T, 50% (of a model's final tokens), step3000 or a "
            "range: step1..step512, 1B..; then models or suites, all of them by default.",
            show_default=False,
            autocompletion=complete.models_and_suites,
        ),
    ] = None,
    floor: Annotated[bool, typer.Option("--floor", help="The last one at or before.")] = False,
    ceil: Annotated[bool, typer.Option("--ceil", help="The first one at or after.")] = False,
    exact: Annotated[bool, typer.Option("--exact", help="Only exactly there.")] = False,
    between: Annotated[
        tuple[str, str] | None,
        typer.Option(metavar="A B", help="Every checkpoint from A to B, both included: A..B."),
    ] = None,
    log: LogOpt = None,
    linear: LinearOpt = None,
    every: EveryOpt = None,
    scored: ScoredOpt = False,
    task: TaskOpt = None,
    common: CommonOpt = False,
    tag: Annotated[
        str | None,
        typer.Option(
            metavar="TAG",
            help="Only checkpoints that have it, or whose model has: @tag=TAG.",
            autocompletion=complete.tags,
        ),
    ] = None,
) -> int:
    """Find the checkpoint that has seen a number of tokens: the nearest one, the earlier at a tie.

    One row for each amount and model. Exit 1 where --exact, --floor, --ceil or a range find
    nothing at all.
    """
    from catalog.documents import models

    pick = _pick(floor=floor, ceil=ceil, exact=exact, between=between is not None)
    texts = list(words or [])
    if between is not None:
        texts.insert(0, "..".join(between))
    positions = call.catalog.at(
        *texts,
        pick=pick,
        log=log,
        linear=linear,
        every=every,
        scored=scored,
        common=common,
        tasks=task or (),
        tag=tag,
    )
    rows = [models.position(position) for position in positions.rows]
    call.print(
        Report(
            rows,
            rows,
            _columns(rows),
            text=None if rows else lambda: None,
            keys=KEYS,
            quiet=lambda row: f"{row['model']}@{row['revision']}",
        )
    )
    for warning in positions.warnings:
        output.say(warning)
    given = {"--floor": floor, "--ceil": ceil, "--exact": exact, "--scored": scored, "--tag": tag}
    given |= {"--common": common}
    _explain(positions, texts, [option for option, value in given.items() if value])
    if rows:
        return 0
    return 1 if len(positions.unknown) < positions.models else 3


def _columns(rows: "Sequence[Mapping[str, Any]]") -> list[Column]:
    """Return the columns that say something: amounts where there are several, distances to one."""
    several = len({row["asked"] for row in rows}) > 1
    near = any(row["distance"] is not None for row in rows) or not rows
    shown = {"asked": several, "distance": near}
    return [column for column in COLUMNS if shown.get(column.key, True)]


def _pick(*, floor: bool, ceil: bool, exact: bool, between: bool) -> tokens.Pick:
    if sum((floor, ceil, exact, between)) > 1:
        raise BadInput("--floor, --ceil, --exact and --between exclude one another", "give one")
    if floor:
        return "floor"
    if ceil:
        return "ceil"
    return "exact" if exact else "nearest"


def _explain(positions: "Positions", texts: list[str], options: list[str]) -> None:
    unknown = positions.unknown
    for note in _notes(positions):
        output.say(f"note: {note}")
    if not positions.rows and len(unknown) < positions.models:
        output.say(f"catalog: no checkpoint there; {_instead(texts, options)}")
    if unknown:
        some = ", ".join(unknown[:SHOWN]) + (" …" if len(unknown) > SHOWN else "")
        output.say(f"tokens not known for {count(len(unknown), 'model')}, left out: {some}")


def _instead(texts: list[str], options: list[str]) -> str:
    """Return what to type where nothing was found."""
    if options:
        return f"leave out {' and '.join(options)}"
    begin = next((text.partition("..")[0] for text in texts if ".." in text), "")
    return f"`catalog at {begin or '1B'}` finds the nearest"


def _notes(positions: "Positions") -> list[str]:
    """Return where runs end or begin that were asked for more, each once, a few of many."""
    notes = list(dict.fromkeys(row.note for row in positions.rows if row.note is not None))
    more = [f"{len(notes) - SHOWN} more, in --json"] if len(notes) > SHOWN else []
    return [*notes[:SHOWN], *more, *positions.notes]
