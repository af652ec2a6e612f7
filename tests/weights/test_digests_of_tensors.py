"""Parameter and value digests against a second, plain implementation, in every layout."""

import hashlib
import struct

import checkpoints
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from catalog.core.witnesses import Relation, relation
from catalog.weights import files, hashing

DTYPES = {
    torch.float16: "f16",
    torch.bfloat16: "bf16",
    torch.float32: "f32",
    torch.float64: "f64",
    torch.int64: "i64",
    torch.uint8: "u8",
    torch.bool: "bool",
}


def plain_bytes(tensor):
    """Return little-endian row-major bytes."""
    return tensor.detach().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()


def plain_values(tensor):
    """Return the value bytes of DESIGN's rule, one number at a time."""
    if DTYPES[tensor.dtype] not in ("f16", "bf16", "f32"):
        return plain_bytes(tensor)
    numbers = tensor.detach().contiguous().reshape(-1).float().numpy()
    found = b""
    for number in numbers:
        (bits,) = struct.unpack("<I", number.tobytes())
        if np.isnan(number):
            bits = 0x7FC00000
        elif number == 0:
            bits = 0
        found += struct.pack("<I", bits)
    return found


def plain_digest(state, of):
    """Return the digest of digests."""
    lines = []
    for name in sorted(state):
        kind = DTYPES[state[name].dtype]
        if of is plain_values and kind in ("f16", "bf16", "f32"):
            kind = "f32"
        shape = ",".join(map(str, state[name].shape))
        digest = hashlib.sha256(of(state[name])).hexdigest()
        lines.append(f"{name}\t{kind}\t[{shape}]\t{digest}\n")
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def looked_into(folder):
    """Return the hashed set that a loader takes."""
    return hashing.hash_files(files.find(folder), tensors=True).loaded


def ordinary():
    """Return a state with every dtype, a scalar, an empty tensor and several dimensions."""
    torch.manual_seed(1)
    return {
        "a.weight": torch.randn(3, 5).half(),
        "b.weight": torch.randn(7).bfloat16(),
        "c.weight": torch.randn(2, 3, 4),
        "d.weight": torch.randn(4).double(),
        "e.count": torch.arange(5),
        "f.mask": torch.tensor([[True, False]]),
        "g.scalar": torch.tensor(1.5),
        "h.empty": torch.zeros(0, 4),
        "i.bytes": torch.arange(9, dtype=torch.uint8),
    }


@pytest.mark.parametrize("layout", checkpoints.LAYOUTS)
def test_digests_are_those_of_the_definition(layout, tmp_path):
    """Both digests are what the definition gives, whatever the layout."""
    state = ordinary()
    found = looked_into(checkpoints.LAYOUTS[layout](tmp_path / layout, state))
    assert found.parameter_digest == plain_digest(state, plain_bytes)
    assert found.value_digest == plain_digest(state, plain_values)
    for tensor in found.tensors:
        assert tensor.digest == hashlib.sha256(plain_bytes(state[tensor.name])).hexdigest()
        assert tensor.shape == tuple(state[tensor.name].shape)


@pytest.mark.parametrize("layout", checkpoints.LAYOUTS)
def test_how_real_weight_sets_relate(layout, tmp_path):
    """A copy is the same files; a layout, a precision and a change are each one step weaker."""
    make = checkpoints.LAYOUTS[layout]
    state = {"a.weight": torch.randn(3, 5).half(), "b.weight": torch.randn(7).half()}
    weights = looked_into(make(tmp_path / "first", state))
    assert weights.content == tuple(
        sorted(
            hashlib.sha256((tmp_path / "first" / path).read_bytes()).hexdigest()
            for path in weights.files
            if not path.endswith(".json")
        )
    )
    assert relation(weights, looked_into(make(tmp_path / "copy", state))) is Relation.SAME_FILES
    other = checkpoints.safetensors if layout != "safetensors" else checkpoints.LAYOUTS["bin"]
    elsewhere = looked_into(other(tmp_path / "other", state))
    assert relation(weights, elsewhere) is Relation.SAME_PARAMETERS
    single = {name: tensor.float() for name, tensor in state.items()}
    assert relation(weights, looked_into(make(tmp_path / "single", single))) is Relation.SAME_VALUES
    state["b.weight"][0] += 1
    assert relation(weights, looked_into(make(tmp_path / "changed", state))) is Relation.DIFFERENT


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_every_half_has_the_value_of_its_float(dtype, tmp_path):
    """All 65,536 bit patterns, denormals and NaN payloads among them, and their f32 copy."""
    every = torch.arange(65_536).to(torch.int32).to(torch.uint16).view(dtype)
    half = looked_into(checkpoints.safetensors(tmp_path / "half", {"w": every}))
    single = looked_into(checkpoints.safetensors(tmp_path / "single", {"w": every.float()}))
    assert half.value_digest == single.value_digest == plain_digest({"w": every}, plain_values)
    assert half.parameter_digest != single.parameter_digest
    assert half.tensors[0].non_finite == int((~torch.isfinite(every)).sum())


