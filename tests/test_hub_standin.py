"""The stand-in speaks to the real client: what the tests of the Hub rest on."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hub_standin import Fault, Hub

CLIENT = """
import json, sys
from huggingface_hub import HfApi, errors, snapshot_download
repo, revision = sys.argv[1:]
api = HfApi()
try:
    refs = api.list_repo_refs(repo)
    tree = list(api.list_repo_tree(repo, revision=revision, recursive=True))
    named = api.get_paths_info(repo, ["config.json", "none"], revision=revision)
    found = snapshot_download(repo, revision=revision)
except errors.HfHubHTTPError as error:
    print(json.dumps({"error": type(error).__name__}))
else:
    print(json.dumps({
        "branches": {one.name: one.target_commit for one in refs.branches},
        "tree": {one.path: one.lfs.sha256 if one.lfs else one.blob_id for one in tree},
        "named": [one.path for one in named],
        "folder": found,
    }))
"""
WEIGHTS = bytes(range(256)) * 100


def ask(hub: Hub, home: Path, repo_id: str = "example/model", revision: str = "main") -> dict:
    """Return what the real client makes of the stand-in."""
    ran = subprocess.run(
        [sys.executable, "-c", CLIENT, repo_id, revision],
        env=os.environ | hub.environment | {"HF_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


@pytest.fixture
def hub():
    """Return a stand-in with one repository."""
    with Hub(page_size=2) as made:
        repository = made.add("example/model")
        files = {"config.json": b"{}", "a/b.txt": b"x", "model.safetensors": WEIGHTS}
        repository.commit("step1", files)
        repository.commit("main", files | {"README.md": b"# read"})
        yield made


def test_client_lists_and_downloads(hub, tmp_path):
    """Branches, pages of the tree, small files and LFS bodies arrive as they were put in."""
    told = ask(hub, tmp_path)
    repository = hub.repositories["example/model"]
    assert told["branches"] == repository.branches
    assert told["tree"] == {
        path: blob.etag for path, blob in repository.commits[repository.branches["main"]].items()
    }
    assert (Path(told["folder"]) / "model.safetensors").read_bytes() == WEIGHTS
    assert (Path(told["folder"]) / "a/b.txt").read_bytes() == b"x"
    assert hub.count("cursor=2") >= 1
    assert told["named"] == ["config.json"]


@pytest.mark.parametrize(
    ("repo_id", "revision", "error"),
    [
        ("example/none", "main", "RepositoryNotFoundError"),
        ("example/model", "step9", "RevisionNotFoundError"),
        ("example/gated", "main", "GatedRepoError"),
    ],
)
def test_client_understands_errors(hub, tmp_path, repo_id, revision, error):
    """What is not there, and what is closed, raises what the Hub's own answer raises."""
    hub.add("example/gated").gated = True
    assert ask(hub, tmp_path, repo_id, revision) == {"error": error}


def test_faults_happen_as_often_as_told(hub, tmp_path):
    """A fault meets the requests it names, so many times, and a paginated call waits it out."""
    hub.faults.append(Fault(r"/tree/", status=503, times=1))
    assert "tree" in ask(hub, tmp_path)
    hub.faults.append(Fault(r"/refs", status=500, times=1))
    assert ask(hub, tmp_path) == {"error": "HfHubHTTPError"}


def test_the_client_accepts_a_corrupted_body(hub, tmp_path):
    """The client checks sizes, not bytes: the reason why we hash what was downloaded."""
    hub.faults.append(Fault(r"^GET /[0-9a-f]{64}", corrupt=True))
    told = ask(hub, tmp_path)
    assert (Path(told["folder"]) / "model.safetensors").read_bytes() != WEIGHTS
