"""Who does the work of `populate` and `verify`: this process, or tasks on a Slurm cluster.

A cluster's results come back as the values that the work here would have given, so that they are
printed, reported and judged as those are.
"""

import inspect
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from catalog.core.counts import count
from catalog.errors import BadInput, CatalogError

from . import output
from .call import Call, Result, parameters
from .output import Report
from .tables import Column

if TYPE_CHECKING:
    from catalog.core.batches import Tasks
    from catalog.verbs.planning import Plan
    from catalog.verbs.results import Outcome
    from catalog.verbs.runs import Run
    from catalog.verbs.selecting import Selected

    from .reports import Reports


class Kind(StrEnum):
    """Who does the work."""

    LOCAL = "local"
    SLURM = "slurm"


class Records(StrEnum):
    """Who records what tasks found."""

    AUTO = "auto"
    DATABASE = "database"
    FILES = "files"


def _option(kind: Any, option: str, words: str, **more: Any) -> Any:  # noqa: ANN401 - an annotated type
    return Annotated[kind, typer.Option(option, help=words, show_default=False, **more)]


OPTIONS: dict[str, tuple[Any, Any]] = {
    "engine": (
        _option(Kind, "--engine", "`slurm`: let an array of tasks on a cluster do it."),
        Kind.LOCAL,
    ),
    "tasks": (
        _option(int | None, "--tasks", "At most so many tasks. Default: by bytes.", min=1),
        None,
    ),
    "gpus": (_option(int | None, "--gpus", "GPUs a task.", min=0), None),
    "time": (
        _option(
            str | None,
            "--time",
            "How long a task may run, as Slurm writes it; what is left then is queued again. "
            "Default: an hour.",
            metavar="TIME",
        ),
        None,
    ),
    "partition": (_option(str | None, "--partition", "Where tasks run.", metavar="NAME"), None),
    "account": (_option(str | None, "--account", "Who pays for them.", metavar="NAME"), None),
    "slurm": (
        _option(
            list[str] | None,
            "--slurm",
            "A further option of sbatch, as in mem=16G. Repeatable.",
            metavar="KEY=VALUE",
        ),
        None,
    ),
    "logs": (
        _option(
            Path | None,
            "--logs",
            "A folder that every node sees, for logs and results. Default: the user's state.",
            metavar="DIR",
            readable=False,
        ),
        None,
    ),
    "records": (
        _option(
            Records | None,
            "--records",
            "`database`: tasks write to PostgreSQL; `files`: they hand in files that this command "
            "records. Default: by the database.",
        ),
        None,
    ),
    "detach": (
        _option(bool, "--detach", "Submit and leave; the same command without it collects."),
        False,
    ),
}
COLUMNS = (Column("folder"), Column("jobs"), Column("tasks"), Column("targets"))


@dataclass(frozen=True, slots=True)
class Engine:
    """Who does the work, and what is asked of them.

    Attributes:
        kind: this process, or a cluster.
        detach: whether to leave once it is submitted.
        asked: what was said of tasks, as `Catalog.submit` takes it.
    """

    kind: Kind
    detach: bool
    asked: dict[str, Any]

    @classmethod
    def of(cls, *, engine: Kind, detach: bool, **asked: Any) -> "Engine":  # noqa: ANN401 - Typer's values
        """Return what options ask for.

        Raises:
            BadInput: something is said of tasks where there are none.
        """
        said = {name: each for name, each in asked.items() if each is not None}
        if engine is Kind.LOCAL and (said or detach):
            options = [*said, "detach"] if detach else said
            names = " and ".join(f"--{name}" for name in options)
            raise BadInput(f"{names} without a cluster", "add --engine slurm")
        return cls(engine, detach, said)

    @property
    def is_cluster(self) -> bool:
        """Whether other machines do it."""
        return self.kind is Kind.SLURM

    def require_no_attestation(self, file: Path | None) -> None:
        """Refuse to attest what other machines do.

        Raises:
            BadInput: a file is named for it.
        """
        if file is not None and self.is_cluster:
            raise BadInput("what a cluster did is not attested", "leave out --attest or --engine")

    def planned(self, call: Call, plan: "Plan", command: str) -> "Tasks | None":
        """Return what a cluster would be asked for, None where none would be."""
        if not self.is_cluster:
            return None
        asked = {name: said for name, said in self.asked.items() if name != "logs"}
        return call.catalog.plan_tasks(plan, command, **asked)

    def each(
        self,
        call: Call,
        reports: "Reports",
        targets: "Sequence[Selected]",
        result: "Callable[[Any], Result]",
        *,
        options: dict[str, Any],
        **report: Any,  # noqa: ANN401 - as `Call.each` has them
    ) -> int:
        """Submit what is left to do, wait, and print what came of each as `Reports.each` does.

        Args:
            call: of the command.
            reports: that are wanted.
            targets: what was asked for.
            result: makes of a value what is printed.
            options: as the method of the command's name takes them.
            **report: as `Reports.each` has it.
        """
        run = self._submitted(call, reports.command, targets, options)
        if self.detach:
            row = _document(run)
            call.print(Report(row, [row], COLUMNS, text=lambda: None))
            return 0
        outcomes = call.catalog.collect(run.folder)
        texts = [each.text for each in targets]
        with _telling(run):
            return reports.each(call, texts, lambda _: result(_sure(outcomes)), **report)

    def _submitted(
        self, call: Call, command: str, targets: "Sequence[Selected]", options: dict[str, Any]
    ) -> "Run":
        """Submit what is left to do, and say where everything is."""
        run = call.catalog.submit(command, targets, **self.asked, **options)
        jobs = ", ".join(run.jobs)
        tasks = count(len(run.tasks), "task")
        output.say(f"catalog: job {jobs}, {tasks}; logs in {run.folder}")
        return run


def _sure(outcomes: "Iterator[Outcome]") -> Any:  # noqa: ANN401 - a value of the command's
    """Return the next value; an error in its place is raised, as it would have been here."""
    outcome = next(outcomes)
    if isinstance(outcome, CatalogError):
        raise outcome
    return outcome


def _document(run: "Run") -> dict[str, Any]:
    return {
        "folder": str(run.folder),
        "jobs": run.jobs,
        "tasks": len(run.tasks),
        "targets": len(run.targets),
    }


@contextmanager
def _telling(run: "Run") -> Iterator[None]:
    """Say on Ctrl-C what goes on without us."""
    try:
        yield
    except KeyboardInterrupt:
        jobs = " ".join(run.jobs)
        output.say(f"catalog: the tasks go on by themselves; `scancel {jobs}` stops them")
        raise


def distributing(function: Callable[..., int]) -> Callable[..., int]:
    """Give a command the options of engines, and hand it an `Engine`.

    It stands below `@reporting`, and reads and writes signatures as that does.
    """

    @wraps(function)
    def called(call: Call, reports: "Reports", **given: Any) -> int:  # noqa: ANN401 - Typer's values
        asked = {name: given.pop(name) for name in OPTIONS}
        return function(call, reports, Engine.of(**asked), **given)

    call, reports, _, *own = inspect.signature(function, eval_str=True).parameters.values()
    called.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [call, reports, *own, *parameters(OPTIONS)], return_annotation=int
    )
    return called
