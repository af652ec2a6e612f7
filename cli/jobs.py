"""`catalog jobs`: what runs, or ran, on a cluster, and where its logs are."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from catalog.core.counts import count

from . import output
from .call import Call, command
from .output import Report
from .tables import Column

if TYPE_CHECKING:
    from collections.abc import Sequence

    from catalog.documents.plain import Document

TASKS = (Column("task"), Column("state"), Column("left"), Column("checkpoints"), Column("log"))
KEYS = ("folder", "command", "task", "state", "left", "checkpoints", "log")
NO_TASK = {"task": None, "state": None, "log": None}


@command
def jobs(
    call: Call,
    logs: Annotated[
        Path | None,
        typer.Option(
            "--logs",
            metavar="DIR",
            readable=False,
            show_default=False,
            help="The folder that --logs of `populate` or `verify` named. Default: the user's.",
        ),
    ] = None,
) -> None:
    """List what `populate` and `verify` let a cluster do: tasks, states, logs, and what is left.

    It works when the command that submitted is gone: the same command goes on with what is left.
    """
    from catalog.documents import jobs as documents

    tracked = call.catalog.jobs(logs)
    listed = [documents.tracked(each) for each in tracked]
    rows = [
        {"folder": run["folder"], "command": run["command"]} | task
        for run in listed
        for task in run["tasks"] or [NO_TASK | {key: run[key] for key in ("left", "checkpoints")}]
    ]
    call.print(
        Report(
            listed,
            rows,
            TASKS,
            text=lambda: _print(listed),
            keys=KEYS,
            quiet=lambda row: row["task"] or row["folder"],
        )
    )
    if not listed:
        output.say("catalog: nothing was submitted; see `catalog populate --help`, --engine")


def _print(runs: "Sequence[Document]") -> None:
    for run in runs:
        if run["command"] is None:
            output.line(f"over, all is recorded: {count(len(run['logs']), 'log')}")
            output.line(f"  {run['folder']}")
            continue
        left = f"{run['left']:,} of {count(run['checkpoints'], 'checkpoint')} left"
        output.line(f"{run['command']}: {left}")
        output.line(f"  {run['folder']}")
        for task in run["tasks"]:
            name = Path(task["log"]).name
            done = f"{task['left']:,} of {task['checkpoints']:,} left"
            output.line(f"  {task['task']:12}  {task['state']:12}  {done:18}  {name}")
        if lost := run["unsubmitted"] + sum(task["left"] for task in _gone(run)):
            output.line(f"  no task will do {lost:,}: run the same command again to submit them")


def _gone(run: "Document") -> "list[Document]":
    """Return the tasks that will not do what is left of them."""
    return [task for task in run["tasks"] if task["state"] in ("ended", "forgotten")]
