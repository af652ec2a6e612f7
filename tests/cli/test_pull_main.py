"""main that holds an inner step's weights is refused, in every layout; the inner step stays right.

And what a pull makes of weights that are as declared, but not finite or of another shape.
"""

import io
import json

import planted
import pytest
import torch
from hub_standin import asked_by_this_process
from published import files
from recorded import MODEL
from safetensors.torch import save
from trajectory import STEPS

BODY = r"^GET /[0-9a-f]{64}"


@pytest.fixture
def ask(hub, catalog, known_url, monkeypatch):
    """Return a function that runs a command, which asks the stand-in."""

    def run(*words):
        with asked_by_this_process(hub, monkeypatch):
            return catalog(*words, "--db", known_url)

    return run


def publish(hub, config, forms, **branches):
    """Publish every step in some forms, and what else is given: files by branch."""
    repository = hub.repositories[planted.REPO]
    for step in STEPS:
        repository.commit(f"step{step}", files(config, step, *forms))
    repository.branches["main"] = repository.branches[f"step{planted.LAST}"]
    for name, content in branches.items():
        repository.commit(name, content)
    return repository


def verdicts(ask):
    """Return what an audit says of main, the inner and the last step, and the exit code."""
    assert ask("sync", planted.REPO).code == 0
    ran = ask("audit", "--json")
    told = {branch["revision"]: branch for branch in json.loads(ran.out)["branches"]}
    return ran.code, [told[name]["verdict"] for name in ("main", "step64", f"step{planted.LAST}")]


@pytest.mark.parametrize("kind", ["copied", "pointed"])
@pytest.mark.parametrize("layout", planted.LAYOUTS)
def test_main_with_an_inner_steps_weights(ask, hub, config, tmp_path, layout, kind):
    """Pulling main is refused and says what to pull; that step and the last are pulled."""
    repository = publish(hub, config, planted.LAYOUTS[layout])
    if kind == "pointed":
        repository.branches["main"] = repository.branches["step64"]
    else:
        repository.commit("main", files(config, 64, *planted.LAYOUTS[layout]) | {"x.txt": b"x"})

    ran = ask("pull", f"{MODEL}@main", "--to", tmp_path / "out")

    assert (ran.code, hub.count(BODY)) == (1, 0)
    assert "step64" in ran.err
    assert f"pull {MODEL}@step{planted.LAST}" in ran.err
    assert not list(tmp_path.glob("*out*"))
    assert ask("pull", f"{MODEL}@step64", "--to", tmp_path / "inner").code == 0
    assert ask("pull", f"{MODEL}@step{planted.LAST}", "--to", tmp_path / "last").code == 0
    assert verdicts(ask) == (1, ["same-as", "own", "own"])


def test_main_with_one_stale_set(ask, hub, config, tmp_path):
    """The default file is an inner step's, the .bin is the last step's: only that is pulled."""
    content = files(config, planted.LAST, "bin") | files(config, 64, "single")
    publish(hub, config, ("single", "bin"), main=content)

    ran = ask("pull", f"{MODEL}@main", "--to", tmp_path / "out", "--json")

    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["weight_set"] == planted.BIN
    assert ask("pull", f"{MODEL}@main#{planted.SINGLE}", "--to", tmp_path / "other").code == 1
    assert verdicts(ask) == (1, ["same-as", "own", "own"])


def test_main_of_two_steps_shards(ask, hub, config, tmp_path):
    """One shard of the last step, one of an inner one: main is the mixture, nobody else."""
    content = files(config, planted.LAST, "shards")
    content[planted.SHARDS[1]] = files(config, 64, "shards")[planted.SHARDS[1]]
    publish(hub, config, ("shards",), main=content)

    assert ask("pull", f"{MODEL}@main", "--to", tmp_path / "out").code == 1
    assert verdicts(ask) == (1, ["spliced", "own", "own"])


def test_main_in_another_precision(ask, hub, config, tmp_path):
    """Saved in fp32 beside the same .bin: main is joined to the last step, no finding."""
    wide = {
        name: value.float() for name, value in planted.state(planted.REPO, planted.LAST).items()
    }
    content = files(config, planted.LAST, "bin") | {planted.SINGLE: save(wide, {"format": "pt"})}
    publish(hub, config, ("single", "bin"), main=content)

    assert ask("pull", f"{MODEL}@main", "--to", tmp_path / "out").code == 0
    assert verdicts(ask) == (0, ["own", "own", "own"])
    ran = ask("show", f"{MODEL}@main", "--json")
    sets = {one["name"]: one for one in json.loads(ran.out)["branch"]["weight_sets"]}
    assert (sets[planted.SINGLE]["precision"], sets[planted.SINGLE]["buffers"]) == ("fp32", False)
    assert (sets[planted.BIN]["precision"], sets[planted.BIN]["buffers"]) == ("fp16/bf16", False)
    assert f"{planted.BIN} is that of step{planted.LAST}" in sets[planted.SINGLE]["reason"]
    assert "main-differs" not in ask("audit", "--json").out
    assert "1 fp32, no buffers" in ask("audit").out
    assert "Stored as fp32, no buffers." in ask("show", f"{MODEL}@main").out


def not_finite():
    """Return a step's tensors, one number of them NaN."""
    tensors = {name: value.clone() for name, value in planted.state(planted.REPO, 64).items()}
    tensors["embed_out.weight"][7, 7] = torch.nan
    return tensors


def of_another_shape():
    """Return as many numbers in the same names, one matrix the other way round."""
    tensors = dict(planted.state(planted.REPO, 64))
    name = "gpt_neox.layers.0.mlp.dense_h_to_4h.weight"
    return tensors | {name: tensors[name].T.contiguous()}


def of_another_name():
    """Return the same numbers, one of them under another name."""
    tensors = dict(planted.state(planted.REPO, 64))
    return {name.replace("layers.0", "layers.9"): value for name, value in tensors.items()}


def test_a_tensor_too_few(ask, hub, config, tmp_path):
    """One small tensor is missing, and every byte is as declared: nothing is published."""
    tensors = dict(planted.state(planted.REPO, 64))
    del tensors["gpt_neox.layers.0.attention.dense.bias"]
    body = {planted.SINGLE: save(tensors, {"format": "pt"})}
    publish(hub, config, ("single",), step64=files(config, 64) | body)
    assert ask("pull", f"{MODEL}@step64", "--to", tmp_path / "out").code == 1
    assert not list(tmp_path.glob("*out*"))


@pytest.mark.parametrize("made", [not_finite, of_another_shape, of_another_name])
@pytest.mark.parametrize("form", ["single", "bin"])
def test_what_is_declared_and_yet_no_weights(ask, hub, config, tmp_path, made, form):
    """Every byte is as the Hub declares it, and the weights are refused for what they are."""
    if form == "single":
        body = {planted.SINGLE: save(made(), {"format": "pt"})}
    else:
        buffer = io.BytesIO()
        torch.save(made(), buffer)
        body = {planted.BIN: buffer.getvalue()}
    publish(hub, config, (form,), step64=files(config, 64) | body)

    ran = ask("pull", f"{MODEL}@step64", "--to", tmp_path / "out")

    assert (ran.code, ran.out) == (1, "")
    assert "no right weights" in ran.err
    assert not list(tmp_path.glob("*out*"))
