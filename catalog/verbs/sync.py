"""Reads what the branches of repositories hold from the Hub: refs, file lists, indexes; no weights.

One request says whether a repository changed at all. Each commit that was not seen before is read
once and stored at once, in a transaction of its own; the look that names them comes last. So an
interruption at any moment loses nothing that was read, and the next run asks only for the rest.
"""

import threading
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from typing import TYPE_CHECKING

from catalog.core import published
from catalog.core.published import (
    Commit,
    Look,
    LookStatus,
    Ref,
    RefKind,
    RemoteFile,
    Scope,
    Synced,
)
from catalog.core.weightsets import is_index, parse_index
from catalog.errors import BadInput, HubMissing, HubUnavailable
from catalog.sql.queries import hub as queries
from catalog.sql.records import hub as records
from catalog.verbs import moving

if TYPE_CHECKING:
    from datetime import datetime

    from catalog.hub.answers import Refs
    from catalog.hub.client import Client
    from catalog.sql.connections import Reader, Writer

# The Hub's client waits on the network; more threads only wait more.
WORKERS = 8


# Shard by tensor, or None where the file is no readable index, by the file's digest.
Indexes = Mapping[str, Mapping[str, str] | None]


def known(connection: "Reader", kept: str) -> tuple[set[str], set[str]]:
    """Return the commits of a `published.place` and the indexes that need not be read again."""
    commits = queries.known_commits(connection, kept)
    whole = {sha for sha, scope in commits.items() if scope is Scope.ALL}
    return whole, queries.known_indexes(connection)


def keep(connection: "Writer", kept: str, commit: Commit, indexes: Indexes) -> None:
    """Write one commit of a `published.place` and the indexes that were read with it."""
    for digest, weight_map in indexes.items():
        records.put_index(connection, digest, weight_map)
    records.put_commit(connection, records.put_repository(connection, kept), commit)


def finish(
    connection: "Writer",
    repo_id: str,
    endpoint: str,
    look: Look,
    *,
    accept: "datetime | None" = None,
) -> Synced:
    """Append a look, and return what it brought; which commits are new is the caller's to say.

    Args:
        connection: an open transaction.
        repo_id: the repository.
        endpoint: where the look was made.
        look: it; its commits are kept.
        accept: the day from which every change that stands is right, None where nobody says so.
    """
    before = queries.latest_look(connection, repo_id, endpoint)
    row = records.put_repository(connection, published.place(repo_id, endpoint))
    status = records.put_look(connection, row, look)
    changed = before is not None and status is LookStatus.READ
    synced = Synced(
        repo_id,
        look.requests,
        len(look.refs),
        0,
        len(published.changes(before.refs, look.refs, {})) if before and changed else 0,
        status.value,
        look.renamed_to,
    )
    if accept is not None:
        closed = moving.accept(connection, repo_id, endpoint, accept)
        return synced._replace(accepted=closed)
    is_news = changed or (look.renamed_to and (before is None or not before.renamed_to))
    if not is_news:
        return synced
    seen = (look,) if before is None else (before, look)
    return synced._replace(findings=moving.between(connection, repo_id, endpoint, seen))


def absent(
    connection: "Writer", repo_id: str, endpoint: str, look: Look, error: HubUnavailable
) -> Synced:
    """Append a look that found a repository gone or closed.

    Raises:
        BadInput: nobody ever saw it there: the name is wrong.
    """
    before = queries.latest_look(connection, repo_id, endpoint)
    if look.status is LookStatus.GONE:
        if before is None:
            raise BadInput(error.what, error.hint)
        error = HubMissing.of_repository(repo_id, endpoint, _day_of(before))
    row = records.put_repository(connection, published.place(repo_id, endpoint))
    records.put_look(connection, row, look)
    return Synced(repo_id, 1, 0, 0, 0, look.status.value, problem=str(error))


def _day_of(look: Look) -> str:
    return "an unknown day" if look.observed_at is None else f"{look.observed_at:%Y-%m-%d}"


def refs(listed: "Refs") -> tuple[Ref, ...]:
    """Return what a repository's branches and tags point at."""
    branches = [Ref(name, sha, RefKind.BRANCH) for name, sha in listed.branches.items()]
    tags = [Ref(name, sha, RefKind.TAG) for name, sha in listed.tags.items()]
    return tuple(sorted([*branches, *tags]))


def commits(
    client: "Client", repo_id: str, wanted: Sequence[str], indexes: set[str], stop: threading.Event
) -> Generator[tuple[Commit, Indexes]]:
    """Read commits side by side and yield each as soon as it is read, with indexes new to it.

    Args:
        client: asks the Hub.
        repo_id: as on the Hub.
        wanted: commits.
        indexes: digests of the index files whose content is known.
        stop: set to make every thread give up soon; set here when the caller stops listening.

    Raises:
        HubUnavailable: no answer; what was yielded before is whole.
    """
    reader = _Reader(repo_id, client, set(indexes), stop)
    with threads(stop) as pool:
        jobs: list[Future[tuple[Commit, Indexes]]] = [
            pool.submit(reader.read, sha) for sha in wanted
        ]
        for job in as_completed(jobs):
            yield job.result()


@contextmanager
def threads(stop: threading.Event) -> Iterator[ThreadPoolExecutor]:
    """Yield a pool that gives up at the first error or interruption.

    Args:
        stop: set then; what waits for the Hub in the threads listens to it.
    """
    pool = ThreadPoolExecutor(WORKERS)
    try:
        yield pool
    except BaseException:
        stop.set()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def wait_unless(stop: threading.Event) -> Callable[[float], None]:
    """Return a sleep that ends, with CancelledError, when the event is set."""

    def wait(seconds: float) -> None:
        if stop.wait(seconds):
            raise CancelledError

    return wait


class _Reader:
    """Reads commits of one repository; each distinct index file is read once."""

    def __init__(
        self, repo_id: str, client: "Client", indexes: set[str], stop: threading.Event
    ) -> None:
        self._repo_id, self._client, self._indexes, self._stop = repo_id, client, indexes, stop
        self._lock = threading.Lock()

    def read(self, sha: str) -> tuple[Commit, Indexes]:
        """Return a commit, and the indexes in it that nobody read yet."""
        if self._stop.is_set():
            raise CancelledError
        try:
            files = self._client.tree(self._repo_id, sha)
            return Commit(sha, files), dict(self._read_indexes(sha, files))
        except HubMissing:  # a branch was deleted, or moved, since its name was read
            return Commit(sha, gone=True), {}

    def _read_indexes(
        self, sha: str, files: Sequence[RemoteFile]
    ) -> Iterator[tuple[str, Mapping[str, str] | None]]:
        for file in files:
            if is_index(file.path) and self._is_mine(file.digest):
                raw = self._client.small_file(self._repo_id, sha, file.path)
                told = parse_index(raw)
                yield file.digest, None if isinstance(told, str) else told

    def _is_mine(self, digest: str) -> bool:
        """Return whether this thread is the first to meet an index."""
        with self._lock:
            if digest in self._indexes:
                return False
            self._indexes.add(digest)
            return True
