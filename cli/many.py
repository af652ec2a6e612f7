"""Several targets of one command: where they come from, and what would be done with them."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from catalog.core.counts import count
from catalog.errors import BadInput, MissingExtra, NoDatabase, SchemaOutOfDate

from . import output, pace, streams
from .arguments import require_whole
from .output import Report
from .tables import Column

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from catalog._door.turns import Turn
    from catalog.core.batches import Tasks
    from catalog.verbs.planning import Plan
    from catalog.verbs.selecting import Selected

    from .call import Call, Result
    from .engine import Engine

FATAL = (MissingExtra, NoDatabase, SchemaOutOfDate)
"""What every further checkpoint would meet too."""
FromOpt = Annotated[
    Path | None,
    typer.Option(
        "--from",
        metavar="FILE",
        readable=False,
        help="A file with more targets, one REF or PATH a line; `-` is standard input.",
    ),
]
DryRunOpt = Annotated[
    bool, typer.Option("--dry-run", help="Print what would be done, and do nothing of it.")
]
JobsOpt = Annotated[
    int | None,
    typer.Option(
        "--jobs",
        metavar="N",
        min=1,
        help="How many to work on at once. Default: one beside a network that runs, "
        "else one a core, 4 at most.",
        show_default=False,
    ),
]
_UNITS = {"K": 1, "M": 2, "G": 3, "T": 4}


def _bytes(text: str) -> int:
    """Return a size in bytes.

    >>> _bytes("32GB"), _bytes("1.5 GiB"), _bytes("600000000")
    (32000000000, 1610612736, 600000000)
    """
    written = r"([0-9]{1,15}(?:\.[0-9]{1,9})?) ?(?:([KMGT])(I?)B?|B)?"
    match = re.fullmatch(written, text.upper())
    if match is None:
        raise typer.BadParameter(f"{text!r} is no size: write 32GB or 32GiB")
    number, unit, binary = match.groups()
    power = _UNITS[unit] if unit else 0
    return int(float(number) * (1024 if binary else 1000) ** power)


MemoryOpt = Annotated[
    int | None,
    typer.Option(
        "--memory",
        metavar="SIZE",
        parser=_bytes,
        help="How much a network may take, such as 32GB; one that needs more is not run.",
        show_default=False,
    ),
]
COLUMNS = (
    Column("target"),
    Column("action"),
    Column("read_bytes", gives_way=2),
    Column("download_bytes", gives_way=1),
    Column("requests", gives_way=3),
    Column("why", wraps=True),
)


def require_some(texts: Sequence[str], listed: Path | None) -> None:
    """Refuse to do nothing, and words that stand apart.

    Raises:
        BadInput: nothing is asked for, or a model and its revision are two targets.
    """
    if not texts and listed is None:
        raise BadInput("nothing to do", "give MODEL@REVISION, a path, or --from FILE")
    require_whole(texts)


def lines(listed: Path | None) -> "Path | Iterable[str] | None":
    """Return a list of targets as `Catalog.select` takes it: `-` is standard input."""
    return streams.lines() if str(listed) == "-" else listed


def in_turn(
    turns: "Iterator[Turn[Any]]", result: "Callable[[Any], Result]"
) -> "Callable[[str], Result]":
    """Return what does the next of several targets, as `Call.each` wants it."""
    return lambda _: result(next(turns).result())


def print_plan(
    call: "Call",
    targets: "Sequence[Selected]",
    level: str,
    engine: "Engine",
    *,
    fetches: bool = True,
    **how: Any,  # noqa: ANN401 - as `Catalog.plan` has them
) -> int:
    """Print what would be done; return the code with which it would end, as far as is foreseen.

    Args:
        call: of the command.
        targets: what was asked for.
        level: how deep.
        engine: who would do it.
        fetches: whether what is not here is downloaded.
        **how: device and dtype, whether the state of files is trusted, and nobody is asked.
    """
    from catalog.documents import weights

    from .call import gravest

    plan = call.catalog.plan(targets, level=level, fetches=fetches, **how)
    tasks = engine.planned(call, plan, "populate" if fetches else "verify")
    document = weights.plan(plan) | weights.tasks(tasks)
    call.print(Report(document, document["steps"], COLUMNS, keys=[c.key for c in COLUMNS]))
    if call.output.is_for_people:
        output.line(_summary(plan))
        for text in (*_estimates(plan), *_tasks(tasks)):
            output.line(text)
    return gravest(step.exit_code for step in plan.steps)


def _summary(plan: "Plan") -> str:
    """Return what all of it comes to, in one line."""
    parts = [
        count(len(plan.steps), "checkpoint"),
        f"{plan.read_bytes:,} bytes to read",
        f"{plan.download_bytes:,} to download",
        f"{count(plan.requests, 'request')} of the Hub",
    ]
    known = f"; of {plan.unknown} nobody knows how much: see `catalog sync`" if plan.unknown else ""
    times = f"about {plan.read_seconds:.1f} s of reading at 1 GB a second"
    if plan.network_bytes is not None:
        times += f", {plan.network_bytes:,} bytes of memory for the largest network in float32"
    return f"{', '.join(parts)}{known}; {times}; nothing was done"


def _estimates(plan: "Plan") -> "Iterator[str]":
    """Yield how long the rest may take, and what that rests on."""
    for doing, made in (("downloading", plan.download), ("running networks", plan.forward)):
        if made is not None:
            long = pace.duration(made.seconds) if made.seconds >= 1 else "1 s or less"
            yield f"about {long} of {doing}: {made.rests_on}"


def _tasks(tasks: "Tasks | None") -> "Iterator[str]":
    """Yield what a cluster would be asked for: equal tasks once."""
    if tasks is None:
        return
    counted: dict[str, int] = {}
    for batch in tasks.batches:
        size = "nobody knows how many" if batch.work_bytes is None else f"{batch.work_bytes:,}"
        each = f"{count(batch.checkpoints, 'checkpoint')}, {size} bytes"
        counted[each] = counted.get(each, 0) + 1
    yield f"{count(len(tasks.batches), 'task')} on the cluster"
    for each, number in counted.items():
        yield f"  {number} x {each}"
    yield f"sbatch {' '.join(tasks.sbatch)}"
