"""What Slurm is asked for: times, and further options of `sbatch`, as they are typed."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from catalog.errors import BadInput

_TIME = re.compile(r"(?:(\d+)-)?(\d+)(?::(\d+))?(?::(\d+))?")
_OPTION = re.compile(r"(?:--)?([a-z][a-z0-9_-]*)=(.*)", re.DOTALL)
_OURS = {
    "array": "--tasks",
    "account": "--account",
    "error": "--logs",
    "gpus-per-node": "--gpus",
    "nodes": "--tasks",
    "ntasks": "--tasks",
    "ntasks-per-node": "--tasks",
    "output": "--logs",
    "partition": "--partition",
    "time": "--time",
}
"""Options of `sbatch` that are said in another way."""
_NEVER = frozenset({"chdir", "clusters", "export-file", "open-mode", "signal", "test-only", "wrap"})
"""Options of `sbatch` without which a task is not found again, or not told to stop."""
_NUMBERS = frozenset({"array-parallelism", "cpus-per-task", "cpus-per-gpu", "signal-delay-s"})
HOUR = 60
AT_ONCE = 256
"""So many tasks of an array run at once where nobody says how many: submitit's number."""
SIGNAL_S = 90
"""So long before its time is over a task is told, and hands back what is left."""


@dataclass(frozen=True, slots=True)
class Slurm:
    """What each task of an array asks for.

    Args:
        gpus: how many GPUs.
        minutes: how long it may run; submitit would take 5 where nobody says.
        partition: where, None for the default.
        account: who pays, None for the default.
        options: further ones of `sbatch`, and submitit's own, as `KEY=VALUE`.
    """

    gpus: int = 0
    minutes: int = HOUR
    partition: str | None = None
    account: str | None = None
    options: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(
        cls,
        *,
        gpus: int = 0,
        time: str | None = None,
        partition: str | None = None,
        account: str | None = None,
        options: Iterable[str] = (),
    ) -> "Slurm":
        """Return what options ask for, as they are typed.

        Raises:
            BadInput: one cannot be understood, or is said in another way.
        """
        if gpus < 0:
            raise BadInput(f"{gpus} GPUs a task", "give 0 or more")
        for text in filter(None, (partition, account)):
            _require_plain(text)
        minutes = HOUR if time is None else minutes_of(time)
        return cls(gpus, minutes, partition, account, tuple(map(_option, options)))

    def parameters(self) -> dict[str, Any]:
        """Return them as submitit's executor takes them."""
        stated = {
            "gpus_per_node": self.gpus or None,
            "time": self.minutes,
            "partition": self.partition,
            "account": self.account,
        }
        parameters: dict[str, Any] = {key: said for key, said in stated.items() if said is not None}
        parameters["signal_delay_s"] = self._warning()
        further: dict[str, str] = {}
        for key, said in self.options:
            if key == "setup":
                parameters.setdefault("setup", []).append(said)
            elif key in _NUMBERS:
                parameters[key.replace("-", "_")] = int(said)
            else:
                further[key] = said
        # Forced in as they are: submitit names only some of them, and checks none.
        return parameters | ({"additional_parameters": further} if further else {})

    def sbatch(self, name: str, tasks: int) -> tuple[str, ...]:
        """Return the options that `sbatch` gets for an array, without where its logs go.

        >>> Slurm(gpus=1, minutes=90).sbatch("catalog-populate", 3)[:3]
        ('--array=0-2%3', '--gpus-per-node=1', '--job-name=catalog-populate')

        Args:
            name: what the queue shows.
            tasks: how many.
        """
        said: dict[str, Any] = {"nodes": 1, "job-name": name, "wckey": "submitit"}
        asked = self.parameters()
        at_once = asked.pop("array_parallelism", AT_ONCE)
        further, seconds = asked.pop("additional_parameters", {}), asked.pop("signal_delay_s")
        asked.pop("setup", None)
        said |= {key.replace("_", "-"): value for key, value in asked.items()}
        said["array"] = f"0-{tasks - 1}%{min(tasks, at_once)}"
        said["signal"] = f"USR2@{seconds}"
        return tuple(f"--{key}={value}" for key, value in sorted((said | further).items()))

    def _warning(self) -> int:
        """Return how many seconds before the end a task is told; of a short time, a third."""
        return min(SIGNAL_S, self.minutes * 20)


def minutes_of(text: str) -> int:
    """Return a time as Slurm writes it, in minutes, rounded up.

    >>> [minutes_of(text) for text in ("90", "2:30", "1:30:00", "1-12", "1-0:30", "1-0:30:01")]
    [90, 3, 90, 2160, 1470, 1471]

    Raises:
        BadInput: it is none.
    """
    forms = "MINUTES, MINUTES:SECONDS, HOURS:MINUTES:SECONDS or DAYS-HOURS[:MINUTES[:SECONDS]]"
    read = _TIME.fullmatch(text.strip())
    if read is None:
        raise BadInput(f"{text!r} is not a time of Slurm's", f"write {forms}")
    days, *rest = read.groups()
    numbers = [int(part) for part in rest if part is not None]
    if days is not None:
        hours, minutes, seconds = (*numbers, 0, 0)[:3]
        seconds += 60 * (minutes + 60 * (hours + 24 * int(days)))
    elif len(numbers) == 3:  # noqa: PLR2004
        seconds = 3600 * numbers[0] + 60 * numbers[1] + numbers[2]
    else:
        seconds = 60 * numbers[0] + (numbers[1] if len(numbers) > 1 else 0)
    if seconds == 0:
        raise BadInput("a time of 0", "leave out --time for an hour")
    return -(-seconds // 60)


def _option(text: str) -> tuple[str, str]:
    """Return a further option of `sbatch`, as it is typed.

    >>> _option("--cpus-per-task=4"), _option("mem=8G"), _option("setup=module load cuda")
    (('cpus-per-task', '4'), ('mem', '8G'), ('setup', 'module load cuda'))
    """
    read = _OPTION.fullmatch(text)
    if read is None:
        raise BadInput(f"{text!r} is not KEY=VALUE", "as in --slurm qos=high")
    key, said = read[1].replace("_", "-"), read[2]
    _require_plain(said)
    if key in _OURS:
        raise BadInput(f"--slurm {key} is said with {_OURS[key]}", f"give {_OURS[key]}")
    if key in _NEVER:
        raise BadInput(f"--slurm {key} would lose the tasks", "leave it out")
    if key in _NUMBERS and not said.isdecimal():
        raise BadInput(f"--slurm {key}={said} is no number", f"as in --slurm {key}=4")
    return key, said


def _require_plain(text: str) -> None:
    """Refuse what would be a line of its own in the script that `sbatch` reads."""
    if not text.isprintable() or not text:
        raise BadInput(f"{text!r} is nothing that Slurm can be asked for", "write one line")
