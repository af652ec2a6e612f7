"""Tasks on a cluster: the one home of submitit, which writes the script and starts what is in it.

It knows jobs and their logs, and nothing of catalogs: what a task does is a callable, and what came
of it is no business of submitit's, because a killed task says nothing. Whether a task still is in
the queue is asked of `squeue`: `sacct`, which submitit asks, answers only where somebody keeps
accounts.
"""

import io
import logging
import shutil
import subprocess
from collections.abc import Callable, Collection, Sequence
from contextlib import redirect_stderr
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from catalog.cluster.options import Slurm, minutes_of
from catalog.errors import CouldNotCheck, MissingExtra

__all__ = [
    "Slurm",
    "Task",
    "has_begun",
    "last_lines",
    "log",
    "minutes_of",
    "require",
    "states",
    "submit",
    "waiting",
]

TIMEOUTS = 1_000
"""How often submitit lets a task's time run out; whether it gets anywhere, `Task` decides."""
STALLS = 3
"""So often a task may begin again without finishing anything in between."""
PATIENCE_S = 60
"""`squeue` gives up by itself where nobody answers; this is for one that hangs."""


@dataclass(slots=True)
class Task:
    """What one task does, and what becomes of it when its time is over or another needs its place.

    Args:
        work: does what is left of it.
        left: returns how much that is.
        stalls: how often in a row it ended so without getting anywhere.
        began: how much was left when it began.
    """

    work: Callable[[], None]
    left: Callable[[], int]
    stalls: int = 0
    began: int = field(default=-1)

    def __call__(self) -> None:
        """Do what is left."""
        self.began = self.left()
        self.work()

    def checkpoint(self) -> Any:  # noqa: ANN401 - submitit's, which is not imported for its name
        """Return what is to be done in the next round; None where it gets nowhere."""
        from submitit.helpers import DelayedSubmission  # noqa: PLC0415 - it runs in a task

        left = self.left()
        stalls = 0 if left < self.began else self.stalls + 1
        if stalls >= STALLS:
            return None
        return DelayedSubmission(Task(self.work, self.left, stalls))


def require() -> Any:  # noqa: ANN401 - submitit's class
    """Return submitit's executor for Slurm, or say what is missing.

    Raises:
        MissingExtra: submitit is not installed.
        CouldNotCheck: there is no Slurm on this machine.
    """
    try:
        from submitit import SlurmExecutor  # noqa: PLC0415 - 200 ms, for clusters alone
    except ModuleNotFoundError as error:
        raise MissingExtra(error.name or "submitit", "slurm") from error
    # It would speak on standard output, which is data.
    logging.getLogger("submitit").setLevel(logging.CRITICAL + 1)
    if shutil.which("sbatch") is None or shutil.which("srun") is None:
        raise CouldNotCheck(
            "there is no Slurm on this machine: no sbatch", "run it where jobs are submitted"
        )
    return SlurmExecutor


def submit(folder: Path, tasks: Sequence[Task], slurm: Slurm, *, name: str) -> list[str]:
    """Submit tasks as one array; return the number of each in the queue.

    Args:
        folder: where the script, the tasks and their logs are; every node must see it.
        tasks: one or more.
        slurm: what each of them asks for.
        name: what the queue shows.

    Raises:
        MissingExtra: submitit is not installed.
        CouldNotCheck: there is no Slurm, or it takes no such job.
    """
    executor = require()(folder, max_num_timeout=TIMEOUTS)
    executor.update_parameters(job_name=name, **slurm.parameters())
    from submitit.core.utils import FailedJobError, FailedSubmissionError  # noqa: PLC0415 - it is here

    try:
        with redirect_stderr(io.StringIO()):  # it prints what its error says too
            return [job.job_id for job in executor.submit_array(tasks)]
    except (FailedJobError, FailedSubmissionError, subprocess.SubprocessError) as error:
        said = [line for line in str(error).splitlines() if "sbatch" in line]
        raise CouldNotCheck(
            f"Slurm took no job: {(said or [str(error)])[-1].strip()}", "see `sinfo`"
        ) from error


def waiting(tasks: Collection[str]) -> set[str] | None:
    """Return which tasks are in the queue or running; None where Slurm does not answer.

    Args:
        tasks: their numbers, as in `17_3`.
    """
    named = states(tasks)
    return None if named is None else set(named)


def states(tasks: Collection[str]) -> dict[str, str] | None:
    """Return what Slurm says of tasks that are in the queue or running; None for no answer.

    Args:
        tasks: their numbers, as in `17_3`.
    """
    jobs = ",".join(sorted({task.partition("_")[0] for task in tasks}))
    command = ["squeue", "--noheader", "--array", "--format=%i %T", f"--jobs={jobs}"]
    try:
        asked = subprocess.run(  # noqa: S603 - numbers
            command, capture_output=True, text=True, check=False, timeout=PATIENCE_S
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    if asked.returncode == 0:
        lines = (line.strip().partition(" ") for line in asked.stdout.splitlines())
        return {task: state for task, _, state in lines if task in tasks}
    return {} if "Invalid job id" in asked.stderr else None


def log(folder: Path, task: str) -> Path:
    """Return where a task writes what goes wrong.

    Args:
        folder: as it was submitted with.
        task: its number.
    """
    return folder / f"{task}_0_log.err"


def has_begun(folder: Path, task: str) -> bool:
    """Return whether a task ever wrote anything: a job that Slurm forgot did not."""
    return log(folder, task).exists() or log(folder, task).with_suffix(".out").exists()


def last_lines(folder: Path, task: str) -> tuple[Path, list[str]]:
    """Return the log of a task, and its last lines, none where it has written none.

    Args:
        folder: as it was submitted with.
        task: its number.
    """
    lines: list[str] = []
    for stream in ("err", "out"):
        file = log(folder, task).with_suffix(f".{stream}")
        if file.is_file():
            text = file.read_bytes()[-10_000:].decode(errors="replace")
            lines = [line.strip() for line in text.splitlines() if line.strip()]
        if lines:
            break
    return log(folder, task), lines[-5:]
