"""Reading metadata from the Hub: what is asked, what comes back, and how a busy Hub is waited out.

Against the stand-in, with the real client in this process.
"""

import pytest
from hub_standin import Fault, Hub, asked_by_this_process

from catalog.errors import HubGated, HubMissing, HubUnavailable, HubUnreachable
from catalog.hub.client import Client

INDEX = b'{"weight_map": {"a": "model-00001-of-00002.safetensors"}}'


@pytest.fixture
def hub(monkeypatch):
    """Return a stand-in that this process' client asks."""
    with Hub(page_size=2) as made, asked_by_this_process(made, monkeypatch):
        repository = made.add("example/model")
        repository.commit(
            "main", {"config.json": b"{}", "a/b.txt": b"x", "m.safetensors": b"w" * 9}
        )
        repository.commit("step1", {"model.safetensors.index.json": INDEX})
        repository.tags["v1"] = repository.branches["main"]
        yield made


@pytest.fixture
def client():
    """Return a client that waits no real time, and remembers how long it would have."""
    waited: list[float] = []
    made = Client(wait=lambda seconds: waited.append(seconds) if seconds else None)
    made.waited = waited
    return made


def test_refs_cost_one_request(hub, client):
    """Branches and tags with their commits, from one request."""
    told = client.refs("example/model")
    repository = hub.repositories["example/model"]
    assert (told.branches, told.tags) == (repository.branches, repository.tags)
    assert (client.requests, len(hub.requests)) == (1, 1)


def test_a_tree_has_every_file(hub, client):
    """All pages of the recursive tree: LFS files with their SHA-256, small ones with git's id."""
    repository = hub.repositories["example/model"]
    commit = repository.branches["main"]
    files = client.tree("example/model", commit)
    blobs = repository.commits[commit]
    assert {file.path for file in files} == set(blobs)
    for file in files:
        assert file.size_bytes == blobs[file.path].size
        assert (file.sha256 or file.git_sha1) == blobs[file.path].etag
    assert [file.path for file in files if file.sha256] == ["m.safetensors"]
    assert len(hub.requests) == client.requests == 2


def test_a_small_file_arrives_whole(hub, client):
    """An index's bytes, from one request."""
    commit = hub.repositories["example/model"].branches["step1"]
    assert client.small_file("example/model", commit, "model.safetensors.index.json") == INDEX
    assert len(hub.requests) == 1


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
@pytest.mark.parametrize("call", ["refs", "tree", "small_file"])
def test_a_busy_hub_is_waited_out(hub, client, call, status):
    """Every kind of call is repeated: after 1, 2, 4 … seconds without a hint from the Hub."""
    commit = hub.repositories["example/model"].branches["step1"]
    hub.faults.append(Fault("", status=status, times=2))
    arguments = {"tree": [commit], "small_file": [commit, "model.safetensors.index.json"]}
    assert getattr(client, call)("example/model", *arguments.get(call, []))
    assert client.waited == [1.0, 2.0]


def test_retry_after_is_kept(hub, client):
    """What the Hub says to wait is waited, and a second more."""
    hub.faults.append(Fault("/refs", status=503, headers={"Retry-After": "7"}))
    client.refs("example/model")
    assert client.waited == [8.0]


def test_a_used_up_window_is_waited_for(hub, monkeypatch):
    """429 with a reset time: nothing is asked before the window reopens."""
    from catalog.hub import client

    now = [100.0]
    monkeypatch.setattr(client.time, "monotonic", lambda: now[0])
    waited = []

    def wait(seconds):
        waited.append(seconds)
        now[0] += seconds

    headers = {
        "RateLimit": '"api";r=0;t=55',
        "RateLimit-Policy": '"fixed window";"api";q=500;w=300',
    }
    hub.faults.append(Fault("/refs", status=429, headers=headers))
    Client(wait=wait).refs("example/model")
    assert sum(waited) == pytest.approx(56, abs=1.01)
    assert len(hub.requests) == 2


def test_a_hub_that_stays_busy(hub, client):
    """After six tries the call could not be checked, and says what it was told."""
    hub.faults.append(Fault("/refs", status=503, times=None))
    with pytest.raises(HubUnavailable, match=r"did not give example/model.*503"):
        client.refs("example/model")
    assert len(hub.requests) == 6


def test_a_cut_connection_is_tried_again(hub, client):
    """Half an answer is no answer."""
    hub.faults.append(Fault("/refs", cut=10))
    assert client.refs("example/model").tags
    assert len(hub.requests) == 2


@pytest.mark.parametrize(
    "body", [b"<html>", b"[]", b'{"branches": 1}', b'{"branches": [{"name": "x"}], "tags": []}']
)
def test_nonsense_is_no_answer(hub, client, body):
    """An answer of another form is named, never half used."""
    hub.faults.append(Fault("/refs", status=200, body=body))
    with pytest.raises(HubUnavailable, match="makes no sense"):
        client.refs("example/model")


def test_what_is_not_there(hub, client):
    """A repository or commit that is gone, or closed, is told apart from a Hub that is down."""
    hub.add("example/gated").gated = True
    with pytest.raises(HubMissing):
        client.refs("example/none")
    with pytest.raises(HubGated):
        client.refs("example/gated")
    with pytest.raises(HubMissing):
        client.tree("example/model", "0" * 40)


def test_offline_asks_nothing(hub, client, monkeypatch):
    """With HF_HUB_OFFLINE no request leaves."""
    from huggingface_hub import close_session, constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    close_session()
    with pytest.raises(HubUnavailable, match="HF_HUB_OFFLINE"):
        client.refs("example/model")
    assert hub.requests == []


def test_a_hub_that_cannot_be_reached(client, monkeypatch):
    """No way to the Hub at all is said at once; it is not waited for."""
    from huggingface_hub import close_session, constants

    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    close_session()
    with pytest.raises(HubUnreachable, match="cannot be reached"):
        client.refs("example/model")
    assert (client.waited, client.requests) == ([], 1)
