"""Many checkpoints in one command: what is selected, planned, interrupted, and skipped."""

import json
import re
import shutil
import signal
import sys

import pytest
from hub_standin import asked_by_this_process
from recorded import MODEL, rows
from submitit.slurm import slurm

from catalog import api
from catalog.cluster.options import Slurm
from catalog.verbs import fetching, planning, reading
from catalog.weights import seen
from cli import pace

STEPS = (1, 8, 64)
PATTERN = f"{MODEL}@{{name}}"


@pytest.fixture(autouse=True)
def ctrl_c_is_heard():
    """Hear Ctrl-C, which a shell makes those ignore that it starts in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def folders(checkpoint):
    """Return three steps' folders, by names that say which."""
    return [checkpoint(step) for step in STEPS]


@pytest.fixture
def populate(catalog, known_url):
    """Return a function that populates on the known database; by default without a network."""

    def run(*words, code=0, level="weights", **more):
        ran = catalog("populate", *words, "--level", level, "--db", known_url, **more)
        assert ran.code == code, ran.out + ran.err
        return ran

    return run


def told(ran, key="status"):
    """Return one key of every document."""
    return [document.get(key) for document in json.loads(ran.out)]


# Which -----------------------------------------------------------------------------------------


def test_folders_by_their_names(populate, folders, known_url, monkeypatch):
    """`{name}` is each folder's own; each is done, counted, and recorded once."""
    ran = populate("--as", PATTERN, *folders)
    assert rows(known_url)["observation"] == 3
    assert f"2/3 {folders[1]}: reading" in ran.err
    assert ran.err.endswith("3 checkpoints: 3 recorded\n")
    monkeypatch.chdir(folders[0].parent)  # as a shell completes names that are steps' too
    names = [folder.name for folder in folders]
    again = populate("--as", PATTERN, f"{names[0]}/", *names[1:], folders[0], "--json")
    assert told(again) == ["known"] * 3
    assert told(again, "revision") == ["step1", "step8", "step64"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--as", f"{MODEL}@step8"], "--as 'MODEL@{name}'"),
        (["--as", "{name}"], "unknown model 'step1'"),
        (["--as", f"{MODEL}@x{{name}}"], "its folder is called 'step1'"),
    ],
)
def test_folders_that_cannot_be_told_apart(populate, folders, known_url, words, says):
    """Nothing is begun."""
    ran = populate(*words, *folders, code=2)
    assert says in ran.err
    assert ran.err.count("\n") == 1
    assert rows(known_url)["manifest"] == 0


def test_from_a_list(populate, catalog, folders, known_url, tmp_path):
    """A file, or standard input: one target a line."""
    listed = "".join(f"{folder}  # mine\n" for folder in folders)
    populate("--as", PATTERN, "--from", "-", stdin=f"# all\n\n{listed}")
    assert rows(known_url)["observation"] == 3
    (tmp_path / "refs.txt").write_text(listed)
    words = ["--as", PATTERN, "--from", tmp_path / "refs.txt", folders[0], "--db", known_url]
    ran = catalog("verify", *words, "--json")
    assert ran.code == 0
    assert told(ran, "verdict") == ["passed"] * 3


@pytest.mark.parametrize("command", ["populate", "verify"])
@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        ([], 2, "nothing to "),
        (["--from", "./nowhere.txt"], 3, "nowhere.txt"),
        (["--from", "-"], 2, "the list names no checkpoint"),
        ([f"{MODEL}@step8..step2"], 2, "the first end is the larger"),
        ([f"{MODEL}@log0"], 2, "asks for no checkpoint"),
        ([f"{MODEL}@scored"], 2, "means no checkpoint"),
        ([MODEL, "--log", "3", "--every", "1B"], 2, "exclude one another"),
        (["./x", "--log", "3"], 2, "is a path: nothing is chosen in it"),
        (["--as", f"{MODEL}@step8", f"{MODEL}@all"], 2, "--as says what a folder is"),
        ([f"{MODEL}@all", "--dry-run", "--device", "tpu"], 2, "tpu"),
    ],
)
def test_asked_wrongly(catalog, known_url, command, words, code, says):
    """One line, before anything is read or downloaded."""
    ran = catalog(command, *words, "--db", known_url)
    assert (ran.code, ran.out, ran.err.count("\n")) == (code, "", 1), ran.err
    assert says in ran.err


