"""`catalog ls`: the models."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from catalog.core.counts import count

from . import complete, output
from .call import Call, command
from .output import Report
from .tables import Column

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

COLUMNS = (
    Column("model"),
    Column("suite", gives_way=1),
    Column("params_total"),
    Column("params_non_embedding", gives_way=3),
    Column("repo_id", gives_way=2),
    Column("tags", cell=lambda row: " ".join(row["tags"]) or None),
)


@command
def ls(
    call: Call,
    texts: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PATTERN]...",
            help="Only these: a model, a suite, or '*deduped*' for names old and new.",
            show_default=False,
            autocompletion=complete.models_and_suites,
        ),
    ] = None,
    suite: Annotated[
        str | None, typer.Option(help="Only models of this suite.", autocompletion=complete.suites)
    ] = None,
    size: Annotated[
        str | None,
        typer.Option(help="Only this size, as in 70M, 1.4B or 1400M, or a range: 1B..3B."),
    ] = None,
    where: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CONDITION",
            help="Only where this is true: 'layers=24', 'learning_rate<3e-4', 'variant=deduped'. "
            "Repeatable; `catalog facts` lists the fields.",
            autocompletion=complete.conditions,
        ),
    ] = None,
    sort: Annotated[
        str | None,
        typer.Option(
            metavar="FIELD", help="Sort by a fact or field.", autocompletion=complete.fields
        ),
    ] = None,
    reverse: Annotated[bool, typer.Option("--reverse", help="The largest first.")] = False,
    tag: Annotated[
        str | None,
        typer.Option(
            metavar="TAG",
            help="Only models that have it, or a checkpoint of which has.",
            autocompletion=complete.tags,
        ),
    ] = None,
) -> None:
    """List the models."""
    from catalog.documents import models

    listed = call.catalog.ls(
        *(texts or ()),
        suite=suite,
        size=size,
        where=where or (),
        sort=sort,
        reverse=reverse,
        tag=tag,
    )
    rows = [models.model(model) for model in listed]
    keys = [column.key for column in COLUMNS]
    call.print(Report(rows, rows, _columns(rows), keys=keys))
    if call.output.is_for_people:
        output.say(count(len(rows), "model"))


def _columns(rows: "Sequence[Mapping[str, Any]]") -> list[Column]:
    """Return the columns, tags only where there are any."""
    tagged = any(row["tags"] for row in rows)
    return [column for column in COLUMNS if tagged or column.key != "tags"]
