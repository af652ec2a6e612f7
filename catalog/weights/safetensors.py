"""Reads the header of a safetensors file, as strictly as the format's own library does.

The format: eight bytes, the header's size; a JSON object, name → dtype, shape, data_offsets, and
`__metadata__`, text to text; then the tensors' bytes, without gap or overlap, to the file's end.
Source: https://github.com/huggingface/safetensors, README "Format" and `tensor.rs`. Reads no
tensor; needs no library.
"""

import json
from collections.abc import Iterable
from typing import NoReturn

from catalog.errors import CheckedBad, CouldNotCheck
from catalog.weights.plan import BITS, DIMENSIONS, FilePlan, TensorSpec, refuse_twins, size_bytes
from catalog.weights.stream import Readable

Pairs = tuple[tuple[str, object], ...]  # a JSON object; a JSON array is a list
HEADER_LIMIT = 100_000_000  # the format's own
# Some 100,000 tensors; what is read of a header takes 30 times its size in memory.
READ_LIMIT = 16 << 20
_PREFIX = 8  # bytes of the header's size
_FIELDS = {"dtype", "shape", "data_offsets"}
_DTYPES = {name.upper(): name for name in BITS if name != "c128"}


def read_plan(file: Readable) -> FilePlan:
    """Return what a safetensors file holds.

    Raises:
        CheckedBad: truncated, or not a valid safetensors file.
        CouldNotCheck: its header is longer than any that weights have.
    """
    size = int.from_bytes(file.pread(0, _PREFIX), "little")
    if file.size < _PREFIX:
        _refuse(file, "is truncated: it ends inside its first eight bytes")
    if size > HEADER_LIMIT:
        _refuse(file, f"is not a safetensors file: a header of {size:,} bytes is out of bounds")
    if _PREFIX + size > file.size:
        _refuse(file, f"is truncated: its header has {size:,} bytes, the file {file.size:,}")
    if size > READ_LIMIT:
        raise CouldNotCheck(f"{file.shown} has a header of {size:,} bytes, more than is read here")
    header = _header(file, file.pread(_PREFIX, size))
    refuse_twins((name for name, _ in header), file.shown)
    base = _PREFIX + size
    tensors = [_tensor(file, name, entry, base) for name, entry in header if name != "__metadata__"]
    _check_metadata(file, header)
    _check_cover(file, tensors, base)
    return FilePlan("safetensors", tuple(tensors))


def _refuse(file: Readable, why: str) -> NoReturn:
    """Raise CheckedBad about a file."""
    raise CheckedBad(f"{file.shown} {why}")


def _header(file: Readable, raw: bytes) -> Pairs:
    """Return the header as pairs, so that a repeated key can be seen; objects inside are too."""
    if not raw.startswith(b"{"):
        _refuse(file, "is not a safetensors file: its header is not a JSON object")
    try:
        header = json.loads(raw.decode("utf-8"), object_pairs_hook=tuple)
    except (ValueError, RecursionError) as error:
        raise CheckedBad(f"{file.shown} is broken: its header is not JSON: {error}") from error
    return header if isinstance(header, tuple) else ()


def _tensor(file: Readable, name: str, entry: object, base: int) -> TensorSpec:
    """Check one entry of the header."""
    if not isinstance(entry, tuple):
        _refuse(file, f"is broken: the header's entry {name!r} is not an object")
    fields = dict(entry)
    if len(entry) != len(_FIELDS) or set(fields) != _FIELDS:
        _refuse(file, f"is broken: {name!r} needs dtype, shape and data_offsets, each once")
    dtype = _DTYPES.get(fields["dtype"]) if isinstance(fields["dtype"], str) else None
    if dtype is None:
        _refuse(file, f"is broken: tensor {name!r} has unknown dtype {str(fields['dtype'])[:40]!r}")
    match _sizes(fields["shape"]), _sizes(fields["data_offsets"]):
        case tuple(shape), (start, end) if start <= end:
            if size_bytes(dtype, shape) == end - start:
                return TensorSpec(name, dtype, shape, base + start, base + end)
            _refuse(file, f"is broken: tensor {name!r} has not the size of its shape and dtype")
    _refuse(file, f"is broken: tensor {name!r} has an invalid shape or invalid offsets")


def _sizes(numbers: object) -> tuple[int, ...] | None:
    """Return a list of non-negative integers, None where it is anything else."""
    if not isinstance(numbers, list) or len(numbers) > DIMENSIONS:
        return None
    sizes = [size for size in numbers if type(size) is int and 0 <= size < 1 << 63]
    return tuple(sizes) if len(sizes) == len(numbers) else None


def _check_metadata(file: Readable, header: Pairs) -> None:
    """Refuse metadata that is not text to text."""
    for name, entry in header:
        if name != "__metadata__":
            continue
        if not isinstance(entry, tuple) or not all(isinstance(text, str) for _, text in entry):
            _refuse(file, "is broken: its __metadata__ is not an object of texts")


def _check_cover(file: Readable, tensors: Iterable[TensorSpec], base: int) -> None:
    """Refuse gaps, overlaps, and an end that is not the file's."""
    reached = base
    for tensor in sorted(tensors, key=lambda tensor: (tensor.start, tensor.end)):
        if tensor.start != reached:
            word = "overlaps another" if tensor.start < reached else "leaves a gap before it"
            _refuse(file, f"is broken: tensor {tensor.name!r} {word}")
        reached = tensor.end
    if reached > file.size:
        _refuse(file, f"is truncated: its tensors need {reached:,} bytes, it has {file.size:,}")
    if reached < file.size:
        _refuse(file, f"is broken: {file.size - reached:,} bytes follow its last tensor")
