"""Times checkpoints on one device, and what brings their bytes there: a part of `measure.py`."""

import os
import shutil
import statistics
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import cycle, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import networks
from setups import Setup

from catalog import forward
from catalog.forward import plainfiles, uploading

if TYPE_CHECKING:
    from measure import Session

TIMED = {"cpu": ("float32",), "cuda": ("float16", "float32")}
COPIED = 1 << 28
BEFORE_STEADY = 3
"""The first of a row is built, and the second is not brought ahead, for nothing is kept yet."""


def hurry(session: "Session", name: str, folders: Sequence[Path]) -> None:
    """Time a checkpoint from the page cache to the fingerprint, one alone and one of many.

    Many: as the product reads them, the network kept, the next one's bytes on their way to the
    device while one is run. Beside it the parts, and what libraries take to bring a file there.
    """
    folder = folders[0]
    size = (folder / networks.WEIGHTS).stat().st_size
    copied = max(session.document["copy_bytes_per_s"].values())
    for dtype in TIMED[session.device]:
        first, *others = session.processes.read(
            [(folder, Setup(session.device, dtype))], session.options.runs
        )
        each, forward_s = in_a_row(session, folders, dtype)
        session.document["throughput"].append(
            {
                "network": name,
                "dtype": dtype,
                "bytes": size,
                "first_s": first.seconds,
                "alone_s": statistics.median(reading.seconds for reading in others),
                "each_s": each,
                "forward_s": forward_s,
                "bytes_per_s": size / each,
                "of_copy_rate": size / each / copied,
                "brought_s": brought(session, folder),
            }
        )


def in_a_row(session: "Session", sources: Sequence[Path], dtype: str) -> tuple[float, float]:
    """Return the seconds of each checkpoint in a row of them, and those of its forward pass.

    Raises:
        RuntimeError: one could not be run, or computed what the same weights before did not.
    """
    row = [
        (source, source.with_name(f"row-{number}"))
        for number, source in zip(range(session.options.row), cycle(sources), strict=False)
    ]
    for source, folder in row:  # other names of the same bytes: a checkpoint to whoever reads it
        folder.mkdir()
        for path in source.iterdir():
            os.link(path, folder / path.name)
    choice = forward.choose(session.device, dtype)
    choice = replace(choice, networks=forward.Networks())
    clock, computed = [], {}
    with timed(forward.reading, "fingerprint", session) as passes:
        for (source, here), coming in zip(row, (*row[1:], None), strict=True):
            if coming is not None:
                forward.ahead(coming[1], [networks.WEIGHTS], choice.networks)
            run = forward.run(here, [networks.WEIGHTS], choice, architecture="gpt-neox")
            clock.append(time.perf_counter())
            if run.fingerprint is None:
                raise RuntimeError(f"{here}: {run.problems}")
            if computed.setdefault(source, run.fingerprint) != run.fingerprint:
                raise RuntimeError(f"{here}: not what {source.name} computed before")
    for _, folder in row:
        shutil.rmtree(folder)
    seconds = [later - earlier for earlier, later in pairwise(clock[BEFORE_STEADY - 1 :])]
    return statistics.median(seconds), statistics.median(passes[BEFORE_STEADY:])


@contextmanager
def timed(module: Any, name: str, session: "Session") -> Iterator[list[float]]:
    """Take the time of each call of a function, all that it told the device to do included."""
    function, seconds = getattr(module, name), []

    def call(*arguments: object) -> object:
        _wait(session)
        start = time.perf_counter()
        try:
            return function(*arguments)
        finally:
            _wait(session)
            seconds.append(time.perf_counter() - start)

    setattr(module, name, call)
    try:
        yield seconds
    finally:
        setattr(module, name, function)


def _best(session: "Session", bring: Callable[[], object]) -> float:
    """Return the least of some times to bring a file to the device."""
    seconds = []
    for _ in range(session.options.runs):
        _wait(session)
        start = time.perf_counter()
        held = bring()
        _wait(session)
        seconds.append(time.perf_counter() - start)
        del held
    return min(seconds)


def by_uploader(session: "Session", folder: Path) -> float:
    """Bring a file with the threads of the product."""
    uploader = uploading.Uploader(session.device)
    stored = plainfiles.stored([folder / networks.WEIGHTS])
    return _best(session, lambda: uploader.upload(stored).take())


def by_safetensors(session: "Session", folder: Path) -> float:
    """Bring a file as safetensors does."""
    from safetensors.torch import load_file

    return _best(session, lambda: load_file(folder / networks.WEIGHTS, device=session.device))


def by_fastsafetensors(session: "Session", folder: Path) -> float | None:
    """Bring a file as fastsafetensors does, where it is installed."""
    try:
        from fastsafetensors import SafeTensorsFileLoader, SingleGroup
    except ImportError:
        return None
    device = "cuda:0" if session.device == "cuda" else session.device
    loader = SafeTensorsFileLoader(SingleGroup(), device, nogds=True)
    try:

        def bring() -> object:
            loader.reset()
            loader.add_filenames({0: [str(folder / networks.WEIGHTS)]})
            return loader.copy_files_to_device()

        return _best(session, bring)
    except Exception:  # noqa: BLE001 - a peer that cannot be run is not measured
        traceback.print_exc()
        return None
    finally:
        loader.close()


def brought(session: "Session", folder: Path) -> dict[str, float]:
    """Return how long it takes to bring a file to a card, by who brings it; none on a processor."""
    if session.device == "cpu":
        return {}
    timed = {way: bring(session, folder) for way, bring in BRINGING.items()}
    return {way: seconds for way, seconds in timed.items() if seconds is not None}


BRINGING: dict[str, Callable[["Session", Path], float | None]] = {
    "catalog": by_uploader,
    "safetensors": by_safetensors,
    "fastsafetensors": by_fastsafetensors,
}


def _wait(session: "Session") -> None:
    """Wait until the device has done what it was told."""
    import torch

    if session.device != "cpu":
        torch.cuda.synchronize()


def copy_rates(session: "Session") -> None:
    """Copy from the host's memory to the device, from pinned pages and from others."""
    import torch

    def rate(*, pinned: bool) -> float:
        source = torch.ones(COPIED, dtype=torch.uint8, pin_memory=pinned)
        target = torch.empty_like(source, device=session.device)
        seconds = []
        for _ in range(5):
            start = time.perf_counter()
            target.copy_(source, non_blocking=pinned)
            _wait(session)
            seconds.append(time.perf_counter() - start)
        return COPIED / min(seconds)

    rates = {"pageable": rate(pinned=False)}
    if session.device != "cpu":
        rates["pinned"] = rate(pinned=True)
    session.document["copy_bytes_per_s"] = rates
