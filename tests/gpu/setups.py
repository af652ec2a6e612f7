"""Reads fingerprints in processes of their own, each set up in another way.

    python tests/gpu/setups.py < JOBS

reads one JSON line a job and answers each with one. How a process is set up
(instructions, threads) is decided before torch is imported, so each set-up has a process.
"""

import json
import math
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Self

import networks

from catalog import forward
from catalog.core.fingerprints import Fingerprint, parse_fingerprint, print_fingerprint

INSTRUCTIONS = {
    "all": {},
    "avx2": {"ATEN_CPU_CAPABILITY": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2", "MKL_CBWR": "AVX2"},
    "sse": {"ATEN_CPU_CAPABILITY": "default", "ONEDNN_MAX_CPU_ISA": "SSE41", "MKL_CBWR": "SSE4_2"},
}
"""What the processor may use, as the libraries beneath torch are told."""


@dataclass(frozen=True, slots=True)
class Setup:
    """How a network is run.

    Args:
        device: `cpu` or `cuda`.
        dtype: one of `forward.DTYPES`.
        threads: of the processor, 0 for as many as torch takes.
        instructions: one of `INSTRUCTIONS`.
        process: which of several processes that are set up alike.
        python: the interpreter of another installation, with other versions; empty for this one.
    """

    device: str
    dtype: str
    threads: int = 0
    instructions: str = "all"
    process: int = 0
    python: str = ""

    @property
    def place(self) -> tuple[str, str, int]:
        """What must be settled before a process starts."""
        return self.python, self.instructions, self.process

    def is_like(self, other: "Setup") -> bool:
        """Return whether a catalog would call both one device: threads are not on record."""
        return replace(self, threads=0, process=0) == replace(other, threads=0, process=0)

    def differs(self, other: "Setup") -> str:
        """Return what is not alike: what matters most of it."""
        ours, theirs = asdict(self), asdict(other)
        return next(key for key in BY_WEIGHT if ours[key] != theirs[key])


BY_WEIGHT = ("device", "dtype", "python", "instructions", "threads", "process")


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of one run.

    Args:
        folder: of the checkpoint.
        setup: how it was run.
        fingerprint: what the network computed.
        seconds: from the files to the fingerprint.
        peak_bytes: most memory held: on the card, or by the whole process.
    """

    folder: Path
    setup: Setup
    fingerprint: Fingerprint
    seconds: float
    peak_bytes: int


class Processes:
    """The processes that read, each kept for the next jobs: to import torch takes them seconds.

    Args:
        deadline: by `time.monotonic`, after which no reading is begun.
    """

    def __init__(self, deadline: float = math.inf) -> None:
        self._deadline = deadline
        self._of: dict[tuple[str, str, int], subprocess.Popen[str]] = {}

    def __enter__(self) -> Self:
        """Start none: each is when it is needed first, or by `start`."""
        return self

    def __exit__(self, *_: object) -> None:
        """End them all."""
        for process in self._of.values():
            process.stdin.close()
        for process in self._of.values():
            process.wait()
            process.stdout.close()

    def start(self, setup: Setup) -> "subprocess.Popen[str]":
        """Return a process that is set up so, started if there is none."""
        if setup.place not in self._of:
            self._of[setup.place] = subprocess.Popen(
                [setup.python or sys.executable, __file__],
                env=os.environ | INSTRUCTIONS[setup.instructions],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        return self._of[setup.place]

    def read(self, jobs: Sequence[tuple[Path, Setup]], repeats: int = 1) -> Iterator[Reading]:
        """Read every folder in its set-up, jobs for one process together, in the order given.

        Args:
            jobs: folder and set-up of each.
            repeats: how often each is read, one after the other.

        Raises:
            RuntimeError: one could not be read.
            TimeoutError: the time is up.
        """
        for place in sorted({setup.place for _, setup in jobs}):
            for folder, setup in jobs:
                if setup.place == place:
                    for _ in range(repeats):
                        if time.monotonic() > self._deadline:
                            raise TimeoutError("the time is up")
                        yield reading(folder, setup, _asked(self.start(setup), folder, setup))


def _asked(process: "subprocess.Popen[str]", folder: Path, setup: Setup) -> Mapping[str, Any]:
    """Return a process' answer to one job."""
    process.stdin.write(f"{json.dumps((str(folder), asdict(setup)))}\n")
    process.stdin.flush()
    line = process.stdout.readline()
    if not line:
        raise RuntimeError(f"the process that read {folder} on {setup} ended")
    return json.loads(line)


def reading(folder: Path, setup: Setup, told: Mapping[str, Any]) -> Reading:
    """Return an answer as a value.

    Raises:
        RuntimeError: the network could not be read.
    """
    if told["problems"]:
        raise RuntimeError(f"{folder} on {setup}: {told['problems']}")
    fingerprint = parse_fingerprint(told["fingerprint"])
    return Reading(folder, setup, fingerprint, told["seconds"], told["peak_bytes"])


def answer(folder: Path, setup: Setup) -> dict[str, object]:
    """Run one job in this process."""
    import torch

    usual = _usual_threads()
    torch.set_num_threads(setup.threads or usual)
    choice = forward.choose(setup.device, setup.dtype)
    _forget_peak() if setup.device == "cpu" else torch.cuda.reset_peak_memory_stats()
    start = time.perf_counter()
    run = forward.run(folder, [networks.WEIGHTS], choice, architecture="gpt-neox")
    seconds = time.perf_counter() - start
    return {
        "fingerprint": print_fingerprint(run.fingerprint) if run.fingerprint else "",
        "problems": list(run.problems),
        "seconds": seconds,
        "peak_bytes": _peak() if setup.device == "cpu" else torch.cuda.max_memory_allocated(),
    }


@cache
def _usual_threads() -> int:
    """Return how many torch takes by itself; asked before any are set."""
    import torch

    return torch.get_num_threads()


def _forget_peak() -> None:
    """Let the most memory be counted anew: proc(5), clear_refs."""
    Path("/proc/self/clear_refs").write_text("5")


def _peak() -> int:
    """Return the most memory this process had; `getrusage` starts with what its parent had."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


def main() -> None:
    """Answer the jobs on standard input."""
    forward.require()
    for folder, setup in map(json.loads, sys.stdin):
        sys.stdout.write(f"{json.dumps(answer(Path(folder), Setup(**setup)))}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
