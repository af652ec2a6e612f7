"""What users do on a card beside `populate` and `verify`: load a network there, take all cards.

`catalog.load` is its last step here, which needs no database: the network of a folder, on a device,
against the file and against what `populate` reads of it. Several workers are run as several cards
are; a processor stands in for two. It measures no speed beyond how long each took.
"""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import networks

from catalog import forward
from catalog.core import fingerprints
from catalog.forward import devices, pretrained

Row = dict[str, object]


def loaded(device: str, folder: Path) -> Iterator[Row]:
    """Load a folder's network on a device, in half precision and in float32; yield a row each."""
    for dtype in (forward.DTYPES[-1], "float32"):
        started = time.monotonic()
        model = pretrained.load(folder, folder.name, dtype=dtype, device=device)
        seconds = time.monotonic() - started
        yield {
            "what": f"load {dtype}",
            "devices": [str(model.device)],
            "networks": 1,
            "seconds": seconds,
            "equal": _is_file(model, device, folder) and _computes(model, device, dtype, folder),
        }


def _is_file(model: Any, device: str, folder: Path) -> bool:
    """Return whether a network lies on a device and has every number of the file."""
    import torch
    from safetensors.torch import load_file

    held = load_file(folder / networks.WEIGHTS)
    found = networks.parameters(model)
    return found.keys() == held.keys() and all(
        value.device.type == device and torch.equal(value.cpu(), held[name].to(value.dtype))
        for name, value in found.items()
    )


def _computes(model: Any, device: str, dtype: str, folder: Path) -> bool:
    """Return whether it computes what `populate` would record of the folder."""
    there = _run(forward.choose(device, dtype), folder).fingerprint
    result = fingerprints.compare(there, forward.in_memory(model))
    return result.agreement is fingerprints.Agreement.AGREE


def _run(choice: "forward.Choice", folder: Path) -> "forward.ForwardRun":
    return forward.run(folder, (networks.WEIGHTS,), choice, architecture="gpt-neox")


def worked(device: str, folders: Sequence[Path]) -> Row | None:
    """Run networks on all cards at once; None where there is one card alone."""
    choices = forward.several(device, "float32")
    if device == "cpu":
        choices *= 2
    if len(choices) == 1:
        return None
    alone = [_run(choices[0], folder).fingerprint for folder in folders]
    weights: Any = SimpleNamespace(name="trained", params_total=1, files=(networks.WEIGHTS,))
    started = time.monotonic()
    with devices.Devices(choices) as workers, ThreadPoolExecutor(len(choices)) as threads:
        runs = threads.map(lambda folder: workers.run(folder, weights, "gpt-neox"), folders)
        together = [run.fingerprint for run in runs]
    results = map(fingerprints.compare, alone, together)
    return {
        "what": "workers",
        "devices": [choice.device for choice in choices],
        "networks": len(folders),
        "seconds": time.monotonic() - started,
        "equal": all(each.agreement is fingerprints.Agreement.AGREE for each in results),
    }
