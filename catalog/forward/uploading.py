"""Brings the tensors of files to a card: while one block is copied there, the next one is read.

From pageable memory a card gets a sixth of what its bus carries (6.7 of 53 GB/s on an H200), and
safetensors 0.8 pins and copies one tensor after the other (7.6). Here torch's own threads copy
large blocks from the page cache to pinned memory, and a stream of its own copies them to the card
(36, beside a forward pass). Once safetensors does the like, this module can go
(https://github.com/safetensors/safetensors/pull/822, open). Files are mapped, as they are for the
library that loads what is no plain copy.
"""

import sys
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from catalog.forward.plainfiles import Stored

if TYPE_CHECKING:
    import torch

BLOCK = 64 << 20  # bytes; two of them are pinned
SWITCH = 1e-4  # seconds
_TURN = threading.Lock()
"""Held by the thread that uploads: the blocks, and how long threads keep Python's lock, are its."""


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
        on_card = self.device.type == "cuda"
        self._stream = cuda.Stream(self.device) if on_card else None
        self._event = cuda.Event
        self._pages = [_page(pinned=on_card) for _ in range(2)]
        self._copied = [cuda.Event() if on_card else None for _ in self._pages]

    def upload(self, stored: Mapping[str, Stored]) -> Uploaded:
        """Return tensors of files.

        Raises:
            EOFError: a file cannot be read, or is shorter than it was.
        """
        tensors: dict[str, torch.Tensor] = {}
        with _TURN, _threads_taking_turns():
            for path in dict.fromkeys(each.file for each in stored.values()):
                tensors |= self._of_file(
                    {name: each for name, each in stored.items() if each.file == path}
                )
        ready = None
        if self._stream is not None:
            ready = self._event()
            ready.record(self._stream)
        return Uploaded(tensors, ready)

    def _of_file(self, stored: Mapping[str, Stored]) -> "dict[str, torch.Tensor]":
        """Copy what lies from a file's first tensor to its last, and return the tensors in it."""
        import torch

        path = str(next(iter(stored.values())).file.resolve())
        base = min(each.start for each in stored.values())
        size = max(each.start + each.size_bytes for each in stored.values()) - base
        with self._streamed():
            raw = torch.empty(size, dtype=torch.uint8, device=self.device)
        if size:
            whole = _mapped(path, base + size)
            for start in range(0, size, BLOCK):
                self._block(whole[base + start : base + size][:BLOCK], raw[start : start + BLOCK])
        with self._streamed():
            return {name: _view(raw, each, base) for name, each in stored.items()}

    def _block(self, source: "torch.Tensor", target: "torch.Tensor") -> None:
        """Copy one part of a file to its place."""
        page, copied = self._pages[0], self._copied[0]
        self._pages.reverse()
        self._copied.reverse()
        if copied is not None:
            copied.synchronize()
        page[: len(source)].copy_(source)
        with self._streamed():
            target.copy_(page[: len(source)], non_blocking=True)
            if copied is not None:
                copied.record(self._stream)

    def _streamed(self) -> AbstractContextManager[object]:
        """Make what is enqueued here not wait for the forward pass."""
        import torch

        return nullcontext() if self._stream is None else torch.cuda.stream(self._stream)


@contextmanager
def _threads_taking_turns() -> Iterator[None]:
    """Let a thread that asks for Python's lock have it soon.

    The one that tells a card what to compute would keep it for 5 ms each time, and the card's bus
    would lie idle. Measured on an H200: 36 GB/s in a row of checkpoints instead of 32.
    """
    before = sys.getswitchinterval()
    sys.setswitchinterval(min(before, SWITCH))
    try:
        yield
    finally:
        sys.setswitchinterval(before)


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
            EOFError: a file cannot be read, or is shorter than it was.
        """
        coming = self._coming.pop(_identity(stored), None)
        uploaded = self._of(device).upload(stored) if coming is None else coming.result()
        return uploaded.take()

    def _of(self, device: str) -> Uploader:
        """Return what reads for a device; there is one at a time."""
        import torch

        with self._making:
            if self._uploader is None or self._uploader.device != torch.device(device):
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


def _page(*, pinned: bool) -> "torch.Tensor":
    """Return a block of memory; where none may be pinned, one that a card takes more slowly."""
    import torch

    try:
        return torch.empty(BLOCK, dtype=torch.uint8, pin_memory=pinned)
    except RuntimeError:
        return torch.empty(BLOCK, dtype=torch.uint8)


def _mapped(path: str, size: int) -> "torch.Tensor":
    """Return a file's first bytes where they lie in the page cache."""
    import torch

    try:
        return torch.from_file(path, shared=False, size=size, dtype=torch.uint8)
    except RuntimeError as error:
        raise EOFError(str(error)) from error


def _view(raw: "torch.Tensor", stored: Stored, base: int) -> "torch.Tensor":
    """Return a part of a file's data as the tensor that it is."""
    import torch

    kind = getattr(torch, stored.dtype)
    start = stored.start - base
    part = raw[start : start + stored.size_bytes]
    if start % kind.itemsize:
        part = part.clone()  # a tensor's numbers lie at multiples of their size
    return part.view(kind).view(stored.shape)
