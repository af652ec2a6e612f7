"""Populates and verifies: reads ahead in threads, decides and records in the caller's.

The part of the door that looks at weights; nothing here is meant to be called from elsewhere.
"""

import threading
import time
from contextlib import ExitStack, suppress
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from catalog._door import changed, now
from catalog._door.looking import Looking
from catalog.errors import CatalogError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence
    from concurrent.futures import Future

    from catalog._door.turns import Turn
    from catalog.core.verdicts import Verification
    from catalog.forward import Choice, ForwardRun
    from catalog.forward.devices import Devices
    from catalog.verbs import populate
    from catalog.verbs.pipeline import Ahead, Done
    from catalog.verbs.reading import Observed, Plan
    from catalog.verbs.selecting import Selected
    from catalog.verbs.target import Target
    from catalog.verbs.turns import Brought, Seen, Wish

Answer = TypeVar("Answer")
Ready = TypeVar("Ready")


class Weighing(Looking):
    """A catalog that looks at weights."""

    _devices: "Devices | None" = None

    # Populate ----------------------------------------------------------------------------------

    def _met(self, selected: "Selected", wish: "Wish") -> "Brought":
        """Return what a target means, answered where nothing need be read.

        Refuses before torch is imported, and before a download.
        """
        from catalog.verbs import populate
        from catalog.verbs.turns import Brought
        from catalog.weights import manifest_files

        manifest_files.refuse(selected.text)
        with self._reading() as connection:
            meant = self._meaning(connection).target(selected.text, selected.called)
            self._advise(meant)
            before = populate.known(connection, meant, self._standing(meant))
            answer = populate.foreseen(connection, meant)
        if answer is None and wish.trust_stat:
            answer = populate.trusted(meant, before, wish.wanted)
        return Brought(meant, self._records, before, answer)

    def _known(self, meant: "Target") -> "populate.Known":
        from catalog.verbs import populate

        with self._reading() as connection:
            return populate.known(connection, meant, self._standing(meant))

    def _populated(self, selected: "Selected", wish: "Wish") -> "populate.Populated":
        """Populate one, a step after the other."""
        from catalog.verbs import populate

        with self._about(selected.text):
            met = self._met(selected, wish)
            if met.answer is not None:
                return met.answer
            if wish.runs:
                self._choice(wish.device, wish.dtype, wish.memory)
            meant = populate.fetch(met.meant, self._watcher, offline=wish.offline)
            return self._settled(changed(met, meant=meant), wish)

    def _brought(self, selected: "Selected", wish: "Wish", workers: int) -> "Brought":
        """Bring one to this machine and read it, before its turn; in any thread."""
        from catalog import forward
        from catalog.verbs import populate
        from catalog.verbs.pipeline import Done

        met = self._met(selected, wish)
        if met.answer is not None:
            return met
        if wish.runs:
            forward.require_installed()
        meant = populate.fetch(met.meant, self._watcher, offline=wish.offline)
        before = met.before if meant is met.meant else self._known(meant)
        options = populate.Options(wish.level, wish.wanted, watcher=self._watcher, workers=workers)
        early = Done.of(partial(populate.read, meant, before, options))
        return changed(met, meant=meant, early=early, ran=self._ran(early, before.plan))

    def _settled(self, brought: "Brought", wish: "Wish") -> "populate.Populated":
        """Decide on one that is here, and record it."""
        from catalog.verbs import populate

        if brought.answer is not None and brought.records == self._records:
            return brought.answer
        meant, before = brought.meant, self._known(brought.meant)
        if brought.answer is not None:  # something was recorded since
            if meant.path is None:  # foreseen, by what the Hub said
                return brought.answer
            if (answer := populate.trusted(meant, before, wish.wanted)) is not None:
                return answer
        network = self._choice(wish.device, wish.dtype, wish.memory) if wish.runs else None
        options = populate.Options(
            wish.level,
            wish.wanted,
            network,
            wish.accept_changes,
            self._watcher,
            ran=brought.ran,
        )
        began, moment = time.monotonic(), now()
        populated = populate.look(meant, before, options, brought.early)
        took = time.monotonic() - began + (brought.early.seconds if brought.early else 0.0)
        populated = changed(populated, started_at=moment, duration_s=took)
        if wish.records and populated.status == "recorded":
            from catalog.verbs import results

            recorded = None if before.recorded is None else before.recorded.manifest.digest
            with self._writing() as connection:
                populated = results.kept(connection, populated, recorded, at=now())
            self._records += 1
        return populated

    def _populated_each(
        self, targets: "Sequence[Selected]", wish: "Wish"
    ) -> "Generator[Turn[populate.Populated], None, None]":
        return self._turns(targets, wish, self._populated, Weighing._brought, self._settled)

    # Verify ------------------------------------------------------------------------------------

    def _witnessed(self, selected: "Selected", wish: "Wish") -> "Seen":
        """Return what to verify, and what to compare it with."""
        from catalog.verbs import listing, verify
        from catalog.verbs.turns import Seen
        from catalog.weights import manifest_files

        manifest_files.refuse(selected.text)
        manifest = None if wish.against is None else verify.manifest_at(wish.against)
        meant, witness = self._witness(selected, wish, manifest)
        if wish.runs:
            listing.require_there(meant)
        return Seen(meant, witness)

    def _looked(self, selected: "Selected", wish: "Wish", workers: int) -> "Seen":
        """Read one before its turn; in any thread."""
        from catalog.core.verdicts import Level
        from catalog.verbs import implied, reading
        from catalog.verbs.pipeline import Done

        seen = self._witnessed(selected, wish)
        if wish.level is Level.METADATA:
            return seen
        options = reading.Options(wish.level, None, wish.passed_over, self._watcher, workers)
        read = partial(implied.read, seen.meant, seen.witness, options)
        early = Done.of(read)
        return changed(seen, early=early, ran=self._ran(early, seen.witness.plan))

    def _compared(self, seen: "Seen", wish: "Wish") -> "Verification":
        """Compare one, and record how it came out."""
        from catalog.verbs import reading, verify

        network = self._choice(wish.device, wish.dtype, wish.memory) if wish.runs else None
        options = reading.Options(
            wish.level, network, wish.passed_over, self._watcher, ran=seen.ran
        )
        compared = verify.look(seen.meant, seen.witness, options, now=now(), early=seen.early)
        if wish.against is not None or not wish.records:
            return compared
        return self._recorded(compared, seen.meant)

    def _verified(self, selected: "Selected", wish: "Wish") -> "Verification":
        """Verify one, a step after the other."""
        with self._about(selected.text):
            return self._compared(self._witnessed(selected, wish), wish)

    def _verified_each(
        self, targets: "Sequence[Selected]", wish: "Wish"
    ) -> "Generator[Turn[Verification], None, None]":
        return self._turns(targets, wish, self._verified, Weighing._looked, self._compared)

    # Many --------------------------------------------------------------------------------------

    def _turns(
        self,
        targets: "Sequence[Selected]",
        wish: "Wish",
        alone: "Callable[[Selected, Wish], Answer]",
        read: "Callable[[Weighing, Selected, Wish, int], Ready]",
        finish: "Callable[[Ready, Wish], Answer]",
    ) -> "Generator[Turn[Answer], None, None]":
        """Yield each target's turn, in order, while the next ones are read.

        Args:
            targets: what was asked for.
            wish: how.
            alone: does all of one; one alone needs no threads.
            read: does what can be done before; by a catalog of its own, whose watcher is another.
            finish: does the rest, in the caller's thread.
        """
        from catalog._door.turns import Turn
        from catalog.verbs import pipeline
        from catalog.weights import hashing

        if len(targets) == 1:
            yield Turn(targets[0].text, partial(alone, targets[0], wish))
            return
        workers = max(1, hashing.cores() // wish.at_once)

        def early(
            numbered: "tuple[int, Selected]", over: threading.Event
        ) -> "tuple[Ahead, Done[Ready]]":
            number, selected = numbered
            heard = pipeline.Ahead(self._watcher.beside(selected.text, number), over)
            own = Weighing(self.url, watcher=heard)
            own._records, own._devices = self._records, devices
            own._networks = self._networks
            return heard, pipeline.Done.of(partial(read, own, selected, wish, workers))

        def finished(selected: "Selected", future: "Future[tuple[Ahead, Done[Ready]]]") -> Answer:
            with self._about(selected.text):
                if wish.runs and not wish.trust_stat:
                    self._choice(wish.device, wish.dtype, wish.memory)  # while the first is read
                heard, done = future.result()
                heard.repeat(self._watcher)
                return finish(done.result(), wish)

        with ExitStack() as stack:
            jobs, sizes, devices = wish.at_once, None, None
            if choices := self._several(wish):
                from catalog.forward.devices import Devices

                sizes, devices = self._sizes(targets), Devices(choices)
                jobs = max(jobs, len(choices) + 1)
            far = self._far(wish, targets)
            ahead = pipeline.ahead([*enumerate(targets, 1)], early, jobs, sizes, far=far)
            futures = stack.enter_context(ahead)
            if devices is not None:
                stack.enter_context(devices)  # left first: who waits for one must not for ever
            for selected, future in zip(targets, futures, strict=True):
                yield Turn(selected.text, partial(finished, selected, future))

    # Several devices ---------------------------------------------------------------------------

    def _several(self, wish: "Wish") -> "Sequence[Choice]":
        """Return several devices to run on, none where there is one."""
        from catalog import forward

        if not wish.runs or not forward.may_be_several(wish.device):
            return ()
        choices = forward.several(wish.device, wish.dtype)
        return [changed(each, memory=wish.memory) for each in choices] if choices[1:] else ()

    def _far(self, wish: "Wish", targets: "Sequence[Selected]") -> bool:
        """Return whether to read far ahead of the network: of small checkpoints, on a processor.

        Large ones would push one another out of the page cache; a card is brought the next alone.
        """
        from catalog import forward
        from catalog.verbs import pipeline

        if not wish.runs or wish.trust_stat or wish.jobs:
            return False  # what is trusted is not read
        small = max(self._sizes(targets), default=0) <= pipeline.SMALL
        return small and forward.will_be_the_processor(wish.device)

    def _sizes(self, targets: "Sequence[Selected]") -> list[int]:
        """Return about how large each target is; nobody knows of what nobody has seen."""
        from catalog.verbs import planning

        with self._reading() as connection:
            meaning = self._meaning(connection)
            plan = planning.planned(connection, meaning, targets, planning.How())
        return [step.read_bytes or 0 for step in plan.steps]

    def _ran(
        self, early: "Done[populate.Read] | Done[Observed]", plan: "Plan | None"
    ) -> "dict[str, Done[ForwardRun]]":
        """Run what was read on one of several devices; for one, begin to bring it there."""
        from catalog.verbs import reading, running

        if self._devices is None and self._networks is None:
            return {}
        with suppress(CatalogError, OSError, MemoryError):  # its turn meets it
            observed = early.result()
            if not isinstance(observed, reading.Observed):
                return {}
            if self._devices is not None:
                return running.run_early(observed, plan, self._devices)
            if self._networks is not None:
                running.bring_early(observed, self._networks)
        return {}
