"""Writes small checkpoints in every layout, by the libraries that publishers use.

What is in them is said by the caller; what is wrong with them by `damage`.
"""

import json
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors.torch import save_file

State = Mapping[str, torch.Tensor]


def safetensors(folder: Path, state: State) -> Path:
    """Write one `model.safetensors`."""
    folder.mkdir(parents=True, exist_ok=True)
    save_file(dict(state), folder / "model.safetensors", metadata={"format": "pt"})
    return folder


def sharded(folder: Path, state: State, suffix: str = "safetensors") -> Path:
    """Write two shards and their index."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = "model" if suffix == "safetensors" else "pytorch_model"
    names = list(state)
    parts = (names[: len(names) // 2], names[len(names) // 2 :])
    weight_map = {}
    for number, part in enumerate(parts, start=1):
        shard = f"{stem}-{number:05d}-of-00002.{suffix}"
        weight_map |= dict.fromkeys(part, shard)
        held = {name: state[name] for name in part}
        if suffix == "safetensors":
            save_file(held, folder / shard, metadata={"format": "pt"})
        else:
            torch.save(held, folder / shard)
    index = {"metadata": {"total_size": 0}, "weight_map": weight_map}
    (folder / f"{stem}.{suffix}.index.json").write_text(json.dumps(index))
    return folder


def sharded_bin(folder: Path, state: State) -> Path:
    """Write two `.bin` shards and their index."""
    return sharded(folder, state, "bin")


def zipped(folder: Path, state: State) -> Path:
    """Write one `pytorch_model.bin`, a zip as torch writes it since 1.6."""
    folder.mkdir(parents=True, exist_ok=True)
    torch.save(dict(state), folder / "pytorch_model.bin")
    return folder


def legacy(folder: Path, state: State) -> Path:
    """Write one `pytorch_model.bin` as torch wrote it before 1.6."""
    folder.mkdir(parents=True, exist_ok=True)
    torch.save(dict(state), folder / "pytorch_model.bin", _use_new_zipfile_serialization=False)
    return folder


LAYOUTS = {
    "safetensors": safetensors,
    "safetensors-sharded": sharded,
    "bin": zipped,
    "bin-legacy": legacy,
    "bin-sharded": sharded_bin,
}
