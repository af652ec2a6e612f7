"""`catalog suites`: a suite of one's own is one data file."""

import json
import shutil

import pytest

MINE = """\
[suite]
name = "mine"
title = "My own runs"
kind = "private"

[save_schedule.often]
steps = [0, 5, "10..100/10"]

[defaults]
architecture = "gpt-neox"
save_schedule = "often"
tokens_per_published_step = 524_288
tokens_per_training_step = 524_288
revision_label = "ckpt-{step}"

[[model]]
name = "mine-90m"
repo_id = "my-lab/mine-90m"
size = "90M"

[source.notes]
kind = "own"
title = "Laboratory notebook, page 12"

[[fact]]
source = "notes"
models = ["mine-90m"]
values = { layers = 6, learning_rate = 1e-3 }

[[name]]
text = "mine-0.1b"
model = "mine-90m"
kind = "former"
valid_to = 2024-05-01
"""


@pytest.fixture
def file(tmp_path):
    """Return the path of a sound suite file."""
    path = tmp_path / "mine.toml"
    path.write_text(MINE)
    return path


def test_a_suite_of_ones_own(catalog, facts_url, file):
    """Other labels, batch size and schedule answer the same questions as Pythia."""
    ran = catalog("suites", "add", file, "--db", facts_url, "--json")
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["status"] == "added"

    (row,) = json.loads(catalog("at", "5M", "mine", "--db", facts_url, "--json").out)
    assert (row["revision"], row["tokens_seen"]) == ("ckpt-10", 5_242_880)
    (row,) = json.loads(catalog("at", "50%", "mine-0.1b", "--db", facts_url, "--json").out)
    assert row["revision"] == "ckpt-50"
    shown = json.loads(catalog("show", "mine-90m@ckpt-10", "--db", facts_url, "--json").out)
    assert shown["values"]["learning_rate"] == 0.001
    assert shown["epoch"] is None
    listed = json.loads(catalog("suites", "ls", "--db", facts_url, "--json").out)
    (mine,) = [suite for suite in listed if suite["name"] == "mine"]
    assert (mine["models"], mine["checkpoints"], mine["shipped"]) == (1, 12, False)


def test_adding_again(catalog, facts_url, file):
    """The same file changes nothing; a new version is taken over."""
    catalog("suites", "add", file, "--db", facts_url)
    ran = catalog("suites", "add", file, "--db", facts_url, "--json")
    assert json.loads(ran.out)["status"] == "known"

    file.write_text(MINE.replace("learning_rate = 1e-3", "learning_rate = 2e-3"))
    ran = catalog("suites", "add", file, "--db", facts_url, "--json")
    assert json.loads(ran.out)["status"] == "changed"
    shown = json.loads(catalog("show", "mine-90m", "--db", facts_url, "--json").out)
    assert shown["values"]["learning_rate"] == 0.002


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ('title = "My own runs"', "title = ", 3),
        ('kind = "private"', 'kind = "secret"', 4),
        ('steps = [0, 5, "10..100/10"]', 'steps = [0, "10..5/10"]', 7),
        ("tokens_per_published_step = 524_288", 'tokens_per_published_step = "many"', 12),
        ('size = "90M"', 'sise = "90M"', 19),
        ("layers = 6", "layres = 6", 28),
        ('model = "mine-90m"', 'model = "mine-91m"', 32),
    ],
)
def test_a_broken_file_is_refused_whole_with_its_line(catalog, facts_url, file, old, new, line):
    """The error names file and line; nothing of the file is kept."""
    file.write_text(MINE.replace(old, new))

    ran = catalog("suites", "add", file, "--db", facts_url)

    assert (ran.code, ran.out) == (2, "")
    assert f"mine.toml:{line}:" in ran.err
    assert ran.err.count("\n") == 1
    assert catalog("ls", "--suite", "mine", "--db", facts_url).code == 2


def test_names_that_are_taken(catalog, facts_url, file):
    """A shipped suite or model cannot be taken over."""
    file.write_text(MINE.replace('name = "mine"', 'name = "pythia"'))
    assert "ships with the catalog" in catalog("suites", "add", file, "--db", facts_url).err
    file.write_text(MINE.replace('"mine-90m"', '"pythia-70m"'))
    ran = catalog("suites", "add", file, "--db", facts_url)
    assert ran.code == 2
    assert "belongs to suite 'pythia'" in ran.err


def test_files_that_cannot_be_read(catalog, facts_url, tmp_path):
    """A missing file could not be checked; a binary one is asked wrongly."""
    assert catalog("suites", "add", tmp_path / "none.toml", "--db", facts_url).code == 3
    (tmp_path / "b.toml").write_bytes(b"\xff\xfe\x00")
    assert catalog("suites", "add", tmp_path / "b.toml", "--db", facts_url).code == 2


def test_a_file_that_may_not_be_read(unprivileged, templates, tmp_path):
    """A suite file without permission could not be checked: exit 3, one line."""
    file = tmp_path / "mine.toml"
    file.write_text("[suite]")
    file.chmod(0)
    with templates.copy("sqlite", "empty", tmp_path) as url:
        ran = unprivileged(["suites", "add", file, "--db", url])
    assert (ran.returncode, ran.stderr) == (3, f"catalog: cannot read {file}: Permission denied\n")


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_relative_database_is_that_of_the_folder(
    db_url, catalog, trajectory, tmp_path, monkeypatch
):
    """A process that changes its folder writes to the database there, not to the one before."""
    for name in ("here", "there"):
        folder = tmp_path / name
        folder.mkdir()
        shutil.copy(db_url.removeprefix("sqlite:///"), folder / "own.db")
        monkeypatch.chdir(folder)
        assert catalog("suites", "add", trajectory / "suite.toml", "--db", "own.db").code == 0
        assert "topics" in catalog("suites", "ls", "--db", "own.db").out
