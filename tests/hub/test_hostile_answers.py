"""A mirror that answers as none should: bounds of time, bytes, pages and waits, and what it says.

Against the stand-in, with the real client in this process.
"""

import gzip
import json
from concurrent.futures import CancelledError
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hub_standin import Fault, Hub, asked_by_this_process

from catalog.core import foreign
from catalog.errors import HubUnavailable
from catalog.hub import answers, sending
from catalog.hub.client import Client

SHA, OTHER = "a" * 40, "b" * 40
REPO = "example/model"


@pytest.fixture(scope="module")
def made():
    """Return a stand-in that all tests of this module ask."""
    with Hub(page_size=2) as hub:
        hub.add(REPO).commit("main", {"a.txt": b"x", "b.txt": b"y", "c.txt": b"z"})
        yield hub


@pytest.fixture
def hub(made, monkeypatch):
    """Return the stand-in without faults, asked by this process."""
    made.faults.clear()
    made.requests.clear()
    with asked_by_this_process(made, monkeypatch):
        yield made


@pytest.fixture
def client():
    """Return a client that waits no real time, and remembers how long it would have."""
    waited: list[float] = []
    made = Client(wait=lambda seconds: waited.append(seconds) if seconds else None)
    made.waited = waited
    return made


def answering(hub, what, body, **headers):
    """Let the Hub answer a kind of request with something else."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    hub.faults.append(Fault(what, status=200, body=raw, headers=headers, times=None))


def refused(ask, *arguments, why="makes no sense"):
    """Ask, and expect a refusal in one short line."""
    with pytest.raises(HubUnavailable, match=why) as error:
        ask(*arguments)
    assert str(error.value).isprintable()
    assert len(str(error.value)) < 300


def branch(name="main", commit=SHA):
    """Return a branch as the Hub lists it."""
    return {"name": name, "targetCommit": commit}


def file(path="a.bin", size=9, oid=SHA, **more):
    """Return a file as the Hub lists it."""
    return {"type": "file", "path": path, "size": size, "oid": oid, **more}


LFS = {"oid": "c" * 64, "size": 9}


@pytest.mark.parametrize(
    "branches",
    [
        [branch("\ud800")],
        [branch("a\x1b[2Jb")],
        [branch("a\nb")],
        [branch("a\0b")],
        [branch("a\u202eb")],
        [branch("")],
        [branch("x" * 201)],
        [branch(None)],
        [branch(["a"])],
        [branch(commit="../../etc")],
        [branch(commit=SHA.upper())],
        [branch(commit=None)],
        [branch(), branch()],
        [branch(), branch(commit=OTHER)],
        [None],
        {"main": SHA},
    ],
)
def test_refs_that_make_no_sense(hub, client, branches):
    """A name or a commit that is none, or one branch twice: nothing of the answer is believed."""
    answering(hub, "/refs", {"branches": branches, "tags": []})
    refused(client.refs, REPO)


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 200_000,
        b'{"branches": [], "branches": [], "tags": []}',
        b'{"branches": [], "tags": [' + b"9" * 5_000 + b"]}",
        b'{"branches": [], "tags": [], "x": NaN}',
        b"\xff\xfe",
        b"",
    ],
)
def test_answers_that_are_no_json(hub, client, body):
    """Nested without end, a key twice, a number without end, other bytes."""
    answering(hub, "/refs", body)
    refused(client.refs, REPO)


@pytest.mark.parametrize(
    "entries",
    [
        [file(size=2**70)],
        [file(size=-5)],
        [file(size=1.5)],
        [file(size="10")],
        [file(size=True)],
        [file(size=None)],
        [file("\ud800")],
        [file("a\nb")],
        [file("a\x9bb")],
        [file("../a")],
        [file("/etc/passwd")],
        [file("")],
        [file(oid="zzz")],
        [file(oid=None)],
        [file(lfs={"oid": "sha256:zzz", "size": 9})],
        [file(lfs={"oid": "c" * 40, "size": 9})],
        [file(lfs={"oid": "c" * 64, "size": 8})],
        [file(lfs={"size": 9})],
        [file(lfs=LFS), file(lfs=LFS)],
        [{"path": "a", "size": 1, "oid": SHA}],
        {"a": 1},
        "text",
        5,
        None,
    ],
)
def test_trees_that_make_no_sense(hub, client, entries):
    """A size, a path or a digest that is none, or a path twice: the whole tree is refused."""
    answering(hub, "/tree/", entries)
    refused(client.tree, REPO, SHA)


def test_listings_that_make_no_sense(hub, client):
    """The same gate for what a revision holds now."""
    for siblings in ([{"rfilename": "../a"}], [{"rfilename": "a", "size": 1.5}], [{}], 5):
        hub.faults.clear()
        answering(hub, "/revision/", {"sha": SHA, "siblings": siblings})
        refused(client.listing, REPO, "main")
    hub.faults.clear()
    answering(hub, "/revision/", {"sha": "main", "siblings": []})
    refused(client.listing, REPO, "main")


def test_odd_answers_that_are_good(hub, client):
    """Folders and kinds that nobody knows are passed over; compressed or not is the same."""
    answering(hub, "/tree/", [file("é b.bin", lfs=LFS), {"type": "directory", "path": "x"}])
    assert [each.path for each in client.tree(REPO, SHA)] == ["é b.bin"]
    hub.faults.clear()
    packed = gzip.compress(json.dumps([file("b")]).encode())
    answering(hub, "/tree/", packed, **{"Content-Encoding": "gzip"})
    assert [each.path for each in client.tree(REPO, SHA)] == ["b"]


# Pages -----------------------------------------------------------------------------------------


def test_a_page_that_leads_to_itself(hub, client):
    """A listing ends where a page brings what is known already."""
    own = f"{hub.url}/api/models/{REPO}/tree/{SHA}?recursive=true&expand=false"
    answering(hub, "/tree/", [file("a")], Link=f'<{own}>; rel="next"')
    refused(client.tree, REPO, SHA)
    assert len(hub.requests) == 2


def test_pages_without_end(hub, client, monkeypatch):
    """Pages that bring nothing new have a bound."""
    monkeypatch.setattr(answers, "MOST_PAGES", 3)
    answering(hub, "/tree/", [], Link='</api/next>; rel="next"')
    answering(hub, "/api/next", [], Link='</api/next>; rel="next"')
    refused(client.tree, REPO, SHA, why="more than 3 pages")
    assert len(hub.requests) == 3


@pytest.mark.parametrize("elsewhere", ["http://127.0.0.1:1/x", "ftp://x/y", "//example.org/x"])
def test_a_next_page_on_another_server(hub, client, elsewhere):
    """Nobody else is asked for a repository's files."""
    answering(hub, "/tree/", [file("a")], Link=f'<{elsewhere}>; rel="next"')
    refused(client.tree, REPO, SHA)
    assert len(hub.requests) == 1


