"""`catalog pull` of several: side by side, each in a folder that says what it is."""

import json
import shutil
import threading

import planted
import pytest
from hub_standin import asked_by_this_process
from loaded import loads
from published import publish
from recorded import MODEL

from catalog.core import locks
from catalog.hub import downloads

STEPS = (8, 64, 128)
NAMES = [f"{MODEL}@step{step}" for step in STEPS]
BODY = r"^GET /[0-9a-f]{64}"


@pytest.fixture
def pull(hub, catalog, known_url, tmp_path, monkeypatch):
    """Return a function that pulls into `all`."""

    def run(*words):
        with asked_by_this_process(hub, monkeypatch):
            return catalog("pull", *words, "--to", tmp_path / "all", "--db", known_url)

    return run


def folders(top):
    """Return the names in a folder."""
    return sorted(path.name for path in top.iterdir())


def test_each_has_a_folder_of_its_own(pull, hub, tmp_path):
    """They are called as they were asked for; a second run fetches nothing."""
    ran = pull(*NAMES, "--json")
    assert ran.code == 0, ran.err
    told = json.loads(ran.out)
    assert [each["ref"] for each in told] == NAMES
    assert folders(tmp_path / "all") == sorted(NAMES)
    assert all(loads(tmp_path / "all" / f"{MODEL}@step{step}", step) for step in STEPS)
    before = hub.count(BODY)
    ran = pull(*NAMES, "--json")
    assert [each["status"] for each in json.loads(ran.out)] == ["known"] * 3
    assert hub.count(BODY) == before == 3


def test_a_selection_is_several(pull, tmp_path):
    """What `populate` takes; also where it means one."""
    ran = pull(f"{MODEL}@step8..step32", "-q")
    assert (ran.code, len(ran.out.splitlines())) == (0, 3)
    assert folders(tmp_path / "all") == sorted(f"{MODEL}@step{step}" for step in (8, 16, 32))
    shutil.rmtree(tmp_path / "all")
    assert pull(f"{MODEL}@step8..step8").code == 0
    assert folders(tmp_path / "all") == [f"{MODEL}@step8"]


def test_one_without_right_weights_stops_no_other(pull, hub, config, tmp_path):
    """The gravest outcome counts: exit 1, and the others are there."""
    publish(hub, config, 64, "single", of=planted.LAST)
    ran = pull(*NAMES)
    assert ran.code == 1
    assert f"catalog: {NAMES[1]} has no weights of its own" in ran.err  # named once
    assert folders(tmp_path / "all") == sorted([NAMES[0], NAMES[2]])


@pytest.mark.filterwarnings("error")
def test_a_small_disk_is_told_by_us_alone(pull, hub, monkeypatch, tmp_path):
    """The client's own warning of it, which names its hidden folders, is kept back."""
    del hub
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(9, 8, 1))
    ran = pull(NAMES[0])
    assert "Not enough free disk space" not in ran.err
    assert (tmp_path / "all").exists()


def test_files_come_side_by_side(pull, monkeypatch, tmp_path):
    """The weights of three checkpoints come at once: each waits for the others."""
    together, download = threading.Barrier(len(STEPS), timeout=30), downloads.download_file

    def wait(repo_id, commit, path, *folder, **options):
        if path == "model.safetensors":
            together.wait()
        download(repo_id, commit, path, *folder, **options)

    monkeypatch.setattr(downloads, "download_file", wait)
    ran = pull(*NAMES)
    assert ran.code == 0, ran.err
    assert len(folders(tmp_path / "all")) == 3


def test_ctrl_c_leaves_what_can_be_gone_on_with(pull, monkeypatch, tmp_path):
    """No thread is left, no folder is half there; the next run finishes."""
    download = downloads.download_file

    def broken(repo_id, commit, path, *folder, **options):
        if path == "tokenizer.json" and STEPS[1:]:
            raise KeyboardInterrupt
        download(repo_id, commit, path, *folder, **options)

    with monkeypatch.context() as patch:
        patch.setattr(downloads, "download_file", broken)
        assert pull(*NAMES).code == 130
    assert not [each for each in threading.enumerate() if "catalog-pull" in each.name]
    assert not [name for name in folders(tmp_path / "all") if not name.startswith(".")]
    assert pull(*NAMES).code == 0
    assert folders(tmp_path / "all") == sorted(NAMES)


