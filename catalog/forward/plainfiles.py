"""Reads the tensors of safetensors files where they are plain numbers, straight to their place."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

_DTYPES = {"F16": "float16", "BF16": "bfloat16", "F32": "float32"}
_HEADER_LIMIT = 100 << 20
CHUNK = 4 << 20


@dataclass(frozen=True, slots=True)
class Stored:
    """A tensor in a safetensors file.

    Attributes:
        file: which.
        dtype: torch's name of its type.
        shape: its dimensions.
        start: where its first byte is.
        size_bytes: how many there are, row by row.
    """

    file: Path
    dtype: str
    shape: tuple[int, ...]
    start: int
    size_bytes: int


def stored(files: Sequence[Path]) -> dict[str, Stored] | None:
    """Return the tensors of safetensors files, None where they are no plain numbers.

    Args:
        files: of one weight set; those in other formats, and there being none, are None too.

    Raises:
        ValueError: not the format.
        LookupError: nor so.
        OSError: a file could not be read.
    """
    if not files or any(file.suffix != ".safetensors" for file in files):
        return None
    tensors = [item for file in files for item in _header(file)]
    by_name = {name: each for name, each in tensors if each is not None}
    return by_name if len(by_name) == len(tensors) else None


def _header(file: Path) -> Iterator[tuple[str, Stored | None]]:
    """Yield what a file holds; None where it is no plain tensor."""
    with file.open("rb") as stream:
        size = int.from_bytes(stream.read(8), "little")
        if size > _HEADER_LIMIT:
            raise ValueError(f"a header of {size:,} bytes")
        header = json.loads(stream.read(size))
    header.pop("__metadata__", None)
    for name, said in header.items():
        shape, (start, end) = tuple(said["shape"]), said["data_offsets"]
        width = {"F32": 4}.get(said["dtype"], 2)
        plain = said["dtype"] in _DTYPES and end - start == math.prod(shape) * width
        dtype = _DTYPES.get(said["dtype"], "")
        yield name, Stored(file, dtype, shape, 8 + size + start, end - start) if plain else None


def copy(stored: Mapping[str, Stored], parameters: "Mapping[str, torch.Tensor]") -> None:
    """Copy tensors from files into parameters, through memory that stays in the cache.

    Args:
        stored: the tensors; those that are no parameter are not read.
        parameters: by the same names.

    Raises:
        EOFError: a file ends early.
        OSError: it could not be read.
    """
    import torch

    room = torch.empty(CHUNK, dtype=torch.uint8)
    for name, parameter in parameters.items():
        source = stored[name]
        flat, dtype = parameter.view(-1), getattr(torch, source.dtype)
        with FileIO(source.file) as stream:
            stream.seek(source.start)
            for at in range(0, source.size_bytes, CHUNK):
                count = min(CHUNK, source.size_bytes - at)
                _read(stream, memoryview(room.numpy().data)[:count])
                piece = room[:count].view(dtype)
                flat[at // piece.itemsize :][: len(piece)].copy_(piece)


def _read(stream: FileIO, room: memoryview) -> None:
    """Fill memory from a file."""
    while room:
        count = stream.readinto(room)
        if not count:
            raise EOFError(f"{stream.name} ends early")
        room = room[count:]
