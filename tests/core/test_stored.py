"""How many bytes a network fills: sums of tensors, against published sizes and files made here."""

import io
import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.core import architectures, stored
from catalog.core.architectures import Shape
from catalog.core.stored import Network

NETWORKS = {
    "160m": Network("gpt-neox", Shape(12, 768, 12, 50_304), 2048),
    "410m": Network("gpt-neox", Shape(24, 1024, 16, 50_304), 2048),
    "1.4b": Network("gpt-neox", Shape(24, 2048, 16, 50_304), 2048),
    "2.8b": Network("gpt-neox", Shape(32, 2560, 32, 50_304), 2048),
    "6.9b": Network("gpt-neox", Shape(32, 4096, 32, 50_432), 2048),
    "12b": Network("gpt-neox", Shape(36, 5120, 40, 50_688), 2048),
}
# What is published on the Hub: model, layout, files, bytes, how they are stored.
PUBLISHED = [
    ("160m", "safetensors", 1, 649_308_728, "fp32, no buffers"),
    ("160m", "safetensors", 1, 374_998_696, "fp16/bf16, with buffers"),
    ("160m", "bin", 1, 375_036_845, "fp16/bf16, with buffers"),
    ("410m", "safetensors", 1, 1_621_370_224, "fp32, no buffers"),
    ("410m", "safetensors", 1, 911_373_632, "fp16/bf16, with buffers"),
    ("410m", "bin", 1, 911_449_213, "fp16/bf16, with buffers"),
    ("1.4b", "safetensors-sharded", 2, 5_658_625_600, "fp32, no buffers"),
    ("1.4b", "safetensors", 1, 2_930_002_184, "fp16/bf16, with buffers"),
    ("1.4b", "bin", 1, 2_930_076_797, "fp16/bf16, with buffers"),
    ("2.8b", "safetensors", 1, 5_550_463_728, "fp16/bf16, no buffers"),
    ("2.8b", "safetensors", 1, 5_684_693_096, "fp16/bf16, with buffers"),
    ("2.8b", "safetensors-sharded", 2, 5_550_463_712, "fp16/bf16, no buffers"),
    ("2.8b", "bin", 1, 5_550_545_787, "fp16/bf16, no buffers"),
    ("2.8b", "bin", 1, 5_684_793_945, "fp16/bf16, with buffers"),
    ("6.9b", "bin-sharded", 2, 13_848_989_294, "fp16/bf16, with buffers"),
    ("6.9b", "safetensors-sharded", 2, 13_848_879_696, "fp16/bf16, with buffers"),
    ("12b", "bin-sharded", 3, 23_843_328_595, "fp16/bf16, with buffers"),
    ("12b", "bin-sharded", 3, 23_843_328_373, "fp16/bf16, with buffers"),
    ("12b", "safetensors-sharded", 3, 23_843_204_760, "fp16/bf16, with buffers"),
]


@pytest.mark.parametrize(("model", "layout", "files", "size", "way"), PUBLISHED)
def test_published_sizes_are_sums(model, layout, files, size, way):
    """Every published size is exactly one of the sums."""
    ways = stored.sums(NETWORKS[model], layout, files)
    assert [str(each) for each in stored.fitting(ways, size)] == [way]


def test_what_pythia_12b_step50000_lacks():
    """It is no sum, and so many bytes short of what its neighbours hold."""
    ways = stored.sums(NETWORKS["12b"], "bin-sharded", 3)
    assert stored.fitting(ways, 23_633_571_759) == ()
    (due,) = [way for way in ways if str(way) == "fp16/bf16, with buffers"]
    assert 23_633_571_759 - due.content == -209_567_825


@pytest.mark.parametrize("model", NETWORKS)
@given(share=st.floats(0.01, 0.999))
def test_a_part_of_a_file_is_no_sum(model, share):
    """What is broken off anywhere is no longer what it was."""
    ways = stored.sums(NETWORKS[model], "safetensors", 1)
    for way in ways:
        size = int(way.least * share)
        assert way not in stored.fitting(ways, size)


def test_no_formula_no_sums():
    """Other architectures, and the raw files of trainers, have none."""
    assert stored.sums(Network("opt", Shape(12, 768, 12, 50_272)), "safetensors", 1) == ()
    assert stored.sums(NETWORKS["160m"], "raw", 14) == ()


def test_where_nobody_says_how_far_it_attends():
    """Masks of any usual side fit."""
    network = Network("gpt-neox", Shape(12, 768, 12, 50_304))
    (way,) = stored.fitting(stored.sums(network, "safetensors", 1), 374_998_696)
    assert str(way) == "fp16/bf16, with buffers"


SMALL = Shape(5, 64, 4, 1000)


def tensors(dtype, *, buffers, torch):
    """Return a small network's tensors, with the buffers of old converters or none."""
    shapes = architectures.tensors("gpt-neox", SMALL)
    made = {name: torch.zeros(shape, dtype=dtype) for name, shape in shapes.items()}
    for mask, (scalar, frequencies) in architectures.masks("gpt-neox", SMALL).items():
        if buffers:
            made[mask] = torch.ones((1, 1, 128, 128), dtype=torch.bool)
            made[scalar] = torch.tensor(-1e9, dtype=torch.float32).to(dtype)
            made[frequencies] = torch.zeros(2, dtype=dtype)
    return made


@pytest.mark.parametrize("buffers", [False, True])
@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
@pytest.mark.parametrize("form", ["safetensors", "bin", "legacy", "shards", "bin shards"])
def test_files_made_here_are_sums(form, dtype, buffers):
    """Both formats, the old one of torch, shards: the size tells precision and buffers."""
    torch = pytest.importorskip("torch")
    from safetensors.torch import save

    made = tensors(getattr(torch, dtype), buffers=buffers, torch=torch)
    names = list(made)
    random.Random(form).shuffle(names)  # noqa: S311 - any split of the tensors
    count = 3 if "shards" in form else 1
    parts = [{name: made[name] for name in names[part::count]} for part in range(count)]
    if form in ("safetensors", "shards"):
        size = sum(len(save(part, {"format": "pt"})) for part in parts)
    else:
        size = sum(torch_size(torch, part, zipped=form != "legacy") for part in parts)
    layout = {"shards": "safetensors-sharded", "bin shards": "bin-sharded", "legacy": "bin"}
    network = Network("gpt-neox", SMALL, 128)

    (way,) = stored.fitting(stored.sums(network, layout.get(form, form), count), size)

    assert (way.precision, way.buffers) == ("fp32" if dtype == "float32" else "fp16/bf16", buffers)


def torch_size(torch, part, *, zipped):
    """Return how large torch's file is."""
    buffer = io.BytesIO()
    torch.save(part, buffer, _use_new_zipfile_serialization=zipped)
    return len(buffer.getvalue())


def test_content_is_parameters_and_masks():
    """What a misfit is counted from."""
    network = NETWORKS["160m"]
    parameters = sum(map(math.prod, architectures.tensors("gpt-neox", network.shape).values()))
    assert {way.content for way in stored.sums(network, "bin", 1)} == {
        4 * parameters,
        4 * parameters + 12 * 2048**2,
        2 * parameters,
        2 * parameters + 12 * 2048**2,
    }
