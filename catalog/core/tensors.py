"""Digests of weights: what of a tensor is digested, and how a whole set's are made of them.

Values and canonical texts only; `catalog.weights` reads the bytes, this module never does.
Weight sets are compared in `catalog.core.witnesses`.

The *parameter digest* and the *value digest* are the SHA-256 of one line a tensor, sorted by
name, without buffers, in UTF-8::

    name TAB dtype TAB shape TAB digest LF

The dtype is safetensors' name in lower case (``f16 bf16 f32 i64 bool f8_e4m3``), the shape is
``[50304,512]``, a scalar's ``[]``. For the parameter digest, the digest is that of the tensor's
little-endian row-major bytes as stored. For the value digest, f16, bf16 and f32 tensors are
written as ``f32`` with the digest of their values; other types keep their type. How values are
made is written down in `catalog.weights.numbers`. Names are canonical, those of published files;
tied tensors count once, under the name that is stored first.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import prod

from catalog.core.digests import sha256_of
from catalog.errors import BadInput


@dataclass(frozen=True, slots=True)
class TensorDigest:
    """One tensor of a weight set.

    Args:
        name: canonical name, as in the published files.
        dtype: safetensors' name in lower case.
        shape: its dimensions.
        digest: hex SHA-256 of its little-endian row-major bytes as stored.
        value_dtype: "f32" for f16, bf16 and f32, else `dtype`.
        value_digest: hex SHA-256 of its values.
        non_finite: how many of its elements are NaN or infinite.
        is_buffer: not a parameter: left out of the parameter and value digests.
    """

    name: str
    dtype: str
    shape: tuple[int, ...]
    digest: str
    value_dtype: str
    value_digest: str
    non_finite: int = 0
    is_buffer: bool = False

    @property
    def parameters(self) -> int:
        """How many numbers it holds, 1 for a scalar."""
        return prod(self.shape)


def value_dtype(dtype: str) -> str:
    """Return the type that a tensor has in the value digest's text."""
    return "f32" if dtype in ("f16", "bf16") else dtype


def _tensor_line(name: str, dtype: str, shape: tuple[int, ...], digest: str) -> str:
    """Return one line of the parameter or value text."""
    if min(name, default=" ") < " ":
        raise BadInput(f"tensor name {name!r} holds a control character")
    return f"{name}\t{dtype}\t[{','.join(map(str, shape))}]\t{digest}\n"


def _parameters(tensors: Iterable[TensorDigest]) -> list[TensorDigest]:
    """Return the tensors that count, sorted by name."""
    return sorted((t for t in tensors if not t.is_buffer), key=lambda t: t.name)


def parameter_digest(tensors: Iterable[TensorDigest]) -> str:
    """Return the parameter digest: equal across shards, single file, .bin and safetensors."""
    lines = (_tensor_line(t.name, t.dtype, t.shape, t.digest) for t in _parameters(tensors))
    return sha256_of("".join(lines))


def value_digest(tensors: Iterable[TensorDigest]) -> str:
    """Return the value digest: equal for an f16 file and its f32 copy too."""
    lines = (
        _tensor_line(t.name, t.value_dtype, t.shape, t.value_digest) for t in _parameters(tensors)
    )
    return sha256_of("".join(lines))