@pytest.mark.parametrize("words", [["show"], ["hash"], ["compare", "."], ["log"]])
def test_where_one_checkpoint_is_asked_for(catalog, known_url, words):
    """A selection is refused in the same words by every command that takes one."""
    for which in ("all", "log3", "step1..step8"):
        ran = catalog(*words, f"{MODEL}@{which}", "--db", known_url)
        assert ran.code == 2
        assert f"{MODEL}@{which} means several checkpoints; `at`, `populate`" in ran.err


def test_one_that_fails_stops_no_other(populate, folders, monkeypatch):
    """Whatever goes wrong with one, the system's errors too; the gravest code counts."""
    settled = api.Catalog._settled

    def failing(self, brought, wish):
        if brought.meant.text == str(folders[1]):
            raise PermissionError(13, "Permission denied", brought.meant.text)
        return settled(self, brought, wish)

    monkeypatch.setattr(api.Catalog, "_settled", failing)
    ran = populate("--as", PATTERN, *folders, "--json", code=3)
    assert told(ran) == ["recorded", None, "recorded"]
    assert json.loads(ran.out)[1]["error"]["message"] == f"{folders[1]}: Permission denied"
    ran = populate("--as", PATTERN, *folders, code=3)
    assert "3 checkpoints: 2 known, 1 not done" in ran.err


# The plan --------------------------------------------------------------------------------------


def test_the_plan_comes_true(populate, hub, known_url, tmp_path, monkeypatch):
    """What a dry run says of bytes and requests is what is then downloaded; it does nothing."""
    monkeypatch.setattr("catalog.weights.cache.cache_folder", lambda: tmp_path / "cache")
    words = [f"{MODEL}@step8..step32", "--json"]
    with asked_by_this_process(hub, monkeypatch):
        with api.open(known_url) as c:
            assert [look.status for look in c.sync(MODEL)] == ["read"]
        before, asked = rows(known_url), len(hub.requests)
        plan = json.loads(populate(*words, "--dry-run").out)
        assert (rows(known_url), len(hub.requests)) == (before, asked)
        assert not (tmp_path / "cache").exists()
        assert [step["action"] for step in plan["steps"]] == ["download"] * 3
        assert told(populate(*words)) == ["recorded"] * 3
        assert len(hub.requests) - asked == plan["requests"]
    files = [path for path in (tmp_path / "cache").rglob("blobs/*") if path.is_file()]
    held = {path.name: path.stat().st_size for path in files}
    assert sum(held.values()) == plan["download_bytes"] < plan["read_bytes"]  # one config for all
    after = json.loads(populate(*words, "--dry-run").out)
    assert [step["action"] for step in after["steps"]] == ["read"] * 3
    assert (after["download_bytes"], after["requests"]) == (0, 0)
    assert after["read_bytes"] == plan["read_bytes"]


def test_a_plan_without_looks(populate, folders, catalog, known_url):
    """What nobody observed nobody can count; what would fail is foreseen, with its code."""
    ran = populate(f"{MODEL}@log2", folders[0], "--dry-run", code=2)
    assert "2 nobody knows how much" in ran.err + ran.out
    assert "nothing says which checkpoint" in ran.out
    assert "nobody was asked" in populate(f"{MODEL}@log2", "--dry-run", "--offline", code=3).out
    words = ["--dry-run", "--json", "--db", known_url]
    ran = catalog("verify", "--as", PATTERN, *folders, *words)
    plan = json.loads(ran.out)
    sizes = [sum(file.stat().st_size for file in each.iterdir()) for each in folders]
    assert [step["read_bytes"] for step in plan["steps"]] == sizes
    assert json.loads(catalog("verify", f"{MODEL}@all", *words).out)["steps"][0]["exit_code"] == 3
    assert (plan["read_seconds"], plan["network_bytes"]) == (sum(sizes) / 1e9, None)
    deep = catalog("verify", "--level", "forward", "--as", PATTERN, *folders, *words)
    assert json.loads(deep.out)["network_bytes"] == 4 * 182_848  # parameters of the run
    assert rows(known_url)["verification"] == 0


