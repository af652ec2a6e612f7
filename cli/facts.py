"""`catalog facts`: facts of many models as a table."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from catalog.core.counts import count
from catalog.errors import BadInput

from . import complete, output, tables
from .arguments import TableOpt
from .call import Call, command
from .output import Report
from .tables import Column

if TYPE_CHECKING:
    from collections.abc import Mapping

FIELDS = (
    Column("key"),
    Column("kind", gives_way=2),
    Column("unit", gives_way=1),
    Column("models"),
    Column("meaning", wraps=True),
)


@command
def facts(
    call: Call,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[KEY]... [MODEL|SUITE]...",
            help="Facts, then models or suites; by default all models that have one of them. "
            "Nothing at all: which facts there are.",
            show_default=False,
            autocompletion=complete.fields_and_models,
        ),
    ] = None,
    suite: Annotated[
        str | None, typer.Option(help="Only models of this suite.", autocompletion=complete.suites)
    ] = None,
    sources: Annotated[
        bool, typer.Option("--sources", help="Say who states each value, and who another one.")
    ] = False,
    file: TableOpt = None,
) -> None:
    """Put facts of models side by side: a row a model, a column a fact.

    A value on which sources differ is that of the most trusted one, marked with !.
    """
    from catalog.documents import desk

    if not words:
        if suite is not None or sources or file is not None:
            raise BadInput("which facts?", "`catalog facts` alone lists them")
        _print_fields(call)
        return
    table = call.catalog.facts(*words, suite=suite)
    rows = [desk.fact_row(row, sources=sources) for row in table.rows]
    keys = [field.key for field in table.fields]
    if sources:
        keys = [name for key in keys for name in (key, f"{key}_source")]
    shown = [key for key in keys if key != "model"]
    columns = [Column("model"), *(_column(key, place) for place, key in enumerate(shown, 1))]
    call.save(Report(rows, rows, columns, keys=["model", *shown, "conflicts"]), file)
    if call.output.is_for_people:
        _explain(rows)


def _print_fields(call: Call) -> None:
    """Print which facts and other fields there are."""
    from catalog.documents import desk

    rows = [desk.field(field) for field in call.catalog.fields()]
    call.print(Report(rows, rows, FIELDS))


def _column(key: str, place: int) -> Column:
    """Return a column that marks what sources differ on; the later ones give way first."""

    def of(row: "Mapping[str, Any]") -> object:
        value = row[key]
        return f"{tables.cell(value)} !" if key in row["conflicts"] else value

    return Column(key, gives_way=place, wraps=True, cell=of)


def _explain(rows: "list[dict[str, Any]]") -> None:
    marked = sum(len(row["conflicts"]) for row in rows)
    output.say(count(len(rows), "model"))
    if marked:
        output.say(f"! sources differ on {count(marked, 'value')}: --sources says who")
