"""Reads fingerprints in processes of their own, each set up in another way.

    python tests/gpu/setups.py < JOBS

reads one JSON array of jobs and answers with one JSON line a reading. How a process is set up
(instructions, threads) is decided before torch is imported, so each set-up has a process.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import networks

from catalog import forward
from catalog.core.fingerprints import Fingerprint, parse_fingerprint, print_fingerprint

DEADLINE: list[float] = []
"""When the last process must have ended, by `time.monotonic`; empty: whenever it likes."""
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
    """

    device: str
    dtype: str
    threads: int = 0
    instructions: str = "all"
    process: int = 0

    def is_like(self, other: "Setup") -> bool:
        """Return whether a catalog would call both one device: threads are not on record."""
        return replace(self, threads=0, process=0) == replace(other, threads=0, process=0)

    def differs(self, other: "Setup") -> str:
        """Return what is not alike: what matters most of it."""
        ours, theirs = asdict(self), asdict(other)
        return next(key for key in BY_WEIGHT if ours[key] != theirs[key])


BY_WEIGHT = ("device", "dtype", "instructions", "threads", "process")


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


def read(jobs: Sequence[tuple[Path, Setup]], repeats: int = 1) -> Iterator[Reading]:
    """Read every folder in its set-up, jobs for one process together, in the order given.

    Args:
        jobs: folder and set-up of each.
        repeats: how often each is read, one after the other.

    Raises:
        RuntimeError: one could not be read.
        TimeoutExpired: the time is up.
    """
    apart = {(setup.instructions, setup.process) for _, setup in jobs}
    for instructions, process in sorted(apart):
        own = [
            (folder, setup)
            for folder, setup in jobs
            if (setup.instructions, setup.process) == (instructions, process)
            for _ in range(repeats)
        ]
        lines = subprocess.run(
            [sys.executable, __file__],
            input=json.dumps([(str(folder), asdict(setup)) for folder, setup in own]),
            env=os.environ | INSTRUCTIONS[instructions],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            timeout=max(1.0, DEADLINE[-1] - time.monotonic()) if DEADLINE else None,
        ).stdout.splitlines()
        for (folder, setup), told in zip(own, map(json.loads, lines), strict=True):
            yield reading(folder, setup, told)


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

    if setup.threads:
        torch.set_num_threads(setup.threads)
    choice = forward.choose(setup.device, setup.dtype)
    if setup.device != "cpu":
        torch.cuda.reset_peak_memory_stats()
    start = time.perf_counter()
    run = forward.run(folder, [networks.WEIGHTS], choice, architecture="gpt-neox")
    seconds = time.perf_counter() - start
    return {
        "fingerprint": print_fingerprint(run.fingerprint) if run.fingerprint else "",
        "problems": list(run.problems),
        "seconds": seconds,
        "peak_bytes": _peak() if setup.device == "cpu" else torch.cuda.max_memory_allocated(),
    }


def _peak() -> int:
    """Return the most memory this process had; `getrusage` starts with what its parent had."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


def main() -> None:
    """Answer the jobs on standard input."""
    forward.require()
    for folder, setup in json.load(sys.stdin):
        sys.stdout.write(f"{json.dumps(answer(Path(folder), Setup(**setup)))}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
