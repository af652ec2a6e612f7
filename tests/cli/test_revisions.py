"""Hub states of a revision: tags, pull requests, files without a digest."""

import pytest
from sun_run import REPO, publish, told, weights


@pytest.fixture
def hub(sun_hub):
    """Return the stand-in that publishes the run of the suns."""
    return sun_hub


def test_a_tag_is_pulled_by_its_name(at, hub, tmp_path):
    """Field k8, tags: a revision where it is asked for exactly, and no step's branch."""
    repository = hub.repositories[REPO]
    repository.tags["v1.0"] = repository.branches["step0"]
    repository.tags["alone"] = repository.commit(
        "x", {"config.json": b"{}", "model.safetensors": weights(7)}
    )
    del repository.branches["x"]
    at(hub, "sync", "sun-1m")
    for name, number in (("v1.0", 0), ("alone", 7)):
        ran = at(hub, "pull", f"sun-1m@{name}", "--to", name)
        assert ran.code == 0, ran.err
        assert (tmp_path / name / "model.safetensors").read_bytes() == weights(number)
    branches = told(at(None, "audit", "sun-1m", "--json"))["branches"]
    assert not {"v1.0", "alone"} & {branch["revision"] for branch in branches}
    assert at(None, "show", "sun-1m@v1.0").code == 2
    assert at(hub, "pull", "sun-1m@v2.0", "--to", "x").code == 2


@pytest.mark.parametrize("repo_id", [REPO, "other/own"])
def test_a_pull_request_is_pulled_by_its_name(at, hub, tmp_path, repo_id):
    """Field k8, PR refs: read when it is asked for, never by `sync`, and of no step."""
    repository = publish(hub, repo_id)
    files = {"config.json": b"{}", "model.safetensors": weights(7)}
    repository.pulls["refs/pr/1"] = repository.commit("x", files)
    del repository.branches["x"]
    (synced,) = told(at(hub, "sync", repo_id, "--json"))
    assert (synced["branches"], synced["new_commits"]) == (4, 3)
    ran = at(hub, "pull", f"{repo_id}@refs/pr/1", "--to", "pulled")
    assert ran.code == 0, ran.err
    assert (tmp_path / "pulled" / "model.safetensors").read_bytes() == weights(7)
    ran = at(hub, "pull", f"{repo_id}@refs/pr/2", "--to", "x")
    assert (ran.code, "unknown revision" in ran.err) == (2, True), ran.err


def test_a_file_without_a_digest_is_nobodys(at, hub, monkeypatch):
    """Field k8, lfs absent: git's id is that of a pointer, so nothing is known of the bytes."""
    import hub_standin

    def undeclared(path, blob):
        entry = {"type": "file", "oid": blob.oid, "size": blob.size, "path": path}
        return entry | ({"xetHash": "f" * 64} if blob.lfs else {})

    monkeypatch.setattr(hub_standin, "_entry", undeclared)
    at(hub, "sync", "sun-1m")
    audited = told(at(None, "audit", "sun-1m", "--json"), 3)
    assert {branch["verdict"] for branch in audited["branches"]} == {"unknown"}
    ran = at(hub, "pull", "sun-1m@step100", "--to", "x")
    assert (ran.code, "No digest of its files is known" in ran.err) == (3, True)
