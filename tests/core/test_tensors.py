"""Digests of weights as values: their canonical text and the four relations."""

import hashlib

import pytest

from catalog.core import tensors
from catalog.core.tensors import TensorDigest
from catalog.core.witnesses import Relation, SetDigests, relation
from catalog.errors import BadInput

RAW, VALUE = "a" * 64, "b" * 64


def tensor(name, *, shape=(2, 3), is_buffer=False):
    """Return a tensor of halves."""
    return TensorDigest(name, "f16", shape, RAW, "f32", VALUE, is_buffer=is_buffer)


def test_the_texts_are_the_documented_ones():
    """Lines sorted by name, without buffers; a scalar's shape is empty."""
    held = [tensor("b"), tensor("a", shape=()), tensor("mask", is_buffer=True)]
    raw = f"a\tf16\t[]\t{RAW}\nb\tf16\t[2,3]\t{RAW}\n"
    values = f"a\tf32\t[]\t{VALUE}\nb\tf32\t[2,3]\t{VALUE}\n"
    assert tensors.parameter_digest(held) == hashlib.sha256(raw.encode()).hexdigest()
    assert tensors.value_digest(held) == hashlib.sha256(values.encode()).hexdigest()


def test_a_name_cannot_imitate_two_lines():
    """A name with a tab or line end is refused."""
    with pytest.raises(BadInput, match="control"):
        tensors.parameter_digest([tensor("a\tf16\t[]\n")])


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (("x", "p", "v"), Relation.SAME_FILES),
        (("y", "p", "v"), Relation.SAME_PARAMETERS),
        (("y", "q", "v"), Relation.SAME_VALUES),
        (("y", "q", "w"), Relation.DIFFERENT),
    ],
)
def test_the_strongest_relation_counts(other, expected):
    """Same files, same parameter bytes, same values, different."""
    assert relation(weights("x", "p", "v"), weights(*other)) is expected


def weights(file, parameters, values):
    """Return a digested weight set; no content where there is no file."""
    return SetDigests("m", "bin", ("m",), (), "f16", 1, parameters, values, tuple(file))


@pytest.mark.parametrize("file", ["", "x"])
def test_files_that_nobody_digested_are_not_the_same(file):
    """What is on record of an old populate has no content: the next relation is claimed."""
    assert relation(weights("", "p", "v"), weights(file, "p", "v")) is Relation.SAME_PARAMETERS
