"""Brings the tensors of files to a card: threads read, a stream of its own copies.

From pageable memory a card gets a sixth of what its bus carries (8.7 of 55 GB/s on an H200), and
one thread fills pinned pages slower than that. So several threads each read into pinned blocks of
their own, one block while the card copies the other. safetensors 0.8 reads, pins and copies one
tensor after the other; once it does the like (https://github.com/safetensors/safetensors/pull/822,
open) this module can go.
"""

import os
import threading
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from catalog.forward.plainfiles import Stored

if TYPE_CHECKING:
    import torch

READERS = 8
BLOCK = 8 << 20  # bytes; two of them pinned a reader


@dataclass(frozen=True, slots=True)
class Uploaded:
    """Tensors on a device, by name, once `ready` has come there; None: they are there."""

    tensors: "Mapping[str, torch.Tensor]"
    ready: Any

    def take(self) -> "Mapping[str, torch.Tensor]":
        """Return the tensors, for the stream that asks."""
        import torch

        if self.ready is not None:
            stream = torch.cuda.current_stream(self.ready.device)
            stream.wait_event(self.ready)
            for tensor in self.tensors.values():
                tensor.record_stream(stream)
        return self.tensors


class Uploader:
    """Reads tensors and copies them to one device, one weight set after the other.

    Args:
        device: `cpu` or `cuda:N`, as torch calls it.
    """

    def __init__(self, device: str) -> None:
        import torch

        self.device = torch.device(device)
        cuda: Any = torch.cuda  # untyped, in part
        self._stream = cuda.Stream(self.device) if self.device.type == "cuda" else None
        self._event = cuda.Event
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="reader")
        self._own = threading.local()

    def close(self) -> None:
        """Let threads and pinned memory go."""
        self._readers.shutdown(cancel_futures=True)

    def upload(self, stored: Mapping[str, Stored]) -> Uploaded:
        """Return tensors of files.

        Raises:
            EOFError: a file became shorter.
            OSError: it cannot be read.
        """
        tensors: dict[str, torch.Tensor] = {}
        for path in dict.fromkeys(each.file for each in stored.values()):
            own = {name: each for name, each in stored.items() if each.file == path}
            with path.open("rb", buffering=0) as file:
                tensors |= self._of_file(file.fileno(), own)
        ready = None
        if self._stream is not None:
            ready = self._event()
            ready.record(self._stream)
        return Uploaded(tensors, ready)

    def _of_file(self, descriptor: int, stored: Mapping[str, Stored]) -> "dict[str, torch.Tensor]":
        """Copy what lies from a file's first tensor to its last, and return the tensors in it."""
        import torch

        base = min(each.start for each in stored.values())
        size = max(each.start + each.size_bytes for each in stored.values()) - base
        with self._streamed():
            raw = torch.empty(size, dtype=torch.uint8, device=self.device)
        parts = [
            self._readers.submit(self._block, descriptor, base + start, raw[start : start + BLOCK])
            for start in range(0, size, BLOCK)
        ]
        wait(parts)
        for part in parts:
            part.result()
        with self._streamed():
            return {name: _view(raw, each, base) for name, each in stored.items()}

    def _block(self, descriptor: int, start: int, target: "torch.Tensor") -> None:
        """Read one part of a file and copy it to its place."""
        page, copied = self._page()
        if copied is not None:
            copied.synchronize()
        size = target.numel()
        if os.preadv(descriptor, [memoryview(page.numpy().data)[:size]], start) != size:
            raise EOFError("a file became shorter while it was read")
        with self._streamed():
            target.copy_(page[:size], non_blocking=True)
            if copied is not None:
                copied.record(self._stream)

    def _page(self) -> "tuple[torch.Tensor, Any]":
        """Return this thread's next block, and what says that the last copy out of it is done."""
        import torch

        own = self._own
        if not hasattr(own, "pages"):
            pinned = self._stream is not None
            own.pages = [torch.empty(BLOCK, dtype=torch.uint8, pin_memory=pinned) for _ in range(2)]
            own.copied = [self._event() if pinned else None for _ in range(2)]
            own.turn = 0
        own.turn = 1 - own.turn
        return own.pages[own.turn], own.copied[own.turn]

    def _streamed(self) -> AbstractContextManager[object]:
        """Make what is enqueued here not wait for the forward pass."""
        import torch

        return nullcontext() if self._stream is None else torch.cuda.stream(self._stream)


Identity = tuple[tuple[str, int, int, int], ...]


class Uploads:
    """The next weight set of a card, brought there while the one before it is run."""

    def __init__(self) -> None:
        self._uploader: Uploader | None = None
        self._coming: dict[Identity, Future[Uploaded]] = {}
        self._ahead = ThreadPoolExecutor(1, thread_name_prefix="upload")
        self._making = threading.Lock()

    def begin(self, stored: Mapping[str, Stored], device: str) -> None:
        """Begin with some tensors, if the card has room for them beside two networks.

        Raises:
            OSError: a file is not there.
        """
        size = sum(each.size_bytes for each in stored.values())
        if not _has_room(device, 3 * size):
            return
        while len(self._coming) > 1:  # the one that is run now, and one that nobody came for
            del self._coming[next(iter(self._coming))]
        self._coming[_identity(stored)] = self._ahead.submit(self._of(device).upload, stored)

    def take(self, stored: Mapping[str, Stored], device: str) -> "Mapping[str, torch.Tensor]":
        """Return some tensors: those that were begun with, else read now.

        Raises:
            EOFError: a file became shorter.
            OSError: it cannot be read.
        """
        coming = self._coming.pop(_identity(stored), None)
        uploaded = self._of(device).upload(stored) if coming is None else coming.result()
        return uploaded.take()

    def _of(self, device: str) -> Uploader:
        """Return what reads for a device; there is one at a time."""
        import torch

        with self._making:
            if self._uploader is None or self._uploader.device != torch.device(device):
                if self._uploader is not None:
                    self._uploader.close()
                self._uploader = Uploader(device)
            return self._uploader


def _identity(stored: Mapping[str, Stored]) -> Identity:
    """Return which files these are, as they are now."""
    files = sorted({each.file.resolve() for each in stored.values()})
    stats = [(str(path), path.stat()) for path in files]
    return tuple((name, each.st_ino, each.st_size, each.st_mtime_ns) for name, each in stats)


def _has_room(device: str, size: int) -> bool:
    """Return whether so many bytes are free on a card."""
    import torch

    return device == "cpu" or torch.cuda.mem_get_info(torch.device(device))[0] > size


def _view(raw: "torch.Tensor", stored: Stored, base: int) -> "torch.Tensor":
    """Return a part of a file's data as the tensor that it is."""
    import torch

    kind = getattr(torch, stored.dtype)
    start = stored.start - base
    part = raw[start : start + stored.size_bytes]
    if start % kind.itemsize:
        part = part.clone()  # a tensor's numbers lie at multiples of their size
    return part.view(kind).view(stored.shape)