def test_redirects_without_end(hub, client):
    """An address that leads to itself is followed a few times."""
    moved = {"Location": f"/api/models/{REPO}/refs"}
    hub.faults.append(Fault("/refs", status=302, headers=moved, times=None))
    refused(client.refs, REPO, why=f"redirects more than {sending.MOST_REDIRECTS} times")
    assert len(hub.requests) == sending.MOST_REDIRECTS + 1


# Bytes -----------------------------------------------------------------------------------------


def test_an_answer_without_end(hub, client, monkeypatch):
    """What is more than any answer has is not read to its end, packed or not."""
    monkeypatch.setattr(foreign, "MOST_BYTES", 1_000)
    monkeypatch.setattr(Client._get, "__defaults__", ("", 1_000))
    answering(hub, "/refs", b" " * 2_000)
    refused(client.refs, REPO, why="more than 1,000 bytes")
    hub.faults.clear()
    bomb = gzip.compress(b" " * 10_000_000)
    answering(hub, "/refs", bomb, **{"Content-Encoding": "gzip"})
    refused(client.refs, REPO, why="more than 1,000 bytes")


@pytest.mark.parametrize("coding", ["zstd", "br", "gzip, gzip", "x"])
def test_an_answer_in_another_coding(hub, client, coding):
    """Only what was asked for is unpacked."""
    answering(hub, "/refs", b"{}", **{"Content-Encoding": coding})
    refused(client.refs, REPO, why="not asked for")


def test_a_damaged_packing(hub, client):
    """Bytes that are no gzip are an answer that makes no sense."""
    answering(hub, "/refs", b"{}", **{"Content-Encoding": "gzip"})
    refused(client.refs, REPO, why="damaged")


# Time ------------------------------------------------------------------------------------------


def test_an_answer_that_does_not_come(hub, client, monkeypatch):
    """Whoever waits for it is told, and may be asked again later."""
    monkeypatch.setattr(sending, "ANSWER_S", 0.05)
    hub.faults.append(Fault("/refs", delay=0.4, times=None))
    refused(client.refs, REPO, why="no whole answer in")
    assert client.waited == []


def test_nobody_waits_for_an_answer_that_nobody_wants(hub, monkeypatch):
    """A thread of an interrupted command ends at once, however slowly a mirror answers."""
    monkeypatch.setattr(sending, "_GLANCE_S", 0.01)
    hub.faults.append(Fault("/refs", delay=0.4, times=None))

    def stop(seconds):
        assert seconds == 0
        if hub.requests:  # else it would meet the faults of the next test
            raise CancelledError

    with pytest.raises(CancelledError):
        Client(wait=stop).refs(REPO)


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        ("0", 1.0),
        ("300", 301.0),
        ("-5", 1.0),  # as long as without any word
        ("²", 1.0),
        ("soon", 1.0),
        ("1e9", 1.0),
        ("Mon, 01 Jan 0000 00:00:00 GMT", 1.0),
        ("Mon, 23 Nov 2026 12:00:00 GMT", 1.0),
    ],
)
def test_retry_after(hub, client, asked, seconds):
    """Seconds or a date; what is neither, or has passed, is as if nothing was said."""
    hub.faults.append(Fault("/refs", status=503, headers={"Retry-After": asked}))
    client.refs(REPO)
    assert client.waited == [seconds]