def test_a_plan_says_what_its_guesses_rest_on(populate, folders, catalog, known_url):
    """Networks by the verifications on record, once there is one of that device and dtype."""
    words = ["--level", "forward", "--as", PATTERN, "--device", "cpu", "--db", known_url]
    plan = json.loads(catalog("verify", *words, *folders, "--dry-run", "--json").out)
    assert "assumed" in plan["forward"]["rests_on"]
    assert (plan["download"], plan["tasks"], plan["sbatch"]) == (None, None, None)
    populate("--as", PATTERN, folders[0], level="forward")
    plan = populate("--as", PATTERN, *folders, "--dry-run", "--json", level="forward")
    sizes = [step["network_bytes"] for step in json.loads(plan.out)["steps"]]
    assert [size is None for size in sizes] == [True, False, False]  # what is on record is not run
    ran = catalog("verify", *words, folders[0], "--json")
    took = json.loads(ran.out)[0]["duration_s"]
    ran = catalog("verify", *words, *folders, "--dry-run", "--json")
    made = json.loads(ran.out)["forward"]
    assert made["seconds"] == pytest.approx(3 * took)
    assert made["rests_on"].startswith("1 verification on record on cpu in float32")
    shown = catalog("verify", *words, *folders, "--dry-run").out
    assert "of running networks: 1 verification on record" in shown
    half = catalog("verify", *words, *folders, "--dtype", "float16", "--dry-run", "--json")
    assert "assumed" in json.loads(half.out)["forward"]["rests_on"]


def test_a_plan_of_downloads_by_those_before(populate, hub, known_url, tmp_path, monkeypatch):
    """At an assumed rate, and after a download of this process at its own."""
    monkeypatch.setattr("catalog.weights.cache.cache_folder", lambda: tmp_path / "cache")
    monkeypatch.setattr(fetching, "RATE", fetching.Rate())
    monkeypatch.setattr(planning, "RATE", fetching.RATE)
    words = [f"{MODEL}@step8..step32", "--dry-run", "--json"]
    with asked_by_this_process(hub, monkeypatch):
        with api.open(known_url) as c:
            assert len(list(c.sync(MODEL))) == 1
        plan = json.loads(populate(*words).out)
        assert plan["download"]["rests_on"] == "50 MB a second, assumed"
        assert plan["download"]["seconds"] == plan["download_bytes"] / 50_000_000
        populate(f"{MODEL}@step8")
        plan = json.loads(populate(*words).out)
    assert plan["download"]["rests_on"].endswith("as this process downloaded before")


def test_a_plan_of_a_cluster(populate, folders, tmp_path):
    """Tasks with what each would do, and what sbatch would get: what submitit makes of it."""
    words = ["--engine", "slurm", "--tasks", "2", "--gpus", "1", "--time", "90", "--account", "a"]
    more = ["--slurm", "mem=8G", "--slurm", "cpus-per-task=4", "--slurm", "array-parallelism=1"]
    words += [*more, "--slurm", "setup=module load cuda", "--dry-run"]
    plan = json.loads(populate("--as", PATTERN, *folders, *words, "--json").out)
    sizes = [step["read_bytes"] for step in plan["steps"]]
    stated = [(each["checkpoints"], each["work_bytes"]) for each in plan["tasks"]]
    assert stated == [(1, sizes[0]), (2, sum(sizes[1:]))]
    job = Slurm.of(
        gpus=1, time="90", account="a", options=[each for each in more if each != "--slurm"]
    )
    script = slurm._make_sbatch_string(
        "x", tmp_path, map_count=2, job_name="catalog-populate", **job.parameters()
    )
    made = {line.removeprefix("#SBATCH ") for line in script.splitlines() if "#SBATCH" in line}
    logs = ("--output", "--error", "--open-mode")
    assert set(plan["sbatch"]) == {each for each in made if not each.startswith(logs)}
    shown = populate("--as", PATTERN, *folders, *words).out
    assert "2 tasks on the cluster" in shown
    assert "sbatch --account=a --array=0-1%1 " in shown


