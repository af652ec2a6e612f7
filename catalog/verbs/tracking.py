"""What runs, or ran, on a cluster: read from the folders that runs keep, and asked of Slurm once.

It needs neither submitit nor the process that submitted, and changes nothing.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from catalog import cluster
from catalog.errors import BadInput, CouldNotCheck
from catalog.verbs import runs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from catalog.verbs.runs import Run

DONE, ENDED, FORGOTTEN, UNKNOWN = "done", "ended", "forgotten", "unknown"
_LOG = re.compile(r"(\d+(?:_\d+)?)_0_log\.(?:out|err)")


@dataclass(frozen=True, slots=True)
class TrackedTask:
    """A task of a run.

    Attributes:
        task: its number in the queue.
        state: what Slurm calls it, in lower case; `done` where nothing is left of it; of one that
            is not in the queue any more `ended`, or `forgotten` where it never began; `unknown`
            where Slurm does not answer.
        checkpoints: how many it was to do.
        left: of how many there is no result.
        log: where it writes what went wrong; beside it is the same with `.out`.
    """

    task: str
    state: str
    checkpoints: int
    left: int
    log: Path


@dataclass(frozen=True, slots=True)
class Tracked:
    """A run.

    Attributes:
        folder: of the run.
        command: `populate` or `verify`, None where it is over and only logs are left.
        checkpoints: how many it is about, 0 where it is over.
        left: of how many there is no result yet.
        unsubmitted: of how many of those no task was ever to do.
        tasks: the last that was to do each checkpoint, in order.
        logs: of what is over.
    """

    folder: Path
    command: str | None
    checkpoints: int
    left: int
    unsubmitted: int
    tasks: tuple[TrackedTask, ...]
    logs: tuple[Path, ...] = ()

    @property
    def is_over(self) -> bool:
        """Whether all of it was recorded."""
        return self.command is None


def tracked(above: Path | None) -> list[Tracked]:
    """Return every run below a folder, by name.

    Args:
        above: where logs are, as `--logs` said; None: the user's folder.

    Raises:
        BadInput: there is no such folder.
        CouldNotCheck: it cannot be read.
    """
    top = runs.place(above)
    if not top.is_dir():
        if above is not None:
            raise BadInput(f"{above} is no folder", "give the one that --logs named")
        return []
    try:
        folders = sorted(each for each in top.iterdir() if each.is_dir())
    except OSError as error:
        raise CouldNotCheck(f"cannot read {top}: {error.strerror or error}") from error
    begun = [(folder, runs.load(folder)) for folder in folders]
    tasks = {task for _, run in begun if run is not None for task in run.tasks}
    states = cluster.states(tasks) if tasks else {}
    made = [_over(folder) if run is None else _tracked(run, states) for folder, run in begun]
    return [each for each in made if each.command is not None or each.logs]


def _over(folder: Path) -> Tracked:
    """Return a run of which all was recorded: its logs stay."""
    logs = sorted(each for each in folder.iterdir() if _LOG.fullmatch(each.name))
    return Tracked(folder, None, 0, 0, 0, (), tuple(logs))


def _tracked(run: "Run", states: "Mapping[str, str] | None") -> Tracked:
    left = set(runs.left(run, range(len(run.targets))))
    held = {position: run.task_of(position) for position in range(len(run.targets))}
    tasks = tuple(_tasks(run, states, held, left))
    unsubmitted = sum(held[position] is None for position in left)
    return Tracked(run.folder, run.command, len(run.targets), len(left), unsubmitted, tasks)


def _tasks(
    run: "Run",
    states: "Mapping[str, str] | None",
    held: "Mapping[int, str | None]",
    left: set[int],
) -> "Iterator[TrackedTask]":
    for task in run.tasks:
        mine = [position for position, last in held.items() if last == task]
        if not mine:  # another was submitted in its place
            continue
        open_ = sum(position in left for position in mine)
        yield TrackedTask(
            task, _state(run, task, states, open_), len(mine), open_, cluster.log(run.folder, task)
        )


def _state(run: "Run", task: str, states: "Mapping[str, str] | None", left: int) -> str:
    if states is None:
        return UNKNOWN if left else DONE
    if task in states:
        return states[task].lower() or "queued"
    if not left:
        return DONE
    return ENDED if cluster.has_begun(run.folder, task) else FORGOTTEN
