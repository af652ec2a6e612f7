"""One catalog, many users: all begin at once, some may only read, and one was interrupted."""

import json
import os
import shutil
import subprocess
import sys
import time
import types

import pytest
import sqlalchemy as sa
from recorded import MODEL, rows
from score_documents import classic

from catalog import _door as door
from catalog import api
from catalog.sql import engines
from catalog.verbs import populate

FIRST_USES = 8
READS = (
    ["ls"],
    ["show", "pythia-70m@step3000"],
    ["name", "pythia-19m"],
    ["at", "300B", "pythia-70m"],
    ["evals", "show", "pythia-70m", "--task", "piqa"],
    ["audit", "pythia-2.8b"],
    ["log", "pythia-2.8b"],
    ["which", "0" * 64],
    ["advisories"],
    ["suites", "ls"],
    ["db", "current"],
    ["db", "check"],
)


@pytest.fixture
def begin(warm):
    """Return a function that starts a command in a process of its own."""
    return lambda *words: warm.start([str(word) for word in words], env=dict(os.environ))


def ended(processes):
    """Return what each process printed; all must have succeeded, and said nothing of errors."""
    printed = [process.communicate(timeout=240) for process in processes]
    assert [process.returncode for process in processes] == [0] * len(processes), printed
    assert not [err for _, err in printed if "Traceback" in err or "catalog:" in err]
    return [out for out, _ in printed]


# At once ---------------------------------------------------------------------------------------


@pytest.mark.both_databases
def test_eight_first_uses_at_once(begin, catalog, blank_url):
    """One makes the catalog and the others wait for it; it is as one `init` leaves it.

    A reader that comes too early says what to type; none meets a half-made catalog.
    """
    making = [begin("init", "--json", "--db", blank_url) for _ in range(FIRST_USES)]
    codes = list(_read_while(making, begin, blank_url))
    told = ended(making)
    statuses = [json.loads(out)["suites"][0]["status"] for out in told]
    assert sorted(statuses) == ["added"] + ["known"] * (FIRST_USES - 1)
    assert set(codes) <= {0, 3}
    before = rows(blank_url)
    assert before["model"] > 100
    assert catalog("init", "--db", blank_url).code == 0
    assert rows(blank_url) == before


def _read_while(making, begin, url):
    """Ask again and again while a catalog is made; yield the exit codes."""
    code = None
    while code is None or any(map(is_running, making)):
        reading = begin("at", "300B", "pythia-70m", "--db", url)
        out, err = reading.communicate(timeout=60)
        code = reading.returncode
        assert "step143000" in out if code == 0 else "run `catalog init`" in err, err
        yield code
        time.sleep(0.25)


def is_running(process):
    """Return whether a process has not ended yet."""
    try:
        process.wait(timeout=0)
    except subprocess.TimeoutExpired:
        return True
    return False


@pytest.mark.both_databases
def test_overlapping_imports(begin, facts_url, tmp_path):
    """Two imports that share a file lose nothing and record nothing twice."""
    before = rows(facts_url)
    for number in range(3):
        document = classic(f"pretrained=EleutherAI/pythia-70m,revision=step{number + 1}000")
        (tmp_path / f"{number}.json").write_text(json.dumps(document))
    shared = [[tmp_path / f"{number}.json" for number in pair] for pair in ((0, 1), (1, 2))]
    ended([begin("evals", "import", *files, "--db", facts_url) for files in shared])
    after = rows(facts_url)
    assert after["evaluation"] - before["evaluation"] == len(shared) + 1
    assert after["score"] - before["score"] == (len(shared) + 1) * 4


@pytest.mark.both_databases
def test_another_record_while_a_folder_is_read(catalog, known_url, checkpoint, monkeypatch):
    """Two populate one checkpoint from different files: the second to be done is refused."""
    look, other = populate.look, checkpoint(16)
    words = ("populate", "--level", "files", "--as", f"{MODEL}@step8")

    def interrupted(*given):
        monkeypatch.setattr(populate, "look", look)
        api.open(known_url).populate(str(other), called=f"{MODEL}@step8", level="files")
        return look(*given)

    monkeypatch.setattr(populate, "look", interrupted)
    ran = catalog(*words, checkpoint(8), "--db", known_url)
    assert (ran.code, "another record of it was made in the meantime" in ran.out) == (1, True)
    assert rows(known_url)["observation"] == 1
    assert catalog(*words, other, "--db", known_url).code == 0


# Read only -------------------------------------------------------------------------------------


