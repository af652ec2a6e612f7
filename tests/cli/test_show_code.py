"""`catalog show --code`: what is printed is run, and loads the checkpoint's own weights."""

import ast
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import planted
import pytest
from hub_standin import asked_by_this_process
from loaded import same
from published import files, with_tokenizer
from recorded import MODEL
from transformers import AutoModelForCausalLM

from catalog.core.loadargs import LIBRARIES

REF = f"{MODEL}@step64"
STALE = planted.LAST
# What a branch holds of its own, beside the last step's default file, and what then loads it.
LAYOUTS = {
    "single": (("single",), False),
    "bin": (("bin",), False),
    "stale + bin": (("bin",), True),
    "stale + shards": (("shards",), True),
    "shards": (("shards",), False),
}
# vllm-project/vllm, 00b5ad0712629374e6352e2b31de0460be0fdf17: `LLM.__init__` names these itself or
# hands them to `EngineArgs`, whose field `load_format` takes these words (config/load.py).
VLLM_ARGUMENTS = {"model", "revision", "tokenizer_revision", "load_format"}
VLLM_FORMATS = {"auto", "safetensors"}


@pytest.fixture
def publish(hub, config, catalog, known_url, monkeypatch, tmp_path):
    """Return a function that publishes step 64, by layout or by files, and looks at it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CATALOG_DB", known_url)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    # Else it asks at the address of the first Hub that this process met.
    monkeypatch.setattr("transformers.utils.hub._hf_api", None)

    def run(forms=(), *, stale=False, branch=None):
        branch = branch or with_tokenizer(config, forms, stale=stale)
        commit = hub.repositories[planted.REPO].commit("step64", branch)
        with asked_by_this_process(hub, monkeypatch):
            assert catalog("sync", MODEL).code == 0
        return commit

    return run


@pytest.fixture
def code(catalog):
    """Return a function that prints the code of a library, and what is to be run before."""

    def run(library, ref=REF):
        ran = catalog("show", ref, "--code", library)
        assert ran.code == 0, ran.err
        told = json.loads(catalog("show", ref, "--code", library, "--json").out)
        assert told["code"] == ran.out
        return ran.out, told

    return run


@pytest.fixture
def typed(hub, catalog, monkeypatch):
    """Return a function that runs Python code, what it says is to be typed first before it."""

    def run(text, told):
        with asked_by_this_process(hub, monkeypatch):
            if told["before"] is not None:
                assert f"# in a shell, first: {told['before']}\n" in text
                ran = catalog(*shlex.split(told["before"])[1:])
                assert ran.code == 0, ran.err
            names = {}
            exec(compile(text, "snippet.py", "exec"), names)  # noqa: S102 - that is the subject
        return names

    return run


def is_true(model):
    """Return whether a network has exactly the weights of step 64."""
    return same(model.state_dict(), 64)


# What is run -----------------------------------------------------------------------------------


@pytest.mark.parametrize("library", ["transformers", "catalog"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_code_loads_the_true_weights(publish, code, typed, layout, library):
    """Whatever lies beside them, and in which format: pinned to the commit."""
    forms, stale = LAYOUTS[layout]
    commit = publish(forms, stale=stale)
    text, told = code(library)
    assert commit in text
    needs = library == "transformers" and layout == "stale + shards"
    assert (told["before"] is not None) == needs
    names = typed(text, told)
    assert is_true(names["model"])
    if library == "transformers":
        assert names["tokenizer"]("a b")["input_ids"] == [0, 1]


def test_the_arguments_are_data_too(publish, code, catalog, hub, monkeypatch):
    """`from_pretrained(**…)` of what JSON has is the same call."""
    publish(("bin",), stale=True)
    _, told = code("transformers")
    shown = json.loads(catalog("show", REF, "--json").out)["load_args"]
    assert shown == told["load_args"]
    assert shown["by_library"]["transformers"] == told["call"]
    with asked_by_this_process(hub, monkeypatch):
        assert is_true(AutoModelForCausalLM.from_pretrained(**told["call"]))


@pytest.mark.parametrize("layout", ["stale + bin", "stale + shards"])
def test_hf_brings_a_folder_that_loads(publish, code, hub, tmp_path, layout):
    """The command is run by a shell; nothing but the right set comes with config and tokenizer."""
    forms, stale = LAYOUTS[layout]
    publish(forms, stale=stale)
    text, told = code("hf")
    folder = tmp_path / told["load_args"]["folder"]
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    env = os.environ | hub.environment | {"HF_HOME": str(tmp_path / "hf"), "PATH": path}
    subprocess.run(text, shell=True, check=True, env=env, cwd=tmp_path, capture_output=True)
    assert not (folder / "model.safetensors").exists()
    assert (folder / "tokenizer_config.json").exists()
    assert is_true(AutoModelForCausalLM.from_pretrained(folder))


def test_shards_without_an_index_are_pulled(publish, config, code, catalog, hub, monkeypatch):
    """No loader takes them from the Hub; every library is given the folder."""
    branch = with_tokenizer(config, ("shards",), stale=False)
    del branch["model.safetensors.index.json"]
    publish(branch=branch)
    _, told = code("hf")
    others = [library for library in LIBRARIES if library != "catalog"]
    assert told["load_args"]["needs_folder"] == others
    assert told["code"].splitlines()[-1] == told["before"] == told["load_args"]["pull"]
    with asked_by_this_process(hub, monkeypatch):
        assert catalog(*shlex.split(told["before"])[1:]).code == 0
    assert is_true(AutoModelForCausalLM.from_pretrained(told["load_args"]["folder"]))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_code_is_of_its_language(publish, code, layout):
    """Python compiles, and a shell reads the rest; no line of it is words."""
    forms, stale = LAYOUTS[layout]
    publish(forms, stale=stale)
    for library in LIBRARIES:
        text, _ = code(library)
        if library in ("hf", "lm-eval"):
            subprocess.run(["sh", "-n"], input=text, text=True, check=True)
        else:
            compile(text, library, "exec")


@pytest.mark.parametrize("layout", LAYOUTS)
def test_vllm_is_called_as_its_source_has_it(publish, code, layout):
    """It cannot be installed here: its arguments are those that its source takes.

    With an index it drops what the index does not name, so that shards beside a stale file load.
    """
    forms, stale = LAYOUTS[layout]
    publish(forms, stale=stale)
    text, told = code("vllm")
    call = ast.parse(text).body[-1].value
    assert (call.func.id, len(call.args)) == ("LLM", 1)
    assert {word.arg for word in call.keywords} | {"model"} <= VLLM_ARGUMENTS
    assert (told["before"] is not None) == (layout == "stale + bin")
    if told["before"] is None:
        in_bin = forms == ("bin",)
        assert told["call"]["load_format"] == ("auto" if in_bin else "safetensors")
        assert told["call"]["load_format"] in VLLM_FORMATS


# What is not run -------------------------------------------------------------------------------


def test_without_right_weights_there_is_no_code(publish, catalog, config):
    """Exit 1 and the reason; nothing on standard output."""
    publish(branch=with_tokenizer(config, (), stale=True))
    for library in LIBRARIES:
        ran = catalog("show", REF, "--code", library)
        assert (ran.code, ran.out) == (1, ""), library
        assert "no weights of its own" in ran.err


def test_what_nobody_looked_at_is_asked_for_by_name(catalog, shipped_url):
    """The plain recipe, and what to type for more."""
    ran = catalog("show", "pythia-14m@step1000", "--code", "transformers", "--db", shipped_url)
    assert (ran.code, ran.err) == (0, "")
    assert "# not observed yet: `catalog sync pythia-14m`\n" in ran.out
    assert 'revision="step1000"' in ran.out
    assert "use_safetensors" not in ran.out


def test_of_the_real_2_8b_every_right_checkpoint_has_code(shipped_url):
    """By what ships: all have code but the twelve whose weights are nowhere right."""
    from catalog import api
    from catalog.errors import CheckedBad

    here = api.open(shipped_url)
    ways = {}
    for checkpoint in here.checkpoints("pythia-2.8b"):
        try:
            args = here.code(f"pythia-2.8b@{checkpoint.revision}").args
        except CheckedBad:
            ways[checkpoint.revision] = None
        else:
            ways[checkpoint.revision] = (args.needs_folder("transformers"), args.of("transformers"))
    none = [revision for revision, way in ways.items() if way is None]
    assert len(none) == 12
    assert sum(way is not None and way[0] for way in ways.values()) == 36
    in_bin = [way for way in ways.values() if way and way[1].get("use_safetensors") is False]
    assert len(in_bin) == 37


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["pythia-70m", "--code", "jax"], "'jax' is not one of"),
        (["gpt-neo-125m@step7", "--code", "hf"], "unknown"),
    ],
)
def test_asked_wrongly(catalog, shipped_url, words, says):
    """One line, exit 2."""
    ran = catalog("show", *words, "--db", shipped_url)
    assert (ran.code, ran.out) == (2, "")
    assert says in ran.err


def test_main_that_is_stale_leads_to_the_last_step(publish, catalog, hub, config):
    """Another branch is the same checkpoint: the code loads that one and says so."""
    repository = hub.repositories[planted.REPO]
    repository.commit("main", files(config, 64, "single"))
    publish(("single",))
    ran = catalog("show", f"{MODEL}@main", "--code", "transformers")
    assert ran.code == 0, ran.err
    assert repository.branches[f"step{STALE}"] in ran.out
    assert f"step{STALE} is the same checkpoint" in ran.out.replace("\n# ", " ")
