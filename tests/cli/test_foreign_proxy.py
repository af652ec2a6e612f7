"""The Hub behind olah, a caching proxy by other people, in front of the stand-in; slow."""

import json
import os
import socket
import subprocess
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlsplit

import planted
import pytest
from hub_standin import asked_by_this_process
from published import files, publish
from recorded import MODEL

pytestmark = pytest.mark.slow

OLAH = Path(os.environ.get("OLAH", Path(__file__).parents[2] / ".cache" / "olah"))
SETTINGS = """\
[basic]
host = "127.0.0.1"
port = {port}
repos-path = "{cache}"
hf-scheme = "http"
hf-netloc = "{hub}"
hf-lfs-netloc = "{cdn}"
mirror-netloc = "127.0.0.1:{port}"
mirror-lfs-netloc = "127.0.0.1:{port}"
metadata-cache-ttl = 0
[accessibility]
offline = false
"""


@dataclass
class Proxy:
    """Where a client finds it."""

    url: str


@pytest.fixture
def proxy(hub, tmp_path):
    """Start olah in front of the stand-in, from its own environment."""
    program = OLAH / "bin" / "olah-cli"
    assert program.exists(), "olah is not installed; `make test-slow` installs it"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = tmp_path / "olah.toml"
    settings.write_text(
        SETTINGS.format(
            port=port,
            cache=tmp_path / "olah",
            hub=urlsplit(hub.url).netloc,
            cdn=urlsplit(hub.cdn).netloc,
        )
    )
    log = (tmp_path / "olah.log").open("w")
    running = subprocess.Popen(
        [program, "-c", settings], cwd=tmp_path, stdout=log, stderr=subprocess.STDOUT
    )
    try:
        made = Proxy(f"http://127.0.0.1:{port}")
        wait_for(f"{made.url}/api/models/{planted.REPO}/refs", running, tmp_path / "olah.log")
        yield made
    finally:
        running.terminate()
        running.wait(20)
        log.close()


def wait_for(url, running, log):
    """Wait until a server answers."""
    for _ in range(120):
        assert running.poll() is None, log.read_text()
        try:
            urllib.request.urlopen(url, timeout=5).close()  # noqa: S310 - on loopback
        except (URLError, ConnectionError):
            time.sleep(0.25)
        else:
            return
    pytest.fail(log.read_text())


@pytest.fixture
def through(proxy, catalog, known_url, monkeypatch):
    """Return a function that runs a command whose Hub is the proxy."""

    def run(*words):
        with asked_by_this_process(proxy, monkeypatch):
            return catalog(*words, "--db", known_url)

    return run


def test_sync_and_audit_see_what_the_hub_holds(through, hub, config, catalog, known_url):
    """Every branch, commit and file; the verdicts are those of the stand-in itself."""
    publish(hub, config, 64, "single", "bin", of=planted.LAST)
    repository = hub.repositories[planted.REPO]
    (told,) = json.loads(through("sync", MODEL, "--json").out)
    assert told["status"] == "read"
    assert told["branches"] == len(repository.branches)
    (again,) = json.loads(through("sync", MODEL, "--json").out)
    assert (again["status"], again["requests"], again["changes"]) == ("unchanged", 1, 0)
    ran = through("audit", MODEL, "--json")
    branches = {one["revision"]: one for one in json.loads(ran.out)["branches"]}
    assert {name: one["commit"] for name, one in branches.items()} == repository.branches
    assert (ran.code, branches["step64"]["verdict"]) == (1, "same-as")
    publish(hub, config, 64, "single", "bin")
    ran = through("sync", MODEL, "--json")
    (moved,) = json.loads(ran.out)
    assert (ran.code, moved["changes"], moved["new_commits"]) == (1, 1, 1)
    assert catalog("audit", MODEL, "--db", known_url).code == 1
    assert through("sync", MODEL, "--accept").code == 0
    assert catalog("audit", MODEL, "--db", known_url).code == 0


def test_the_right_weights_are_pulled(through, hub, config, tmp_path):
    """The .bin, where the default file is the last step's; every byte as the Hub declares it."""
    wrong = planted.copy_of(planted.REPO, planted.LAST, "single")
    hub.repositories[planted.REPO].commit("step64", files(config, 64, "bin") | wrong)
    ran = through("pull", f"{MODEL}@step64", "--to", tmp_path / "out", "--json")
    assert ran.code == 0, ran.err
    told = json.loads(ran.out)
    assert told["weight_set"] == planted.BIN
    right = planted.copy_of(planted.REPO, 64, "bin")[planted.BIN]
    assert (tmp_path / "out" / planted.BIN).read_bytes() == right
    assert told["checked"] == len(told["files"])


def test_ranges_are_ranges(through):
    """A probe through the proxy finds every header complete and refutes nothing."""
    assert through("sync", MODEL).code == 0
    ran = through("audit", MODEL, "--probe", "--json")
    assert ran.code == 0, ran.out + ran.err
    probes = json.loads(ran.out)["probes"]
    assert all(one["complete"] for one in probes)
    assert not any(other["differing"] for one in probes for other in one["compared"])


def test_what_the_hub_does_not_have_is_said(through, tmp_path):
    """A repository that was never there is a wrong name: exit 2, one line, and no folder."""
    ran = through("pull", "example/nothing@main", "--to", tmp_path / "out")
    assert ran.code == 2
    assert len(ran.err.strip().splitlines()) == 1
    assert not (tmp_path / "out").exists()
