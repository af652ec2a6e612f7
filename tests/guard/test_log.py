"""`$CATALOG_GUARD_LOG`, and the lock that is made of it."""

import json

import listing
import pytest
from huggingface_hub import hf_hub_download

pytestmark = [pytest.mark.data(listing.FILE), pytest.mark.usefixtures("asking")]


@pytest.fixture
def log(guard, load, monkeypatch, tmp_path):
    """Return a function that loads branches and returns the log's path."""
    file = tmp_path / "loads.jsonl"
    monkeypatch.setenv("CATALOG_GUARD_LOG", str(file))

    def logged(*revisions, mode="fix"):
        guard(mode)
        for revision in revisions:
            load(revision)
        return file

    return logged


def lines(file):
    """Return what a log says."""
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_a_load_is_one_line(log, served):
    """What, when, from where, which files with the declared digests, by which library."""
    (line,) = lines(log("step1000", "step1000"))
    commit, files = served[1]["step1000"]
    shards = {file["path"]: file["sha256"] for file in line["files"] if "-of-" in file["path"]}
    assert shards == {path: sha256 for path, sha256 in files.items() if "-of-" in path}
    assert {file["path"] for file in line["files"]} - shards.keys() == {
        "config.json",
        listing.INDEX,
    }
    assert line.pop("when") > "2026"
    del line["files"]
    assert line == {
        "repo_id": listing.REPO,
        "revision": "step1000",
        "commit": commit,
        "model": "pythia-2.8b",
        "step": 1000,
        "tokens_seen": 2_097_152_000,
        "weight_set": listing.INDEX,
        "verdict": "own",
        "holds": None,
        "problem": None,
        "library": "transformers",
        "version": "5.24.0",
    }


@pytest.mark.filterwarnings("ignore::catalog.guard.WrongWeights")
def test_what_was_wrong_is_in_it(log):
    """In `warn` the log says whose weights were loaded."""
    (line,) = lines(log("step54000", mode="warn"))
    assert (line["verdict"], line["holds"]) == ("same-as", "step143000")
    assert line["problem"].startswith("pythia-2.8b@step54000: model.safetensors holds")


def test_a_log_that_cannot_be_written_stops_nothing(log, monkeypatch, tmp_path, noted):
    """It is one note."""
    monkeypatch.setenv("CATALOG_GUARD_LOG", str(tmp_path / "no" / "folder.jsonl"))
    log("step66000")
    (record,) = noted
    assert "was not written" in record.getMessage()


def test_a_lock_of_a_log(log, catalog, tmp_path, shipped_url):
    """What was loaded is pinned as it was, each branch once, and no Hub is asked."""
    file, lock = log("step1000", "step66000", "step1000"), tmp_path / "lock.json"
    file.write_text(file.read_text() * 2)
    ran = catalog("lock", "--from-log", file, "-o", lock, "--db", shipped_url, "--json")
    assert ran.code == 0, ran.err
    pinned = json.loads(lock.read_text())["checkpoints"]
    assert [(each["ref"], each["weight_set"], each["published_step"]) for each in pinned] == [
        ("pythia-2.8b@step1000", listing.INDEX, 1000),
        ("pythia-2.8b@step66000", listing.SINGLE, 66000),
    ]
    again = catalog("lock", "pythia-70m", "--from-log", file, "-o", tmp_path / "x", "--db", "x")
    assert (again.code, again.err) == (
        2,
        "catalog: lock pins either REFs or what a log has; name one of them\n",
    )


@pytest.mark.filterwarnings("ignore::catalog.guard.WrongWeights")
def test_wrong_weights_are_not_pinned(log, catalog, tmp_path):
    """A lock pins what is right; the log that has other weights is refused, and nothing written."""
    file, lock = log("step54000", mode="warn"), tmp_path / "lock.json"
    ran = catalog("lock", "--from-log", file, "-o", lock)
    assert ran.code == 1
    assert ran.err.startswith("catalog: pythia-2.8b@step54000: model.safetensors holds step143000")
    assert not lock.exists()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "holds no load"),
        ("{}\n", "line 1: no load: it has no files"),
        ("\n[1]\n", "line 2: no load"),
        ("{", "line 1: "),
        ('{"files": [], "repo_id": "a/\\u001b[2J"}', "line 1: the character U+001B"),
        ('{"files": [{"path": "../../x"}], "repo_id": "a/b", "revision": "x"}', "not 40 hex"),
    ],
)
def test_a_log_that_is_none(text, why, catalog, tmp_path):
    """Anybody may have written it: one line, exit 2."""
    (tmp_path / "log").write_text(text)
    ran = catalog("lock", "--from-log", tmp_path / "log", "-o", tmp_path / "lock.json")
    assert ran.code == 2
    assert why in ran.err
    assert len(ran.err.splitlines()) == 1


def test_many_write_one_log(tmp_path):
    """Lines of several writers at a time stay whole."""
    import threading
    from pathlib import Path

    from catalog.core import journals
    from catalog.core.held import shipped
    from catalog.core.loads import Asked, judge
    from catalog.guard import journal, places

    known, file = shipped(listing.REPO), tmp_path / "loads.jsonl"

    def write(branches):
        for branch in branches:
            asked = Asked(listing.REPO, branch.commit, branch.revision, (listing.BIN,))
            source = places.Source(Path(tmp_path), asked)
            journal.append(str(file), judge(known, asked), source, "torch")

    writers = [threading.Thread(target=write, args=(known.branches[n::8],)) for n in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    entries = journals.parse(file.read_text(), "the log")
    assert {entry.revision for entry in entries} == {branch.revision for branch in known.branches}


def test_the_log_hears_the_hubs_client_too(log, served):
    """A file that a program names is in it, with the library that fetched it."""
    file = log()
    hf_hub_download(listing.REPO, listing.SINGLE, revision="step66000")
    (line,) = lines(file)
    assert (line["library"], line["weight_set"]) == ("huggingface_hub", listing.SINGLE)
    assert line["files"][0]["sha256"] == served[1]["step66000"][1][listing.SINGLE]
