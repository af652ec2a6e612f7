"""The forward pass on a really trained run: reproducible, strict, honest about devices."""

import json
import os
import shutil
import tempfile

import pytest

from catalog import forward
from catalog.core import fingerprints, plausibility
from catalog.errors import BadInput, CouldNotCheck
from catalog.forward import configs, links

FILES = ["model.safetensors"]


def run(folder, dtype="float32", files=FILES):
    """Run a folder's network on the CPU."""
    return forward.run(folder, files, forward.choose("cpu", dtype), architecture="gpt-neox")


@pytest.fixture
def copy(trajectory, tmp_path):
    """Return a copy of step4 that a test may damage."""
    return shutil.copytree(trajectory / "step4", tmp_path / "step4")


def rewrite(folder, change):
    """Load a folder's tensors, let `change` alter the mapping, and write them again."""
    from safetensors.torch import load_file, save_file

    path = folder / "model.safetensors"
    tensors = load_file(path)
    change(tensors)
    save_file(tensors, path, {"format": "pt"})


def test_two_runs_are_equal(trajectory):
    """On one machine the same weights give the same fingerprint, to the last digit but sums."""
    first, second = (run(trajectory / "step64").fingerprint for _ in range(2))
    result = fingerprints.compare(first, second)
    assert result.worst <= 1e-12
    assert result.agreement is fingerprints.Agreement.AGREE


def test_neighbouring_steps_are_told_apart(trajectory):
    """The differences between checkpoints of one run are far beyond the tolerance."""
    steps = [run(trajectory / f"step{step}").fingerprint for step in (0, 1, 2, 256, 512)]
    assert fingerprints.compare(steps[0], steps[1]).agreement is fingerprints.Agreement.AGREE
    for one, other in ((1, 2), (3, 4)):
        result = fingerprints.compare(steps[one], steps[other])
        assert result.agreement is fingerprints.Agreement.DIFFER
        assert result.worst > 100 * result.allowed


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_coarser_dtypes_stay_within_their_tolerance(trajectory, dtype):
    """A run in half precision agrees with the float32 record, and says so in its environment."""
    exact, coarse = run(trajectory / "step512"), run(trajectory / "step512", dtype)
    result = fingerprints.compare(exact.fingerprint, coarse.fingerprint)
    assert result.agreement is fingerprints.Agreement.AGREE
    assert result.worst > 0
    assert coarse.environment.dtype == dtype


def test_loss_on_text_falls_in_training(trajectory):
    """The probes see what training does: chance at step 0, far less at the end."""
    curve = [run(trajectory / f"step{step}").fingerprint for step in (0, 16, 512)]
    expected, allowed = plausibility.untrained_loss(curve[0])
    assert abs(curve[0].loss - expected) <= allowed
    assert curve[0].text_loss > curve[1].text_loss + 1 > curve[2].text_loss + 2


def test_missing_tensor_is_a_problem(copy):
    """A tensor that the file lacks is named, not filled with random numbers."""
    rewrite(copy, lambda tensors: tensors.pop("gpt_neox.layers.1.mlp.dense_h_to_4h.weight"))
    found = run(copy)
    assert found.fingerprint is None
    assert "1 missing: gpt_neox.layers.1.mlp.dense_h_to_4h.weight" in found.problems


def test_unexpected_tensor_is_a_problem(copy):
    """A tensor that the network has no place for is named."""
    import torch

    rewrite(copy, lambda tensors: tensors.update({"gpt_neox.layers.9.x": torch.zeros(2)}))
    assert run(copy).problems == ("1 unexpected: gpt_neox.layers.9.x",)


def test_old_buffers_are_no_problem(copy):
    """Masks and frequencies that old converters stored are not parameters."""
    import torch

    buffers = {
        f"gpt_neox.layers.{layer}.attention.{name}": torch.ones(1)
        for layer in range(3)
        for name in ("bias", "masked_bias", "rotary_emb.inv_freq")
    }
    before = run(copy).fingerprint
    rewrite(copy, lambda tensors: tensors.update(buffers))
    assert run(copy).fingerprint == before


def test_wrong_shape_is_a_problem(copy):
    """A tensor of another shape is named."""
    import torch

    rewrite(copy, lambda tensors: tensors.update({"embed_out.weight": torch.zeros(200, 64)}))
    (problem,) = run(copy).problems
    assert "mismatched" in problem
    assert "weight" in problem


