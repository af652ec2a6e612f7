"""One command on a cluster: a folder with what is to do, who does it, and what came of it.

The same command finds the same folder, whoever waited before: it takes what is there, waits for
what is being done, and submits what is left.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from catalog.errors import CouldNotCheck
from catalog.verbs.selecting import Selected
from catalog.weights.paths import path_of

RUN, JOBS, RESULTS, SNAPSHOT = "run.json", "jobs.json", "results", "catalog.db"


@dataclass(frozen=True, slots=True)
class Run:
    """A command on a cluster.

    Attributes:
        folder: where everything of it is; every node must see it.
        command: `populate` or `verify`.
        targets: what it is about.
        options: how, as the method of that name takes them.
        database: the catalog that tasks ask; a password in it is why nobody else may read the
            folder.
        writes: whether tasks record what they find there themselves.
        home: the folder in which the command was typed.
        tasks: which targets each task does, by its number in the queue.
    """

    folder: Path
    command: str
    targets: tuple[Selected, ...]
    options: Mapping[str, Any]
    database: str
    writes: bool
    home: str
    tasks: dict[str, list[int]] = field(default_factory=dict)

    @property
    def jobs(self) -> list[str]:
        """The jobs that were submitted, oldest first; an array is one."""
        return list(dict.fromkeys(task.partition("_")[0] for task in self.tasks))

    def result(self, position: int) -> Path:
        """Return where the result of a target is, once there is one."""
        return self.folder / RESULTS / f"{position:06}.json"

    def done(self) -> set[int]:
        """Return which targets there is a result of."""
        names = _listed(self.folder / RESULTS)
        return {int(name.removesuffix(".json")) for name in names if name.endswith(".json")}

    def task_of(self, position: int) -> str | None:
        """Return the last task that was to do a target."""
        mine = (task for task, positions in reversed(self.tasks.items()) if position in positions)
        return next(mine, None)

    def began(self) -> None:
        """Write down what is to do, where it is not there already."""
        (self.folder / RESULTS).mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        document = {
            "command": self.command,
            "targets": [asdict(target) for target in self.targets],
            "options": self.options,
            "database": self.database,
            "writes": self.writes,
            "home": self.home,
        }
        write(self.folder / RUN, json.dumps(document))

    def submitted(self, tasks: Iterable[str], batches: Iterable[list[int]]) -> None:
        """Remember which task does what."""
        self.tasks.update(zip(tasks, batches, strict=True))
        write(self.folder / JOBS, json.dumps(self.tasks))

    def forget(self, position: int) -> None:
        """Let a target be done again."""
        self.result(position).unlink(missing_ok=True)

    def close(self) -> None:
        """Remove what nobody needs once everything is recorded; logs stay."""
        for file in (self.folder / RESULTS).glob("*.json"):
            file.unlink(missing_ok=True)
        for name in (RUN, JOBS, SNAPSHOT):
            (self.folder / name).unlink(missing_ok=True)


def folder_of(above: Path | None, *identity: object) -> Path:
    """Return the folder of a command: the same for the same words about the same catalog.

    Args:
        above: where logs are to be; None: the user's folder for the state of programs.
        *identity: the command first, then all that makes it this one.
    """
    digest = hashlib.sha256(json.dumps(identity).encode()).hexdigest()[:12]
    return place(above) / f"{identity[0]}-{digest}"


def place(above: Path | None) -> Path:
    """Return where the folders of commands are; None: below the user's state of programs."""
    if above is None:
        from platformdirs import user_state_path  # noqa: PLC0415 - as in catalog.sql.urls

        above = user_state_path("checkpoint-catalog") / "slurm"
    return path_of(above).absolute()


def load(folder: Path) -> Run | None:
    """Return the command that was begun in a folder, None where there is none.

    Raises:
        CouldNotCheck: what is there cannot be read.
    """
    try:
        document = json.loads((folder / RUN).read_bytes())
        targets = tuple(Selected(**each) for each in document.pop("targets"))
        run = Run(folder, targets=targets, **document)
        with suppress(FileNotFoundError):
            run.tasks.update(json.loads((folder / JOBS).read_bytes()))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, LookupError) as error:
        raise CouldNotCheck(f"{folder} cannot be read: {error}", "remove it") from error
    return run


def write(file: Path, text: str) -> None:
    """Write a whole file that others may be waiting for, or nothing.

    Raises:
        CouldNotCheck: no permission, no space.
    """
    beside = file.with_name(f".{file.name}.{os.uname().nodename}.{os.getpid()}")
    try:
        with beside.open("w") as stream:
            beside.chmod(0o600)
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(file)
    except OSError as error:
        with suppress(OSError):
            beside.unlink()
        raise CouldNotCheck(f"cannot write {file}: {error.strerror or error}") from error


def left(run: Run, positions: Sequence[int]) -> list[int]:
    """Return which of some targets there is no result of yet."""
    done = run.done()
    return [position for position in positions if position not in done]


def count_left(folder: Path, positions: Sequence[int]) -> int:
    """Return of how many targets there is no result yet, as a task asks it."""
    run = load(folder)
    return 0 if run is None else len(left(run, positions))


def _listed(folder: Path) -> list[str]:
    """Return the names in a folder; asking for its time anew wakes a network's file system up."""
    try:
        os.utime(folder)
        return os.listdir(folder)  # noqa: PTH208 - names alone
    except OSError:
        return []
