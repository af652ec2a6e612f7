"""Keeps a network and fills it with one checkpoint's weights after another.

A network is built once, without memory for its weights, and takes them as they stand in the files.
What it computes is what one from the library's own loader computes, to the bit: only where files
hold exactly its parameters, by name and shape, as plain numbers. Of all else the loader says what
is wrong.
"""

import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalog.core import architectures
from catalog.core.weightsets import CONFIG

if TYPE_CHECKING:
    import torch

_PLAIN = "GPTNeoXForCausalLM"
"""Whose buffers depend on nothing but the config, and no forward pass changes."""
_ROTARY = {"gpt_neox.rotary_emb.inv_freq", "gpt_neox.rotary_emb.original_inv_freq"}
_DTYPES = {"F16": "float16", "BF16": "bfloat16", "F32": "float32"}
_HEADER_LIMIT = 100 << 20
CHUNK = 4 << 20
Key = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class Network:
    """A network that takes plain files.

    Attributes:
        model: it.
        parameters: by the names that files give them.
        buffers: what they are before anything has run, by name.
    """

    model: Any
    parameters: "Mapping[str, torch.Tensor]"
    buffers: "Mapping[str, torch.Tensor]"

    @classmethod
    def of(cls, empty: Any, device: str) -> "Network | None":  # noqa: ANN401 - transformers is untyped
        """Return a network with room for weights, None where it takes more than a plain copy.

        Args:
            empty: built from a config, on the meta device.
            device: where it shall run.
        """
        if type(empty).__name__ != _PLAIN or not _is_plain(empty):
            return None
        rotary: Any = type(empty.gpt_neox.rotary_emb)(empty.config)
        buffers = {f"gpt_neox.rotary_emb.{name}": each for name, each in rotary.named_buffers()}
        model = empty.to_empty(device=device).eval()
        held = model.state_dict(keep_vars=True)
        parameters = {architectures.canonical_name("gpt-neox", name): held[name] for name in held}
        return cls(model, parameters, buffers)

    def takes(self, stored: "Mapping[str, Stored]") -> bool:
        """Return whether files hold each parameter, and beside them only what no network loads."""
        beside = stored.keys() - self.parameters.keys()
        return all(architectures.is_buffer("gpt-neox", name) for name in beside) and all(
            name in stored and stored[name].shape == tuple(each.shape)
            for name, each in self.parameters.items()
        )

    def fill(self, stored: "Mapping[str, Stored]") -> None:
        """Put a checkpoint's weights in the place of those before."""
        import torch

        with torch.no_grad():
            for name, buffer in self.model.named_buffers():
                buffer.copy_(self.buffers[name])
            copy(stored, self.parameters)


def _is_plain(empty: Any) -> bool:  # noqa: ANN401 - transformers is untyped
    """Return whether each parameter is its own, and every buffer known."""
    held = empty.state_dict(keep_vars=True)
    rope = getattr(empty.config, "rope_parameters", None) or {}
    return (
        len({id(each) for each in held.values()}) == len(held)
        and {name for name, _ in empty.named_buffers()} <= _ROTARY
        and rope.get("rope_type", "default") == "default"
    )


class Networks:
    """The network that was filled last, for the next checkpoint of its shape; one at most."""

    def __init__(self) -> None:
        self._key: Key | None = None
        self._kept: Network | None = None

    def of(self, key: Key) -> Network | None:
        """Return the network that is kept, if it is for this key; any other is let go.

        Args:
            key: from `key_of`.
        """
        if self._key != key:  # before the next one is built: two need not fit
            self.forget()
        return self._kept

    def keep(self, key: Key, network: Network) -> None:
        """Keep a network in the place of the one before."""
        self._key, self._kept = key, network

    def forget(self) -> None:
        """Let the network go: its weights may be half of one checkpoint and half of another."""
        self._key = self._kept = None


def key_of(folder: Path, device: str, dtype: str, architecture: str) -> Key:
    """Return what two checkpoints must share that one network can hold both.

    Args:
        folder: with config.
        device: where it runs.
        dtype: in which arithmetic.
        architecture: the model's, as in its suite file.
    """
    config = hashlib.sha256((folder / CONFIG).read_bytes()).hexdigest()
    return config, device, dtype, architecture


# Files -----------------------------------------------------------------------------------------


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


def stored(folder: Path) -> dict[str, Stored] | None:
    """Return the tensors of a folder's safetensors files, None where they are no plain numbers.

    Raises:
        ValueError: not the format.
        LookupError: nor so.
        OSError: a file could not be read.
    """
    files = sorted(folder.glob("*.safetensors"))
    tensors = [item for file in files for item in _header(file)]
    by_name = {name: each for name, each in tensors if each is not None}
    return by_name if files and len(by_name) == len(tensors) else None


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
