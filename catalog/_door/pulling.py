"""Downloads right weights: files of several checkpoints side by side, each finished in its turn.

The part of the door that brings weights here; `catalog.api` is the public half, and nothing here is
meant to be called from elsewhere.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from catalog._door.looking import Looking
from catalog.errors import BadInput, CatalogError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from concurrent.futures import Future
    from pathlib import Path

    from catalog._door.coming import Coming
    from catalog._door.turns import Turn
    from catalog.core.locks import Lock
    from catalog.verbs.choosing import Choice
    from catalog.verbs.ordering import Order, Refused
    from catalog.verbs.pipeline import Ahead
    from catalog.verbs.pull import Pulled
    from catalog.verbs.selecting import Selected
    from catalog.verbs.target import Target


class Job(NamedTuple):
    """One checkpoint to be brought here.

    Attributes:
        text: as it was asked for.
        folder: where it is to be.
        choose: returns what to fetch, in any thread; raises why there is nothing.
    """

    text: str
    folder: "Path"
    choose: "Callable[[], Choice]"


class Pulling(Looking):
    """A catalog that brings right weights here."""

    def _pulled(self, job: Job, jobs: int | None) -> "Pulled":
        """Bring one; its files come side by side."""
        from catalog._door import coming
        from catalog.verbs.pipeline import Ahead

        with self._about(job.text), coming.pool(jobs) as (pool, over):
            heard = Ahead(self._watcher, over)
            begun = coming.begun(job, heard, pool, over)
            heard.repeat(self._watcher)
            return begun.finish(self._watcher)

    def _pulled_each(
        self, jobs: Sequence[Job], at_once: int | None
    ) -> "Generator[Turn[Pulled], None, None]":
        """Yield each one's turn, in order, while files of those behind it come."""
        from functools import partial

        from catalog._door import coming
        from catalog._door.turns import Turn
        from catalog.verbs.pipeline import Ahead

        if len(jobs) == 1:
            yield Turn(jobs[0].text, partial(self._pulled, jobs[0], at_once))
            return
        with coming.pool(at_once) as (pool, over):
            waiting = []
            for number, job in enumerate(jobs, start=1):
                heard = Ahead(self._watcher.beside(job.text, number), over)
                waiting.append((job, heard, pool.submit(coming.begun, job, heard, pool, over)))
            for job, heard, future in waiting:
                yield Turn(job.text, partial(self._finished, job, heard, future))

    def _finished(self, job: Job, heard: "Ahead", future: "Future[Coming]") -> "Pulled":
        with self._about(job.text):
            try:
                begun = future.result()
            finally:
                heard.repeat(self._watcher)
            return begun.finish(self._watcher)

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
        from catalog.core.refs import MAIN
        from catalog.verbs import ordering

        client = self._client()
        revisions = {branch.revision or MAIN for branch in branches}
        lost: dict[str, CatalogError] = {}
        for repo_id in dict.fromkeys(str(branch.repo_id) for branch in branches):
            try:
                self._look_again(repo_id, client, revisions)
            except CatalogError as error:
                lost[repo_id] = error
        with self._reading() as connection:
            return ordering.orders(connection, branches, client, lost, commit)

    def _jobs(self, targets: "Sequence[Selected]", to: "Path") -> list[Job]:
        """Return the checkpoints to bring, each into a folder of its own."""
        from catalog.weights import paths

        for target in targets:
            if paths.is_path(target.text):
                raise BadInput(f"{target.text} is a path", "`catalog pull` takes MODEL@REVISION")
        branches = self._branches([target.text for target in targets])
        listed = zip(targets, _names(branches), self._orders(branches), strict=True)
        return [Job(target.text, to / name, order.choose) for target, name, order in listed]

    def _jobs_of(self, lock: "Lock", to: "Path") -> list[Job]:
        """Return what a lock pins, in the folders that it names."""
        from functools import partial

        from catalog.verbs import ordering

        return [
            Job(
                pinned.name,
                to / ordering.folder_of(pinned),
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
