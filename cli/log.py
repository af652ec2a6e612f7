"""`catalog log`: what was observed of a repository, when, and what changed."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from catalog.core import refs
from catalog.errors import CouldNotCheck, UnknownName

from . import output
from .options import DatabaseOpt, JsonOpt, database_url

if TYPE_CHECKING:
    from catalog.sql.connections import Reader

SHOWN = 20


def log(
    ref: Annotated[
        str, typer.Argument(metavar="MODEL[@REVISION]", help="As in pythia-2.8b@step3000.")
    ],
    db: DatabaseOpt = None,
    json: JsonOpt = False,
) -> None:
    """Show every look at a repository, oldest first, and what had changed since the one before."""
    from catalog.sql import database

    asked = refs.parse(ref)
    with database.reading(database_url(db)) as connection:
        entries = _entries(connection, _repository(connection, asked.model), asked.revision)
    if json:
        output.emit_json(entries)
        return
    for entry in entries:
        _print(entry)


def _repository(connection: "Reader", text: str) -> str:
    """Return the repository that a name means.

    Raises:
        UnknownName: neither a model nor an observed repository.
        CouldNotCheck: the model was never published.
    """
    from catalog.sql.queries import hub, models

    try:
        one = models.named(connection, text)
    except UnknownName:
        if text in hub.observed(connection):
            return text
        raise
    if one.repo_id is None:
        raise CouldNotCheck(f"{one.name} was never published")
    return one.repo_id


def _entries(connection: "Reader", repo_id: str, revision: str | None) -> list[dict[str, Any]]:
    """Return the looks with their changes, those of one branch where one is named."""
    from catalog.core import published
    from catalog.sql.queries import hub

    looks = hub.looks(connection, repo_id)
    if not looks:
        raise CouldNotCheck(f"{repo_id} was never observed", "see `catalog sync --help`")
    row = hub.repository_row(connection, repo_id)
    commits = {} if row is None else hub.commits(connection, row)
    seen = {ref.revision for look in looks for ref in look.refs}
    if revision is not None and revision not in seen:
        raise UnknownName("revision", revision, why=f"{repo_id} never had a branch {revision}")
    entries = []
    before = None
    for look in looks:
        told = bool(look.refs)
        changed: tuple[published.Change, ...] = ()
        if before and told:
            changed = published.changes(before, look.refs, commits)
        of_branch = [one for one in look.refs if revision in (None, one.revision)]
        entries.append(
            {
                "repo_id": repo_id,
                "observed_at": look.observed_at,
                "source": look.source,
                "digest": look.digest,
                "requests": look.requests,
                "status": look.status.value,
                "branches": len(look.refs),
                "commit": of_branch[0].commit if revision and of_branch else None,
                "changes": [one for one in changed if revision in (None, one.revision)],
            }
        )
        before = look.refs or before
    return entries


def _print(entry: dict[str, Any]) -> None:
    day = entry["observed_at"]
    when = "date unknown" if day is None else f"{day:%Y-%m-%d %H:%M}"
    branches = output.count(entry["branches"], "branch").replace("branchs", "branches")
    commit = f", commit {entry['commit'][:8]}" if entry["commit"] else ""
    output.line(f"{when}  {entry['status']}, {branches}{commit}  {entry['source'] or ''}".rstrip())
    for one in entry["changes"][:SHOWN]:
        before, after = ((sha or "nothing")[:8] for sha in (one.before, one.after))
        output.line(f"  {one.revision} {one.kind}: {before} → {after}")
        for path, what in (one.files or {}).items():
            output.line(f"    {path} {what}")
    if len(entry["changes"]) > SHOWN:
        output.line(f"  and {len(entry['changes']) - SHOWN} more; --json lists all")
