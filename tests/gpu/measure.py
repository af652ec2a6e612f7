"""Measures the forward pass on one device: how far it strays, what it sees, how fast it is.

    make gpu                                              the first CUDA card, 8 minutes at most
    python tests/gpu/measure.py --device cpu -o cpu.json  the same on a processor

Writes one JSON file and prints it as Markdown. It needs torch, transformers and safetensors, and
no network. docs/explanation/forward-pass.md says what the file holds; `tolerances.py` makes the
shipped tolerances of it. What there is no time for is named under `left_out`. Exit code 1: two
equal runs differed beyond the tolerance, or a run strayed from its record beyond it.
"""

import argparse
import datetime as dt
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path

import damages
import faces
import networks
import report
import speed
import spread
from setups import INSTRUCTIONS, Processes, Reading, Setup

from catalog import __version__, forward
from catalog.core import fingerprints
from catalog.core.fingerprints import Environment

FORMAT = 1
SIZES = ("14m", "70m", "1b", "160m", "410m", "31m")
"""The smallest, the largest and one between come first, where time is short."""
GAINS: dict[str, Callable[[networks.Shape], float]] = {
    "initial": lambda _: networks.STANDARD_DEVIATION,
    "unit": lambda shape: shape.width**-0.5,
}
"""Standard deviations of random matrices: as at the start of training, and such that a layer's
output is as large as what it reads, as in trained networks; larger ones drown in saturation."""
STEPS = 5
FOR_SIZES = 0.7  # of the time, the rest is for damages
THREADS = (1, 2, 3, 4)
HALF_LIMIT = 200_000_000  # bytes: above it a processor takes too long in half precision
OLD_HALF_LIMIT = 50_000_000  # and one without the instructions for it


@dataclass(slots=True)
class Session:
    """One run of the script.

    Args:
        device: `cpu` or `cuda`.
        home: a folder for checkpoints.
        started: by `time.monotonic`.
        options: what the command line asks for.
        processes: in which networks are read.
        document: what is written in the end.
    """

    device: str
    home: Path
    started: float
    options: argparse.Namespace
    processes: Processes
    document: dict[str, list[object]] = field(default_factory=lambda: defaultdict(list))

    def environment(self, dtype: str) -> Environment:
        """Return what runs a network here, as a fingerprint says it."""
        return forward.environment(forward.choose(self.device, dtype))

    def do(self, name: str, work: Callable[[], None], share: float = 1.0) -> None:
        """Do a piece of work if its start lies within a share of the time, else name it.

        One that fails is named too and the rest goes on: the machine may be a borrowed one.
        """
        started = time.monotonic()
        if started - self.started >= share * self.options.minutes * 60:
            self.document["left_out"].append(name)
            return
        try:
            work()
        except Exception as error:  # noqa: BLE001 - whatever it is, the next piece may work
            traceback.print_exc()
            self.document["left_out"].append(f"{name}: {str(error)[:200]}")
        sys.stderr.write(f"{name}: {time.monotonic() - started:.1f} s\n")
        self.write()

    def write(self) -> None:
        """Write what there is by now: a machine that is taken back leaves it behind."""
        self.document["seconds"] = time.monotonic() - self.started
        text = json.dumps({key: self.document[key] for key in KEYS}, indent=1)
        self.options.output.write_text(f"{text}\n")


KEYS = (
    *("about", "seconds", "copy_bytes_per_s", "networks", "comparisons"),
    *("determinism", "used", "detection", "throughput", "left_out"),
)


# How far runs of the same weights lie apart ----------------------------------------------------


