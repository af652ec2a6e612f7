"""`catalog log`: what was observed of repositories, when, and what changed."""

from typing import TYPE_CHECKING, Annotated

import typer

from catalog.core.counts import count

from . import complete, output
from .call import Call, command
from .output import Report
from .tables import Column

if TYPE_CHECKING:
    from collections.abc import Sequence

    from catalog.verbs.log import Entry

SHOWN = 20
COLUMNS = (
    Column("observed_at"),
    Column("status"),
    Column("branches"),
    Column("commit"),
    Column("changes", cell=lambda row: len(row["changes"])),
    Column("source", wraps=True),
)
KEYS = ("repo_id", "observed_at", "source", "digest", "requests", "status", "branches", "commit")


@command
def log(
    call: Call,
    ref: Annotated[
        str | None,
        typer.Argument(
            metavar="[MODEL[@REVISION]]",
            help="As in pythia-2.8b@step3000. Default: all that changed anywhere.",
            show_default=False,
            autocompletion=complete.refs,
        ),
    ] = None,
) -> None:
    """Show every look at a repository, oldest first, and what had changed since the one before.

    Without a model or repository: the looks at any that found something changed, gone or closed.
    """
    from catalog.documents import branches

    entries = call.catalog.log(ref)
    rows = [branches.look(entry) for entry in entries]
    call.print(
        Report(rows, rows, COLUMNS, text=lambda: _print_all(entries, named=ref is None), keys=KEYS)
    )


def _print_all(entries: "Sequence[Entry]", *, named: bool) -> None:
    for entry in entries:
        if named:
            output.line(entry.repo_id)
        _print(entry)
    if named and not entries:
        output.line("nothing changed between two looks at any repository")


def _print(entry: "Entry") -> None:
    day = entry.observed_at
    when = "date unknown" if day is None else f"{day:%Y-%m-%d %H:%M}"
    branches = count(entry.branches, "branch")
    commit = f", commit {entry.commit[:8]}" if entry.commit else ""
    output.line(f"{when}  {entry.status}, {branches}{commit}  {entry.source or ''}".rstrip())
    if entry.renamed_to:
        output.line(f"  {entry.repo_id} has moved: it is called {entry.renamed_to}")
    for change in entry.changes[:SHOWN]:
        before, after = ((sha or "nothing")[:8] for sha in (change.before, change.after))
        output.line(f"  {change.revision} {change.kind}: {before} → {after}")
        for path, what in (change.files or {}).items():
            output.line(f"    {path} {what}")
    if len(entry.changes) > SHOWN:
        output.line(f"  and {len(entry.changes) - SHOWN} more; --json lists all")
