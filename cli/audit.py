"""`catalog audit`: what does each branch really hold?"""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from catalog.errors import BadInput, CouldNotCheck

from . import judged, output, several
from .options import DatabaseOpt, JsonOpt, database_url

if TYPE_CHECKING:
    from catalog.core.branches import Indexes
    from catalog.verbs.audit import Audit
    from catalog.verbs.probing import Probing


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
    probe: Annotated[
        bool, typer.Option("--probe", help="Look into the files too, by ranges of their bytes.")
    ] = False,
    db: DatabaseOpt = None,
    json: JsonOpt = False,
) -> None:
    """Judge what branches hold, from what was observed: exit 1 when something is wrong.

    Compares commits and digests of all branches; it asks nobody and reads no weights. With --probe
    it reads headers, checksums and small tensors from the Hub, at most 8 ranges a file and 4 MB a
    checkpoint: they may show that a file is broken or that two files hold different weights, and
    never that they hold the same.
    """
    from catalog.sql import database
    from catalog.sql.queries import hub as queries
    from catalog.verbs import audit as auditing

    for name in names or ():
        if "@" in name:
            raise BadInput(
                f"an audit judges whole repositories, not {name}", f"see `catalog show {name}`"
            )
    url = database_url(db)
    with database.reading(url) as connection:
        found = auditing.audit(connection, names or ())
        indexes = queries.indexes(connection) if probe else {}
        settled = not probe and auditing.is_settled(connection, found)
    if not found.branches and not names:
        raise CouldNotCheck("no repository was ever observed", "see `catalog sync --help`")
    probing = _probe(found, indexes, json=json) if probe else None
    found = found if probing is None else probing.audit
    if json:
        output.emit_json(judged.audit_json(found, probing))
    else:
        judged.print_audit(found, probing, every=every)
    _say_unobserved(found)
    if not settled:
        _settle(url, found, probed=probe)
    raise typer.Exit(several.gravest([int(found.is_bad), 3 if found.is_partial else 0]))


def _probe(found: "Audit", indexes: "Indexes", *, json: bool) -> "Probing":
    """Look into the files of what was audited."""
    from catalog.hub.client import Client
    from catalog.verbs import probing as verb

    with several.Progress("audit", quiet=json) as progress:
        return verb.probe(found, indexes, Client(report=output.say), progress)


def _settle(url: str, found: "Audit", *, probed: bool) -> None:
    """Write the findings down; a catalog that cannot be written to is no reason not to answer."""
    from catalog.sql import database
    from catalog.verbs import audit as auditing

    try:
        with database.writing(url) as connection:
            opened, closed = auditing.settle(
                connection, found, now=datetime.now(UTC), probed=probed
            )
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
