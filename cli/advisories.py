"""`catalog advisories`: known problems of published checkpoints."""

from typing import TYPE_CHECKING, Annotated

import typer

from . import complete, output
from .call import Call, command
from .output import Report
from .tables import Column

if TYPE_CHECKING:
    from catalog.core.advisories import Advisory
    from catalog.verbs.advisories import Problems

COLUMNS = (Column("id"), Column("status", gives_way=1), Column("title", wraps=True))
KEYS = ("from", "id", "dated", "status", "title", "problem", "instead", "evidence", "sources")


@command
def advisories(
    call: Call,
    ref: Annotated[
        str | None,
        typer.Argument(
            metavar="[MODEL[@REVISION]]",
            help="Only what concerns this.",
            show_default=False,
            autocompletion=complete.refs,
        ),
    ] = None,
) -> None:
    """List known problems of published checkpoints, and what to load instead.

    Those that ship come with sources; the errors that this catalog's own audits found are added,
    except where an advisory covers them. A checkpoint without an advisory is not known to be good:
    `catalog audit` looks.
    """
    from catalog.documents import branches

    problems = call.catalog.advisories(ref)
    rows = branches.problems(problems)
    call.print(Report(rows, rows, COLUMNS, text=lambda: _print(problems), keys=KEYS))


def _print(problems: "Problems") -> None:
    from catalog.documents import branches

    for advisory in problems.advisories:
        _print_advisory(advisory)
    for finding in problems.findings:
        document = branches.audit_finding(finding)
        output.line(f"{document['id']}  {document['title']}")
    if not problems.advisories and not problems.findings:
        output.say("none known; `catalog audit` compares branches with one another")


def _print_advisory(advisory: "Advisory") -> None:
    output.line(f"{advisory.id}  {advisory.title}")
    where = "; ".join(
        f"{', '.join(affected.models)} {', '.join(affected.revisions)}".strip()
        for affected in advisory.affected
    )
    rows = [
        ("affected", where),
        ("weight set", ", ".join(advisory.weight_sets) or None),
        ("problem", advisory.problem),
        ("instead", advisory.instead),
        ("evidence", f"{advisory.evidence} ({advisory.status}, {advisory.dated})"),
        *(("source", source) for source in advisory.sources),
    ]
    output.pairs(rows, indent="  ")
