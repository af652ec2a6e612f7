"""How far the tasks of a cluster are, as seen from the command that waits for them."""

import time
from typing import TYPE_CHECKING

from catalog import cluster

if TYPE_CHECKING:
    from catalog.verbs.runs import Run

SHORTEST_S, LONGEST_S = 0.5, 10.0
"""How long to wait before the results are looked for again: longer and longer while none comes."""
GRACE_S = 10.0
"""So long a file that a node wrote may take to be seen on another one."""
SPOKEN_S = 60.0
"""So often a waiting command says how far it is."""


class Waiting:
    """How far the tasks of a run are, as seen from here.

    Args:
        run: what they do.
    """

    def __init__(self, run: "Run") -> None:
        self._run = run
        self._open = set(range(len(run.targets)))
        self._pause_s, self._spoke = SHORTEST_S, time.monotonic()
        self._missed: dict[int, float] = {}

    def fresh(self) -> list[int]:
        """Return the targets of which there is a result now."""
        fresh = sorted(self._run.done() & self._open)
        self._open.difference_update(fresh)
        return fresh

    def lost(self) -> list[int]:
        """Return the targets that no task will do any more."""
        tasks = {each: self._run.task_of(each) for each in self._open}
        alive = cluster.waiting({task for task in tasks.values() if task is not None})
        if alive is None:  # nobody answers: it may be back soon
            return []
        moment = time.monotonic()
        gone = [each for each, task in tasks.items() if task not in alive]
        self._missed = {each: self._missed.get(each, moment) for each in gone}
        lost = sorted(each for each, since in self._missed.items() if moment - since >= GRACE_S)
        self._open.difference_update(lost)
        return lost

    def pause(self, *, found: bool) -> None:
        """Wait: longer and longer while nothing comes."""
        self._pause_s = SHORTEST_S if found else min(self._pause_s * 1.5, LONGEST_S)
        time.sleep(self._pause_s)

    def is_time_to_speak(self) -> bool:
        """Return whether nothing was said for a while."""
        if time.monotonic() - self._spoke < SPOKEN_S:
            return False
        self._spoke = time.monotonic()
        return True

    def how_far(self) -> str:
        """Return how far it is, in words."""
        count = len(self._run.targets)
        jobs = ", ".join(self._run.jobs)
        return f"{count - len(self._open)} of {count} are done, waiting for job {jobs}"
