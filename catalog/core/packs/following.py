"""What follows from what a record lists: its digests, its counts, its verdict.

What is digested must have the digest that it states, so nobody can put other files or tensors
under a digest that is known. The form of each value is the business of `kinds`.
"""

from typing import Any

from catalog.core.foreign import ForeignError
from catalog.core.manifests import FileEntry, Manifest
from catalog.core.tensors import TensorDigest, parameter_digest, value_digest, value_dtype
from catalog.core.verdicts import Verdict, overall


def tensors_of(record: dict[str, Any]) -> list[TensorDigest]:
    """Return the tensors of a weight set's record."""
    return [
        TensorDigest(
            name, dtype, tuple(shape), digest, value_dtype(dtype), values, is_buffer=is_buffer
        )
        for name, dtype, shape, digest, values, is_buffer in record["tensors"]
    ]


def manifest_of(record: dict[str, Any]) -> Manifest:
    """Return the files of a manifest's record."""
    return Manifest.of(FileEntry(*file) for file in record["files"])


def _files_digested(record: dict[str, Any]) -> None:
    if manifest_of(record).digest != record["digest"]:
        raise ForeignError("its digest is not that of its files")


def _tensors_digested(record: dict[str, Any]) -> None:
    held = tensors_of(record)
    stated = record["parameter_digest"], record["value_digest"]
    if (parameter_digest(held), value_digest(held)) != stated:
        raise ForeignError("its digests are not those of its tensors")
    counted = [tensor for tensor in held if not tensor.is_buffer]
    types = "+".join(sorted({tensor.dtype for tensor in counted}))
    if (sum(each.parameters for each in counted), types) != (record["parameters"], record["dtype"]):
        raise ForeignError("its parameters are not those of its tensors")


def _verdict_follows(record: dict[str, Any]) -> None:
    verdict = overall(Verdict(check[1]) for check in record["checks"])
    if verdict != record["verdict"]:
        raise ForeignError(f"it says {record['verdict']}, and that its checks were {verdict}")


CONSISTENT = {
    "manifest": _files_digested,
    "weights": _tensors_digested,
    "verification": _verdict_follows,
}
"""What passes a whole record of a kind, each of whose values has its form."""
