"""What somebody says a checkpoint's files are: recorded, declared by the Hub, or observed.

Values and their comparison; nothing here reads a file or a database. Witnesses are compared,
never merged: each comparison is a `catalog.core.verdicts.Check`.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from catalog.core.manifests import FileEntry, Manifest, ManifestDiff
from catalog.core.tensors import TensorDigest, parameter_digest, value_digest
from catalog.core.weightsets import WeightSet

_ADDED = re.compile(r"\.(lora_(A|B|embedding_A|embedding_B|magnitude_vector)|prompt_embeddings)\b")
FLOATS = ("bf16", "f16", "f32", "f64")


@dataclass(frozen=True, slots=True)
class SetDigests:
    """One weight set, digested.

    Args:
        name: its index or single file.
        layout: a constant of `catalog.core.weightsets`, such as `safetensors-sharded`.
        files: its own files, the index included.
        tensors: all of them, buffers too; empty where only the digests are known.
        dtype: of its parameters, joined by `+`.
        params_total: how many numbers its parameters hold; buffers do not count.
        parameter_digest: hex.
        value_digest: hex.
        content: hex SHA-256 of its weight files, sorted; empty where that is not known.
    """

    name: str
    layout: str
    files: tuple[str, ...]
    tensors: tuple[TensorDigest, ...]
    dtype: str
    params_total: int
    parameter_digest: str
    value_digest: str
    content: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, weights: WeightSet, tensors: Iterable[TensorDigest], content: Iterable[str]
    ) -> "SetDigests":
        """Return a weight set with what follows from its tensors.

        Args:
            weights: which set.
            tensors: all of them, buffers too.
            content: hex SHA-256 of its weight files, in any order.
        """
        held = tuple(tensors)
        parameters = [tensor for tensor in held if not tensor.is_buffer]
        return cls(
            name=weights.name,
            layout=weights.layout,
            files=weights.all_files,
            tensors=held,
            dtype="+".join(sorted({tensor.dtype for tensor in parameters})),
            params_total=sum(tensor.parameters for tensor in parameters),
            parameter_digest=parameter_digest(held),
            value_digest=value_digest(held),
            content=tuple(sorted(content)),
        )


class Relation(StrEnum):
    """The four relations between two weight sets, from strong to weak."""

    SAME_FILES = "same files"
    SAME_PARAMETERS = "same parameter bytes"
    SAME_VALUES = "same values"
    DIFFERENT = "different"


def relation(weights: SetDigests, other: SetDigests) -> Relation:
    """Return the strongest relation that is known to hold; names of files play no part."""
    if weights.content and weights.content == other.content:
        return Relation.SAME_FILES
    if weights.parameter_digest == other.parameter_digest:
        return Relation.SAME_PARAMETERS
    same_values = weights.value_digest == other.value_digest
    return Relation.SAME_VALUES if same_values else Relation.DIFFERENT


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the catalog has on record for a checkpoint.

    Args:
        manifest: its files.
        sets: its weight sets, without tensors, by name.
        set_ids: their rows, by name.
        commit: the Hub's commit they came from, None where unknown.
        observed_at: when they were read.
        observer: by whom, None for who keeps this catalog.
    """

    manifest: Manifest
    sets: Mapping[str, SetDigests]
    set_ids: Mapping[str, int]
    commit: str | None
    observed_at: datetime
    observer: str | None = None

    @property
    def day(self) -> str:
        """When they were read, and by whom where somebody else did: never their word as our own."""
        return f"{self.observed_at:%Y-%m-%d}{f' by {self.observer}' if self.observer else ''}"


def misfits(
    weights: SetDigests,
    shapes: Mapping[str, tuple[int, ...]] | None,
    params_total: int | None,
) -> list[str]:
    """Return how a weight set does not fit its model, one sentence each.

    Args:
        weights: with its tensors.
        shapes: every parameter's name and shape, None where no formula is known.
        params_total: the model's count, None where unknown.
    """
    added = [tensor.name for tensor in weights.tensors if _ADDED.search(tensor.name)]
    if added:
        return [f"{len(added)} tensors are an adapter's, such as {added[0]}, not a model's"]
    problems: list[str] = []
    held = {tensor.name: tensor for tensor in weights.tensors if not tensor.is_buffer}
    if shapes is not None:
        problems += _listed("is missing", [name for name in shapes if name not in held])
        problems += _listed("is not of this model", [name for name in held if name not in shapes])
        problems += [
            f"tensor {name} has shape {list(tensor.shape)}, the model needs {list(shapes[name])}"
            for name, tensor in held.items()
            if name in shapes and tensor.shape != shapes[name]
        ][:1]
    if params_total is not None and weights.params_total != params_total:
        problems.append(f"{weights.params_total:,} parameters, the model has {params_total:,}")
    odd = [tensor for tensor in held.values() if tensor.dtype not in FLOATS]
    problems += [
        f"tensor {tensor.name} is {tensor.dtype}, not floating point" for tensor in odd[:1]
    ]
    return problems


def _listed(what: str, names: list[str]) -> list[str]:
    if not names:
        return []
    more = f" (and {len(names) - 1} more)" if len(names) > 1 else ""
    return [f"tensor {names[0]} {what}{more}"]


def not_finite(weights: SetDigests) -> str | None:
    """Return which parameters are NaN or infinite, None where none is."""
    bad = [tensor for tensor in weights.tensors if tensor.non_finite and not tensor.is_buffer]
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
