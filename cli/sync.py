"""`catalog sync`: what the branches of repositories hold, from the Hub or an inventory."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Self

import typer

from catalog.errors import (
    BadInput,
    CouldNotCheck,
    HubGated,
    HubMissing,
    HubUnreachable,
    UnknownName,
)

from . import output
from .options import DatabaseOpt, JsonOpt, database_url
from .several import each

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.progress import Progress as Bar

    from catalog.core.published import Commit, Look, LookStatus, Synced
    from catalog.hub.client import Client
    from catalog.sql.connections import Reader, Writer
    from catalog.verbs.sync import Indexes

TargetsArg = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[MODEL|SUITE|REPO]...",
        help="Default: every model of the released suites.",
        show_default=False,
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
NOT_THERE = 3


def sync(
    targets: TargetsArg = None,
    from_file: FromFileOpt = None,
    observed_at: ObservedAtOpt = None,
    source: SourceOpt = None,
    db: DatabaseOpt = None,
    json: JsonOpt = False,
) -> None:
    """Record what branches point at and which files they hold; no weights are downloaded.

    Each commit is read once and kept at once, so an interrupted sync goes on where it stopped; an
    unchanged repository costs one request. Exit 3 where a repository is gone, closed or silent.
    """
    url = database_url(db)
    if from_file is not None:
        if targets:
            raise BadInput("--from-file names the repositories itself", "leave out the others")
        _import(url, from_file, observed_at, source, json=json)
        return
    if observed_at is not None or source is not None:
        raise BadInput("--observed-at and --source describe an inventory", "give --from-file too")
    _ask_the_hub(url, targets or [], json=json)


# An inventory ----------------------------------------------------------------------------------


def _import(
    url: str, file: Path, observed_at: str | None, source: str | None, *, json: bool
) -> None:
    from catalog.sql import database
    from catalog.verbs import inventories

    when = None if observed_at is None else moment(observed_at)
    content = _read(file)
    with database.writing(url) as connection:
        synced = inventories.sync(
            connection, content, label=str(file), observed_at=when, source=source
        )
        older = [one.repo_id for one in synced if when is None and _is_dated(connection, one)]
    if json:
        output.emit_json([_document(one) for one in synced])
    else:
        _print(synced)
    for repo_id in older:
        output.say(
            f"{repo_id}: a look with a date counts as newer than this one, whose day is unknown; "
            "--observed-at says it"
        )


def _is_dated(connection: "Reader", one: "Synced") -> bool:
    """Return whether what was just written is not the newest look at a repository."""
    from catalog.sql.queries import hub

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


# The Hub ---------------------------------------------------------------------------------------


def _ask_the_hub(url: str, targets: "Sequence[str]", *, json: bool) -> None:
    import threading

    from catalog.hub import downloads
    from catalog.hub.client import Client
    from catalog.sql import database
    from catalog.verbs import sync as verb

    with database.reading(url) as connection:
        repositories = _repositories(connection, targets)
    stop = threading.Event()
    client = Client(wait=verb.wait_unless(stop), report=output.say)
    store = Store(url)
    done: list[Synced] = []
    with Counter(quiet=json) as counter:
        options = verb.Options(client, downloads.endpoint(), stop, counter)

        def one(repo_id: str) -> tuple[int, dict[str, Any]]:
            found = verb.sync(repo_id, store, options, now=datetime.now(UTC))
            done.append(found)
            if found.status in ("gone", "gated"):
                output.say(f"catalog: {repo_id} is {found.status}; that is recorded")
                return NOT_THERE, _document(found)
            return 0, _document(found)

        code = each(repositories, one, json=json, fatal=HubUnreachable)
    if not json:
        _print(done)
    raise typer.Exit(code)


def _repositories(connection: "Reader", texts: "Sequence[str]") -> list[str]:
    """Return the repositories that models, suites and repository names mean, each once.

    Raises:
        BadInput: a model was never published.
        UnknownName: neither a model nor a suite, and not a repository's full name.
    """
    from catalog.sql.queries import models

    if not texts:
        released = [one.name for one in models.suites(connection) if one.kind == "released"]
        every = [one for name in released for one in models.models(connection, in_suite=name)]
        return [one.repo_id for one in every if one.repo_id is not None]
    found: list[str] = []
    for text in texts:
        try:
            meant = models.selected(connection, [text])
        except UnknownName:
            if "/" not in text:
                raise
            found.append(text)
            continue
        if len(meant) == 1 and meant[0].repo_id is None:
            raise BadInput(f"{meant[0].name} was never published")
        found += [one.repo_id for one in meant if one.repo_id is not None]
    return list(dict.fromkeys(found))


class Store:
    """Keeps what a sync reads, each commit in a transaction of its own."""

    def __init__(self, url: str) -> None:
        self._url = url

    @contextmanager
    def _writing(self) -> Iterator["Writer"]:
        from catalog.sql import database

        with database.writing(self._url) as connection:
            yield connection

    def known(self, repo_id: str) -> tuple[set[str], set[str]]:
        """Return the commits and the indexes that need not be read."""
        from catalog.sql import database
        from catalog.verbs import sync as verb

        with database.reading(self._url) as connection:
            return verb.known(connection, repo_id)

    def keep(self, repo_id: str, one: "Commit", indexes: "Indexes") -> None:
        """Keep one commit and the indexes that were read with it."""
        from catalog.verbs import sync as verb

        with self._writing() as connection:
            verb.keep(connection, repo_id, one, indexes)

    def finish(self, repo_id: str, look: "Look") -> "tuple[LookStatus, int]":
        """Append the look."""
        from catalog.verbs import sync as verb

        with self._writing() as connection:
            return verb.finish(connection, repo_id, look)


class Counter:
    """Counts commits on stderr: a bar with the time left on a terminal, else a line each."""

    def __init__(self, *, quiet: bool) -> None:
        import sys

        self._terminal = sys.stderr.isatty()
        self._silent = quiet and not self._terminal
        self._bar: Bar | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def begin(self, repo_id: str, commits: int) -> None:
        """Begin a repository."""
        if not self._silent:
            output.say(f"{repo_id}: reading {output.count(commits, 'commit')}")
        if self._terminal:
            self.__exit__()
            self._bar = _bar()
            self._bar.add_task(repo_id, total=commits)
            self._bar.start()

    def advance(self) -> None:
        """Count one."""
        if self._bar is not None:
            self._bar.advance(self._bar.task_ids[0])


def _bar() -> "Bar":
    from rich import progress
    from rich.console import Console

    return progress.Progress(
        progress.TextColumn("{task.description}", markup=False),
        progress.BarColumn(),
        progress.MofNCompleteColumn(),
        progress.TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )


def _document(one: "Synced") -> dict[str, Any]:
    """Return what `--json` documents for a repository."""
    keys = ("repo_id", "requests", "branches", "new_commits", "changes", "status")
    return {key: getattr(one, key) for key in keys}


def _print(synced: "Sequence[Synced]") -> None:
    columns = ("repository", "branches", "new commits", "changes", "requests", "status")
    rows = [
        (one.repo_id, one.branches, one.new_commits, one.changes, one.requests, one.status)
        for one in synced
    ]
    if rows:
        output.table(columns, rows)


def look_again(url: str, repo_id: str, client: "Client", *, json: bool) -> None:
    """Look at the repository once more: one request if nothing changed since the last time."""
    import threading

    from catalog.hub import downloads
    from catalog.verbs import sync as verb

    stop = threading.Event()
    with Counter(quiet=json) as counter:
        options = verb.Options(client, downloads.endpoint(), stop, counter)
        found = verb.sync(repo_id, Store(url), options, now=datetime.now(UTC))
    if found.status == "gone":
        hint = "check the name; a private repository needs your token"
        raise HubMissing(f"the Hub shows no {repo_id}", hint)
    if found.status == "gated":
        raise HubGated(f"{repo_id} is closed to you", "ask for access on its page, and log in")
