"""`catalog populate`: what it records, what it refuses, and that it does so once and wholly."""

import json

import checkpoints
import damage
import pytest
from recorded import MODEL, rows
from safetensors.torch import load_file


@pytest.mark.both_databases
def test_everything_is_recorded(on, known_url, checkpoint):
    """Files, weight set, tensors, fingerprint and the observation: one checkpoint, once."""
    folder = checkpoint()
    (told,) = json.loads(on("populate", folder, "--json", code=0).out)
    assert (told["status"], told["model"], told["revision"]) == ("recorded", MODEL, "step512")
    (one,) = told["weight_sets"]
    assert (one["layout"], one["dtype"], one["params_total"]) == ("safetensors", "f16", 182_848)
    assert one["text_loss"] < 3
    found = rows(known_url)
    assert (found["manifest"], found["weight_set"], found["fingerprint"]) == (1, 1, 1)
    assert (found["observation"], found["verification"]) == (1, 0)
    assert found["file"] == len(list(folder.iterdir()))
    assert found["tensor"] == len(load_file(folder / "model.safetensors"))


def test_again_changes_nothing(on, known_url, checkpoint):
    """The second run says `known` and adds no row."""
    folder = checkpoint()
    on("populate", folder, code=0)
    before = rows(known_url)
    assert json.loads(on("populate", folder, "--json", code=0).out)[0]["status"] == "known"
    assert rows(known_url) == before


def test_equal_files_are_stored_once(on, known_url, checkpoint):
    """step0 and step1 hold the same bytes: two observations of one manifest."""
    on("populate", checkpoint(0), step=0, code=0)
    on("populate", checkpoint(1), step=1, code=0)
    found = rows(known_url)
    assert (found["manifest"], found["fingerprint"], found["observation"]) == (1, 1, 2)


@pytest.mark.parametrize("layout", checkpoints.LAYOUTS)
def test_every_layout(on, checkpoint, layout):
    """Shards, zip and legacy files are read, run and recorded like a single safetensors file."""
    (told,) = json.loads(on("populate", checkpoint(512, layout), "--json", code=0).out)
    (one,) = told["weight_sets"]
    assert one["layout"] == ("bin" if layout == "bin-legacy" else layout)
    assert one["text_loss"] < 3


def test_two_weight_sets_of_one_branch(on, known_url, checkpoint):
    """A branch that holds another step's weights in a second format: both sets are on record."""
    folder = checkpoint(512)
    stale = checkpoint(8, "bin", name="stale")
    (stale / "pytorch_model.bin").rename(folder / "pytorch_model.bin")
    (told,) = json.loads(on("populate", folder, "--json", code=0).out)
    losses = {one["name"]: one["text_loss"] for one in told["weight_sets"]}
    assert losses["model.safetensors"] < 3 < losses["pytorch_model.bin"]
    assert rows(known_url)["fingerprint"] == 2


def test_changed_files_need_consent(on, known_url, checkpoint):
    """Other files under the same name contradict the record; --accept-changes appends them."""
    on("populate", checkpoint(512), code=0)
    before = rows(known_url)
    other = checkpoint(256)
    ran = on("populate", other, code=1)
    assert "--accept-changes" in ran.out
    assert rows(known_url) == before
    on("populate", other, "--accept-changes", code=0)
    found = rows(known_url)
    assert (found["observation"], found["manifest"]) == (2, 2)


def test_several_targets_and_the_gravest_code(catalog, known_url, checkpoint, tmp_path):
    """Each target has its own outcome; the gravest of 1, 3, 2 is the exit code."""
    good = checkpoint(512)
    ran = catalog(
        "populate", good, f"{MODEL}@step9", tmp_path / "none", "--json", "--db", known_url
    )
    told = json.loads(ran.out)
    assert [one["error"]["kind"] for one in told] == ["bad-input", "unknown-name", "bad-input"]
    assert ran.code == 2


# Refused ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", damage.KINDS)
def test_damage_is_not_recorded(on, known_url, checkpoint, name):
    """Broken or hostile weights: one line, the code, no row, and no code of theirs runs."""
    kind = damage.KINDS[name]
    folder = checkpoint(512, kind.layout)
    kind.apply(folder)
    before = rows(known_url)
    ran = on("populate", folder, code=kind.code)
    said = [line for line in (ran.out + ran.err).splitlines() if kind.says in line]
    assert len(said) == 1, ran.out + ran.err
    assert rows(known_url) == before
    assert not damage.marker(folder).exists()


def taken(state):
    """Take one tensor away."""
    del state["gpt_neox.layers.1.attention.dense.weight"]


def added(state):
    """Add a tensor that the model does not have."""
    state["gpt_neox.layers.9.attention.dense.weight"] = state["embed_out.weight"].clone()


def reshaped(state):
    """Give one tensor another shape."""
    state["embed_out.weight"] = state["embed_out.weight"][:-1].clone()


