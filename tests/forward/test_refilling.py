"""A network that is filled computes, to the bit, what the library's own loader makes compute."""

import json
import shutil
from dataclasses import replace

import checkpoints
import pytest
import torch
from safetensors.torch import load_file, save_file

from catalog import forward
from catalog.forward import loading, plainfiles
from catalog.forward.refilling import Networks

STEPS = (0, 8, 64, 256, 512)


@pytest.fixture
def built(monkeypatch):
    """Return a list that grows with each network that is built, and each that the library loads."""
    made = []

    def counting(name):
        build = getattr(loading, name)

        def counted(folder, *more):
            made.append(name)
            return build(folder, *more)

        monkeypatch.setattr(loading, name, counted)

    for name in ("empty", "_from_files"):
        counting(name)
    return made


@pytest.fixture
def by_library(monkeypatch):
    """Return a function that has the library's own loader load a folder, and runs it."""

    def loaded(*given, **more):
        with monkeypatch.context() as patched:
            patched.setattr(loading, "_filled", lambda *_: None)
            return run(*given, **more)

    return loaded


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
def test_refilled_is_as_loaded(trajectory, built, by_library, dtype):
    """One is built and filled again and again; each computes what the library's loader gives."""
    networks = Networks()
    refilled = [run(trajectory / f"step{step}", networks, dtype) for step in STEPS]
    assert built == ["empty"]
    assert refilled == [by_library(trajectory / f"step{step}", None, dtype) for step in STEPS]
    assert built.count("_from_files") == len(STEPS)
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
    run(folder(8, name="kept"), networks)
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


def tied(tensors):
    """Leave out the head, which a config can say is the embedding."""
    del tensors["embed_out.weight"]


def renamed(tensors):
    """Call the head as newer networks do, not as files do."""
    tensors["lm_head.weight"] = tensors.pop("embed_out.weight")


def counted(tensors):
    """Store one as whole numbers."""
    tensors["gpt_neox.final_layer_norm.bias"] = torch.ones(64, dtype=torch.int32)


def exact(tensors):
    """Store one in double precision."""
    tensors["embed_out.weight"] = tensors["embed_out.weight"].double()


def emptied(tensors):
    """Leave nothing."""
    tensors.clear()


SCALED = {"rope_type": "dynamic", "factor": 2.0, "rope_theta": 10000, "partial_rotary_factor": 0.25}


@pytest.mark.parametrize(
    ("change", "config", "made"),
    [
        (widened, {}, []),
        (infinite, {}, []),
        (masked, {}, []),
        (lambda _: None, {"rotary_pct": 0.5}, ["empty"]),
        (lambda _: None, {"num_attention_heads": 2}, ["empty"]),
        (lambda _: None, {"dtype": "float32"}, ["empty"]),
        (lambda _: None, {"rope_parameters": SCALED}, ["empty", "_from_files"]),
        (lambda _: None, {"vocab_size": 300}, ["empty", "_from_files"]),
        (tied, {"tie_word_embeddings": True}, ["empty", "_from_files"]),
        (taken, {}, ["empty", "_from_files"]),
        (turned, {}, ["empty", "_from_files"]),
        (renamed, {}, ["empty", "_from_files"]),
        (counted, {}, ["empty", "_from_files"]),
        (exact, {}, ["empty", "_from_files"]),
    ],
)
def test_others_are_loaded_by_the_library(folder, built, by_library, change, config, made):
    """What is no plain copy is never guessed at; what is wrong is said as it always is."""
    networks = kept(folder)
    odd = folder(256, change, **config)
    before = len(built)
    seen = run(odd, networks)
    assert built[before:] == made
    assert seen == by_library(odd)
    again = folder(512)
    assert run(again, networks) == by_library(again)  # and nothing of it stays behind


def test_nothing_to_load(folder, by_library):
    """A file without tensors is told in the library's words."""
    odd = folder(256, emptied)
    assert run(odd, kept(folder)) == by_library(odd)
    assert run(odd).problems


@pytest.mark.parametrize("size", [0, 7, 100, 50_000])
def test_a_file_that_ends_early(folder, by_library, size):
    """It is refused as ever, also where it is cut while a network is being filled."""
    networks, odd = kept(folder), folder(256)
    with (odd / "model.safetensors").open("r+b") as file:
        file.truncate(size)
    seen = run(odd, networks)
    assert seen == by_library(odd)
    assert seen.problems
    again = folder(512)
    assert run(again, networks) == by_library(again)


@pytest.mark.parametrize("chunk", [4, 6_000, 1 << 30])
def test_in_pieces(trajectory, monkeypatch, chunk):
    """Tensors are the same in whatever pieces they are read."""
    monkeypatch.setattr(plainfiles, "CHUNK", chunk)
    stored = plainfiles.stored([trajectory / "step64/model.safetensors"])
    name = "gpt_neox.layers.0.attention.dense.weight"
    room = {name: torch.full(stored[name].shape, float("nan"))}
    plainfiles.copy(stored, room)
    assert torch.equal(room[name], load_file(trajectory / "step64/model.safetensors")[name].float())


def test_shards_are_refilled(trajectory, tmp_path, built, by_library):
    """A set of several files is put together from all of them."""
    folders = []
    for step in STEPS:
        state = load_file(trajectory / f"step{step}" / "model.safetensors")
        folders.append(checkpoints.LAYOUTS["safetensors-sharded"](tmp_path / f"{step}", state))
        shutil.copy(trajectory / f"step{step}" / "config.json", folders[-1])
    files = sorted(path.name for path in folders[0].iterdir() if path.name != "config.json")
    networks = Networks()
    refilled = [run(each, networks, files=files) for each in folders]
    assert built == ["empty"]
    assert refilled == [by_library(each, files=files) for each in folders]


def test_what_a_run_changed_is_set_right(folder, by_library):
    """Buffers that are no longer as they were built would compute something else."""
    networks = kept(folder)
    networks._kept.model.gpt_neox.rotary_emb.inv_freq.mul_(2)
    odd = folder(256)
    assert run(odd, networks) == by_library(odd)


def test_pickles_are_loaded_by_the_library(trajectory, tmp_path, built):
    """Only files whose tensors can be read one at a time are filled in."""
    networks = Networks()
    for step in STEPS[:3]:
        state = load_file(trajectory / f"step{step}" / "model.safetensors")
        folder = checkpoints.LAYOUTS["bin"](tmp_path / f"{step}", state)
        shutil.copy(trajectory / f"step{step}" / "config.json", folder)
        run(folder, networks, files=["pytorch_model.bin"])
    assert built == 3 * ["empty", "_from_files"]
