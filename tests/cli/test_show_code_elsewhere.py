"""The code for libraries of other people is run in an environment of theirs: `make test-slow`.

The variable LOADERS names it. What each of them computes is compared with the true weights.
"""

import json
import os
import shlex
import subprocess
from pathlib import Path

import planted
import pytest
import torch
import trajectory as training
from hub_standin import asked_by_this_process
from published import with_tokenizer
from recorded import MODEL
from transformers import AutoModelForCausalLM

LOADERS = Path(os.environ.get("LOADERS", Path(__file__).parents[2] / ".cache" / "loaders"))
IDS = [[5, 6, 7, 8]]
# What each of them is asked, after its own code has run.
READS = {
    "transformer-lens": "logits = model(torch.tensor(IDS))",
    "nnsight": "logits = model._module(torch.tensor(IDS)).logits",
    "lm-eval": "logits = model.model(torch.tensor(IDS)).logits",
}
PRINTS = "import json, torch\nIDS = {ids}\n{reads}\nprint(json.dumps(logits.float().tolist()))\n"
# `lm_eval --model hf --model_args TEXT` begins so.
HARNESS = """from lm_eval.api.registry import get_model
import lm_eval.models
model = get_model("hf").create_from_arg_string({text!r}, {{"device": "cpu"}})
"""
LAYOUTS = {"stale + bin": ("bin",), "stale + shards": ("shards",)}


@pytest.fixture
def printed(hub, config, catalog, known_url, monkeypatch, tmp_path):
    """Return a function that returns the code for a layout; what comes before it was typed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CATALOG_DB", known_url)

    def run(forms, library):
        branch = with_tokenizer(config, forms, stale=True)
        hub.repositories[planted.REPO].commit("step64", branch)
        with asked_by_this_process(hub, monkeypatch):
            assert catalog("sync", MODEL).code == 0
            told = json.loads(catalog("show", f"{MODEL}@step64", "--code", library, "--json").out)
            if told["before"] is not None:
                assert catalog(*shlex.split(told["before"])[1:]).code == 0
        return told["code"]

    return run


def computed(step):
    """Return what a step computes."""
    folder = training.cached() / f"step{step}"
    with torch.no_grad():
        network = AutoModelForCausalLM.from_pretrained(folder, dtype="float32")
        return network(torch.tensor(IDS)).logits


@pytest.mark.slow
@pytest.mark.parametrize("library", READS)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_code_loads_the_true_weights(printed, hub, tmp_path, layout, library):
    """In another process, from the stand-in: the step's own logits, and not the last step's."""
    text = printed(LAYOUTS[layout], library)
    if library == "lm-eval":
        words = shlex.split(text.splitlines()[-1])
        assert words[:4] == ["lm_eval", "--model", "hf", "--model_args"]
        text = HARNESS.format(text=words[4])
    script = tmp_path / "snippet.py"
    script.write_text(text + PRINTS.format(ids=IDS, reads=READS[library]))
    env = os.environ | hub.environment | {"HF_HOME": str(tmp_path / "hf")}
    env.pop("PYTHONPATH", None)
    done = subprocess.run(
        [LOADERS / "bin" / "python", script],
        env=env,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    logits = torch.tensor(json.loads(done.stdout.splitlines()[-1]))
    # In half precision, as the weights are stored.
    assert (logits - computed(64)).abs().max() < 0.05
    assert (logits - computed(planted.LAST)).abs().max() > 0.5
