"""`catalog pull`: the right weights of a branch, every byte checked, or nothing at all."""

import json
import os
import signal
import time

import planted
import pytest
from hub_standin import Fault, asked_by_this_process
from loaded import loads
from published import files, publish
from recorded import MODEL
from warm import cold

REF = f"{MODEL}@step64"
BODY = r"^GET /[0-9a-f]{64}"
SMALL = ("config.json", "tokenizer.json", "modeling_own.py")


@pytest.fixture
def pull(hub, catalog, known_url, tmp_path, monkeypatch):
    """Return a function that pulls in this process, by default REF into `out`."""

    def run(*words, ref=REF):
        with asked_by_this_process(hub, monkeypatch):
            return catalog("pull", ref, "--to", tmp_path / "out", *words, "--db", known_url)

    return run


def bodies(hub):
    """Return how many files were downloaded from where weights come from."""
    return hub.count(BODY)


def only(folder):
    """Return the names in a folder beside its own manifest; nothing else may lie next to it."""
    assert [path.name for path in folder.parent.iterdir() if "pulling" in path.name] == []
    names = sorted(path.name for path in folder.iterdir())
    assert names.pop(0) == ".catalog.json"
    return names


def test_the_default_file_of_another_step_is_not_pulled(pull, hub, config, tmp_path):
    """model.safetensors is the last step's, the .bin is right: the folder loads the true step."""
    publish(hub, config, 64, "bin")
    branch = files(config, 64, "bin") | planted.copy_of(planted.REPO, planted.LAST, "single")
    commit = hub.repositories[planted.REPO].commit("step64", branch)
    ran = pull("--json")
    assert ran.code == 0, ran.err
    told = json.loads(ran.out)
    assert (told["ref"], told["commit"], told["status"]) == (REF, commit, "pulled")
    assert told["weight_set"] == "pytorch_model.bin"
    assert [file["path"] for file in told["files"]] == sorted((*SMALL, "pytorch_model.bin"))
    assert told["checked"] == len(told["files"]) == bodies(hub) + len(SMALL)
    assert only(tmp_path / "out") == sorted((*SMALL, "pytorch_model.bin"))
    assert loads(tmp_path / "out", 64)


def test_of_two_right_sets_safetensors_is_pulled(pull, hub, tmp_path):
    """Both formats are the step's own; only one is fetched, and a second run fetches nothing."""
    assert pull().code == 0
    assert only(tmp_path / "out") == sorted((*SMALL, "model.safetensors"))
    assert loads(tmp_path / "out", 64)
    asked = bodies(hub)
    ran = pull("--json")
    assert (ran.code, json.loads(ran.out)["status"]) == (0, "known")
    assert bodies(hub) == asked == 1


def test_shards_without_an_index_get_one(pull, hub, config, tmp_path):
    """Shards come before the .bin, and the index that the branch lacks is written."""
    branch = files(config, 64, "shards", "bin")
    del branch["model.safetensors.index.json"]
    hub.repositories[planted.REPO].commit("step64", branch)
    ran = pull("--json")
    assert ran.code == 0, ran.err
    told = json.loads(ran.out)
    assert (told["weight_set"], told["index_written"]) == ("model.safetensors.index.json", True)
    index = json.loads((tmp_path / "out" / "model.safetensors.index.json").read_text())
    assert set(index["weight_map"].values()) == set(planted.SHARDS)
    assert index["metadata"]["total_size"] == sum(
        value.nbytes for value in planted.state(planted.REPO, 64).values()
    )
    assert loads(tmp_path / "out", 64)
    assert json.loads(pull("--json").out)["status"] == "known"


def test_one_set_can_be_asked_for(pull, tmp_path):
    """MODEL@REVISION#FILE pulls that set where it is right."""
    assert pull(ref=f"{REF}#pytorch_model.bin").code == 0
    assert "pytorch_model.bin" in only(tmp_path / "out")


@pytest.mark.parametrize("ref", [MODEL, f"{MODEL}@main", f"{planted.REPO}@step{planted.LAST}"])
def test_main_is_the_last_step(pull, tmp_path, ref):
    """A bare model means main, whose weights are the last step's."""
    ran = pull(ref=ref)
    assert ran.code == 0, ran.err
    assert loads(tmp_path / "out", planted.LAST)


def other_owner(hub, config):
    """All of the branch is the last step's."""
    publish(hub, config, 64, "single", of=planted.LAST)


def nobody_knows(hub, config):
    """Two steps share their bytes, neither of them the last."""
    publish(hub, config, 64, "single", of=128)


def no_config(hub, config):
    """Nothing could load it."""
    content = files(config, 64, "single")
    del content["config.json"]
    hub.repositories[planted.REPO].commit("step64", content)


def half(hub, config):
    """One shard of two."""
    content = files(config, 64, "shards")
    del content[planted.SHARDS[1]]
    hub.repositories[planted.REPO].commit("step64", content)


def no_weights(hub, config):
    """Config and tokenizer only."""
    publish(hub, config, 64)


@pytest.mark.parametrize(
    ("prepare", "says"),
    [
        (other_owner, "no weights of its own"),
        (nobody_knows, "no weights of its own"),
        (half, "no weights of its own"),
        (no_weights, "no weights of its own"),
        (no_config, "has no config.json"),
    ],
)
def test_without_right_weights_nothing_is_downloaded(pull, hub, config, tmp_path, prepare, says):
    """Exit 1, one line that says why, no body asked for, nothing left."""
    prepare(hub, config)
    ran = pull()
    (line,) = [line for line in ran.err.splitlines() if line.startswith("catalog: ")]
    assert (ran.code, ran.out, bodies(hub)) == (1, "", 0)
    assert says in line
    assert not list(tmp_path.glob("*out*"))