def test_nan_is_a_problem(copy):
    """Weights that give no finite output have no fingerprint."""
    rewrite(copy, lambda tensors: tensors["gpt_neox.final_layer_norm.weight"].fill_(float("nan")))
    found = run(copy)
    assert (found.fingerprint, found.problems) == (None, ("the output is not finite",))


def test_the_folder_of_a_killed_pass_goes_with_the_next(tmp_path, monkeypatch):
    """It is nobody's any more; that of a pass that goes on stays."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with links.folder() as used:
        left = used.with_name(f"{used.name}left")
        left.mkdir()
        (left / "config.json").symlink_to(used)
        for folder in (used, left):
            os.utime(folder, (0, 0))
        with links.folder() as other:
            assert {used, other} == set(tmp_path.iterdir())
    assert not any(tmp_path.iterdir())


def test_only_the_named_weight_set_is_run(copy, trajectory):
    """Beside another set, which transformers would take first, the named one is loaded."""
    shutil.copy(trajectory / "step512" / "model.safetensors", copy / "other.safetensors")
    here, there = run(copy), run(copy, files=["other.safetensors"])
    assert there.fingerprint == run(trajectory / "step512").fingerprint
    assert there.fingerprint != here.fingerprint


def test_bin_computes_the_same(copy):
    """The same tensors in a `.bin` give the same fingerprint."""
    import torch
    from safetensors.torch import load_file

    before = run(copy).fingerprint
    torch.save(load_file(copy / "model.safetensors"), copy / "pytorch_model.bin")
    assert run(copy, files=["pytorch_model.bin"]).fingerprint == before


@pytest.mark.parametrize("layer", [-2, [-1, 3], 0])
def test_layers_may_count_from_the_end(tmp_path, layer):
    """A config that names one of the last layers asks for nothing out of bounds."""
    (tmp_path / "config.json").write_text(json.dumps({"vision_feature_layer": layer}))
    assert configs.problem(tmp_path) == ""


def test_config_is_needed(copy):
    """Without config nothing can be built: could not check."""
    (copy / "config.json").unlink()
    with pytest.raises(CouldNotCheck, match=r"config\.json"):
        run(copy)


def test_config_that_asks_for_code_is_refused(copy, tmp_path):
    """A config that names code of its own does not get it run."""
    config = json.loads((copy / "config.json").read_text())
    config |= {"auto_map": {"AutoModelForCausalLM": "evil.Model"}, "model_type": "evil"}
    (copy / "config.json").write_text(json.dumps(config))
    (copy / "evil.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    found = forward.run(copy, FILES, forward.choose("cpu", "float32"), architecture="evil")
    assert found.fingerprint is None
    assert found.problems
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("device", ["gpu", "cuda:x", "cpu:1", "cuda:", "", "cuda:-1"])
def test_unknown_device_is_asked_wrongly(device):
    """A device that cannot exist is exit 2, with the ones that can."""
    with pytest.raises(BadInput, match="cuda:N"):
        forward.choose(device)


def test_unknown_dtype_is_asked_wrongly():
    """A dtype that is not offered is exit 2, with the ones that are."""
    with pytest.raises(BadInput, match="bfloat16"):
        forward.choose("cpu", "int8")


def test_absent_card_could_not_be_checked():
    """A card that is not there is exit 3."""
    with pytest.raises(CouldNotCheck, match="cuda:99 is not there"):
        forward.choose("cuda:99")


def test_auto_says_when_it_is_the_cpu():
    """Without a CUDA device, `auto` is the CPU and says so."""
    import torch

    choice = forward.choose("auto")
    if torch.cuda.is_available():
        assert choice == forward.Choice("cuda:0", "float32")
    else:
        assert choice.device == "cpu"
        assert "CPU" in choice.notes[0]


def test_callers_settings_survive(trajectory):
    """The pass switches on determinism for itself only."""
    import torch

    before = torch.are_deterministic_algorithms_enabled()
    run(trajectory / "step0")
    assert torch.are_deterministic_algorithms_enabled() is before


@pytest.mark.gpu
@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
def test_cuda_agrees_with_the_cpu(trajectory, dtype):
    """A CUDA device computes what the CPU does, within the tolerance."""
    for step in (0, 512):
        cpu = run(trajectory / f"step{step}").fingerprint
        card = forward.run(
            trajectory / f"step{step}",
            FILES,
            forward.choose("cuda", dtype),
            architecture="gpt-neox",
        )
        assert fingerprints.compare(cpu, card.fingerprint).agreement is fingerprints.Agreement.AGREE
        assert card.environment.device == "cuda"


@pytest.mark.gpu
def test_cuda_repeats(trajectory):
    """Two runs on one CUDA device agree within the tolerance for one device."""
    choice = forward.choose("cuda")
    first, second = (
        forward.run(trajectory / "step512", FILES, choice, architecture="gpt-neox").fingerprint
        for _ in range(2)
    )
    result = fingerprints.compare(first, second)
    assert (first.environment, result.agreement) == (
        second.environment,
        fingerprints.Agreement.AGREE,
    )


# Configs ---------------------------------------------------------------------------------------


@pytest.fixture
def configured(copy):
    """Return a function that runs the copy with some keys of its config changed."""

    def run_with(change):
        file = copy / "config.json"
        file.write_text(json.dumps(json.loads(file.read_text()) | change))
        return run(copy)

    return run_with


@pytest.mark.parametrize(
    "change",
    [
        {"num_hidden_layers": 1e308},
        {"num_hidden_layers": float("nan")},
        {"num_hidden_layers": True},
        {"num_hidden_layers": "3"},
        {"num_hidden_layers": None},
        {"num_hidden_layers": [3]},
        {"num_hidden_layers": -1},
        {"num_hidden_layers": 0},
        {"num_hidden_layers": 10**6},
        {"num_hidden_layers": 10**400},
        {"num_attention_heads": 0},
        {"num_attention_heads": -4},
        {"num_attention_heads": 10**9},
        {"num_attention_heads": 5},
        {"hidden_size": 10**12},
        {"hidden_size": 0},
        {"hidden_size": {}},
        {"intermediate_size": 10**15},
        {"vocab_size": 10**18},
        {"vocab_size": 10**30},
        {"vocab_size": -1},
        {"rope_parameters": {"rope_type": "default", "partial_rotary_factor": 1e300}},
        {"rope_parameters": {"rope_type": "default", "rope_theta": "x"}},
        {"rope_parameters": {"rope_type": "nothing"}},
        {"rope_parameters": "x"},
        {"layer_norm_eps": "x"},
        {"hidden_act": "nothing"},
        {"hidden_act": 7},
        {"id2label": 3},
        {"num_labels": 10**9},
        {"model_type": []},
        {"model_type": "gpt_neo", "max_position_embeddings": 10**6},
        {"dtype": "float7"},
        {"transformers_weights": "../other.safetensors"},
        {"transformers_weights": 3},
        {"text_config": {"num_hidden_layers": 10**6}},
    ],
    ids=str,
)
def test_a_config_without_sense(configured, change):
    """Whatever stands there: no network, one line that says why, in a moment, and no traceback."""
    found = configured(change)
    assert found.fingerprint is None
    assert found.problems
    assert all("\n" not in problem and len(problem) < 1_000 for problem in found.problems)
    assert not any(problem.endswith(":") for problem in found.problems)


@pytest.mark.parametrize(
    "text",
    ["[]", "3", "null", "", "[" * 100_000, '{"a":' * 100_000, "\x00", "{" + " " * (5 << 20) + "}"],
    ids=lambda text: text[:6],
)
def test_a_config_that_is_none(copy, text):
    """A file that is no object of settings is told in one line."""
    (copy / "config.json").write_text(text)
    (problem,) = run(copy).problems
    assert "\n" not in problem


def test_a_config_that_changes_the_weights(configured):
    """Quantised on the way, a network is not what its files hold: that could not be checked."""
    with pytest.raises(CouldNotCheck, match="quantization_config"):
        configured({"quantization_config": {"quant_method": "fp8"}})


def test_a_config_with_a_use_for_large_numbers(trajectory, configured):
    """Numbers that count nothing may be large, and what nobody reads may be anything."""
    told = configured(
        {"eos_token_id": 10**7, "block_size": 10**6, "num_labels": 5, "architectures": 3}
    )
    assert told.fingerprint == run(trajectory / "step4").fingerprint
