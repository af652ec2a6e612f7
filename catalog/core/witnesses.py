"""What somebody says a checkpoint's files are: recorded, declared by the Hub, or observed.

Values and their comparison; nothing here reads a file or a database. Witnesses are compared,
never merged: each comparison is a `catalog.core.verdicts.Check`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from catalog.core.digests import FileEntry, Manifest, ManifestDiff
from catalog.core.tensors import TensorDigest

FLOATS = ("bf16", "f16", "f32", "f64")


@dataclass(frozen=True, slots=True)
class SetDigests:
    """One weight set, digested.

    Args:
        name: its index or single file.
        layout: one of DESIGN's five.
        files: its own files, the index included.
        tensors: all of them, buffers too; empty where only the digests are known.
        dtype: of its parameters, joined by `+`.
        params_total: how many numbers its parameters hold; buffers do not count.
        parameter_digest: hex.
        value_digest: hex.
    """

    name: str
    layout: str
    files: tuple[str, ...]
    tensors: tuple[TensorDigest, ...]
    dtype: str
    params_total: int
    parameter_digest: str
    value_digest: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the catalog has on record for a checkpoint.

    Args:
        manifest: its files.
        sets: its weight sets, without tensors, by name.
        set_ids: their rows, by name.
        commit: the Hub's commit they came from, None where unknown.
        observed_at: when they were read.
    """

    manifest: Manifest
    sets: Mapping[str, SetDigests]
    set_ids: Mapping[str, int]
    commit: str | None
    observed_at: datetime


def dtype_of(tensors: Iterable[TensorDigest]) -> str:
    """Return the dtypes of the parameters, by name, joined by `+`."""
    return "+".join(sorted({tensor.dtype for tensor in tensors if not tensor.is_buffer}))


def parameters_in(tensors: Iterable[TensorDigest]) -> int:
    """Return how many numbers the parameters hold; buffers do not count."""
    return sum(tensor.parameters for tensor in tensors if not tensor.is_buffer)


def misfits(
    found: SetDigests,
    shapes: Mapping[str, tuple[int, ...]] | None,
    params_total: int | None,
) -> list[str]:
    """Return how a weight set does not fit its model, one sentence each.

    Args:
        found: with its tensors.
        shapes: every parameter's name and shape, None where no formula is known.
        params_total: the model's count, None where unknown.
    """
    problems: list[str] = []
    there = {tensor.name: tensor for tensor in found.tensors if not tensor.is_buffer}
    if shapes is not None:
        problems += _listed("is missing", [name for name in shapes if name not in there])
        problems += _listed("is not of this model", [name for name in there if name not in shapes])
        problems += [
            f"tensor {name} has shape {list(tensor.shape)}, the model needs {list(shapes[name])}"
            for name, tensor in there.items()
            if name in shapes and tensor.shape != shapes[name]
        ][:1]
    if params_total is not None and found.params_total != params_total:
        problems.append(f"{found.params_total:,} parameters, the model has {params_total:,}")
    odd = [tensor for tensor in there.values() if tensor.dtype not in FLOATS]
    problems += [
        f"tensor {tensor.name} is {tensor.dtype}, not floating point" for tensor in odd[:1]
    ]
    return problems


def _listed(what: str, names: list[str]) -> list[str]:
    if not names:
        return []
    more = f" (and {len(names) - 1} more)" if len(names) > 1 else ""
    return [f"tensor {names[0]} {what}{more}"]


def not_finite(found: SetDigests) -> str | None:
    """Return which parameters are NaN or infinite, None where none is."""
    bad = [tensor for tensor in found.tensors if tensor.non_finite and not tensor.is_buffer]
    count = sum(tensor.non_finite for tensor in bad)
    return f"{count:,} NaN or infinite weights, the first in {bad[0].name}" if bad else None


def in_words(difference: ManifestDiff) -> str:
    """Return a difference between manifests as one line, at most three files of each kind."""
    parts = [_change(expected, actual) for expected, actual in difference.different]
    parts += [f"{path} is missing" for path in difference.missing]
    parts += [f"{path} is extra" for path in difference.extra]
    more = f" (and {len(parts) - 3} more)" if len(parts) > 3 else ""  # noqa: PLR2004
    return "; ".join(parts[:3]) + more


def _change(expected: FileEntry, actual: FileEntry) -> str:
    if expected.size_bytes != actual.size_bytes:
        sizes = f"{actual.size_bytes:,} bytes, expected {expected.size_bytes:,}"
        return f"{expected.path} has {sizes}"
    return f"{expected.path} has other bytes: sha256 {actual.sha256}, expected {expected.sha256}"
