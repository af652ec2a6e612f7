"""What tests of weights on record start from: a small trained run, known to an empty catalog."""

import json
import shutil
from pathlib import Path

import checkpoints
import planted
import published
import pytest
import trajectory as training
from hub_standin import Hub, asked_by_this_process
from recorded import MODEL
from safetensors.torch import load_file
from sun_run import publish
from suns import SUITE


@pytest.fixture
def known_url(backend, templates, tmp_path):
    """Return a fresh database that knows the trained run and nothing else."""
    with templates.copy(backend, "trained", tmp_path) as url:
        yield url


@pytest.fixture
def checkpoint(trajectory, tmp_path):
    """Return a function that copies a step of the run, written anew in the layout asked for."""

    def make(step=512, layout=None, name=None):
        source, made = trajectory / f"step{step}", tmp_path / (name or f"step{step}")
        if layout is None:
            return Path(shutil.copytree(source, made))
        checkpoints.LAYOUTS[layout](made, load_file(source / "model.safetensors"))
        shutil.copy(source / "config.json", made)
        return made

    return make


@pytest.fixture
def on(catalog, known_url):
    """Return a function that runs a command about one step's folder on the known database."""

    def run(command, folder, *more, step=512, code=None):
        ran = catalog(command, "--as", f"{MODEL}@step{step}", folder, *more, "--db", known_url)
        assert code in (None, ran.code), ran.out + ran.err
        return ran

    return run


@pytest.fixture(scope="session")
def config(trajectory):
    """Return the run's real config."""
    return (trajectory / "step64" / "config.json").read_bytes()


@pytest.fixture
def hub(config):
    """Return a stand-in that publishes every step in two formats, with nothing wrong."""
    with Hub() as made:
        repository = made.add(planted.REPO)
        for step in training.STEPS:
            repository.commit(f"step{step}", published.files(config, step, "single", "bin"))
        repository.branches["main"] = repository.branches[f"step{planted.LAST}"]
        yield made


# Locks -----------------------------------------------------------------------------------------


@pytest.fixture
def lock(hub, catalog, known_url, tmp_path, monkeypatch):
    """Return a function that pins some REFs in `lock.json`."""

    def run(*words):
        with asked_by_this_process(hub, monkeypatch):
            return catalog("lock", *words, "-o", tmp_path / "lock.json", "--db", known_url)

    return run


@pytest.fixture
def check(catalog, tmp_path):
    """Return a function that compares with the lock; it must need neither catalog nor Hub."""

    def run(*words):
        ran = catalog(
            "verify", "--lock", tmp_path / "lock.json", *words, "--db", "sqlite:////no/db"
        )
        if "--json" not in words or not ran.out.startswith("["):
            return ran.code, ran.out + ran.err
        return ran.code, json.loads(ran.out)

    return run


@pytest.fixture
def folder(config, tmp_path):
    """Return a folder that holds step 64, and a file that no lock speaks of."""
    made = tmp_path / "weights"
    made.mkdir()
    for name, raw in published.files(config, 64, "single").items():
        (made / name).write_bytes(raw)
    return made


# A run that is known by its suite --------------------------------------------------------------


@pytest.fixture(scope="session")
def suns(tmp_path_factory, templates):
    """Return a database that knows the suite and nothing else; copy it."""
    from cli.main import main

    folder = tmp_path_factory.mktemp("suns")
    (folder / "suite.toml").write_text(SUITE)
    with templates.copy("sqlite", "empty", folder) as url, pytest.raises(SystemExit) as left:
        main(["suites", "add", str(folder / "suite.toml"), "--db", url, "-q"])
    assert not left.value.code
    return url.removeprefix("sqlite:///")


@pytest.fixture
def at(suns, catalog, tmp_path, monkeypatch):
    """Return a function that runs a command while a Hub is the one that is asked, or none is."""
    file = shutil.copy(suns, tmp_path / "suns.db")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "cache"))

    def run(hub, *words):
        if hub is None:
            return catalog(*words, "--db", file)
        with asked_by_this_process(hub, monkeypatch):
            return catalog(*words, "--db", file)

    return run


@pytest.fixture
def sun_hub():
    """Return a stand-in that publishes the run of the suns."""
    with Hub() as made:
        publish(made)
        yield made


@pytest.fixture
def mirror():
    """Return another one, that publishes the same."""
    with Hub() as made:
        publish(made)
        yield made
