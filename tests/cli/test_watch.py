"""`catalog watch`: a look, a judgement and what changed, each change told once."""

import json
from xml.etree import ElementTree as ET

import pytest
from hub_standin import Fault, Hub, asked_by_this_process
from sun_run import REPO, publish, told, weights

from catalog.documents.feeds import LARGEST

TWIN = "lab/sun-1m-seed2"
ATOM = {"": "http://www.w3.org/2005/Atom"}


def states(ran, code):
    """Return the state of each repository, as JSON has them."""
    return {row["repo_id"]: row["state"] for row in told(ran, code)}


def titles(file):
    """Return what the entries of a feed are called, and what stands in them, newest first."""
    if file.suffix == ".json":
        items = json.loads(file.read_text())["items"]
        return [(item["title"], item["content_text"]) for item in items]
    entries = ET.parse(file).getroot().iterfind("entry", ATOM)  # noqa: S314 - we wrote it
    return [
        tuple(each.findtext(tag, None, ATOM) for tag in ("title", "content")) for each in entries
    ]


def vanish(repository):
    """Take a branch away."""
    del repository.branches["step100"]


def replace(repository):
    """Put other weights where some were."""
    repository.commit("step100", {"config.json": b"{}", "model.safetensors": weights(9)})


CHANGES = {
    "vanished": (vanish, "step100 is gone; it was at "),
    "moved": (replace, "model.safetensors changed."),
}


@pytest.mark.parametrize("suffix", [".xml", ".atom", ".json"])
@pytest.mark.parametrize("rule", CHANGES)
def test_a_change_is_told_once_and_fails_until_it_is_accepted(at, sun_hub, tmp_path, rule, suffix):
    """Exit 1 as long as nobody accepted it; the feed has one entry for ever."""
    file = tmp_path / f"feed{suffix}"
    change, said = CHANGES[rule]
    words = ("watch", "sun-1m", "--feed", file, "--json")
    assert states(at(sun_hub, *words), 0) == {REPO: "quiet"}
    assert titles(file) == []
    change(sun_hub.repositories[REPO])
    ran = at(sun_hub, *words)
    (row,) = told(ran, 1)
    assert [each["rule"] for each in row["findings"] if each["severity"] != "note"][-1] == rule
    assert [each["revision"] for each in row["changes"]] == ["step100"]
    ((title, content),) = titles(file)
    assert title.startswith(f"{REPO}: step100 ")
    assert said in content
    written = file.read_bytes()
    ran = at(sun_hub, *words)
    assert states(ran, 1) == {REPO: "wrong"}
    assert told(ran, 1)[0]["changes"] == []
    assert file.read_bytes() == written
    assert at(sun_hub, "sync", REPO, "--accept").code == 0
    assert REPO in states(at(sun_hub, *words), 0 if rule == "moved" else 1)
    assert file.read_bytes() == written


def test_what_nobody_saw_at_the_time_is_told_later(at, sun_hub, tmp_path):
    """A look by `sync` in between takes no news away."""
    at(sun_hub, "sync", "sun-1m")
    replace(sun_hub.repositories[REPO])
    assert at(sun_hub, "sync", "sun-1m").code == 1
    assert at(sun_hub, "watch", "sun-1m", "--feed", tmp_path / "feed.json").code == 1
    assert len(titles(tmp_path / "feed.json")) == 1


def test_what_comes_is_no_fault(at, sun_hub, tmp_path):
    """A new branch is news, and nothing wrong; so is a commit that leaves the weights alone."""
    file = tmp_path / "feed.xml"
    at(sun_hub, "watch", "sun-1m")
    repository = sun_hub.repositories[REPO]
    repository.branches["notes"] = repository.commit("notes", {"README.md": b"read me"})
    files = {"config.json": b"{}", "model.safetensors": weights(1), "README.md": b"read me"}
    repository.commit("step100", files)
    assert states(at(sun_hub, "watch", "--feed", file, "--json"), 0) == {REPO: "changed"}
    ((title, content),) = titles(file)
    assert title == f"{REPO}: 2 changes"
    assert "notes is new" in content
    assert "its weights are the same" in content