@given(bits=st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=40))
def test_any_float_bits(bits, tmp_path_factory):
    """Any float32 bits: only zeros' signs and NaN payloads are ever changed."""
    raw = np.array(bits, dtype=np.uint32)
    state = {"w": torch.from_numpy(raw.view(np.int32).copy()).view(torch.float32)}
    folder = tmp_path_factory.mktemp("bits")
    assert looked_into(checkpoints.safetensors(folder, state)).value_digest == plain_digest(
        state, plain_values
    )


def test_signed_zeros_differ_as_bytes_only(tmp_path):
    """-0.0 and +0.0 are other bytes and the same value."""
    plus, minus = ({"w": torch.tensor([1.0, zero, 2.0])} for zero in (0.0, -0.0))
    one = looked_into(checkpoints.safetensors(tmp_path / "plus", plus))
    other = looked_into(checkpoints.safetensors(tmp_path / "minus", minus))
    assert one.parameter_digest != other.parameter_digest
    assert one.value_digest == other.value_digest


@pytest.mark.parametrize("save", [checkpoints.zipped, checkpoints.legacy])
def test_views_are_read_row_major(save, tmp_path):
    """Transposed, sliced, shared and expanded storages give the bytes of the tensor they mean."""
    torch.manual_seed(2)
    whole = torch.randn(6, 8).half()
    state = {
        "transposed": whole.t(),
        "sliced": whole[1:5:2, 3:],
        "row": whole[2],
        "expanded": torch.tensor([1.0, 2.0]).half().expand(3, 2),
    }
    found = looked_into(save(tmp_path, state))
    assert found.parameter_digest == plain_digest(state, plain_bytes)


@pytest.mark.parametrize("save", [checkpoints.zipped, checkpoints.legacy])
def test_parameters_and_module_state(save, tmp_path):
    """A module's own state dict, `nn.Parameter`s in it, is read as its tensors."""
    torch.manual_seed(3)
    module = torch.nn.Linear(4, 3)
    state = {"weight": module.weight, "bias": module.bias}
    found = looked_into(save(tmp_path, state))
    assert found.parameter_digest == plain_digest(state, plain_bytes)


def test_buffers_count_for_nothing(tmp_path):
    """GPT-NeoX' masks and frequencies are listed and left out of both digests."""
    state = {
        "gpt_neox.embed_in.weight": torch.randn(4, 2).half(),
        "gpt_neox.layers.0.attention.dense.weight": torch.randn(2, 2).half(),
    }
    buffers = {
        "gpt_neox.layers.0.attention.bias": torch.ones(1, 1, 4, 4, dtype=torch.uint8),
        "gpt_neox.layers.0.attention.masked_bias": torch.tensor(-1e9).half(),
        "gpt_neox.layers.0.attention.rotary_emb.inv_freq": torch.ones(1).half(),
    }
    without = looked_into(checkpoints.safetensors(tmp_path / "without", state))
    held = looked_into(checkpoints.zipped(tmp_path / "with", state | buffers))
    assert held.parameter_digest == without.parameter_digest
    assert held.value_digest == without.value_digest
    assert {tensor.name for tensor in held.tensors if tensor.is_buffer} == set(buffers)


def test_the_library_name_of_the_head_is_canonical(tmp_path):
    """`lm_head` of newer libraries counts as the published `embed_out`."""
    torch.manual_seed(4)
    embed, head = torch.randn(4, 2), torch.randn(4, 2)
    old = {"gpt_neox.embed_in.weight": embed, "embed_out.weight": head}
    new = {"gpt_neox.embed_in.weight": embed, "lm_head.weight": head}
    one = looked_into(checkpoints.safetensors(tmp_path / "old", old))
    other = looked_into(checkpoints.safetensors(tmp_path / "new", new))
    assert one.parameter_digest == other.parameter_digest