# Ctrl-C ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("presses", [1, 2])
def test_interrupted(catalog, known_url, folders, monkeypatch, presses):
    """The first lets the one in hand come to its end, the second does not; both end with 130."""
    settled = api.Catalog._settled

    def pressed(self, brought, wish):
        if brought.meant.text == str(folders[1]):
            for _ in range(presses):
                signal.raise_signal(signal.SIGINT)
        return settled(self, brought, wish)

    monkeypatch.setattr(api.Catalog, "_settled", pressed)
    words = ["populate", "--level", "files", "--as", PATTERN, *folders, "--db", known_url]
    before = signal.getsignal(signal.SIGINT)
    ran = catalog(*words)
    assert ran.code == 130
    assert "finishing what is in hand; Ctrl-C again stops at once" in ran.err
    assert rows(known_url)["observation"] == 3 - presses
    assert (f"1 left: {folders[2]}" in ran.err) == (presses == 1)
    assert signal.getsignal(signal.SIGINT) is before
    monkeypatch.undo()


def test_one_alone_is_stopped_at_once(catalog, known_url, folders, monkeypatch):
    """There is nothing to go on with."""

    def pressed(*_, **__):
        signal.raise_signal(signal.SIGINT)
        raise AssertionError("not stopped")

    monkeypatch.setattr(api.Catalog, "_populated", pressed)
    ran = catalog("populate", "--as", PATTERN, folders[0], "--db", known_url)
    assert ran.code == 130
    assert "again" not in ran.err.replace("again to go on", "")


# How far ---------------------------------------------------------------------------------------


def test_without_a_terminal_a_line_now_and_then(populate, folders, monkeypatch):
    """How far it is, how fast, and how long still; no carriage returns, and no bar."""
    monkeypatch.setattr(pace, "EVERY_S", 0)
    ran = populate("--as", PATTERN, *folders)
    assert "\r" not in ran.err + ran.out
    far = [line for line in ran.err.splitlines() if " bytes, " in line]
    size = 3 * sum(file.stat().st_size for file in folders[0].iterdir())
    assert re.fullmatch(
        rf"[012] of 3 done: {size:,} of {size:,} bytes, .* a second, .* left", far[-1]
    )
    assert all(
        re.match(r"[012] of 3 done: [0-9,]+ of (about )?[0-9,]+ bytes", line) for line in far
    )


# Without torch, and without reading again ------------------------------------------------------


@pytest.fixture
def without_torch(monkeypatch):
    """Let nobody import torch."""
    for name in [
        name for name in sys.modules if name.partition(".")[0] in ("torch", "transformers")
    ]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "torch", None)


@pytest.mark.usefixtures("without_torch")
def test_levels_without_torch(populate, catalog, folders, known_url):
    """Digests are recorded in two depths; only the network needs what is not there."""
    words = ["--as", PATTERN, folders[1]]
    assert told(populate(*words, "--json", level="files")) == ["recorded"]
    assert (rows(known_url)["manifest"], rows(known_url)["weight_set"]) == (1, 0)
    ran = catalog("verify", *words, "--level", "weights", "--db", known_url)
    assert ran.code == 0
    assert "not on record: digests of what model.safetensors holds" in ran.err
    (document,) = json.loads(populate(*words, "--json").out)
    assert (document["status"], document["level"]) == ("recorded", "weights")
    assert document["weight_sets"][0]["loss"] is None
    found = rows(known_url)
    assert (found["manifest"], found["weight_set"], found["fingerprint"]) == (1, 1, 0)
    assert (
        "not on record" not in catalog("verify", *words, "--level=weights", "--db", known_url).err
    )
    assert told(populate(*words, "--json")) == told(populate(*words, "--json", level="files"))
    for command in ("populate", "verify"):
        more = (*words, folders[0], "--level", "forward", "--db", known_url)
        ran = catalog(command, *more)
        assert (ran.code, "torch is not installed" in ran.err) == (3, True)
        assert ran.err.count("catalog: ") == 1  # every other one would meet it too


