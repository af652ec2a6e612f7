"""`catalog ls`: the models."""

from typing import Annotated

import typer

from . import complete, output
from .call import Call, command
from .output import Report
from .tables import Column

COLUMNS = (
    Column("model"),
    Column("suite", gives_way=1),
    Column("params_total"),
    Column("params_non_embedding", gives_way=3),
    Column("repo_id", gives_way=2),
)


@command
def ls(
    call: Call,
    suite: Annotated[
        str | None, typer.Option(help="Only models of this suite.", autocompletion=complete.suites)
    ] = None,
    size: Annotated[
        str | None, typer.Option(help="Only this size, as in 70M, 1.4B or 1400M.")
    ] = None,
) -> None:
    """List the models."""
    from catalog.documents import models

    rows = [models.model(model) for model in call.catalog.ls(suite=suite, size=size)]
    call.print(Report(rows, rows, COLUMNS))
    if call.output.is_for_people:
        output.say(output.count(len(rows), "model"))
