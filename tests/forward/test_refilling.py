"""A network that is kept and refilled computes, to the bit, what one built anew computes."""

import json
import shutil
from dataclasses import replace

import checkpoints
import pytest
import torch
from safetensors.torch import load_file, save_file

from catalog import forward
from catalog.forward import loading
from catalog.forward.refilling import Networks

STEPS = (0, 8, 64, 256, 512)


@pytest.fixture
def built(monkeypatch):
    """Return a list that grows with each network that is built anew."""
    made, build = [], loading._built

    def counted(folder, *more):
        made.append(folder)
        return build(folder, *more)

    monkeypatch.setattr(loading, "_built", counted)
    return made


@pytest.fixture(autouse=True)
def one_thread():
    """Sum in one order: what two threads add up differs in the last digit."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def run(folder, networks=None, dtype="float32", files=("model.safetensors",)):
    """Run a folder's network on the CPU; return what came of it."""
    choice = replace(forward.choose("cpu", dtype), networks=networks)
    return forward.run(folder, files, choice, architecture="gpt-neox")


@pytest.mark.parametrize("dtype", forward.DTYPES)
def test_refilled_is_as_built(trajectory, built, dtype):
    """Two are built, the second proves that files are a plain copy, and the rest are refilled."""
    networks = Networks()
    refilled = [run(trajectory / f"step{step}", networks, dtype) for step in STEPS]
    assert len(built) == 2
    assert refilled == [run(trajectory / f"step{step}", None, dtype) for step in STEPS]
    assert all(each.fingerprint is not None for each in refilled)


@pytest.fixture
def folder(trajectory, tmp_path):
    """Return a function that copies a step, with its tensors changed."""

    def make(step, change=lambda _: None, name=None, **config):
        made = tmp_path / (name or f"step{step}")
        shutil.copytree(trajectory / f"step{step}", made)
        tensors = load_file(made / "model.safetensors")
        change(tensors)
        save_file(tensors, made / "model.safetensors", {"format": "pt"})
        file = made / "config.json"
        file.write_text(json.dumps(json.loads(file.read_text()) | config))
        return made

    return make


def kept(folder):
    """Return what keeps a network of the run."""
    networks = Networks()
    for step in (8, 64):
        run(folder(step, name=f"kept{step}"), networks)
    assert networks._kept is not None
    return networks


def widened(tensors):
    """Write float32 as it is: exact, and laid out otherwise in the file."""
    for name in list(tensors):
        tensors[name] = tensors[name].float()


def masked(tensors):
    """Add what older checkpoints carry and no network loads."""
    tensors["gpt_neox.layers.0.attention.masked_bias"] = torch.tensor(-1e9)


def taken(tensors):
    """Take one away."""
    del tensors["gpt_neox.layers.1.attention.dense.weight"]


def turned(tensors):
    """Give one another shape with as many numbers."""
    tensors["embed_out.weight"] = tensors["embed_out.weight"].T.contiguous()


def infinite(tensors):
    """Make one weight infinite."""
    tensors["embed_out.weight"][0, 0] = float("inf")


@pytest.mark.parametrize(
    ("change", "config", "anew"),
    [
        (widened, {}, 0),
        (infinite, {}, 0),
        (masked, {}, 1),
        (taken, {}, 1),
        (turned, {}, 1),
        (lambda _: None, {"rotary_pct": 0.5}, 1),
        (lambda _: None, {"num_attention_heads": 2}, 1),
    ],
    ids=["float32", "infinite", "a mask", "taken", "turned", "rotary", "heads"],
)
def test_others_are_built_anew(folder, built, change, config, anew):
    """Other names, shapes or settings are not refilled; what is wrong is said as it always is."""
    networks = kept(folder)
    odd = folder(256, change, **config)
    before = len(built)
    seen = run(odd, networks)
    assert len(built) - before == anew
    assert seen == run(odd)
    again = folder(512)
    assert run(again, networks) == run(again)  # and nothing of it stays behind


def test_shards_are_refilled(trajectory, tmp_path, built):
    """A set of several files is put together from all of them."""
    folders = []
    for step in STEPS:
        state = load_file(trajectory / f"step{step}" / "model.safetensors")
        folders.append(checkpoints.LAYOUTS["safetensors-sharded"](tmp_path / f"{step}", state))
        shutil.copy(trajectory / f"step{step}" / "config.json", folders[-1])
    files = sorted(path.name for path in folders[0].iterdir() if path.name != "config.json")
    networks = Networks()
    refilled = [run(each, networks, files=files) for each in folders]
    assert len(built) == 2
    assert refilled == [run(each, files=files) for each in folders]


def test_a_network_that_was_changed_is_not_refilled(folder):
    """Buffers that are no longer as they were built would compute something else."""
    networks = kept(folder)
    networks._kept.model.gpt_neox.rotary_emb.inv_freq.mul_(2)
    odd = folder(256)
    assert run(odd, networks) == run(odd)


def test_pickles_are_built_anew(trajectory, tmp_path, built):
    """Only files whose tensors can be read one at a time are refilled."""
    networks = Networks()
    for step in STEPS[:3]:
        state = load_file(trajectory / f"step{step}" / "model.safetensors")
        folder = checkpoints.LAYOUTS["bin"](tmp_path / f"{step}", state)
        shutil.copy(trajectory / f"step{step}" / "config.json", folder)
        run(folder, networks, files=["pytorch_model.bin"])
    assert len(built) == 3
