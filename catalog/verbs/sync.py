"""Reads what the branches of repositories hold from the Hub: refs, file lists, indexes; no weights.

One request says whether a repository changed at all. Each commit that was not seen before is read
once and stored at once, in a transaction of its own; the look that names them comes last. So an
interruption at any moment loses nothing that was read, and the next run asks only for the rest.
"""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from catalog.core import published
from catalog.core.published import Commit, Look, LookStatus, Ref, RefKind, RemoteFile, Scope, Synced
from catalog.core.weightsets import is_index, parse_index
from catalog.errors import HubGated, HubMissing
from catalog.sql.queries import hub as queries
from catalog.sql.records import hub as records

if TYPE_CHECKING:
    from catalog.hub.client import Client
    from catalog.sql.connections import Reader, Writer

# The Hub's client waits on the network; more threads only wait more.
WORKERS = 8


class Store(Protocol):
    """Where what was read is kept; each method is one transaction, the faces own them."""

    def known(self, repo_id: str) -> tuple[set[str], set[str]]:
        """Return the commits and the indexes that need not be read."""

    def keep(self, repo_id: str, one: Commit, indexes: "Indexes") -> None:
        """Keep one commit and the indexes that were read with it."""

    def finish(self, repo_id: str, look: Look) -> tuple[LookStatus, int]:
        """Append the look; return its status and how many refs changed."""


# Shard by tensor, or None where the file is no readable index, by the file's digest.
Indexes = Mapping[str, Mapping[str, str] | None]


class Progress(Protocol):
    """Hears how far a sync is."""

    def begin(self, repo_id: str, commits: int) -> None:
        """Hear that a repository has so many commits to read."""

    def advance(self) -> None:
        """Hear that one more was read."""


@dataclass(frozen=True, slots=True)
class Options:
    """How to sync.

    Args:
        client: asks the Hub.
        source: what to write down as the source: the Hub's address.
        stop: set to make every thread give up soon.
        progress: hears how far it is.
    """

    client: "Client"
    source: str
    stop: threading.Event
    progress: Progress


def known(connection: "Reader", repo_id: str) -> tuple[set[str], set[str]]:
    """Return the commits and the indexes that need not be read again."""
    commits = queries.known_commits(connection, repo_id)
    whole = {sha for sha, scope in commits.items() if scope is Scope.ALL}
    return whole, queries.known_indexes(connection)


def keep(connection: "Writer", repo_id: str, one: Commit, indexes: Indexes) -> None:
    """Write one commit and the indexes that were read with it."""
    for digest, weight_map in indexes.items():
        records.put_index(connection, digest, weight_map)
    records.put_commit(connection, records.put_repository(connection, repo_id), one)


def finish(connection: "Writer", repo_id: str, look: Look) -> tuple[LookStatus, int]:
    """Append a look; return its status and how many refs changed since the one before."""
    before = queries.latest_look(connection, repo_id)
    status = records.put_look(connection, records.put_repository(connection, repo_id), look)
    if before is None or status is not LookStatus.READ:
        return status, 0
    return status, len(published.changes(before.refs, look.refs, {}))


def sync(repo_id: str, store: Store, options: Options, *, now: datetime) -> Synced:
    """Look at one repository.

    Args:
        repo_id: as on the Hub.
        store: keeps what is read.
        options: how.
        now: the date of the look.

    Raises:
        HubUnavailable: no answer; what was read so far is kept.
    """
    client = options.client
    asked = client.requests
    try:
        refs = _refs(client, repo_id)
    except HubMissing:
        return _ended(repo_id, store, options, LookStatus.GONE, now)
    except HubGated:
        return _ended(repo_id, store, options, LookStatus.GATED, now)
    commits, indexes = store.known(repo_id)
    wanted = list(dict.fromkeys(ref.commit for ref in refs if ref.commit not in commits))
    if wanted:
        options.progress.begin(repo_id, len(wanted))
        _read_all(repo_id, wanted, indexes, store, options)
    look = Look(now, options.source, requests=client.requests - asked, refs=refs)
    status, changes = store.finish(repo_id, look)
    return Synced(repo_id, look.requests, len(refs), len(wanted), changes, status.value)


def _ended(
    repo_id: str, store: Store, options: Options, status: LookStatus, now: datetime
) -> Synced:
    """Write down that a repository is gone or closed."""
    store.finish(repo_id, Look(now, options.source, requests=1, status=status))
    return Synced(repo_id, 1, 0, 0, 0, status.value)


def _refs(client: "Client", repo_id: str) -> tuple[Ref, ...]:
    told = client.refs(repo_id)
    branches = [Ref(name, sha, RefKind.BRANCH) for name, sha in told.branches.items()]
    tags = [Ref(name, sha, RefKind.TAG) for name, sha in told.tags.items()]
    return tuple(sorted([*branches, *tags]))


def _read_all(
    repo_id: str, wanted: Sequence[str], indexes: set[str], store: Store, options: Options
) -> None:
    """Read commits side by side and keep each as soon as it is read."""
    reader = _Reader(repo_id, options, set(indexes))
    with _threads(options.stop) as pool:
        jobs: list[Future[tuple[Commit, Indexes]]] = [
            pool.submit(reader.read, sha) for sha in wanted
        ]
        for job in as_completed(jobs):
            one, told = job.result()
            store.keep(repo_id, one, told)
            options.progress.advance()


@contextmanager
def _threads(stop: threading.Event) -> Iterator[ThreadPoolExecutor]:
    """Yield a pool that gives up at the first error or interruption."""
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

    def __init__(self, repo_id: str, options: Options, indexes: set[str]) -> None:
        self._repo_id, self._client, self._indexes = repo_id, options.client, indexes
        self._stop = options.stop
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
