"""Several devices: a process for each, which runs one network at a time.

A process has a device, its memory and its library's locks to itself. Whoever waits for an answer
is a thread of the caller's; nothing is decided or written here.
"""

import multiprocessing
import signal
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Self

from catalog import forward
from catalog.core.witnesses import SetDigests
from catalog.errors import CatalogError, CouldNotCheck
from catalog.forward.refilling import Networks

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess


class Devices:
    """Devices that run networks side by side; a context manager, which ends their processes.

    Args:
        choices: where and how, one a device.
    """

    def __init__(self, choices: "Sequence[forward.Choice]") -> None:
        started = [_Device(choice) for choice in choices]
        self._all = tuple(started)
        self._free: SimpleQueue[_Device] = SimpleQueue()
        for device in started:
            self._free.put(device)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for device in self._all:
            device.end()

    def run(self, folder: Path, weights: SetDigests, architecture: str) -> "forward.ForwardRun":
        """Run a weight set on the device that is free first; in any thread. As `forward.run`.

        Raises:
            CouldNotCheck: as there, too little memory, or the device's process is gone.
        """
        device = self._free.get()
        try:
            device.choice.require_room(weights.name, weights.params_total)
            return device.run(folder, weights.files, architecture)
        finally:
            self._free.put(device)


class _Device:
    """One device, and the process that has it.

    Args:
        choice: where and how.
    """

    def __init__(self, choice: "forward.Choice") -> None:
        self.choice, self._over = choice, False
        self._line, self._process = self._begun()

    def _begun(self) -> "tuple[Connection, BaseProcess]":
        context = multiprocessing.get_context("spawn")  # CUDA does not survive a fork
        line, other = context.Pipe()
        given = (other, replace(self.choice, networks=None))
        process = context.Process(target=serve, args=given, daemon=True)
        process.start()
        other.close()
        return line, process

    def run(self, folder: Path, files: Sequence[str], architecture: str) -> "forward.ForwardRun":
        """Have a weight set run, and wait for the answer; who is gone has a successor."""
        try:
            self._line.send((folder, tuple(files), architecture))
            answer = self._line.recv()
        except (EOFError, OSError) as error:
            if not self._over:
                self._line, self._process = self._begun()
            why = f"the process that ran on {self.choice.device} is gone"
            raise CouldNotCheck(why, "memory may have run out: try one device") from error
        if isinstance(answer, forward.ForwardRun):
            return answer
        raise CouldNotCheck(*answer)

    def end(self) -> None:
        """End the process, whatever it does."""
        self._over = True
        self._process.terminate()
        self._process.join()


def serve(line: Connection, choice: "forward.Choice") -> None:
    """Run whatever is asked for, until nobody asks any more.

    Args:
        line: asks for weight sets, and hears what they compute.
        choice: where and how.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the caller's to hear
    choice = replace(choice, networks=Networks())
    with suppress(EOFError, BrokenPipeError):
        while True:
            folder, files, architecture = line.recv()
            try:
                forward.require()
                answer = forward.run(folder, files, choice, architecture=architecture)
            except CatalogError as error:
                line.send((error.what, error.hint))
            else:
                line.send(answer)