def test_retry_after_a_date(hub, client):
    """A date that is to come is waited for."""
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=30))
    hub.faults.append(Fault("/refs", status=503, headers={"Retry-After": soon}))
    client.refs(REPO)
    assert 25 < client.waited[0] < 32


@pytest.mark.parametrize(
    "asked",
    ["301", "9" * 5_000, format_datetime(datetime.now(UTC) + timedelta(days=400))],
    ids=["more", "huge", "date"],
)
def test_retry_after_too_long(hub, client, asked):
    """Nobody waits for hours: it is said at once."""
    hub.faults.append(Fault("/refs", status=429, headers={"Retry-After": asked}, times=None))
    refused(client.refs, REPO, why="asks to wait")
    assert client.waited == []


@pytest.mark.parametrize("limit", ['"api";r=0;t=' + "9" * 5_000, '"api";r=0;t=' + "9" * 20, "x"])
def test_a_limit_that_makes_no_sense(hub, monkeypatch, limit):
    """What the Hub says of its limits is kept to, as far as a window may be."""
    from catalog.hub import client

    now = [100.0]
    monkeypatch.setattr(client.time, "monotonic", lambda: now[0])

    def wait(seconds):
        now[0] += seconds

    hub.faults.append(Fault("/refs", status=429, headers={"RateLimit": limit}))
    Client(wait=wait).refs(REPO)
    assert now[0] - 100 <= sending.MOST_WAIT_S + 2


def test_at_the_command_line(hub, catalog, db_url):
    """`catalog sync` ends with one line and exit 3, and nothing of the answer is recorded."""
    own = f"{hub.url}/api/models/{REPO}/tree/{SHA}?recursive=true&expand=false"
    answering(hub, "/tree/", [file("a")], Link=f'<{own}>; rel="next"')
    ran = catalog("sync", REPO, "--db", db_url)
    assert (ran.code, ran.out) == (3, "")
    assert "makes no sense" in ran.err
    assert catalog("log", REPO, "--db", db_url).code != 0


@pytest.mark.parametrize("scheme", ["http", "ftp"])
def test_a_password_in_the_endpoint_is_never_said(hub, client, monkeypatch, scheme):
    """Nor recorded: looks are kept without it."""
    from huggingface_hub import constants

    hub.faults.append(Fault("/refs", status=418, times=None))
    address = hub.url.replace("http://", f"{scheme}://me:secret@")
    with monkeypatch.context() as patch:
        patch.setattr(constants, "ENDPOINT", address)
        assert client.endpoint == hub.url.replace("http", scheme)
        with pytest.raises(HubUnavailable) as error:
            client.refs(REPO)
    assert "127.0.0.1" in str(error.value)
    assert "secret" not in str(error.value)


@pytest.mark.usefixtures("hub")
@pytest.mark.parametrize("endpoint", ["x", "ftp://x", "http://a\udcff"])
def test_an_endpoint_that_is_no_address(client, monkeypatch, endpoint):
    """It is said at once, and not tried again."""
    from huggingface_hub import constants

    with monkeypatch.context() as patch:
        patch.setattr(constants, "ENDPOINT", endpoint)
        refused(client.refs, REPO, why="is no address")
    assert client.waited == []


def test_nothing_is_asked_for_the_client_itself(hub, client):
    """The Hub's client would ask for a list of programs first, whatever the answer's size."""
    client.refs(REPO)
    assert [each.partition("?")[0] for each in hub.requests] == [f"GET /api/models/{REPO}/refs"]


# Whoever is led to -----------------------------------------------------------------------------


def test_a_token_stays_at_the_endpoint(hub, client, monkeypatch):
    """A listing that goes on elsewhere, by a redirect and then by its own pages, brings none."""
    monkeypatch.setenv("HF_TOKEN", "hf_secretsecretsecret")
    with Hub(page_size=1) as other:
        commit = other.add(REPO).commit("main", {"a.txt": b"x", "b.txt": b"y"})
        tree = f"{other.url}/api/models/{REPO}/tree/{commit}?recursive=true&expand=false"
        hub.authorizations.clear()
        hub.faults.append(Fault("/tree/", status=307, headers={"Location": tree}))
        assert [file.path for file in client.tree(REPO, commit)] == ["a.txt", "b.txt"]
        assert len(other.requests) == 2
        assert (len(hub.authorizations), other.authorizations) == (1, [])


@pytest.mark.parametrize(
    "name", ["new/%1b[2Jmodel", "new/-model", "n%20w/model", "new/" + "m" * 100]
)
def test_a_new_name_that_is_none(hub, client, name):
    """A redirect says what a repository is called now, and must say a name."""
    leads = {"Location": f"/api/models/{name}/refs"}
    hub.faults.append(Fault(f"/{REPO}/refs", status=307, headers=leads, times=None))
    answering(hub, "/refs", {"branches": [], "tags": []})
    refused(client.refs, REPO)
