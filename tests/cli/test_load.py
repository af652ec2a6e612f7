"""`catalog.load`: a checkpoint's own weights as a model of transformers, or the reason."""

import json
import shutil

import planted
import pytest
import torch
from hub_standin import Fault, asked_by_this_process
from loaded import same
from published import files, publish
from recorded import MODEL
from safetensors.torch import load_file, save

from catalog import api
from catalog.errors import BadInput, CheckedBad, CouldNotCheck, HubUnreachable

REF = f"{MODEL}@step64"
BODY = r"^GET /[0-9a-f]{64}"
PER_STEP = 16 * 64


@pytest.fixture
def here(hub, known_url, tmp_path, monkeypatch):
    """Return a catalog that asks the stand-in, with a Hub cache of its own."""
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    with asked_by_this_process(hub, monkeypatch):
        yield api.open(known_url)


def is_step(model, step):
    """Return whether a network has exactly a step's weights."""
    return same(model.state_dict(), step)


def test_the_true_weights_are_loaded(here, hub, config):
    """Beside a stale default file; the model says where it came from."""
    branch = files(config, 64, "shards") | planted.copy_of(planted.REPO, planted.LAST, "single")
    commit = hub.repositories[planted.REPO].commit("step64", branch)
    model = here.load(REF)
    assert is_step(model, 64)
    assert (model.name_or_path, model.config._commit_hash) == (planted.REPO, commit)
    assert not model.training


def test_what_is_here_is_loaded_without_a_request(here, hub):
    """By the last look; each file's bytes were compared."""
    here.load(REF)
    before = list(hub.requests)
    assert is_step(here.load(REF), 64)
    assert hub.requests == before


def test_offline_what_is_not_here_is_refused(here, monkeypatch):
    """HF_HUB_OFFLINE is honoured; what is here is loaded all the same."""
    here.load(REF)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    assert is_step(here.load(REF), 64)
    with pytest.raises(HubUnreachable):
        here.load(f"{MODEL}@step8")


def test_a_changed_file_of_the_cache_is_fetched_again(here, tmp_path):
    """The cache calls its files by their digests, and nobody looks: here somebody does."""
    here.load(REF)
    (blob,) = (tmp_path / "cache").rglob("snapshots/*/model.safetensors")
    raw = bytearray(blob.read_bytes())
    raw[-1] ^= 1
    blob.resolve().write_bytes(raw)
    assert is_step(here.load(REF), 64)


def test_a_body_that_stays_wrong_is_refused(here, hub):
    """Twice corrupted on its way: no model."""
    hub.faults.append(Fault(BODY, corrupt=True, times=2))
    with pytest.raises(CheckedBad, match="is not what the Hub declared"):
        here.load(REF)


def test_without_right_weights_there_is_no_model(here, hub, config):
    """The reason is that of `pull`; nothing is downloaded."""
    publish(hub, config, 64, "single", of=planted.LAST)
    with pytest.raises(CheckedBad, match="no weights of its own"):
        here.load(REF)
    assert hub.count(BODY) == 0


def test_shards_without_an_index_load(here, hub, config):
    """The index is written from their headers."""
    branch = files(config, 64, "shards")
    del branch["model.safetensors.index.json"]
    hub.repositories[planted.REPO].commit("step64", branch)
    assert is_step(here.load(REF), 64)


def test_by_tokens(here):
    """Exactly, or the nearest with a warning that a script hears; with a revision it is refused."""
    assert is_step(here.load(MODEL, tokens=64 * PER_STEP), 64)
    with pytest.warns(UserWarning, match=rf"{REF} is the nearest to 65600 tokens: .* 64 .* fewer"):
        assert is_step(here.load(MODEL, tokens="65600 tokens"), 64)
    with pytest.raises(BadInput, match="names one checkpoint already"):
        here.load(REF, tokens="1B")


