"""What a witness says of weights and files: does it fit the model, and how do two differ."""

import hashlib

import pytest

from catalog.core import witnesses
from catalog.core.manifests import FileEntry, Manifest
from catalog.core.tensors import TensorDigest
from catalog.core.weightsets import SAFETENSORS, WeightSet
from catalog.core.witnesses import SetDigests

HEX = "0" * 64
SHAPES = {"embed_in.weight": (8, 4), "bias": (4,)}


def tensor(name, shape, dtype="f16", **more):
    """Return one tensor's digest."""
    return TensorDigest(name, dtype, shape, HEX, "f32", HEX, **more)


def weights(*tensors):
    """Return a weight set of these tensors."""
    name = "model.safetensors"
    return SetDigests.of(WeightSet(name, SAFETENSORS, (name,)), tensors, [HEX])


WHOLE = (tensor("embed_in.weight", (8, 4)), tensor("bias", (4,)))
BUFFER = tensor("attention.mask", (16, 16), "bool", is_buffer=True, non_finite=3)


def test_buffers_count_for_nothing():
    """Dtype, number of parameters, fit and finiteness are those of the parameters."""
    held = weights(*WHOLE, BUFFER)
    assert (held.dtype, held.params_total) == ("f16", 36)
    assert witnesses.misfits(held, SHAPES, 36) == []
    assert witnesses.not_finite(held) is None


def test_dtypes_are_joined():
    """Weights of two dtypes name both, in order."""
    held = weights(tensor("a", (1,), "f32"), tensor("b", (1,), "bf16"))
    assert held.dtype == "bf16+f32"


@pytest.mark.parametrize(
    ("tensors", "problems"),
    [
        (WHOLE[:1], ["tensor bias is missing", "32 parameters, the model has 36"]),
        ((), ["tensor embed_in.weight is missing (and 1 more)", "0 parameters, the model has 36"]),
        (
            (*WHOLE, tensor("extra", ())),
            ["tensor extra is not of this model", "37 parameters, the model has 36"],
        ),
        (
            (tensor("embed_in.weight", (4, 8)), WHOLE[1]),
            ["tensor embed_in.weight has shape [4, 8], the model needs [8, 4]"],
        ),
        (
            (tensor("embed_in.weight", (8, 4), "i8"), WHOLE[1]),
            ["tensor embed_in.weight is i8, not floating point"],
        ),
    ],
)
def test_what_does_not_fit_is_said(tensors, problems):
    """Missing, foreign, of another shape or kind, too few or too many: a sentence each."""
    assert witnesses.misfits(weights(*tensors), SHAPES, 36) == problems


def test_without_a_formula_only_the_count_is_compared():
    """Of an unknown architecture nobody knows the names; of an unknown model nothing."""
    held = weights(tensor("anything", (2, 2)))
    assert witnesses.misfits(held, None, 5) == ["4 parameters, the model has 5"]
    assert witnesses.misfits(held, None, None) == []


def test_weights_that_are_no_numbers_are_counted():
    """The count is of all tensors, the name that of the first."""
    bad = [tensor(name, (4,), non_finite=count) for name, count in (("a", 0), ("b", 2), ("c", 999))]
    said = "1,001 NaN or infinite weights, the first in b"
    assert witnesses.not_finite(weights(*bad)) == said


def manifest(**contents):
    """Return the manifest of files with these contents."""
    return Manifest.of(
        FileEntry(name, len(raw), hashlib.sha256(raw).hexdigest()) for name, raw in contents.items()
    )


def test_differences_in_words():
    """Another size is said as sizes, other bytes as digests, and at most three files are named."""
    expected = manifest(a=b"1", b=b"22", c=b"3", d=b"4")
    said = witnesses.in_words(expected.diff(manifest(a=b"1", b=b"2", c=b"x", e=b"5")))
    digests = [hashlib.sha256(raw).hexdigest() for raw in (b"x", b"3")]
    assert said == (
        "b has 1 bytes, expected 2; "
        f"c has other bytes: sha256 {digests[0]}, expected {digests[1]}; "
        "d is missing (and 1 more)"
    )
    assert witnesses.in_words(manifest(a=b"1").diff(manifest(b=b"1"))) == "a is missing; b is extra"
    assert witnesses.in_words(expected.diff(expected)) == ""