def test_a_repository_that_goes_and_returns(at, sun_hub, tmp_path):
    """Gone is wrong, each night, and news once; closed could not be checked; both are over once."""
    file = tmp_path / "feed.xml"
    words = ("watch", "sun-1m", "--feed", file, "--json")
    at(sun_hub, *words)
    repository = sun_hub.repositories.pop(REPO)
    for _ in range(2):
        assert states(at(sun_hub, *words), 1) == {REPO: "wrong"}
    sun_hub.repositories[REPO] = repository
    repository.gated = True
    assert states(at(sun_hub, *words), 3) == {REPO: "unknown"}
    repository.gated = False
    assert states(at(sun_hub, *words), 0) == {REPO: "quiet"}
    assert [content for _, content in titles(file)] == [
        "The repository is there again.",
        "The repository is closed to this user.",
        "The repository is gone.",
    ]


def test_a_new_name(at, sun_hub, tmp_path):
    """A repository that is called otherwise is told once, and wrong until it is accepted."""
    file = tmp_path / "feed.json"
    words = ("watch", "sun-1m", "--feed", file, "--json")
    at(sun_hub, *words)
    sun_hub.repositories["lab/new"] = sun_hub.repositories.pop(REPO)
    sun_hub.renamed[REPO] = "lab/new"
    for _ in range(2):
        assert told(at(sun_hub, *words), 1)[0]["renamed_to"] == "lab/new"
    assert [content for _, content in titles(file)] == ["The repository is called lab/new now."]


@pytest.fixture
def two(at, sun_hub):
    """Return a stand-in with two repositories, both of them seen."""
    publish(sun_hub, TWIN, first=10)
    assert at(sun_hub, "watch", "sun-1m", "sun-1m-seed2").code == 0
    return sun_hub


def test_the_worst_comes_last(at, two):
    """One line a repository; of several exit codes the gravest counts."""
    replace(two.repositories[REPO])
    ran = at(two, "watch")
    assert ran.code == 1
    lines = [line.split()[:2] for line in ran.out.splitlines()]
    assert lines == [["state", "repository"], ["quiet", TWIN], ["wrong", REPO]]
    assert f"`catalog sync --accept {REPO}`" in ran.err


AT_ONCE = {"Retry-After": "0"}  # nobody waits for the next try


def test_one_that_is_silent_does_not_hide_the_other(at, two, tmp_path):
    """Where one gives no answer the others are looked at: 3, and 1 where something is wrong."""
    two.faults.append(Fault(f"/{TWIN}/refs", status=500, headers=AT_ONCE, times=None))
    ran = at(two, "watch", "--json", "--summary", tmp_path / "summary.md")
    assert states(ran, 3) == {REPO: "quiet", TWIN: "unknown"}
    assert "\n2 targets, 9 cases: 1 could not be checked, " in (tmp_path / "summary.md").read_text()
    vanish(two.repositories[REPO])
    file = tmp_path / "feed.xml"
    assert states(at(two, "watch", "--feed", file, "--json"), 1)[TWIN] == "unknown"
    assert len(titles(file)) == 1
    assert at(two, "watch", TWIN).code == 3


def test_no_name_means_what_was_seen_at_this_endpoint(at, sun_hub, mirror):
    """What was only seen elsewhere, as what ships, is not asked of a mirror that may lack it."""
    publish(sun_hub, TWIN, first=10)
    assert at(sun_hub, "watch", "sun-1m", "sun-1m-seed2").code == 0
    ran = at(mirror, "watch")
    assert (ran.code, ran.out, mirror.requests) == (3, "", [])
    assert f"no repository was ever looked at at {mirror.url}; name some" in ran.err
    assert states(at(mirror, "watch", "sun-1m", "--json"), 0) == {REPO: "quiet"}
    assert states(at(mirror, "watch", "--json"), 0) == {REPO: "quiet"}
    assert [*states(at(sun_hub, "watch", "--json"), 0)] == [REPO, TWIN]


