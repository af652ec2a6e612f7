"""Keeps a network and fills it with one checkpoint's weights after another.

A network is built once, without memory for its weights, and takes them as they stand in the files.
What it computes is what one from the library's own loader computes, to the bit: only where files
hold exactly its parameters, by name and shape, as plain numbers. Of all else the loader says what
is wrong.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalog.core import architectures
from catalog.core.weightsets import CONFIG
from catalog.forward import plainfiles
from catalog.forward.plainfiles import Stored
from catalog.forward.uploading import Uploads

if TYPE_CHECKING:
    import torch

_PLAIN = "GPTNeoXForCausalLM"
"""Whose buffers depend on nothing but the config, and no forward pass changes."""
_ROTARY = {"gpt_neox.rotary_emb.inv_freq", "gpt_neox.rotary_emb.original_inv_freq"}
LARGEST_KEPT = 1 << 26
"""Bytes: more than the logits of all probes over a vocabulary of 65,000."""
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # as in glibc's malloc.h
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

    def takes(self, stored: Mapping[str, Stored]) -> bool:
        """Return whether files hold each parameter, and beside them only what no network loads."""
        beside = stored.keys() - self.parameters.keys()
        return all(architectures.is_buffer("gpt-neox", name) for name in beside) and all(
            name in stored and stored[name].shape == tuple(each.shape)
            for name, each in self.parameters.items()
        )

    def fill(self, stored: Mapping[str, Stored], uploads: Uploads) -> None:
        """Put a checkpoint's weights in the place of those before.

        Args:
            stored: where they are in files.
            uploads: brings them to a card, if the network is on one.
        """
        import torch

        with torch.no_grad():
            for name, buffer in self.model.named_buffers():
                buffer.copy_(self.buffers[name])
            if self.model.device.type == "cpu":
                plainfiles.copy(stored, self.parameters)
                return
            brought = uploads.take(self.among(stored), str(self.model.device))
            for name, parameter in self.parameters.items():
                parameter.copy_(brought[name])

    def among(self, stored: Mapping[str, Stored]) -> dict[str, Stored]:
        """Return those of some tensors that are parameters."""
        return {name: stored[name] for name in self.parameters}


def _is_plain(empty: Any) -> bool:  # noqa: ANN401 - transformers is untyped
    """Return whether each parameter is its own, and every buffer known."""
    held = empty.state_dict(keep_vars=True)
    rope = getattr(empty.config, "rope_parameters", None) or {}
    return (
        len({id(each) for each in held.values()}) == len(held)
        and {name for name, _ in empty.named_buffers()} <= _ROTARY
        and rope.get("rope_type", "default") == "default"
    )


def _keep_freed() -> None:
    """Let the allocator keep the memory that one forward pass frees for the next.

    glibc would give a block of 32 MB back to the kernel, to be handed out page by page again: a
    tenth of a small network's time. Other allocators have no such function.
    """
    import ctypes

    if mallopt := getattr(ctypes.CDLL(None), "mallopt", None):
        mallopt(_MMAP_THRESHOLD, LARGEST_KEPT)
        mallopt(_TRIM_THRESHOLD, 2 * LARGEST_KEPT)


class Networks:
    """The network that was filled last, for the next checkpoint of its shape; one at most."""

    def __init__(self) -> None:
        _keep_freed()
        self._key: Key | None = None
        self._kept: Network | None = None
        self.uploads = Uploads()

    def ahead(self, files: Sequence[Path]) -> None:
        """Begin to bring the next weight set to a card, where it will fill the network kept there.

        Args:
            files: of the weight set.

        Raises:
            ValueError: they are not in the format.
            LookupError: nor so.
            OSError: a file could not be read.
        """
        kept = self._kept
        if kept is None or kept.model.device.type == "cpu":
            return
        stored = plainfiles.stored(files)
        if stored is not None and kept.takes(stored):
            self.uploads.begin(kept.among(stored), str(kept.model.device))

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
