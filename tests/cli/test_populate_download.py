"""`catalog populate REF`: what is downloaded from the Hub's stand-in, checked and recorded."""

import json
import os

import checkpoints
import pytest
from hub_standin import Fault, Hub, asked_by_this_process
from recorded import MODEL, rows
from safetensors.torch import load_file

REF = f"{MODEL}@step64"
BODY = r"^GET /[0-9a-f]{64}"


@pytest.fixture
def hub(trajectory):
    """Return a stand-in that publishes two steps of the run, one in two formats."""
    with Hub() as made:
        repository = made.add(f"example/{MODEL}")
        repository.commit_folder("step8", trajectory / "step8")
        files = {file.name: file for file in (trajectory / "step64").iterdir()}
        files |= {
            "pytorch_model.bin": b"another format",
            "README.md": b"# read",
            "optimizer.pt": b"x",
        }
        repository.commit("step64", files)
        yield made


@pytest.fixture
def run(hub, known_url, tmp_path, warm):
    """Return a function that runs a command in a process of its own, with an empty cache."""

    def go(*words, **environment):
        home = {"HF_HOME": str(tmp_path / "hf"), "HF_HUB_CACHE": str(tmp_path / "hf" / "hub")}
        env = os.environ | hub.environment | home | environment
        return warm.run([*words, "--db", known_url], env=env)

    return go


@pytest.fixture
def here(hub, catalog, known_url, tmp_path, monkeypatch):
    """Return a function that populates REF in this process, and returns code and line."""
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))

    def go():
        with asked_by_this_process(hub, monkeypatch):
            ran = catalog("populate", REF, "--db", known_url)
        (line,) = [line for line in ran.err.splitlines() if line.startswith("catalog: ")]
        return ran.code, line

    return go


def test_only_what_is_needed_is_downloaded(run, hub, known_url):
    """Config and the weight set that loads, once; the second run and `verify` ask for nothing."""
    ran = run("populate", REF, "--json")
    assert ran.returncode == 0, ran.stderr
    (told,) = json.loads(ran.stdout)
    repository = hub.repositories[f"example/{MODEL}"]
    assert (told["status"], told["commit"]) == ("recorded", repository.branches["step64"])
    bodies = [asked for asked in hub.requests if asked.startswith("GET") and "/api/" not in asked]
    assert sorted(asked.rpartition("/")[2].split("?")[0] for asked in bodies) == sorted(
        ["config.json", repository.commits[told["commit"]]["model.safetensors"].sha256]
    )
    asked = len(hub.requests)
    assert json.loads(run("populate", REF, "--json").stdout)[0]["status"] == "known"
    verified = run("verify", REF, "--level", "weights", HF_HUB_OFFLINE="1")
    assert verified.returncode == 0, verified.stdout
    assert "declared" in verified.stdout
    assert len(hub.requests) == asked
    assert rows(known_url)["observation"] == 1


def test_one_weight_set_can_be_asked_for(run, hub, trajectory, tmp_path):
    """MODEL@REVISION#FILE downloads and records that set."""
    folder = checkpoints.zipped(
        tmp_path / "bin", load_file(trajectory / "step64" / "model.safetensors")
    )
    files = {file.name: file for file in (trajectory / "step64").iterdir()}
    repository = hub.repositories[f"example/{MODEL}"]
    repository.commit("step64", files | {"pytorch_model.bin": folder / "pytorch_model.bin"})
    ran = run("populate", f"{REF}#pytorch_model.bin", "--json")
    assert ran.returncode == 0, ran.stderr
    (one,) = json.loads(ran.stdout)[0]["weight_sets"]
    assert one["layout"] == "bin"


def test_a_corrupted_body_is_caught(run, hub, known_url):
    """The client accepts wrong bytes of the right length; we do not, and record nothing."""
    hub.faults.append(Fault(BODY, corrupt=True))
    ran = run("populate", REF)
    assert ran.returncode == 1, ran.stderr
    assert "the Hub declared" in ran.stdout
    assert "it was damaged since, or on its way: delete /" in ran.stdout
    assert rows(known_url)["manifest"] == 0


def test_a_body_without_end_is_stopped(run, hub, known_url, tmp_path):
    """What comes after the declared size is let go; the next run records the checkpoint."""
    hub.faults.append(Fault(BODY, more=1 << 30, times=None))
    ran = run("populate", REF)
    assert ran.returncode == 3, ran.stdout
    assert f"sends more than the size that it declares of example/{MODEL}@step64" in ran.stderr
    assert hub.sent_more < 100 << 20
    assert list(tmp_path.rglob("*.incomplete")) == []
    hub.faults.clear()
    assert run("populate", REF).returncode == 0
    assert rows(known_url)["observation"] == 1


def test_a_cut_connection_goes_on(run, hub, known_url):
    """A connection that breaks once is taken up again."""
    hub.faults.append(Fault(BODY, cut=50_000))
    ran = run("populate", REF)
    assert ran.returncode == 0, ran.stderr
    assert rows(known_url)["observation"] == 1


def test_a_busy_hub_is_waited_out(run, hub):
    """429 on the first call is no failure, and the wait is said."""
    hub.faults.append(Fault("/revision/", status=429, headers={"Retry-After": "0"}))
    ran = run("populate", REF)
    assert ran.returncode == 0, ran.stderr
    assert "the Hub answers 429; waiting 1 s" in ran.stderr


@pytest.mark.parametrize(
    ("prepare", "says"),
    [
        (lambda hub: hub.repositories.clear(), f"shows no example/{MODEL}"),
        (lambda hub: hub.repositories[f"example/{MODEL}"].branches.clear(), "does not have"),
        (
            lambda hub: setattr(hub.repositories[f"example/{MODEL}"], "gated", True),
            "is closed to you",
        ),
        (lambda hub: hub.faults.append(Fault("", status=404, times=None)), "did not give"),
        (
            lambda hub: hub.faults.append(Fault("/revision/", status=200, body=b"<html>")),
            "makes no sense",
        ),
    ],
)
def test_what_the_hub_does_not_give(here, hub, known_url, prepare, says):
    """A repository or branch that is gone or closed, an answer that is none: exit 3, one line."""
    prepare(hub)
    code, line = here()
    assert (code, rows(known_url)["manifest"]) == (3, 0)
    assert says in line


def test_a_branch_without_weights(here, hub, known_url):
    """A branch that holds no weights is checked and bad: exit 1."""
    hub.repositories[f"example/{MODEL}"].commit("step64", {"config.json": b"{}"})
    code, line = here()
    assert (code, rows(known_url)["manifest"]) == (1, 0)
    assert "holds no weights" in line


def test_a_token_is_sent_and_never_shown(run, hub):
    """HF_TOKEN goes to the Hub and not on the screen."""
    secret = "hf_secretsecretsecret"  # noqa: S105
    ran = run("populate", REF, HF_TOKEN=secret)
    assert ran.returncode == 0, ran.stderr
    assert f"Bearer {secret}" in hub.authorizations
    assert secret not in ran.stdout + ran.stderr
