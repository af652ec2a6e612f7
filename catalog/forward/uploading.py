"""Brings the tensors of safetensors files to a card: threads read, a stream of its own copies.

From pageable memory a card gets a sixth of what its bus carries (8.7 of 55 GB/s on an H200), and
one thread fills pinned pages slower than that. So several threads each read into pinned blocks of
their own, one block while the card copies the other. safetensors 0.8 reads, pins and copies one
tensor after the other; once it does the like (https://github.com/safetensors/safetensors/pull/822,
open) this module can go.
"""

import json
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

READERS = 8
BLOCK = 8 << 20  # bytes; two of them pinned a reader
_PREFIX = 8  # bytes of a header's size
_DTYPES = {
    "F64": "float64",
    "F32": "float32",
    "F16": "float16",
    "BF16": "bfloat16",
    "I64": "int64",
    "I32": "int32",
    "I16": "int16",
    "I8": "int8",
    "U8": "uint8",
    "BOOL": "bool",
}


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
    """Reads files and copies them to one device; several may be asked for, one after the other.

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

    def upload(self, files: Sequence[Path]) -> Uploaded:
        """Return every tensor of some safetensors files, whose structure was checked before.

        Raises:
            OSError: a file cannot be read, or became shorter.
            KeyError: a dtype that networks do not have.
        """
        tensors: dict[str, torch.Tensor] = {}
        for path in files:
            with path.open("rb", buffering=0) as file:
                tensors |= self._file(file.fileno(), path)
        ready = None
        if self._stream is not None:
            ready = self._event()
            ready.record(self._stream)
        return Uploaded(tensors, ready)

    def _file(self, descriptor: int, path: Path) -> "dict[str, torch.Tensor]":
        """Copy one file's data as it is, and return the tensors that lie in it."""
        import torch

        base, header = _header(descriptor)
        size = os.fstat(descriptor).st_size - base
        with self._streamed():
            raw = torch.empty(size, dtype=torch.uint8, device=self.device)
        parts = [
            self._readers.submit(self._block, descriptor, base, raw[start : start + BLOCK], start)
            for start in range(0, size, BLOCK)
        ]
        wait(parts)
        _raise_first(parts, path)
        with self._streamed():
            return {name: _view(raw, *entry) for name, entry in header}

    def _block(self, descriptor: int, base: int, target: "torch.Tensor", start: int) -> None:
        """Read one part of a file and copy it to its place."""
        page, copied = self._page()
        if copied is not None:
            copied.synchronize()
        size = target.numel()
        if os.preadv(descriptor, [_memory(page)[:size]], base + start) != size:
            raise EOFError("it became shorter while it was read")
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

    def begin(self, files: Sequence[Path], device: str) -> None:
        """Begin with some files, if the card has room for them beside two networks.

        Raises:
            OSError: a file is not there.
        """
        files = sorted(path.resolve() for path in files)
        size = sum(path.stat().st_size for path in files)
        if not _has_room(device, 3 * size):
            return
        while len(self._coming) > 1:  # the one that is run now, and one that nobody came for
            del self._coming[next(iter(self._coming))]
        self._coming[_identity(files)] = self._ahead.submit(self._of(device).upload, files)

    def take(self, files: Sequence[Path], device: str) -> "Mapping[str, torch.Tensor]":
        """Return the tensors of some files: those that were begun with, else read now.

        Raises:
            OSError: a file cannot be read.
            LookupError: a dtype that networks do not have.
        """
        files = sorted(path.resolve() for path in files)
        coming = self._coming.pop(_identity(files), None)
        uploaded = self._of(device).upload(files) if coming is None else coming.result()
        return uploaded.take()

    def _of(self, device: str) -> Uploader:
        """Return what reads for a device; there is one at a time."""
        import torch

        if self._uploader is not None and self._uploader.device == torch.device(device):
            return self._uploader
        if self._uploader is not None:
            self._uploader.close()
        self._uploader = Uploader(device)
        return self._uploader


def _identity(files: Sequence[Path]) -> Identity:
    """Return which files these are, as they are now."""
    stats = [(str(path), path.stat()) for path in files]
    return tuple((name, each.st_ino, each.st_size, each.st_mtime_ns) for name, each in stats)


def _has_room(device: str, size: int) -> bool:
    """Return whether so many bytes are free on a card."""
    import torch

    return device == "cpu" or torch.cuda.mem_get_info(torch.device(device))[0] > size


def _header(descriptor: int) -> tuple[int, Iterator[tuple[str, tuple[str, list[int], int, int]]]]:
    """Return where a file's data begin, and dtype, shape and place of each tensor."""
    size = int.from_bytes(os.pread(descriptor, _PREFIX, 0), "little")
    header = json.loads(os.pread(descriptor, size, _PREFIX))
    header.pop("__metadata__", None)
    entries = (
        (name, (entry["dtype"], entry["shape"], *entry["data_offsets"]))
        for name, entry in header.items()
    )
    return _PREFIX + size, entries


def _view(
    raw: "torch.Tensor", dtype: str, shape: Sequence[int], start: int, end: int
) -> "torch.Tensor":
    """Return a part of a file's data as the tensor that it is."""
    import torch

    kind = getattr(torch, _DTYPES[dtype])
    part = raw[start:end]
    if start % kind.itemsize:
        part = part.clone()  # a tensor's numbers lie at multiples of their size
    return part.view(kind).view(shape)


def _memory(page: "torch.Tensor") -> memoryview:
    """Return a block as memory to read into; torch alone offers none without numpy."""
    import ctypes

    return memoryview((ctypes.c_char * page.numel()).from_address(page.data_ptr())).cast("B")


def _raise_first(parts: "Sequence[Future[None]]", path: Path) -> None:
    """Raise what went wrong first, if anything did, with the file's name."""
    for part in parts:
        if (error := part.exception()) is not None:
            raise OSError(f"{path.name}: {error}") from error
