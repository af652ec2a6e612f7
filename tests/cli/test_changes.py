"""What does not stay what it was: branches that move or vanish, repositories with a new name."""

import json

import pytest
from hub_standin import Fault
from sun_run import REPO, publish, told, weights


@pytest.fixture
def hub(sun_hub):
    """Return the stand-in that publishes the run of the suns."""
    return sun_hub


def moved_weights(repository):
    """Put other weights on a branch."""
    repository.commit("step100", {"config.json": b"{}", "model.safetensors": weights(9)})
    return "moved", "step100", "model.safetensors changed"


def new_files(repository):
    """Add a weight file to a branch, under its old name."""
    files = {"config.json": b"{}", "model.safetensors": weights(1), "pytorch_model.bin": b"x"}
    repository.commit("step100", files)
    return "moved", "step100", "pytorch_model.bin added"


def vanished(repository):
    """Delete a branch."""
    del repository.branches["step100"]
    return "vanished", "step100", "is gone"


def moved_tag(repository):
    """Let a tag point elsewhere."""
    repository.tags["v1"] = repository.branches["step0"]
    return "moved", "v1", "model.safetensors changed"


@pytest.mark.parametrize("change", [moved_weights, new_files, vanished, moved_tag])
def test_a_change_is_told_until_it_is_accepted(at, hub, change):
    """F8: sync tells it once, audits until `sync --accept`; each with exit 1."""
    hub.repositories[REPO].tags["v1"] = hub.repositories[REPO].branches["step100"]
    at(hub, "sync", "sun-1m")
    assert at(None, "audit", "sun-1m").code == 0
    rule, revision, said = change(hub.repositories[REPO])
    ran = at(hub, "sync", "sun-1m")
    assert (ran.code, f"{REPO}@{revision}: {rule}. " in ran.out) == (1, True), ran.out
    assert said in ran.out
    assert at(hub, "sync", "sun-1m").code == 0
    for _ in range(2):
        findings = told(at(None, "audit", "sun-1m", "--json"), 1)["findings"]
        assert (rule, revision) in {(f["rule"], f["revision"]) for f in findings}
    ran = at(hub, "sync", "--accept", "sun-1m")
    assert (ran.code, f"{REPO}: accepted 1 change\n" in ran.out) == (0, True), ran.out
    findings = json.loads(at(None, "audit", "sun-1m", "--json").out)["findings"]
    assert {f["rule"] for f in findings} <= {"extra-branch", "missing-branch", "other-set"}


def test_a_move_after_an_accepted_one_is_another(at, hub):
    """What was accepted is what counts from then on: going back is a change too."""
    repository = hub.repositories[REPO]
    first = repository.branches["step100"]
    at(hub, "sync", "sun-1m")
    moved_weights(repository)
    at(hub, "sync", "--accept", "sun-1m")
    repository.branches["step100"] = first
    assert at(hub, "sync", "sun-1m").code == 1
    assert at(None, "audit", "sun-1m").code == 1


def test_a_move_without_other_weights_is_a_note(at, hub):
    """A new README is nothing to fail for."""
    at(hub, "sync", "sun-1m")
    files = {"config.json": b"{}", "README.md": b"x", "model.safetensors": weights(1)}
    hub.repositories[REPO].commit("step100", files)
    (synced,) = told(at(hub, "sync", "sun-1m", "--json"))
    assert [f["rule"] for f in synced["findings"]] == ["moved-files"]
    (finding,) = told(at(None, "audit", "sun-1m", "--json"))["findings"]
    assert (finding["rule"], finding["severity"]) == ("moved-files", "note")


def test_a_move_that_nobody_could_read(at, hub):
    """Force-pushed while it was looked at: what cannot be compared is not called the same."""
    at(hub, "sync", "sun-1m")
    moved_weights(hub.repositories[REPO])
    lost = hub.repositories[REPO].branches["step100"]
    headers = {"X-Error-Code": "RevisionNotFound"}
    hub.faults.append(Fault(f"/tree/{lost}", status=404, headers=headers, body=b"{}", times=None))
    ran = at(hub, "sync", "sun-1m")
    assert (ran.code, "nobody read what it held at both" in ran.out) == (1, True)
    assert f"commit {lost[:8]} is gone: nobody can read it\n" in ran.err
    rules = {f["rule"] for f in told(at(None, "audit", "sun-1m", "--json"), 1)["findings"]}
    assert {"moved", "unread"} <= rules


