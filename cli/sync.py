"""`catalog sync`: what the branches of repositories were seen to hold, into the catalog."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from catalog.errors import BadInput, CouldNotCheck

from . import output
from .options import DatabaseOpt, JsonOpt, database_url

if TYPE_CHECKING:
    from collections.abc import Sequence

    import sqlalchemy as sa

    from catalog.inventory import Synced


def sync(
    from_file: Annotated[
        Path,
        typer.Option(
            "--from-file",
            metavar="FILE.csv",
            help="An inventory: repo, revision, commit, file, bytes, sha256.",
            readable=False,
        ),
    ],
    observed_at: Annotated[
        str | None,
        typer.Option("--observed-at", metavar="DATE", help="When it was taken. Default: unknown."),
    ] = None,
    source: Annotated[
        str | None,
        typer.Option("--source", metavar="TEXT", help="Who took it. Default: the file's digest."),
    ] = None,
    db: DatabaseOpt = None,
    json: JsonOpt = False,
) -> None:
    """Record what branches point at and which files they hold. Safe to repeat."""
    from catalog import database, inventory

    when = None if observed_at is None else moment(observed_at)
    content = _read(from_file)
    with database.writing(database_url(db)) as connection:
        synced = inventory.sync(
            connection, content, label=str(from_file), observed_at=when, source=source
        )
        older = [one.repo_id for one in synced if when is None and _is_dated(connection, one)]
    show(synced, json=json)
    for repo_id in older:
        output.say(
            f"{repo_id}: a look with a date counts as newer than this one, whose day is unknown; "
            "--observed-at says it"
        )


def _is_dated(connection: "sa.Connection", one: "Synced") -> bool:
    """Return whether what was just written is not the newest look at a repository."""
    from catalog.queries import hub

    latest = hub.latest_look(connection, one.repo_id)
    return one.status != "known" and latest is not None and latest.observed_at is not None


def moment(text: str) -> datetime:
    """Return a day or a moment in ISO 8601, UTC where no zone is given.

    Raises:
        BadInput: it is neither.
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadInput(f"not a date: {text!r}", "write it as 2026-08-23") from error
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise CouldNotCheck(f"cannot read {file}: {error.strerror}") from error


def show(synced: "Sequence[Synced]", *, json: bool) -> None:
    """Print what became of each repository."""
    if json:
        keys = ("repo_id", "requests", "branches", "new_commits", "changes")
        output.emit_json([{key: getattr(one, key) for key in keys} for one in synced])
        return
    columns = ("repository", "branches", "new commits", "changes", "requests", "status")
    rows = [
        (one.repo_id, one.branches, one.new_commits, one.changes, one.requests, one.status)
        for one in synced
    ]
    output.table(columns, rows)
