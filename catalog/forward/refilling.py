"""Keeps a loaded network, and fills it with the weights of the next checkpoint of its shape.

Building a network takes longer than filling it. What a refilled network computes is what one built
anew computes, to the bit, or else it is built anew: only where the files are a plain copy of every
parameter, which one checkpoint of the shape has proved, and have the very names and shapes of it.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalog.core.weightsets import CONFIG
from catalog.forward.uploading import Uploads

if TYPE_CHECKING:
    import torch

_REFILLED = "GPTNeoXForCausalLM"
"""Whose buffers depend on nothing but the config, and no forward pass changes."""
Key = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class _Kept:
    """A network, and what its files were: shapes, what it calls them; its buffers as built."""

    key: Key
    model: Any
    shapes: Mapping[str, tuple[int, ...]]
    names: Mapping[str, str]
    buffers: Mapping[str, "torch.Tensor"]


class Networks:
    """The network that was loaded last, for the next checkpoint of its shape; one at most."""

    def __init__(self) -> None:
        self._before: Key | None = None
        self._kept: _Kept | None = None
        self._uploads = Uploads()

    def ahead(self, files: Sequence[Path], device: str) -> None:
        """Begin to bring the next weight set to a card, where it will fill the network kept there.

        Args:
            files: of the weight set.
            device: where it shall run.

        Raises:
            OSError: a file is not there.
        """
        if self._kept is not None and device != "cpu" and _are_safetensors(files):
            self._uploads.begin(files, device)

    def refilled(self, folder: Path, key: Key) -> Any:  # noqa: ANN401 - transformers is untyped
        """Return the network that is kept with a folder's weights in it, None where it cannot be.

        Args:
            folder: with config and weights.
            key: from `key_of`.
        """
        kept = self._kept
        if kept is not None and kept.key != key:
            self._kept = kept = None  # before the next one is built: two need not fit
        if kept is None:
            return None
        with _opened(folder) as files:
            if files.shapes() != kept.shapes or not _is_as_built(kept):
                self._kept = None
                return None
            if kept.key[1] == "cpu":
                _fill(kept, files.tensors())
            else:
                _fill(kept, self._uploads.take(files.paths, kept.key[1]).items())
        return kept.model

    def forget(self) -> None:
        """Let the network go: its weights may be half of one checkpoint and half of another."""
        self._kept = None

    def keep(self, folder: Path, key: Key, model: Any) -> None:  # noqa: ANN401 - as above
        """Keep a network that was built anew; from the second of its shape on, for one costs time.

        Args:
            folder: what it was loaded from, without a problem.
            key: from `key_of`.
            model: it.
        """
        if self._before != key:
            self._before = key
            return
        if type(model).__name__ != _REFILLED or not _are_safetensors(folder.iterdir()):
            return
        with _opened(folder) as files:
            names = _copied(model, files)
            if names is not None:
                buffers = {name: each.clone() for name, each in model.named_buffers()}
                self._kept = _Kept(key, model, files.shapes(), names, buffers)


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


def _are_safetensors(files: Iterable[Path]) -> bool:
    """Return whether weights are in this format; a folder of them has its config beside."""
    return any(path.suffix == ".safetensors" for path in files)


class _Files(ExitStack):
    """The safetensors files of a folder, open; tensors are read one at a time."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        from safetensors import safe_open

        self._of: dict[str, Any] = {}
        self.paths = sorted(folder.glob("*.safetensors"))
        for path in self.paths:
            file = self.enter_context(safe_open(path, framework="pt"))
            self._of |= dict.fromkeys(file.keys(), file)

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the shape of every tensor."""
        return {
            name: tuple(file.get_slice(name).get_shape()) for name, file in sorted(self._of.items())
        }

    def tensors(self) -> "Iterator[tuple[str, torch.Tensor]]":
        """Yield every tensor with its name."""
        for name, file in self._of.items():
            yield name, file.get_tensor(name)


_opened = _Files


def _fill(kept: _Kept, tensors: "Iterable[tuple[str, torch.Tensor]]") -> None:
    """Fill a network's parameters; a tensor that is none of them was not loaded before either."""
    import torch

    held = kept.model.state_dict(keep_vars=True)
    with torch.no_grad():
        for name, tensor in tensors:
            if name in kept.names:
                held[kept.names[name]].copy_(tensor)


def _copied(model: Any, files: _Files) -> dict[str, str] | None:  # noqa: ANN401 - as above
    """Return what each of the files' tensors is called in a network that is a plain copy of them.

    The library calls some otherwise (`embed_out` is its `lm_head`): such are known by their values.
    None where a parameter is no copy, to the bit, or may be that of several tensors.
    """
    held = model.state_dict(keep_vars=True)
    if len({tensor.data_ptr() for tensor in held.values()}) != len(held):
        return None  # tied: which of two tensors counts is the library's business
    names: dict[str, str] = {}
    nameless = held.keys() - files.shapes().keys()
    for name, tensor in files.tensors():
        candidates = [name] if name in held else [k for k in nameless if _equal(held[k], tensor)]
        if len(candidates) > 1 or (name in held and not _equal(held[name], tensor)):
            return None
        if candidates:
            names[name] = candidates[0]
    return names if sorted(names.values()) == sorted(held) else None


def _equal(parameter: "torch.Tensor", tensor: "torch.Tensor") -> bool:
    """Return whether a parameter is what a file has, in its own dtype."""
    import torch

    return parameter.shape == tensor.shape and torch.equal(
        parameter, tensor.to(parameter.device, parameter.dtype)
    )


def _is_as_built(kept: _Kept) -> bool:
    """Return whether running a network left its buffers as they were."""
    import torch

    now = dict(kept.model.named_buffers())
    return now.keys() == kept.buffers.keys() and all(
        torch.equal(each, now[name]) for name, each in kept.buffers.items()
    )
