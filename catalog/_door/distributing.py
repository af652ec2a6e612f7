"""Many checkpoints on a cluster: what is submitted, what a task does, and what is collected.

The part of the door behind which other machines work; `catalog.api` is the public half, and nothing
here is meant to be called from elsewhere.
"""

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalog._door import now
from catalog._door.waiting import Waiting
from catalog.errors import BadInput, CatalogError, CouldNotCheck, of_system

if TYPE_CHECKING:
    from catalog._door.turns import Turn
    from catalog.api import Catalog
    from catalog.cluster import Slurm, Task
    from catalog.verbs.results import Before, Outcome, Result
    from catalog.verbs.runs import Run
    from catalog.verbs.selecting import Selected


NAMED = 4
"""A remark names this many tasks."""


class Distributed:
    """A catalog whose work others do.

    Args:
        catalog: what is asked and written to; the rooms behind its door are used here too.
    """

    def __init__(self, catalog: "Catalog") -> None:
        self._catalog = catalog

    # Submitting --------------------------------------------------------------------------------

    def begun(
        self,
        command: str,
        targets: "Sequence[Selected]",
        logs: Path | None,
        options: Mapping[str, Any],
        *,
        writes: bool,
    ) -> "Run":
        """Return the run of a command: one that was begun before, or a new one."""
        from catalog.verbs import runs

        url, home = self._catalog.url, os.getcwd()  # noqa: PTH109 - as the shell has it
        listed = [(each.text, each.called) for each in targets]
        folder = runs.folder_of(logs, command, url, writes, listed, dict(options), home)
        run = runs.load(folder)
        if run is None:
            database = url if writes else f"sqlite:///{folder / runs.SNAPSHOT}"
            run = runs.Run(folder, command, tuple(targets), dict(options), database, writes, home)
            run.began()
        return run

    def submitted(self, run: "Run", slurm: "Slurm", count: int | None) -> "Run":
        """Submit what is left of a run, and is in no task's hands."""
        from catalog import cluster
        from catalog.core.batches import batched
        from catalog.verbs import runs

        held = self._held(run) - (done := run.done())
        for position in done:
            if not self._result(run, position).is_final:
                run.forget(position)
        missing = [each for each in runs.left(run, range(len(run.targets))) if each not in held]
        if not missing:
            return run
        self._again(run, missing)
        if not run.writes:
            from catalog.sql import copying

            copying.snapshot(self._catalog.url, run.folder / runs.SNAPSHOT)
        fetches = run.command == "populate"
        targets, level = [run.targets[each] for each in missing], run.options["level"]
        plan = self._catalog.plan(targets, level=level, fetches=fetches)
        sizes = [step.work_bytes for step in plan.steps]
        batches = [[missing[each] for each in batch] for batch in batched(sizes, count)]
        tasks = [self._task(run, batch) for batch in batches]
        name = f"catalog-{run.command}"
        run.submitted(cluster.submit(run.folder, tasks, slurm, name=name), batches)
        return run

    def _again(self, run: "Run", missing: Sequence[int]) -> None:
        """Say that something is submitted once more, and why."""
        from catalog import cluster

        every = dict.fromkeys(run.task_of(position) for position in missing)
        gone = [task for task in every if task is not None]
        forgotten = [task for task in gone if not cluster.has_begun(run.folder, task)]
        ended = [task for task in gone if task not in forgotten]
        for tasks, why in (
            (forgotten, "never began, and Slurm knows nothing of"),
            (ended, "ended without all that was to be done by"),
        ):
            if tasks:
                words = f"tasks that {why} them" if len(tasks) > 1 else f"a task that {why} it"
                named = ", ".join(tasks[:NAMED]) + (" …" if len(tasks) > NAMED else "")
                self._catalog._watcher.remark(f"submitting anew what is left of {words}: {named}")

    def _held(self, run: "Run") -> set[int]:
        """Return which targets are in the hands of tasks that are still in the queue.

        Raises:
            CouldNotCheck: Slurm does not say.
        """
        if not run.tasks:
            return set()
        from catalog import cluster

        alive = cluster.waiting(run.tasks)
        if alive is None:
            why = "Slurm does not answer whether the tasks that were submitted are still there"
            raise CouldNotCheck(why, "see `squeue`, then run the same command again")
        return {position for task in alive for position in run.tasks[task]}

    def _task(self, run: "Run", positions: list[int]) -> "Task":
        """Return a task. What it is to do stands in the folder; only where to look goes with it."""
        from catalog.cluster import Task
        from catalog.verbs import runs

        return Task(
            partial(work, type(self._catalog), run.folder, positions),
            partial(runs.count_left, run.folder, positions),
        )

    # One target --------------------------------------------------------------------------------

    def looked(self, run: "Run", positions: Sequence[int]) -> "Iterator[tuple[int, Result]]":
        """Yield what came of some targets, in order, and record nothing."""
        from catalog.verbs import results

        targets = [run.targets[position] for position in positions]
        each: Any = getattr(self._catalog, f"{run.command}_each")
        with closing(each(targets, record=False, **run.options)) as turns:
            for position, turn in zip(positions, turns, strict=True):
                before = self._before(run.targets[position])
                yield position, results.Result(_outcome(turn), now(), before)

    def _before(self, target: "Selected") -> "Before":
        """Return what is known of a target before it is its turn."""
        from catalog.verbs import results

        try:
            with self._catalog._reading() as connection:
                meant = self._catalog._meaning(connection).target(target.text, target.called)
                return results.before(connection, meant)
        except CatalogError:  # its turn will say so
            return results.Before()

    def keep(self, result: "Result") -> "Outcome":
        """Record a result; safe to repeat."""
        from catalog.verbs import results

        if not result.is_to_record:
            return result.outcome
        with self._catalog._writing() as connection:
            return results.keep(connection, result)

    # Collecting --------------------------------------------------------------------------------

    def _result(self, run: "Run", position: int) -> "Result":
        from catalog.verbs import results

        try:
            with self._catalog._reading() as connection:
                return results.read(connection, run.result(position))
        except CatalogError as error:
            return results.Result(error, now(), results.Before())

    def collected(self, folder: Path) -> "Iterator[Outcome]":
        """Yield what came of each target, in order, as soon as it is there.

        Raises:
            BadInput: nothing was submitted there.
        """
        from catalog.verbs import runs

        run = runs.load(folder)
        if run is None:
            raise BadInput(f"nothing was submitted in {folder}", "see `catalog populate --help`")
        waiting, unanswered = Waiting(run), set(range(len(run.targets)))
        outcomes: dict[int, Outcome] = {}
        for position in range(len(run.targets)):
            while position not in outcomes:
                fresh = waiting.fresh()
                for each in fresh:
                    result = self._result(run, each)
                    outcomes[each] = self._taken(result)
                    unanswered -= {each} if result.is_final else set()
                if not fresh:
                    outcomes |= self._lost(run, waiting.lost())
                if position not in outcomes:
                    self._speak(waiting)
                    waiting.pause(found=bool(fresh))
            if not unanswered and position == len(run.targets) - 1:
                run.close()
            yield outcomes.pop(position)

    def _taken(self, result: "Result") -> "Outcome":
        """Record a result, and return what came of the target."""
        if result.before.ref is not None:
            model, _, revision = result.before.ref.partition("@")
            self._catalog._warn([(model, revision)])
        return self.keep(result)

    def _lost(self, run: "Run", positions: Sequence[int]) -> "dict[int, Outcome]":
        """Return why there is no result of some targets; say once how each task ended."""
        return {position: self._why(run, position) for position in positions}

    def _why(self, run: "Run", position: int) -> CouldNotCheck:
        from catalog import cluster

        task = run.task_of(position)
        again = "run the same command again to do what is left"
        if task is None:
            return CouldNotCheck("it was never submitted", again)
        if not cluster.has_begun(run.folder, task):
            self._catalog._watcher.remark(
                f"Slurm has forgotten task {task}, which never began: its controller may have "
                "crashed before it wrote the job down"
            )
            return CouldNotCheck(f"task {task} never began, and is not in the queue", again)
        log, lines = cluster.last_lines(run.folder, task)
        self._catalog._watcher.remark(f"task {task} ended too early; its log is {log}")
        for line in lines:
            self._catalog._watcher.remark(f"  {line}")
        return CouldNotCheck(f"task {task} ended without it", again)

    def _speak(self, waiting: "Waiting") -> None:
        """Say now and then how far it is."""
        if waiting.is_time_to_speak():
            self._catalog._watcher.report(waiting.how_far())


