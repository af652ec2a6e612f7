"""`catalog sync` from the Hub: what it asks, what it keeps, and that nothing is ever lost."""

import json
import os
import random
import signal
import time
from pathlib import Path

import pytest
from hub_standin import Fault, Hub, asked_by_this_process
from recorded import rows
from warm import cold

REPO = "example/model"
INDEX = json.dumps({"weight_map": {"a": "model-00001-of-00001.safetensors"}}).encode()
STEPS = range(0, 12000, 1000)


@pytest.fixture
def hub():
    """Return a stand-in with one repository of twelve steps and main; all share one index."""
    with Hub(page_size=4) as made:
        repository = made.add(REPO)
        for step in STEPS:
            repository.commit(f"step{step}", content(step))
        repository.branches["main"] = repository.branches["step11000"]
        repository.tags["v1"] = repository.commit("main", content(12000))
        yield made


def content(step):
    """Return the files of one step: shards with an index, another format, a small file."""
    return {
        "config.json": b"{}",
        "model-00001-of-00001.safetensors": b"%d" % step,
        "model.safetensors.index.json": INDEX,
        "pytorch_model.bin": b"bin %d" % step,
        "tokenizer.json": b"[]",
    }


@pytest.fixture
def sync(hub, catalog, db_url, monkeypatch):
    """Return a function that syncs in this process and returns what ran."""

    def run(*words):
        with asked_by_this_process(hub, monkeypatch):
            return catalog("sync", *(words or (REPO,)), "--json", "--db", db_url)

    return run


def told(ran):
    """Return the JSON of the only repository."""
    assert ran.code == 0, ran.out + ran.err
    (one,) = json.loads(ran.out)
    return one


def test_a_first_look_asks_for_each_commit_once(sync, hub, db_url):
    """One refs call, one tree a distinct commit, one GET for the one index that all share."""
    one = told(sync())
    commits = set(hub.repositories[REPO].commits)
    assert (one["repo_id"], one["branches"], one["new_commits"]) == (REPO, 14, len(commits))
    assert hub.count("/refs") == 1
    assert hub.count("/tree/.*expand") == len(commits)  # further pages apart
    assert hub.count("/resolve/") == 1
    assert one["requests"] == len(hub.requests)
    found = rows(db_url)
    assert (found["hub_commit"], found["shard_index"], found["look"]) == (len(commits), 1, 1)
    assert found["hub_file"] == 5 * len(commits)
    assert hub.count("agent-harnesses|whoami|telemetry") == 0


def test_an_unchanged_repository_costs_one_request(sync, hub, db_url):
    """The repeat asks once and adds one row, which says so."""
    sync()
    before, asked = rows(db_url), len(hub.requests)
    one = told(sync())
    assert (one["requests"], one["new_commits"], one["changes"]) == (1, 0, 0)
    assert len(hub.requests) == asked + 1
    before["look"] += 1
    assert rows(db_url) == before


def test_a_moved_branch_is_a_change(sync, hub, catalog, db_url):
    """Only the new commit is read, and `log` says what moved, vanished and came."""
    sync()
    repository = hub.repositories[REPO]
    old = repository.branches["step3000"]
    new = repository.commit("step3000", content(3000) | {"pytorch_model.bin": b"repaired"})
    del repository.branches["step4000"]
    asked = hub.count("/tree/.*expand")
    ran = sync()
    (one,) = json.loads(ran.out)
    assert (ran.code, one["new_commits"], one["changes"]) == (1, 1, 2)
    assert hub.count("/tree/.*expand") == asked + 1
    log = json.loads(catalog("log", REPO, "--json", "--db", db_url).out)
    changes = {change["revision"]: change for change in log[-1]["changes"]}
    assert (changes["step3000"]["before"], changes["step3000"]["after"]) == (old, new)
    assert changes["step3000"]["files"] == {"pytorch_model.bin": "changed"}
    assert changes["step4000"]["kind"] == "removed"


def test_a_repository_that_goes_away(sync, hub, catalog, db_url):
    """A repository that is gone or closed is written down with its date; what was seen stays."""
    sync()
    kept = rows(db_url)["hub_file"]
    repository = hub.repositories.pop(REPO)
    assert sync().code == 3
    repository.gated = True
    hub.repositories[REPO] = repository
    assert sync().code == 3
    log = json.loads(catalog("log", REPO, "--json", "--db", db_url).out)
    assert [look["status"] for look in log] == ["read", "gone", "gated"]
    assert rows(db_url)["hub_file"] == kept


def test_a_branch_deleted_between_two_calls(sync, hub):
    """A commit that is gone when its files are asked for is kept as gone, and the rest is read."""
    lost = hub.repositories[REPO].branches["step5000"]
    answer = json.dumps({"error": "gone"}).encode()
    headers = {"X-Error-Code": "RevisionNotFound"}
    hub.faults.append(Fault(f"/tree/{lost}", status=404, headers=headers, body=answer))
    assert told(sync())["branches"] == 14