def test_pull_says_what_moved_under_it(at, hub):
    """The look that a pull makes tells what it saw change."""
    at(hub, "sync", "sun-1m")
    moved_weights(hub.repositories[REPO])
    assert f"{REPO}@step100: It moved from " in at(hub, "pull", "sun-1m@step0", "--to", "x").err


@pytest.mark.parametrize("words", [["pull", "--to", "x"], ["lock", "-o", "x"]])
def test_what_moved_before_is_said_of_what_is_asked_for(at, hub, words):
    """A change that another look saw is told with the branch, until it is accepted."""
    at(hub, "sync", "sun-1m")
    moved_weights(hub.repositories[REPO])
    at(hub, "sync", "sun-1m")
    assert "It moved" not in at(hub, *words, "sun-1m@step0").err
    ran = at(hub, *words, "sun-1m@step100", *(["--force"] if "lock" in words else ["--to", "y"]))
    assert (ran.code, ran.err.count(f"{REPO}@step100: It moved from ")) == (0, 1), ran.err
    at(hub, "sync", "--accept", "sun-1m")
    ran = at(hub, *words, "sun-1m@step100", *(["--force"] if "lock" in words else ["--to", "z"]))
    assert (ran.code, "It moved" in ran.err) == (0, False)


def test_a_log_of_everything(at, hub):
    """F8: without a name the changes of all repositories, each with its name."""
    publish(hub, "other/own", first=20)
    for repo_id in (REPO, "other/own"):
        at(hub, "sync", repo_id)
    assert at(None, "log").out == "nothing changed between two looks at any repository\n"
    vanished(hub.repositories["other/own"])
    at(hub, "sync", "other/own", REPO)
    (look,) = told(at(None, "log", "--json"))
    assert (look["repo_id"], look["changes"][0]["kind"]) == ("other/own", "removed")
    assert at(None, "log").out.startswith("other/own\n")


# Another name ----------------------------------------------------------------------------------


@pytest.fixture
def renamed(hub):
    """Return the stand-in after the repository was renamed: the old name leads to the new one."""
    hub.repositories["newlab/sun-1m-hf"] = hub.repositories.pop(REPO)
    hub.renamed[REPO] = "newlab/sun-1m-hf"
    return hub


def test_a_redirect_is_said_and_recorded(at, renamed):
    """Field k8-renamed: sync, audit and log name the repository as it is called now."""
    ran = at(renamed, "sync", REPO)
    assert ran.code == 1
    assert f"{REPO} has moved: it is called newlab/sun-1m-hf now" in ran.err
    assert f"{REPO}: renamed. " in ran.out
    (finding,) = told(at(None, "audit", "sun-1m", "--json"), 1)["findings"]
    assert (finding["rule"], finding["evidence"]["after"]) == ("renamed", "newlab/sun-1m-hf")
    (look,) = told(at(None, "log", "sun-1m", "--json"))
    assert look["renamed_to"] == "newlab/sun-1m-hf"
    assert "called newlab/sun-1m-hf" in at(None, "log", "sun-1m").out
    assert at(renamed, "sync", "sun-1m").code == 0
    assert at(renamed, "sync", "--accept", "sun-1m").code == 0
    assert at(None, "audit", "sun-1m").code == 0


def test_the_new_name_means_the_same(at, renamed):
    """Names have a history: once it was seen the new name is the model's too."""
    assert at(None, "show", "newlab/sun-1m-hf").code == 2
    at(renamed, "sync", "sun-1m")
    ran = at(None, "show", "newlab/sun-1m-hf@step100")
    assert (ran.code, ran.out.startswith("sun-1m@step100\n")) == (0, True), ran.err
    assert at(renamed, "pull", "newlab/sun-1m-hf@step100", "--to", "x").code == 0


def test_a_name_in_another_case_is_no_new_name(at, hub):
    """The Hub leads `Lab/Sun-1M` to its own spelling; that is no move."""
    hub.repositories["Lab/Sun-1M"] = hub.repositories.pop(REPO)
    hub.renamed[REPO] = "Lab/Sun-1M"
    assert at(hub, "sync", REPO).code == 0