def test_a_wrong_set_is_not_pulled_when_asked_for(pull, hub, config):
    """#FILE chooses among sets; it does not turn a wrong one into a right one."""
    branch = files(config, 64, "bin") | planted.copy_of(planted.REPO, planted.LAST, "single")
    hub.repositories[planted.REPO].commit("step64", branch)
    assert pull(ref=f"{REF}#model.safetensors").code == 1
    ran = pull(ref=f"{REF}#other.bin")
    assert (ran.code, bodies(hub)) == (2, 0)
    assert "it has: model.safetensors, pytorch_model.bin" in ran.err


def test_a_corrupted_body_is_fetched_once_more(pull, hub, tmp_path):
    """Wrong bytes of the right length: the client takes them, we do not."""
    hub.faults.append(Fault(BODY, corrupt=True))
    ran = pull("--json")
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["refetched"] == ["model.safetensors"]
    assert loads(tmp_path / "out", 64)


def test_a_body_that_stays_corrupted_is_refused(pull, hub, tmp_path):
    """Twice wrong: exit 1, and nothing has the final name; the next run succeeds."""
    hub.faults.append(Fault(BODY, corrupt=True, times=2))
    ran = pull()
    assert ran.code == 1
    assert "model.safetensors is not what the Hub declared" in ran.err
    assert not (tmp_path / "out").exists()
    assert pull().code == 0
    assert loads(tmp_path / "out", 64)


def test_a_body_without_end_is_stopped(pull, hub, tmp_path):
    """What comes after the declared size is not written, and hardly read; the next run succeeds."""
    hub.faults.append(Fault(BODY, more=1 << 30))
    ran = pull()
    assert ran.code == 3
    assert "sends more than the size that it declares of model.safetensors" in ran.err
    assert hub.sent_more < 100 << 20
    held = sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file())
    assert held < 2 << 20
    assert pull().code == 0
    assert loads(tmp_path / "out", 64)


@pytest.mark.parametrize("fault", [Fault(BODY, cut=50_000), Fault(BODY, status=503)])
def test_a_broken_connection_goes_on(pull, hub, tmp_path, fault):
    """A cut or a busy server is waited out."""
    hub.faults.append(fault)
    ran = pull()
    assert ran.code == 0, ran.err
    assert loads(tmp_path / "out", 64)


def test_kill_in_the_middle_is_gone_on_with(hub, known_url, tmp_path, warm):
    """Kill -9 while the body comes: nothing has the final name, and the next run finishes."""
    words = ["pull", REF, "--to", str(tmp_path / "out"), "--db", known_url]
    env = os.environ | hub.environment | {"HF_HOME": str(tmp_path / "hf")}
    hub.faults.append(Fault(BODY, delay=60.0))
    asked = bodies(hub)
    process = cold(words, env=env)
    until = time.monotonic() + 60
    while bodies(hub) == asked and time.monotonic() < until:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert bodies(hub) > asked
    assert not (tmp_path / "out").exists()
    assert warm.run(words, env=env).returncode == 0
    assert loads(tmp_path / "out", 64)
    only(tmp_path / "out")


def test_a_folder_that_holds_something_is_left_alone(pull, tmp_path):
    """Exit 2; an empty folder is as good as none; a changed file is not silently repaired."""
    (tmp_path / "out").mkdir()
    assert pull().code == 0
    (tmp_path / "out" / "model.safetensors").write_bytes(b"mine")
    ran = pull()
    assert ran.code == 2
    assert "holds something else" in ran.err
    assert (tmp_path / "out" / "model.safetensors").read_bytes() == b"mine"


def test_a_file_in_the_way(pull, tmp_path):
    """A file is no folder."""
    (tmp_path / "out").write_text("x")
    ran = pull()
    assert (ran.code, (tmp_path / "out").read_text()) == (2, "x")


@pytest.mark.parametrize(
    ("ref", "code", "says"),
    [
        ("qwertz@step1", 2, "unknown model"),
        (f"{MODEL}@step3", 2, "step3"),
        ("nobody/nothing@main", 2, "shows no"),
        (f"{planted.REPO}@step64#", 2, "not a checkpoint reference"),
    ],
)
def test_what_cannot_be_pulled(pull, tmp_path, ref, code, says):
    """Unknown names are asked wrongly, and so is a repository that nobody ever saw."""
    ran = pull(ref=ref)
    assert (ran.code, says in ran.err) == (code, True), ran.err
    assert not list(tmp_path.glob("*out*"))


def test_a_repository_that_no_suite_names(pull, hub, config, tmp_path):
    """A repository that the catalog does not know is judged among its own branches."""
    repository = hub.add("someone/else")
    repository.commit("step8", files(config, 8, "single"))
    repository.commit("step64", files(config, 64, "single"))
    repository.branches["main"] = repository.branches["step64"]
    ran = pull(ref="someone/else@step8")
    assert ran.code == 0, ran.err
    assert loads(tmp_path / "out", 8)


def test_offline_nothing_is_asked(hub, catalog, known_url, tmp_path, monkeypatch):
    """HF_HUB_OFFLINE is honoured: exit 3."""
    with asked_by_this_process(hub, monkeypatch):
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
        ran = catalog("pull", REF, "--to", tmp_path / "out", "--db", known_url)
    assert (ran.code, hub.requests) == (3, [])
    assert not list(tmp_path.glob("*out*"))