@pytest.fixture
def readers(facts_url):
    """Return addresses of the catalog for a role that may SELECT, and for one without any right."""
    names = [f"{kind}_{sa.make_url(facts_url).database}" for kind in ("reader", "stranger")]
    engine = engines.engine(facts_url)
    with engine.begin() as owner:
        for name in names:
            owner.exec_driver_sql(f"CREATE ROLE {name} LOGIN")
        owner.exec_driver_sql(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {names[0]}")
    yield [facts_url.replace("//catalog@", f"//{name}@") for name in names]
    with engine.begin() as owner:
        for name in names:
            owner.exec_driver_sql(f"DROP OWNED BY {name}")
            owner.exec_driver_sql(f"DROP ROLE {name}")
    engine.dispose()


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_a_role_that_may_only_select(catalog, facts_url, readers, trajectory, checkpoint):
    """Every question is answered as its owner's is; a verdict stands, though it is not recorded."""
    reader, _ = readers
    assert catalog("suites", "add", trajectory / "suite.toml", "--db", facts_url).code == 0
    folder = checkpoint(512)
    words = ("--as", f"{MODEL}@step512", folder)
    assert catalog("populate", *words, "--db", facts_url).code == 0
    for question in READS:
        owned = catalog(*question, "--db", facts_url)
        read = catalog(*question, "--db", reader)
        assert (read.code, read.out) == (owned.code, owned.out), read.err
    before = rows(facts_url)["verification"]
    ran = catalog("verify", *words, "--db", reader, "--json")
    assert ran.code == 0, ran.err
    (note,) = json.loads(ran.out)[0]["notes"]
    assert note.startswith("not recorded: the database ")
    assert "permission denied" in note
    (folder / "config.json").write_text("{}")
    failed = catalog("verify", *words, "--db", reader)
    assert failed.code == 1
    assert "note: not recorded: the database " in failed.err
    assert rows(facts_url)["verification"] == before


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_a_role_without_any_right(catalog, readers):
    """Nothing can be asked: one line that says whom to ask, exit 3."""
    _, stranger = readers
    for question in (*READS, ["init"], ["sync", "pythia-70m"]):
        ran = catalog(*question, "--db", stranger)
        assert (ran.code, ran.out) == (3, "")
        (line,) = ran.err.splitlines()
        assert line.startswith("catalog: the database ")
        assert line.endswith("; its owner can grant you the right")


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_file_in_a_folder_of_another_user(
    unprivileged, catalog, facts_url, checkpoint, tmp_path, trajectory
):
    """Every question is answered, and a verdict stands, though nothing can be written there."""
    folder, words = checkpoint(512), ("--as", f"{MODEL}@step512", checkpoint(512, name="held"))
    (tmp_path / "shared").mkdir()
    file = tmp_path / "shared" / "catalog.db"
    shutil.move(facts_url.removeprefix("sqlite:///"), file)
    for owned in (
        ["suites", "add", trajectory / "suite.toml"],
        ["populate", "--as", f"{MODEL}@step512", folder],
    ):
        assert catalog(*owned, "--db", file).code == 0
    expected = [catalog(*question, "--db", file) for question in READS]
    file.chmod(0o444)
    file.parent.chmod(0o555)
    read = [unprivileged([*question, "--db", file]) for question in READS]
    verified = unprivileged(["verify", *words, "--db", file])
    uri = f"sqlite:///file:{file}?mode=ro&immutable=1&uri=true"
    by_uri = unprivileged([*READS[1], "--db", uri])
    (words[-1] / "config.json").write_text("{}")
    failed = unprivileged(["verify", *words, "--db", file, "--json"])
    file.parent.chmod(0o755)
    assert [(ran.returncode, ran.stdout) for ran in read] == [(r.code, r.out) for r in expected]
    assert (by_uri.returncode, by_uri.stdout) == (0, expected[1].out), by_uri.stderr
    assert verified.returncode == 0, verified.stderr
    assert f"note: not recorded: the database {file} does not work" in verified.stderr
    assert failed.returncode == 1
    assert json.loads(failed.stdout)[0]["notes"][0].startswith("not recorded: ")
    assert [path.name for path in file.parent.iterdir()] == ["catalog.db"]


# Interrupted -----------------------------------------------------------------------------------


@pytest.mark.both_databases
def test_an_interrupted_first_use_is_told_from_an_unknown_model(catalog, db_url):
    """Of a catalog that nothing was loaded into, no question is answered: exit 3."""
    for question in READS[:9]:
        ran = catalog(*question, "--db", db_url)
        assert (ran.code, ran.out) == (3, "")
        assert "is empty; run `catalog init`\n" in ran.err
    assert catalog("sync", "--db", db_url).code == 3
    assert catalog("init", "--db", db_url).code == 0
    assert catalog("at", "300B", "pythia-70m", "--db", db_url).code == 0


def test_the_hubs_client_may_be_half_imported(monkeypatch):
    """While another thread imports it, the environment says where the Hub is."""
    monkeypatch.setitem(sys.modules, "huggingface_hub.constants", types.ModuleType("half"))
    monkeypatch.setenv("HF_ENDPOINT", "https://mirror.example")
    assert door.endpoint() == "https://mirror.example"
