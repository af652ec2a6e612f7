"""`catalog sync`: what the branches of repositories hold, from the Hub or an inventory."""

from datetime import UTC, datetime
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from catalog.core.counts import count
from catalog.errors import BadInput, HubUnreachable

from . import complete, output
from .call import Call, Result, command
from .output import Report
from .tables import Column

if TYPE_CHECKING:
    from collections.abc import Sequence

    from catalog.core.published import Synced
    from catalog.verbs.outcomes import Imported

COLUMNS = (
    Column("repo_id", "repository"),
    Column("branches"),
    Column("new_commits", "new commits", gives_way=1),
    Column("changes"),
    Column("requests", gives_way=2),
    Column("status"),
)
TargetsArg = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[MODEL|SUITE|REPO]...",
        help="Default: every model of the released suites.",
        show_default=False,
        autocompletion=complete.models_and_suites,
    ),
]
FromFileOpt = Annotated[
    Path | None,
    typer.Option(
        "--from-file",
        metavar="FILE.csv",
        help="An inventory instead: repo, revision, commit, file, bytes, sha256.",
        readable=False,
    ),
]
ObservedAtOpt = Annotated[
    str | None,
    typer.Option(
        "--observed-at", metavar="DATE", help="When the inventory was taken. Default: unknown."
    ),
]
SourceOpt = Annotated[
    str | None,
    typer.Option("--source", metavar="TEXT", help="Who took it. Default: the file's digest."),
]
PartialOpt = Annotated[
    bool, typer.Option("--partial", help="The inventory names some branches, not all there are.")
]
AcceptOpt = Annotated[
    bool,
    typer.Option("--accept", help="What changed since it was first seen is right."),
]
CHANGED, NOT_THERE, SHOWN = 1, 3, 20


@command
def sync(
    call: Call,
    targets: TargetsArg = None,
    from_file: FromFileOpt = None,
    observed_at: ObservedAtOpt = None,
    source: SourceOpt = None,
    partial: PartialOpt = False,
    accept: AcceptOpt = False,
) -> int:
    """Record what branches point at and which files they hold; no weights are downloaded.

    Each commit is read once and kept at once, so an interrupted sync goes on where it stopped; an
    unchanged repository costs one request. Exit 1 where a branch has other weights than at the
    look before, or is gone, or the repository has a new name; 3 where a repository is gone, closed
    or silent.
    """
    if from_file is not None:
        if targets:
            raise BadInput("--from-file names the repositories itself", "leave out the others")
        when = None if observed_at is None else _moment(observed_at)
        imported = call.catalog.import_inventory(
            from_file, observed_at=when, source=source, partial=partial, accept=accept
        )
        return _print_imported(call, imported, f"--from-file {quote(str(from_file))}")
    if partial or observed_at is not None or source is not None:
        raise BadInput(
            "--observed-at, --source and --partial describe an inventory", "give --from-file too"
        )
    return _ask_the_hub(call, targets or [], accept=accept)


def _print_imported(call: Call, imported: "Imported", again: str) -> int:
    from catalog.documents import branches

    rows = [branches.synced(synced) for synced in imported.synced]
    call.print(Report(rows, rows, COLUMNS))
    if call.output.is_for_people:
        _print_changes(imported.synced, again)
    for repo_id in imported.undated:
        output.say(
            f"{repo_id}: a look with a date counts as newer than this one, whose day is unknown; "
            "--observed-at says it"
        )
    return CHANGED if any(synced.is_bad for synced in imported.synced) else 0


def _moment(text: str) -> datetime:
    """Return a day or a moment in ISO 8601, UTC where no zone is given.

    Raises:
        BadInput: it is neither.
    """
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:  # the first and last days are none everywhere
        raise BadInput(f"not a date: {text!r}", "write it as 2026-08-23") from error


def _ask_the_hub(call: Call, targets: "Sequence[str]", *, accept: bool) -> int:
    from catalog.documents import branches

    catalog = call.catalog
    looked: list[Synced] = []

    def result(repo_id: str) -> Result:
        (synced,) = catalog.sync(repo_id, accept=accept)
        looked.append(synced)
        if synced.problem is not None:
            output.say(f"catalog: {synced.problem}; that is recorded")
            return Result(NOT_THERE, branches.synced(synced))
        return Result(CHANGED if synced.is_bad else 0, branches.synced(synced))

    repositories = catalog.repositories(*targets)
    code = call.each(repositories, result, fatal=HubUnreachable, columns=COLUMNS)
    if call.output.is_for_people and looked:
        output.table(COLUMNS, [branches.synced(synced) for synced in looked])
        _print_changes(looked)
    return code


def _print_changes(looked: "Sequence[Synced]", again: str | None = None) -> None:
    """Print what is not as it was at the look before, and what to do about it.

    Args:
        looked: the looks.
        again: how to say the same look again; the repository's name where that is enough.
    """
    for synced in looked:
        grave = [finding for finding in synced.findings if finding.severity != "note"]
        for finding in grave[:SHOWN]:
            output.line(f"{finding.where}: {finding.rule}. {finding.message}")
        if len(grave) > SHOWN:
            output.line(f"{synced.repo_id}: and {len(grave) - SHOWN} more; --json lists all")
        if grave:
            output.say(
                f"`catalog log {synced.repo_id}` says what changed; once it is right, "
                f"`catalog sync --accept {again or synced.repo_id}`"
            )
        if synced.accepted:
            output.line(f"{synced.repo_id}: accepted {count(synced.accepted, 'change')}")
