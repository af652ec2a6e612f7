"""The real trajectory that other tests and `make run` stand on."""

import csv
import hashlib
import math
import tomllib

import pytest
import topics
import trajectory as run


def losses(folder):
    """Return the training loss before each update."""
    with (folder / "losses.csv").open() as rows:
        return [float(row["loss"]) for row in csv.DictReader(rows)]


def test_text_is_the_same_everywhere():
    """What the run is trained on has one digest, under any Python on any machine."""
    digest = "6901f071fb6469440ebd581315a0cf17a826f6fb487fc23c5b46397ac8218335"
    assert hashlib.sha256(topics.text().encode()).hexdigest() == digest


def test_training_loss_really_falls(trajectory):
    """The last sixteen batches cost less than half of the first sixteen."""
    curve = losses(trajectory)
    assert len(curve) == run.STEPS[-1]
    assert sum(curve[-16:]) < 0.6 * sum(curve[:16])


def test_first_loss_is_that_of_chance(trajectory):
    """An untrained network's loss is near ln V."""
    assert losses(trajectory)[0] == pytest.approx(math.log(run.VOCABULARY), abs=0.05)


def test_grid_is_saved_whole(trajectory):
    """Every step of the save schedule has weights and config, and nothing else is there."""
    saved = {folder.name for folder in trajectory.glob("step*")}
    assert saved == {f"step{step}" for step in run.STEPS}
    for name in saved:
        assert (trajectory / name / "config.json").is_file()
        assert (trajectory / name / "model.safetensors").is_file()


def test_first_update_changes_nothing(trajectory):
    """step0 = step1, because the first update has learning rate 0; step2 differs."""
    first, second, third = (
        (trajectory / f"step{step}" / "model.safetensors").read_bytes() for step in (0, 1, 2)
    )
    assert first == second
    assert second != third


def test_weights_are_half_precision(trajectory):
    """Files hold fp16 tensors under the published names."""
    from safetensors import safe_open

    with safe_open(trajectory / "step4" / "model.safetensors", "pt") as tensors:
        assert "embed_out.weight" in tensors.keys()  # noqa: SIM118 - not a mapping
        assert {tensors.get_slice(name).get_dtype() for name in tensors.keys()} == {"F16"}  # noqa: SIM118


def test_suite_file_counts_the_parameters(trajectory):
    """The shipped count is that of the closed formula for GPT-NeoX."""
    suite = tomllib.loads((trajectory / "suite.toml").read_text())
    values = {key: value for fact in suite["fact"] for key, value in fact["values"].items()}
    layers, width = values["layers"], values["model_dim"]
    body = layers * (12 * width * width + 13 * width) + 2 * width
    assert values["params_non_embedding"] == body
    assert values["params_total"] == body + 2 * values["vocab_size"] * width


@pytest.mark.slow
def test_training_is_deterministic(trajectory, tmp_path):
    """A second training on the same machine writes the same bytes."""
    import subprocess
    import sys

    subprocess.run([sys.executable, run.__file__, "--to", tmp_path], check=True)
    for step in run.STEPS:
        weights = f"step{step}/model.safetensors"
        assert (tmp_path / weights).read_bytes() == (trajectory / weights).read_bytes()


def test_what_is_kept_is_not_trained_again(trajectory, capsys, monkeypatch):
    """`--keep` prints the folder that has the run, as `make run` takes it."""
    monkeypatch.setattr("sys.argv", ["trajectory.py", "--keep", str(run.CACHE)])
    monkeypatch.setattr(run, "train", None)
    monkeypatch.setattr(run.subprocess, "run", None)
    run.main()
    assert capsys.readouterr().out == f"{trajectory}\n"
