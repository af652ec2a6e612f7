"""Downloads right weights: files of several checkpoints side by side, each finished in its turn.

The part of the door that brings weights here; `catalog.api` is the public half, and nothing here is
meant to be called from elsewhere.
"""

import threading
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from catalog._door import now
from catalog._door.looking import Looking
from catalog.errors import BadInput, CatalogError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from catalog._door.turns import Turn
    from catalog.core.locks import Lock
    from catalog.progress import Watcher
    from catalog.verbs.choosing import Choice
    from catalog.verbs.ordering import Order, Refused
    from catalog.verbs.pipeline import Ahead
    from catalog.verbs.pull import Fetching, Pulled
    from catalog.verbs.selecting import Selected
    from catalog.verbs.target import Target

AT_ONCE = 4
"""So many files come at once, unless more or fewer are asked for."""


class Job(NamedTuple):
    """One checkpoint to be brought here.

    Attributes:
        text: as it was asked for.
        folder: where it is to be.
        choose: returns what to fetch, in any thread; raises why there is nothing.
    """

    text: str
    folder: Path
    choose: "Callable[[], Choice]"


@dataclass(frozen=True, slots=True)
class _Coming:
    """A checkpoint whose files are on their way, or that was there already."""

    known: "Pulled | None"
    fetching: "Fetching | None" = None
    files: "tuple[tuple[str, Future[bool]], ...]" = ()

    def finish(self, watcher: "Watcher") -> "Pulled":
        """Wait for the files, and finish; what one of them lacks, no other is waited for."""
        if self.fetching is None:
            if self.known is None:
                raise CancelledError
            return self.known
        try:
            refetched = [path for path, future in self.files if future.result()]
        except BaseException:
            for _, future in self.files:
                future.cancel()
            raise
        fetching = self.fetching
        watched = type(fetching)(fetching.choice, fetching.folder, watcher, fetching.wait)
        return watched.finish(refetched, now=now())


class Pulling(Looking):
    """A catalog that brings right weights here."""

    def _pulled(self, job: Job, jobs: int | None) -> "Pulled":
        """Bring one; its files come side by side."""
        with self._about(job.text), self._pool(jobs) as (pool, over):
            heard = self._ahead(self._watcher, over)
            coming = self._begun(job, heard, pool, over)
            heard.repeat(self._watcher)
            return coming.finish(self._watcher)

    def _pulled_each(
        self, jobs: Sequence[Job], at_once: int | None
    ) -> "Generator[Turn[Pulled], None, None]":
        """Yield each one's turn, in order, while files of those behind it come."""
        from catalog._door.turns import Turn

        if len(jobs) == 1:
            yield Turn(jobs[0].text, partial(self._pulled, jobs[0], at_once))
            return
        with self._pool(at_once) as (pool, over):
            begun = []
            for number, job in enumerate(jobs, start=1):
                heard = self._ahead(self._watcher.beside(job.text, number), over)
                begun.append((heard, pool.submit(self._begun, job, heard, pool, over)))
            for job, (heard, future) in zip(jobs, begun, strict=True):
                yield Turn(job.text, partial(self._finished, job, heard, future))

    def _finished(self, job: Job, heard: "Ahead", future: "Future[_Coming]") -> "Pulled":
        with self._about(job.text):
            try:
                coming = future.result()
            finally:
                heard.repeat(self._watcher)
            return coming.finish(self._watcher)

    def _begun(
        self, job: Job, heard: "Ahead", pool: ThreadPoolExecutor, over: threading.Event
    ) -> _Coming:
        """Find out what to fetch of one, and let its files come; in any thread."""
        from catalog.verbs import pull

        if over.is_set():
            raise CancelledError
        choice = job.choose()
        there = pull.destination(job.folder, choice, now=now())
        if there is not None:
            return _Coming(there)
        fetching = pull.Fetching(choice, job.folder, heard)
        fetching.begin()
        heard.expect(fetching.size_bytes)
        files = tuple((file.path, pool.submit(fetching.fetch, file)) for file in choice.files)
        return _Coming(None, fetching, files)

    @contextmanager
    def _pool(self, jobs: int | None) -> "Iterator[tuple[ThreadPoolExecutor, threading.Event]]":
        """Yield threads, and what ends their work; none is left behind.

        Raises:
            BadInput: fewer than one at once.
        """
        if jobs is not None and jobs < 1:
            raise BadInput(f"{jobs} at once is nobody", "give a number from 1 on")
        over = threading.Event()
        pool = ThreadPoolExecutor(jobs or AT_ONCE, "catalog-pull")
        try:
            yield pool, over
        finally:
            over.set()
            pool.shutdown(wait=True, cancel_futures=True)

    @staticmethod
    def _ahead(watcher: "Watcher", over: threading.Event) -> "Ahead":
        from catalog.verbs import pipeline

        return pipeline.Ahead(watcher, over)

    # What to bring -----------------------------------------------------------------------------

    def _branches(self, refs: Sequence[str]) -> "list[Target]":
        """Return the branches that REFs mean, and remark on what is known to be wrong with them."""
        with self._reading() as connection:
            meaning = self._meaning(connection)
            branches = [meaning.branch(ref) for ref in refs]
        self._warn([(each.model.name, each.revision) for each in branches if each.model])
        return branches

    def _orders(
        self, branches: "Sequence[Target]", commit: str | None = None
    ) -> "list[Order | Refused]":
        """Look at each repository once, and return the right weights of each branch."""
        from catalog.verbs import ordering

        client = self._client()
        revisions = {branch.revision or "main" for branch in branches}
        lost: dict[str, CatalogError] = {}
        for repo_id in dict.fromkeys(str(branch.repo_id) for branch in branches):
            try:
                self._look_again(repo_id, client, revisions)
            except CatalogError as error:
                lost[repo_id] = error
        with self._reading() as connection:
            return ordering.orders(connection, branches, client, lost, commit)

    def _jobs(self, targets: "Sequence[Selected]", to: Path) -> list[Job]:
        """Return the checkpoints to bring, each into a folder of its own."""
        from catalog.weights import paths

        for target in targets:
            if paths.is_path(target.text):
                raise BadInput(f"{target.text} is a path", "`catalog pull` takes MODEL@REVISION")
        branches = self._branches([target.text for target in targets])
        listed = zip(targets, _names(branches), self._orders(branches), strict=True)
        return [Job(target.text, to / name, order.choose) for target, name, order in listed]

    def _jobs_of(self, lock: "Lock", to: Path) -> list[Job]:
        """Return what a lock pins, in the folders that it names."""
        from catalog.core.locks import ALONE
        from catalog.verbs import ordering

        return [
            Job(
                pinned.name,
                to if pinned.folder == ALONE else to / pinned.folder,
                partial(ordering.pinned, pinned, lock.written),
            )
            for pinned in lock.checkpoints
        ]


def _names(branches: "Sequence[Target]") -> list[str]:
    """Return what each checkpoint's folder is called: as a lock calls it.

    Two weight sets of one branch are told apart by their names.
    """
    plain = [branch.branch for branch in branches]
    return [
        f"{name}#{branch.weight_set}" if plain.count(name) > 1 and branch.weight_set else name
        for branch, name in zip(branches, plain, strict=True)
    ]