def test_nobody_answers(at, catalog, sun_hub, tmp_path, monkeypatch):
    """An endpoint that is down is exit 3 in one line, and the feed stays as it is."""
    file = tmp_path / "feed.xml"
    assert at(sun_hub, "watch", "sun-1m", "--feed", file).code == 0
    written = file.read_bytes()
    with Hub() as down:
        pass
    monkeypatch.setattr("time.sleep", lambda _: None)
    with asked_by_this_process(down, monkeypatch):
        ran = catalog("watch", "sun-1m", "--feed", file, "--db", tmp_path / "suns.db")
    assert ran.code == 3
    assert len(ran.err.splitlines()) == 1
    assert file.read_bytes() == written


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("feed.txt", None, "is named as no feed is"),
        ("feed.xml", b"<rss/>", "no Atom of this command"),
        ("feed.xml", b'<feed xmlns="http://www.w3.org/2005/Atom"/>', "no Atom of this command"),
        ("feed.xml", b"not at all", "no Atom of this command"),
        ("feed.xml", b"<!DOCTYPE feed><feed/>", "no Atom of this command"),
        ("feed.json", b"{}", "no JSON Feed of this command"),
        ("feed.json", b"[1]", "no JSON Feed of this command"),
        ("feed.json", b"\xff", "no JSON Feed of this command"),
        ("feed.json", b"[" * 100_000, "no JSON Feed of this command"),
        ("feed.xml", b" " * (LARGEST + 1), "it is too large"),
        ("none/feed.json", None, "cannot write"),
    ],
)
def test_a_file_that_is_no_feed_is_left_alone(at, sun_hub, tmp_path, name, content, said):
    """It is refused in one line, before the Hub is asked anything."""
    file = tmp_path / name
    if content is not None:
        file.write_bytes(content)
    ran = at(sun_hub, "watch", "sun-1m", "--feed", file)
    assert ran.code == (3 if "none" in name else 2)
    assert said in ran.err
    assert len(ran.err.splitlines()) == 1
    assert not sun_hub.requests
    assert (file.read_bytes() if file.exists() else None) == content


def test_reports_and_a_baseline(at, sun_hub, tmp_path):
    """What is accepted in a baseline fails no more; the reports name what does."""
    at(sun_hub, "watch", "sun-1m")
    vanish(sun_hub.repositories[REPO])
    accepted, junit = tmp_path / "accepted.json", tmp_path / "watch.xml"
    assert at(sun_hub, "watch", "--junit", junit).code == 1
    assert ET.parse(junit).getroot().get("name") == "catalog watch"  # noqa: S314 - we wrote it
    assert "vanished" in junit.read_text()
    assert at(sun_hub, "watch", "--baseline", accepted, "--write-baseline").code == 0
    assert at(sun_hub, "watch", "--baseline", accepted).code == 0
    assert at(sun_hub, "watch", "--fail-on", "never").code == 0


def test_a_feed_and_a_report_in_one_file(at, sun_hub, tmp_path):
    """One would be written over the other: asked wrongly, and nobody is asked."""
    both = tmp_path / "both.xml"
    ran = at(sun_hub, "watch", "sun-1m", "--feed", both, "--junit", both)
    assert (ran.code, both.exists(), sun_hub.requests) == (2, False, [])


def test_a_name_that_nobody_has(at, sun_hub):
    """A repository that no endpoint ever had is asked wrongly; beside another one too."""
    assert at(sun_hub, "watch", "lab/none").code == 2
    assert states(at(sun_hub, "watch", "sun-1m", "lab/none", "--json"), 2) == {
        REPO: "quiet",
        "lab/none": "asked wrongly",
    }
    assert at(sun_hub, "watch", "lab/none", "lab/nor-this").code == 2
    sun_hub.faults.append(Fault("/lab/none/refs", status=500, headers=AT_ONCE, times=None))
    assert states(at(sun_hub, "watch", "sun-1m", "lab/none", "--json"), 3) == {
        REPO: "quiet",
        "lab/none": "unknown",
    }