def test_a_lock_is_pulled_as_it_pins(pull, lock, hub, config, check, tmp_path):
    """Its commits, though the branch moved; nothing but the lock and the Hub is asked."""
    assert lock(*NAMES[:2]).code == 0
    publish(hub, config, 64, "single", of=128)
    ran = pull("--lock", tmp_path / "lock.json", "--json")
    assert ran.code == 0, ran.err
    assert [each["verdict"] for each in json.loads(ran.out)] == ["own", "own"]
    assert loads(tmp_path / "all" / NAMES[1], 64)
    code, told = check(tmp_path / "all", "--json")
    assert (code, [each["verdict"] for each in told]) == (0, ["passed", "passed"])


def test_a_lock_of_one_fills_the_folder(lock, catalog, tmp_path, hub, monkeypatch):
    """As `pull` of one does; it needs no catalog."""
    assert lock(NAMES[1]).code == 0
    with asked_by_this_process(hub, monkeypatch):
        words = ["--lock", tmp_path / "lock.json", "--to", tmp_path / "one"]
        ran = catalog("pull", *words, "--db", "sqlite:////no/db")
    assert ran.code == 0, ran.err
    assert loads(tmp_path / "one", 64)


def test_what_a_folder_says_of_itself_is_a_lock(
    pull, catalog, tmp_path, hub, known_url, monkeypatch
):
    """What was pulled once can be pulled again from what it says of itself."""
    assert pull(NAMES[0]).code == 0
    assert loads(tmp_path / "all", 8)
    own = tmp_path / "all" / ".catalog.json"
    with asked_by_this_process(hub, monkeypatch):
        words = ["--lock", own, "--to", tmp_path / "again", "--db", known_url]
        assert catalog("pull", *words).code == 0
    assert loads(tmp_path / "again", 8)


def test_a_lock_that_lies_is_refused(pull, lock, tmp_path):
    """Its own digest covers it; bytes that the Hub has not are wrong twice, and nothing is kept."""
    assert lock(NAMES[0]).code == 0
    file = tmp_path / "lock.json"
    file.write_text(file.read_text().replace("own", "own "))
    assert pull("--lock", file).code == 2
    assert not (tmp_path / "all").exists()


@pytest.mark.parametrize(
    "changed",
    [
        {"model": "../../evil"},
        {"model": "/evil"},
        {"repo_id": "../../x"},
        {"revision": "../x"},
        {"weight_set": "other.bin"},
        {"verdict": "lovely"},
        {"verdict": "same-as"},
    ],
)
def test_a_hostile_lock_writes_nowhere_else(pull, lock, tmp_path, changed):
    """With a digest that fits: it leads out of no folder, and nothing is written."""
    assert lock(*NAMES[:2]).code == 0
    stated = json.loads((tmp_path / "lock.json").read_text())
    stated["checkpoints"][0] |= changed
    del stated["lock_digest"]
    stated["lock_digest"] = locks._digest(stated)
    (tmp_path / "lock.json").write_text(json.dumps(stated))
    before = set(tmp_path.parent.rglob("*evil*"))
    ran = pull("--lock", tmp_path / "lock.json")
    assert ran.code == 2, ran.err
    assert set(tmp_path.parent.rglob("*evil*")) == before
    first = tmp_path / "all" / NAMES[0]
    assert not first.exists()


@pytest.mark.parametrize(
    "words",
    [
        [],
        [NAMES[0], NAMES[1], "--commit", "a" * 40],
        [NAMES[0], "--lock", "lock.json"],
        ["./here", NAMES[0]],
        [NAMES[0], NAMES[1], "--jobs", "0"],
    ],
)
def test_asked_wrongly(pull, tmp_path, words):
    """Exit 2, and nothing is begun."""
    ran = pull(*words)
    assert (ran.code, ran.out) == (2, "")
    assert not (tmp_path / "all").exists()


def test_a_branch_that_moved_is_refused_where_its_commit_was_named(pull, hub, config):
    """`--commit` is what the printed code has."""
    commit = hub.repositories[planted.REPO].branches["step64"]
    assert pull(NAMES[1], "--commit", commit).code == 0
    moved = publish(hub, config, 64, "single")
    ran = pull(NAMES[1], "--commit", commit)
    assert ran.code == 1
    assert f"{NAMES[1]} is at commit {moved[:8]} now, and not at {commit[:8]}" in ran.err
