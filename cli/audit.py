"""`catalog audit`: what does each branch really hold?"""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from catalog.errors import BadInput, CouldNotCheck

from . import judged, output, several
from .options import DatabaseOpt, JsonOpt, database_url

if TYPE_CHECKING:
    from catalog.audit import Audit


def audit(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[MODEL|SUITE|REPO]...",
            help="Default: every observed repository.",
            show_default=False,
        ),
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Print every branch, not ranges of them.")
    ] = False,
    db: DatabaseOpt = None,
    json: JsonOpt = False,
) -> None:
    """Judge what branches hold, from what was observed: exit 1 when something is wrong.

    Compares commits and digests of all branches; it asks nobody and reads no weights.
    """
    from catalog import audit as auditing
    from catalog import database

    for name in names or ():
        if "@" in name:
            raise BadInput(
                f"an audit judges whole repositories, not {name}", f"see `catalog show {name}`"
            )
    url = database_url(db)
    with database.reading(url) as connection:
        found = auditing.audit(connection, names or ())
    if not found.branches and not names:
        raise CouldNotCheck("no repository was ever observed", "see `catalog sync --help`")
    if json:
        output.emit_json(judged.audit_json(found))
    else:
        judged.print_audit(found, every=every)
    _say_unobserved(found)
    _settle(url, found)
    raise typer.Exit(several.gravest([int(found.is_bad), 3 if found.is_partial else 0]))


def _settle(url: str, found: "Audit") -> None:
    """Write the findings down; a catalog that cannot be written to is no reason not to answer."""
    from catalog import audit as auditing
    from catalog import database

    try:
        with database.writing(url) as connection:
            opened, closed = auditing.settle(connection, found, now=datetime.now(UTC))
    except CouldNotCheck as error:
        output.say(f"the findings were not written down: {error}")
        return
    if opened or closed:
        output.say(
            f"since the last audit: {output.count(opened, 'finding')} opened, {closed:,} closed"
        )


def _say_unobserved(found: "Audit") -> None:
    for repo_id in found.unobserved:
        output.say(f"{repo_id}: unknown, it was never observed; see `catalog sync --help`")
    if found.unasked:
        output.say(f"{found.unasked:,} published models were never observed")