def write_trained(session: Session, checkpoints: Sequence[damages.Tensors]) -> list[Path]:
    """Write some checkpoints of the tests' run, the untrained one and the last among them."""
    from safetensors.torch import save_file

    folders = []
    for number in range(STEPS):
        folder = session.home / f"trained-{number}"
        networks.TRAINED.network().config.save_pretrained(folder)
        tensors = checkpoints[number * (len(checkpoints) - 1) // (STEPS - 1)]
        save_file(tensors, folder / networks.WEIGHTS, {"format": "pt"})
        folders.append(folder)
    return folders


def write_drawn(session: Session, size: str) -> list[Path]:
    """Write networks of one size with random weights: every seed, every deviation."""
    folders, shape = [], networks.SHAPES[size]
    for seed in range(session.options.seeds):
        for name, deviation in GAINS.items():
            folder = session.home / f"{size}-seed{seed}-{name}"
            networks.write_random(shape, seed, folder, deviation(shape))
            folders.append(folder)
    return folders


def setups(device: str, size: int, others: Sequence[str] = ()) -> Iterator[Setup]:
    """Yield how a network of `size` bytes is run.

    Args:
        device: that is measured.
        size: of its weights.
        others: interpreters of other installations.
    """
    for dtype in forward.DTYPES:
        if device != "cpu":
            yield from (Setup(device, dtype, process=number) for number in range(2))
            if dtype == "float32" or size < HALF_LIMIT:
                yield Setup("cpu", dtype)
        elif dtype == "float32" or size < HALF_LIMIT:
            yield from (Setup("cpu", dtype, threads=count) for count in THREADS)
            if dtype == "float32" or size < OLD_HALF_LIMIT:
                yield from (
                    Setup("cpu", dtype, 1, limit) for limit in INSTRUCTIONS if limit != "all"
                )
        if dtype == "float32" or size < HALF_LIMIT:
            yield from (Setup(device, dtype, python=other) for other in others)


def compare(session: Session, name: str, folders: Sequence[Path]) -> None:
    """Read networks in every set-up, and compare each pair of readings of the same weights."""
    size = (folders[0] / networks.WEIGHTS).stat().st_size
    jobs = [
        (folder, setup)
        for setup in setups(session.device, size, session.options.others)
        for folder in folders
    ]
    readings = defaultdict(list)
    peaks: dict[tuple[str, str], int] = defaultdict(int)
    for reading in session.processes.read(jobs):
        readings[reading.folder].append(reading)
        key = reading.setup.device, reading.setup.dtype
        peaks[key] = max(peaks[key], reading.peak_bytes)
    session.document["networks"].append(
        {
            "name": name,
            "checkpoints": len(folders),
            "bytes": size,
            "peak_bytes": {f"{device} {dtype}": peak for (device, dtype), peak in peaks.items()},
        }
    )
    groups: dict[tuple[object, ...], list[tuple[float, str, float]]] = defaultdict(list)
    for each in readings.values():
        for one, other in combinations(each, 2):
            if session.device in (one.setup.device, other.setup.device):
                groups[_group(one.setup, other.setup)].append(_difference(one, other))
    for (devices, dtypes, what, same), found in sorted(groups.items()):
        session.document["comparisons"].append(
            {
                "network": name,
                "devices": devices,
                "dtypes": dtypes,
                "attention": "eager",
                "what": what,
                "same_device": same,
                **spread.quantiles(values := [worst for worst, _, _ in found]),
                "values": [float(f"{value:.3g}") for value in values],
                "at": max(found)[1],
                "allowed": max(found)[2],
            }
        )


def _group(one: Setup, other: Setup) -> tuple[object, ...]:
    """Return what a pair of readings is counted under."""
    devices = tuple(sorted({one.device, other.device}))
    dtypes = tuple(sorted({one.dtype, other.dtype}, key=forward.DTYPES.index))
    return devices, dtypes, one.differs(other), one.is_like(other)


def _difference(one: Reading, other: Reading) -> tuple[float, str, float]:
    """Return the worst difference, where it is, and what the shipped table allows."""
    compared = fingerprints.compare(one.fingerprint, other.fingerprint)
    limit = fingerprints.limit_between(one.fingerprint.environment, other.fingerprint.environment)
    same = one.setup.is_like(other.setup)
    return compared.worst, compared.at, limit.same_device if same else limit.any_device


def repeat(session: Session, name: str, folder: Path) -> None:
    """Read one network again and again, in two processes."""
    ways = [Setup(session.device, dtype, 0, "all", n) for n in range(2) for dtype in forward.DTYPES]
    readings = defaultdict(list)
    jobs = [(folder, way) for way in ways]
    for reading in session.processes.read(jobs, session.options.repeats):
        readings[reading.setup.dtype].append(reading.fingerprint)
    for dtype, (first, *others) in readings.items():
        session.document["determinism"].append(
            {
                "network": name,
                "dtype": dtype,
                "readings": 1 + len(others),
                "processes": 2,
                "different": len({first, *others}),
                "largest": max(fingerprints.compare(first, other).worst for other in others),
            }
        )


# What users do with it -------------------------------------------------------------------------


def use(session: Session, folders: Sequence[Path]) -> None:
    """Load a network, and run several on all cards at once."""
    session.document["used"].extend(faces.loaded(session.device, folders[-1]))
    worked = faces.worked(session.device, folders)
    if worked is None:
        session.document["left_out"].append("workers: there is one card")
    else:
        session.document["used"].append(worked)


# What it sees ----------------------------------------------------------------------------------


def detect(session: Session, checkpoints: Sequence[damages.Tensors]) -> None:
    """Plant every kind of damage in a trained network."""
    bench = damages.Bench(networks.TRAINED, checkpoints, session.environment("float32"))
    for kind in damages.KINDS if session.options.damages else ():

        def plant(kind: str = kind) -> None:
            tally = bench.plant(kind, session.options.damages)
            session.document["detection"].append(tally.as_data())

        session.do(f"damage: {kind}", plant)


# The whole -------------------------------------------------------------------------------------


def about(session: Session) -> dict[str, object]:
    """Return what was measured with; other installations as they say it themselves."""
    import torch

    version = (
        "import torch, transformers as t;"
        "print(f'torch {torch.__version__}, transformers {t.__version__}')"
    )
    others = [
        subprocess.run([python, "-c", version], capture_output=True, text=True, check=True).stdout
        for python in session.options.others
    ]

    here = session.environment("float32")
    return {
        "format": FORMAT,
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
        "device": here.device,
        "device_name": here.device_name,
        "catalog": __version__,
        "torch": here.torch,
        "transformers": here.transformers,
        "others": [text.strip() for text in others],
        "cuda": torch.version.cuda if here.device == "cuda" else None,
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "instructions": torch.backends.cpu.get_cpu_capability(),
        "minutes": session.options.minutes,
    }


def measure(session: Session) -> None:
    """Do everything that there is time for."""
    session.document["about"] = about(session)
    speed.copy_rates(session)
    checkpoints = [tensors for _, tensors in networks.trained(session.options.checkpoints)]
    steps = write_trained(session, checkpoints)
    session.do("trained", lambda: compare(session, "trained", steps))
    session.do("trained, repeated", lambda: repeat(session, "trained", steps[-1]))
    session.do("load, and several workers", lambda: use(session, steps))
    for size in session.options.sizes:
        session.do(size, lambda size=size: sized(session, size), share=FOR_SIZES)
        for folder in session.home.glob(f"{size}-*"):
            shutil.rmtree(folder)
    detect(session, checkpoints)
    session.write()


def sized(session: Session, size: str) -> None:
    """Compare and time networks of one size; of the first size, repeat one."""
    folders = write_drawn(session, size)
    compare(session, size, folders)
    if size == session.options.sizes[0]:
        repeat(session, size, folders[0])
    speed.hurry(session, size, folders)


def strays(document: dict[str, list[dict[str, object]]]) -> list[str]:
    """Return what lies out of the shipped tolerances, a line each."""
    unlike = [
        f"{row['what']} on {', '.join(row['devices'])}: not the same"
        for row in document.get("used", ())
        if not row["equal"]
    ]
    return unlike + [
        f"{row['network']}, {' and '.join(row['dtypes'])}, {row['what']}: {row['largest']:.2g} at "
        f"{row['at']}, allowed {row['allowed']:g}"
        for row in document["comparisons"]
        if not row["largest"] <= row["allowed"]
    ]


def options(words: Sequence[str]) -> argparse.Namespace:
    """Parse a command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--device", choices=("cuda", "cpu"), default="cuda")
    add(
        "--minutes",
        type=float,
        default=8,
        help="begin nothing after so long a time, and stop readings",
    )
    add("--sizes", nargs="*", choices=networks.SHAPES, default=SIZES)
    add("--others", nargs="*", default=(), metavar="PYTHON", help="with other versions of torch")
    add("--seeds", type=int, default=1, help="draws of each size")
    add("--repeats", type=int, default=10, help="in each of two processes")
    add("--runs", type=int, default=5, help="timed, the first one for nothing")
    add("--row", type=int, default=12, help="checkpoints in a row, timed; the first ones are not")
    add("--damages", type=int, default=250, help="of each kind, 0 for none")
    add("--checkpoints", type=int, default=200, help="of the run that damages are planted in")
    add("-o", "--output", type=Path, required=True, help="the JSON file")
    return parser.parse_args(words)


def main(words: Sequence[str] = ()) -> int:
    """Measure, write the file, print its table, and return the exit code."""
    chosen = options(words or sys.argv[1:])
    forward.choose(chosen.device)
    started = time.monotonic()
    with (
        tempfile.TemporaryDirectory(prefix="catalog-gpu-") as home,
        Processes(started + 60 * chosen.minutes) as processes,
    ):
        session = Session(chosen.device, Path(home), started, chosen, processes)
        if chosen.device != "cpu":  # both import torch while this one trains a network
            for number in range(2):
                processes.start(Setup(chosen.device, "float32", process=number))
        measure(session)
    sys.stdout.write(report.markdown(session.document))
    wrong = strays(session.document)
    sys.stderr.writelines(f"out of the tolerance: {line}\n" for line in wrong)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