def test_dtype_and_device(here):
    """Passed through, as names or as torch's own; what is none is refused before any work."""
    assert here.load(REF, dtype="bfloat16").dtype is torch.bfloat16
    assert here.load(REF, dtype=torch.float32, device="cpu").dtype is torch.float32
    assert here.load(REF, device=torch.device("cpu")).device.type == "cpu"
    assert here.load(REF, device="meta").device.type == "meta"
    for wrong in ({"dtype": "int7"}, {"dtype": "Tensor"}, {"device": "toaster"}):
        with pytest.raises(BadInput):
            here.load(REF, **wrong)


def test_a_commit_that_was_left_is_refused(here, hub, config):
    """Where it is still there it is loaded."""
    commit = hub.repositories[planted.REPO].branches["step64"]
    assert is_step(here.load(REF, commit=commit), 64)
    publish(hub, config, 64, "single")
    list(here.sync(MODEL))
    with pytest.raises(CheckedBad, match="and not at"):
        here.load(REF, commit=commit)


@pytest.mark.parametrize("change", ["missing", "unexpected", "mismatched"])
def test_what_does_not_fit_is_an_error(here, hub, config, change):
    """Transformers would fill a missing tensor with random numbers; nothing is filled here."""
    content = files(config, 64, "single")
    tensors = dict(planted.state(planted.REPO, 64))
    name = next(name for name in tensors if name.endswith("dense.weight"))
    if change == "missing":
        del tensors[name]
    elif change == "unexpected":
        tensors["gpt_neox.extra.weight"] = torch.ones(2)
    else:
        tensors[name] = tensors[name][:-1].contiguous()
    content["model.safetensors"] = save(tensors, {"format": "pt"})
    hub.add("someone/else").commit("main", content)
    with pytest.raises(CheckedBad, match=rf"is not whole: 1 {change}"):
        here.load("someone/else@main")


def test_a_hostile_pickle_is_not_run(here, hub, config):
    """A .bin passes the check of its structure before torch sees it."""
    content = files(config, 64)
    content["pytorch_model.bin"] = b"cos\nsystem\n(S'touch owned'\ntR."
    hub.add("someone/else").commit("main", content)
    with pytest.raises(CheckedBad):
        here.load("someone/else@main")


# Folders ---------------------------------------------------------------------------------------


def test_a_pulled_folder(here, tmp_path):
    """It says what it is; one that was changed since is refused."""
    here.pull(REF, "it")
    model = here.load("./it")
    assert is_step(model, 64)
    assert model.name_or_path == planted.REPO
    assert is_step(here.load(str(tmp_path / "it")), 64)
    tensors = load_file("it/model.safetensors")
    name = next(iter(tensors))
    tensors[name] = tensors[name] + 1
    (tmp_path / "it" / "model.safetensors").write_bytes(save(tensors, {"format": "pt"}))
    with pytest.raises(CheckedBad, match="changed since it was pulled"):
        here.load("./it")


def test_a_folder_that_nobody_knows(here, trajectory, tmp_path):
    """Nothing says what it holds, or nobody vouches for what it says: no model."""
    shutil.copytree(trajectory / "step64", tmp_path / "it")
    with pytest.raises(CouldNotCheck, match="nobody can tell"):
        here.load("./it")
    with pytest.raises(BadInput, match="does not exist"):
        here.load("./nowhere")
    with pytest.raises(BadInput, match="leave out tokens"):
        here.load("./it", tokens="1B")
    with pytest.raises(BadInput, match="is a file"):
        here.load("./it/config.json")


def test_a_config_of_another_size_is_an_error(here, hub, config):
    """Neither memory nor random numbers for a network that the files cannot fill."""
    content = files(config, 64, "single")
    stated = json.loads(config) | {"hidden_size": 1 << 14, "intermediate_size": 1 << 16}
    content["config.json"] = json.dumps(stated).encode()
    hub.add("someone/else").commit("main", content)
    with pytest.raises(CheckedBad, match="describes"):
        here.load("someone/else@main")