def test_a_record_is_completed(populate, catalog, checkpoint, known_url):
    """`forward` adds what a shallower level left out, and says until then what is missing."""
    folder = checkpoint(512)
    words = ["--as", PATTERN, folder]
    populate(*words)
    ran = catalog("verify", *words, "--level", "forward", "--db", known_url)
    assert "not on record: fingerprints of model.safetensors" in ran.err
    assert told(populate(*words, "--json", level="forward")) == ["recorded"]
    assert told(populate(*words, "--json", level="forward")) == ["known"]
    found = rows(known_url)
    assert (found["manifest"], found["weight_set"], found["fingerprint"]) == (1, 1, 1)
    assert found["observation"] == 1
    assert told(populate(*words, "--json", level="files")) == ["known"]


def test_a_set_that_is_not_on_record_is_added(populate, checkpoint, known_url):
    """A record of one of two weight sets is no record of the other."""
    folder = checkpoint(8)
    populate("--as", f"{MODEL}@step8#model.safetensors", folder)
    other = checkpoint(8, "bin", name="other")
    shutil.move(other / "pytorch_model.bin", folder)
    populate("--as", f"{MODEL}@step8#model.safetensors", folder, "--accept-changes")
    assert rows(known_url)["weight_set"] == 2
    assert told(populate("--as", f"{MODEL}@step8", folder, "--json")) == ["recorded"]
    assert rows(known_url)["weight_set"] == 3


@pytest.mark.parametrize("change", ["none", "touched", "rewritten", "another", "fresh"])
def test_files_in_a_known_state_are_not_read(populate, folders, monkeypatch, change):
    """Size, times and inode as of the last reading: not read again, if that was asked for."""
    monkeypatch.setattr(seen, "SETTLED_NS", 10**18 if change == "fresh" else 0)
    words = ["--as", PATTERN, *folders, "--json"]
    populate(*words)
    weights = folders[1] / "model.safetensors"
    if change == "touched":
        weights.touch()
    elif change == "rewritten":
        weights.write_bytes(weights.read_bytes())
    elif change == "another":
        (folders[1] / "README.md").write_text("new")
    read = []
    monkeypatch.setattr(reading.hashing, "hash_files", _noted(reading.hashing.hash_files, read))
    plan = json.loads(populate(*words, "--trust-stat", "--dry-run").out)
    ran = populate(*words, "--trust-stat", code=int(change == "another"))
    assert len(read) == {"none": 0, "fresh": 3}.get(change, 1) + (change == "another")
    trusted = [
        any("not read again" in note for note in document["notes"])
        for document in json.loads(ran.out)
    ]
    assert trusted == [change != "fresh", change == "none", change != "fresh"]
    assert [step["read_bytes"] == 0 for step in plan["steps"]] == trusted
    read.clear()
    populate(*words, code=int(change == "another"))
    assert len(read) >= 3  # without being asked, everything is read


def _noted(function, calls):
    """Return a function that writes down that it was called."""

    def noted(*given, **options):
        calls.append(given)
        return function(*given, **options)

    return noted


def test_the_network_is_not_needed_for_what_is_known(populate, checkpoint, monkeypatch):
    """A trusted record is answered before torch is imported."""
    monkeypatch.setattr(seen, "SETTLED_NS", 0)
    folder = checkpoint(512)
    words = ["--as", PATTERN, folder, "--trust-stat", "--json"]
    populate(*words, level="forward")
    monkeypatch.setattr("catalog.forward.choose", None)
    assert told(populate(*words, level="forward")) == ["known"]