def _outcome(turn: "Turn[Any]") -> "Outcome":
    """Return what came of a target at its turn."""
    try:
        outcome: Outcome = turn.result()
    except CatalogError as error:
        return error
    except (OSError, MemoryError) as error:
        return of_system(error)
    return outcome


def work(opens: "type[Catalog]", folder: Path, positions: Sequence[int]) -> None:
    """Do what is left of a task's targets; each result is handed in as soon as it is there.

    Args:
        opens: makes a catalog of its address.
        folder: of the run.
        positions: of the task's targets.

    Raises:
        CouldNotCheck: the run is not there any more, or this node does not see the user's folder.
    """
    from catalog.verbs import results, runs

    run = runs.load(folder)
    if run is None:
        raise CouldNotCheck(f"nothing is to do in {folder}", "it was collected already")
    _go(run.home)
    with opens(run.database) as catalog:
        here = Distributed(catalog)
        for position, result in here.looked(run, runs.left(run, positions)):
            runs.write(run.result(position), results.text_of(result))
            _log(f"{run.targets[position].text}: {result.in_a_word}")
            if run.writes:
                here.keep(result)


def _log(text: str) -> None:
    """Write a line of a task's log."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _go(folder: str) -> None:
    """Be where the command was typed: paths were written from there.

    Raises:
        CouldNotCheck: this node does not see the folder.
    """
    try:
        os.chdir(folder)
    except OSError as error:
        why = f"this node cannot enter {folder}: {error.strerror}"
        raise CouldNotCheck(why, "run it from a folder that every node sees") from error