def infinite(state):
    """Make one weight infinite."""
    state["embed_out.weight"][0, 0] = float("inf")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (taken, "tensor gpt_neox.layers.1.attention.dense.weight is missing"),
        (added, "tensor gpt_neox.layers.9.attention.dense.weight is not of this model"),
        (reshaped, "tensor embed_out.weight has shape [255, 64], the model needs [256, 64]"),
        (infinite, "1 NaN or infinite weights, the first in embed_out.weight"),
    ],
)
@pytest.mark.parametrize("command", ["populate", "verify"])
def test_weights_that_do_not_fit(on, known_url, checkpoint, change, says, command):
    """A tensor missing, extra, misshapen or not finite is named; it is never filled with chance."""
    folder = checkpoint()
    damage.weights(change)(folder)
    before = rows(known_url)
    more = ["--level", "weights"] if command == "verify" else []
    ran = on(command, folder, *more, code=1)
    assert says in ran.out
    before["verification"] += command == "verify"
    assert rows(known_url) == before


def test_another_model_is_refused(on, known_url, checkpoint):
    """Weights of another size do not fit, and the parameter counts are said."""
    folder = checkpoint()

    def halved(state):
        for name in list(state):
            if ".layers.2." in name:
                del state[name]

    damage.weights(halved)(folder)
    ran = on("populate", folder, code=1)
    assert "parameters, the model has 182,848" in ran.out
    assert rows(known_url)["manifest"] == 0


def set_in_config(**settings):
    """Return what changes some settings of a folder's config."""

    def change(folder):
        file = folder / "config.json"
        file.write_text(json.dumps(json.loads(file.read_text()) | settings))

    return change


@pytest.mark.parametrize(
    ("change", "says", "code"),
    [
        (lambda folder: (folder / "config.json").unlink(), "no config.json", 3),
        (lambda folder: (folder / "config.json").write_text("{"), "cannot load it", 1),
        (
            lambda folder: (folder / "config.json").write_text('{"model_type": "nothing"}'),
            "cannot load it",
            1,
        ),
        (
            lambda folder: (folder / "config.json").write_text('{"model_type": "gpt_neox"}'),
            "config.json describes 20,",
            1,
        ),
        (set_in_config(num_attention_heads=0), "cannot load it", 1),
        (set_in_config(layer_norm_eps="x"), "cannot load it", 1),
        (set_in_config(num_hidden_layers="3"), "cannot load it", 1),
        (set_in_config(num_hidden_layers=float("nan")), "out of bounds", 1),
        (set_in_config(num_hidden_layers=10**6), "out of bounds", 1),
        (set_in_config(quantization_config={"quant_method": "fp8"}), "quantization_config", 3),
    ],
)
def test_a_config_that_builds_no_network(on, known_url, checkpoint, change, says, code):
    """Without a usable config the network cannot run, and nothing is recorded."""
    folder = checkpoint()
    change(folder)
    ran = on("populate", folder, code=code)
    assert says in ran.out + ran.err
    assert rows(known_url)["manifest"] == 0


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["{folder}"], 2, "nothing says which checkpoint"),
        (["--as", "qwertz@step1", "{folder}"], 2, "unknown model"),
        (["--as", "topics-183k@step3", "{folder}"], 2, "nearest: step"),
        (["--as", "topics-183k@step8", "{folder}", "{folder}"], 2, "one folder at a time"),
        (["--as", "topics-183k@step8", "{folder}/model.safetensors"], 2, "is a file"),
        (["--as", "topics-183k@step8", "./nowhere"], 2, "does not exist"),
        (["topics-183k@step8"], 3, "HF_HUB_OFFLINE"),
        (["--device", "tpu", "{folder}"], 2, "unknown device"),
        (["--as", "topics-183k@step8", "--device", "cuda:9", "{folder}"], 3, "not there"),
        (["--dtype", "int8", "{folder}"], 2, "unknown dtype"),
    ],
)
def test_asked_wrongly(catalog, known_url, checkpoint, arguments, code, says):
    """What cannot be meant gets one line and its code, and nothing is recorded."""
    folder = checkpoint()
    words = [word.format(folder=folder) for word in arguments]
    ran = catalog("populate", *words, "--db", known_url)
    lines = [line for line in ran.err.splitlines() if line.startswith("catalog: ")]
    assert (ran.code, ran.out, len(lines)) == (code, "", 1)
    assert says in lines[0]
    assert rows(known_url)["manifest"] == 0


def test_without_permission(unprivileged, templates, trajectory, checkpoint, tmp_path):
    """Weights that may not be read could not be checked, a database that may not be written too."""
    folder = checkpoint()
    (folder / "model.safetensors").chmod(0)
    with templates.copy("sqlite", "empty", tmp_path) as url:
        added = unprivileged(["suites", "add", trajectory / "suite.toml", "--db", url])
        assert added.returncode == 0
        words = ["populate", "--as", f"{MODEL}@step512", folder, "--db", url]
        ran = unprivileged(words)
        assert ran.returncode == 3
        assert "catalog: cannot read model.safetensors: Permission denied" in ran.stderr
        assert rows(url)["manifest"] == 0
        (folder / "model.safetensors").chmod(0o600)
        (tmp_path / url.rpartition("/")[2]).chmod(0o400)
        tmp_path.chmod(0o500)
        ran = unprivileged(words)
        tmp_path.chmod(0o700)
        assert ran.returncode == 3, ran.stderr
        assert ran.stderr.count("catalog: ") == 1