@pytest.mark.parametrize("call", ["/refs", "/tree/", "/resolve/"])
@pytest.mark.parametrize(
    "fault",
    [
        {"status": 429, "headers": {"Retry-After": "0"}},
        {"status": 429, "headers": {"RateLimit": '"api";r=0;t=0'}},
        {"status": 429},
        {"status": 500},
        {"status": 503},
        {"cut": 5},
    ],
)
def test_faults_are_waited_out(sync, hub, db_url, call, fault):
    """429 with and without a reset, 500, 503, a cut connection, at every kind of call."""
    hub.faults.append(Fault(call, **fault))
    one = told(sync())
    assert one["requests"] == len(hub.requests)
    assert rows(db_url)["hub_file"] == 5 * len(hub.repositories[REPO].commits)


@pytest.mark.parametrize("call", ["/refs", "/tree/"])
def test_nonsense_ends_the_look_and_loses_nothing(sync, hub, db_url, call):
    """An answer that is none is exit 3 in one line; the next run asks only for what is missing."""
    hub.faults.append(Fault(call, status=200, body=b"<html>", after=3 * (call != "/refs")))
    ran = sync()
    assert ran.code == 3
    assert "makes no sense" in json.loads(ran.out)["error"]["message"]
    assert rows(db_url)["look"] == 0
    have = rows(db_url)["hub_commit"]
    asked = hub.count("/tree/.*expand")
    sync()
    commits = len(hub.repositories[REPO].commits)
    assert rows(db_url)["hub_commit"] == commits
    assert hub.count("/tree/.*expand") - asked == commits - have


def test_several_and_unknown(sync, hub):
    """Each repository has its outcome; one that cannot be meant is exit 2 before any request."""
    hub.add("example/empty")
    ran = sync(REPO, "example/empty", "example/none")
    assert ran.code == 2
    statuses = [one.get("status") for one in json.loads(ran.out)]
    assert statuses == ["read", "read", None]
    asked = len(hub.requests)
    ran = sync("qwertz")
    assert (ran.code, len(hub.requests)) == (2, asked)


def test_offline_asks_nothing(catalog, hub, db_url):
    """With HF_HUB_OFFLINE the sync could not be made: exit 3, and the reason."""
    ran = catalog("sync", REPO, "example/other", "--db", db_url)
    assert (ran.code, hub.requests, ran.err.count("\n")) == (3, [], 1)
    assert "HF_HUB_OFFLINE" in ran.err


# Interrupted -----------------------------------------------------------------------------------


@pytest.fixture
def begin(hub, db_url, tmp_path, warm):
    """Return a function that starts a sync in a process of its own."""

    def start(begun=warm.start, **environment):
        env = os.environ | hub.environment | {"HF_HOME": str(tmp_path / "hf")} | environment
        return begun(["sync", REPO, "--db", db_url], env=env)

    return start


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_interrupted_at_random_moments(begin, hub, db_url, warm, how):
    """What was read stays, whole; the next run asks for the rest alone; nothing is half there."""
    hub.faults.append(Fault("/tree/", times=None, delay=0.15))
    moments = random.Random(20_261_124)  # noqa: S311 - a test's own
    commits = len(hub.repositories[REPO].commits)
    # Ctrl-C is caught by Python code, so each time as a user's own process catches it.
    later = cold if how == signal.SIGINT else warm.start
    for begun in (cold, *[later] * 4):
        process = begin(begun)
        wait_for(lambda: hub.count("/refs") > 0)
        time.sleep(moments.uniform(0, 0.4))
        process.send_signal(how)
        _, err = process.communicate(timeout=30)
        if process.returncode != 0:  # it was quicker than the signal
            assert process.returncode == (130 if how == signal.SIGINT else -how), err
        assert "Traceback" not in err
        found = rows(db_url)
        assert found["hub_file"] == 5 * found["hub_commit"]
        assert found["look"] == 0 or found["hub_commit"] == commits
        hub.requests.clear()
    have = rows(db_url)["hub_commit"]
    process = begin()
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert hub.count("/tree/.*expand") == commits - have
    assert rows(db_url)["hub_commit"] == commits
    assert rows(db_url)["look"] >= 1


def wait_for(condition, seconds=20.0):
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)


def test_a_token_is_never_kept(begin, hub, db_url):
    """HF_TOKEN is sent to the Hub, and stands neither in the catalog nor on the screen."""
    secret = "hf_secretsecretsecret"  # noqa: S105
    out, err = begin(HF_TOKEN=secret).communicate(timeout=60)
    assert f"Bearer {secret}" in hub.authorizations
    assert secret not in out + err
    if db_url.startswith("sqlite"):
        assert secret.encode() not in Path(db_url.removeprefix("sqlite:///")).read_bytes()
