"""The smallest folder that is a checkpoint: one tensor, and a config that nobody loads."""

import json
import struct
from pathlib import Path


def write(folder: Path, value: float = 1.0) -> Path:
    """Write a `model.safetensors` of one number, and a config."""
    folder.mkdir(parents=True, exist_ok=True)
    header = json.dumps({"w": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}).encode()
    raw = struct.pack("<Q", len(header)) + header + struct.pack("<f", value)
    (folder / "model.safetensors").write_bytes(raw)
    (folder / "config.json").write_text("{}")
    return folder


def write_tensors(folder, tensors, *, metadata=None, name="model.safetensors"):
    """Write a safetensors file of any tensors.

    Args:
        folder: where; made if need be.
        tensors: type in lower case, shape and bytes of each by its name; None for zeros, which take
            no room on the disk.
        metadata: of the header.
        name: of the file.
    """
    from math import prod

    from catalog.weights.plan import BITS

    folder.mkdir(parents=True, exist_ok=True)
    header = {} if metadata is None else {"__metadata__": metadata}
    end = 0
    for key, (dtype, shape, _) in tensors.items():
        start, end = end, end + -(-prod(shape) * BITS[dtype] // 8)
        spec = {"dtype": dtype.upper(), "shape": list(shape), "data_offsets": [start, end]}
        header[key] = spec
    text = json.dumps(header).encode()
    with (folder / name).open("wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for key, (_, _, raw) in tensors.items():
            begin = 8 + len(text) + header[key]["data_offsets"][0]
            file.seek(begin)
            file.write(raw or b"")
        file.truncate(8 + len(text) + end)
    return folder
