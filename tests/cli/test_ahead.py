"""Several checkpoints are read ahead of their turn: as one after the other."""

import shutil
import threading
from concurrent.futures import CancelledError
from dataclasses import replace
from datetime import datetime, timedelta

import planted
import pytest
import sqlalchemy as sa
import torch
from hub_standin import asked_by_this_process
from recorded import MODEL
from sql_rows import connected

from catalog import api
from catalog.errors import BadInput, CatalogError
from catalog.hub import downloads
from catalog.sql.tables import metadata
from catalog.verbs.selecting import Selected
from catalog.weights import hashing

TIME = (datetime, timedelta)
STEPS = (0, 1, 8, 64)


@pytest.fixture(autouse=True)
def one_thread():
    """Sum in one order: what two threads add up differs in the last digit."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def two(backend, known_url, trajectory, templates, tmp_path, catalog):
    """Return two databases of a kind that know the run and nothing else."""
    (tmp_path / "second").mkdir()
    with templates.copy(backend, "empty", tmp_path / "second") as other:
        assert catalog("suites", "add", trajectory / "suite.toml", "--db", other).code == 0
        yield known_url, other


def on_record(url):
    """Return every row, without when it was written."""
    with connected(url) as connection:
        return {
            table.name: [
                {key: value for key, value in row.items() if not isinstance(value, TIME)}
                for row in connection.execute(sa.select(table)).mappings()
            ]
            for table in metadata.sorted_tables
            if table.name != "verification"
        }


def outcome(ask):
    """Return what came of one, as a value: an error is one too."""
    try:
        answer = ask()
    except CatalogError as error:
        return type(error), str(error)
    if hasattr(answer, "verdict"):
        return replace(answer, started_at=None, duration_s=0)
    return answer


def chosen(folders, names):
    """Return targets, each said to be a step."""
    return [
        Selected(str(folder), f"{MODEL}@{name}")
        for folder, name in zip(folders, names, strict=True)
    ]


@pytest.fixture
def odd(checkpoint, tmp_path):
    """Return targets with whatever can come of one, and some that depend on those before them."""
    folders = [checkpoint(step) for step in STEPS]
    broken, other = checkpoint(16), checkpoint(32, name="other")
    with (broken / "model.safetensors").open("r+b") as file:
        file.truncate(1_000)
    again = shutil.copytree(folders[2], tmp_path / "again")
    folders += [broken, again, tmp_path / "nowhere", other, again, folders[3]]
    names = [f"step{step}" for step in STEPS]
    names += ["step16", "step8", "step8", "step64", "step128", "stepX"]
    return chosen(folders, names)


@pytest.mark.parametrize(("level", "jobs"), [("files", 3), ("weights", 1), ("forward", 2)])
def test_as_one_after_the_other(two, odd, level, jobs):
    """Every answer, every error and every row on record is the same, to the bit."""
    first, second = (api.open(url) for url in two)
    options = {"level": level, "device": "cpu"}
    with first, second:
        each = [
            outcome(lambda s=s: first.populate(s.text, called=s.called, **options)) for s in odd
        ]
        ahead = [outcome(turn.result) for turn in second.populate_each(odd, jobs=jobs, **options)]
    assert ahead == each
    kinds = {getattr(answer, "status", "error") for answer in each}
    assert kinds == {"recorded", "known", "refused", "error"}
    assert on_record(two[0]) == on_record(two[1])
    with first, second:
        each = [outcome(lambda s=s: first.verify(s.text, called=s.called, **options)) for s in odd]
        ahead = [outcome(turn.result) for turn in second.verify_each(odd, jobs=jobs, **options)]
    assert ahead == each


def test_a_record_that_changes_meanwhile(two, checkpoint):
    """What was read ahead is held against the record of its turn, not of when it was read."""
    one, other = checkpoint(8), checkpoint(64, name="other")
    targets = chosen([one, other, one], ["step8"] * 3)
    for url in two:
        assert api.open(url).populate(str(one), called=targets[0].called, level="weights").sets
    first, second = (api.open(url) for url in two)
    options = {"level": "weights", "accept_changes": True}
    each = [
        outcome(lambda s=s: first.populate(s.text, called=s.called, **options)) for s in targets
    ]
    ahead = [outcome(turn.result) for turn in second.populate_each(targets, jobs=3, **options)]
    assert [answer.status for answer in ahead] == [answer.status for answer in each]
    assert on_record(two[0]) == on_record(two[1])


def test_closed_early(known_url, checkpoint, monkeypatch):
    """What was read ahead is dropped, nothing is recorded, and no thread is left behind."""
    reading, go = threading.Event(), threading.Event()
    digest = hashing.hash_files

    def slow(*given, progress, **more):
        def told(count):
            reading.set()
            go.wait(20)
            progress(count)

        return digest(*given, progress=told, **more)

    monkeypatch.setattr(hashing, "hash_files", slow)
    targets = chosen([checkpoint(step) for step in STEPS], [f"step{step}" for step in STEPS])
    turns = api.open(known_url).populate_each(targets, level="files", jobs=2)
    next(turns)
    assert reading.wait(20)
    go.set()
    turns.close()
    assert not [each for each in threading.enumerate() if each.name.startswith("catalog-ahead")]
    assert not on_record(known_url)["observation"]


def test_a_download_tells_how_far_it_is_and_can_be_given_up(hub, tmp_path, monkeypatch):
    """Every byte is counted once; who raises in between stops it, and a second call goes on."""
    told, wanted = [], ["config.json", "model.safetensors"]

    def heard(count):
        told.append(count)
        if given_up:
            raise CancelledError

    with asked_by_this_process(hub, monkeypatch):
        given_up = True
        with pytest.raises(CancelledError):
            downloads.download(planted.REPO, "step64", wanted, tmp_path, progress=heard)
        given_up = False
        told.clear()
        snapshot = downloads.download(planted.REPO, "step64", wanted, tmp_path, progress=heard)
    assert sum(told) == sum((snapshot / name).stat().st_size for name in wanted)


@pytest.mark.parametrize("command", ["populate", "verify"])
def test_jobs(catalog, known_url, checkpoint, command):
    """The option reaches the threads; fewer than one is refused in one line."""
    words = ["--as", f"{MODEL}@{{name}}", checkpoint(8), checkpoint(64), "--db", known_url]
    assert catalog("populate", *words, "--level", "weights", "--jobs", 2).code == 0
    ran = catalog(command, *words, "--level", "weights", "--jobs", 2)
    assert (ran.code, ran.out.count("topics-183k") or ran.out.count("passed (weights)")) == (0, 2)
    ran = catalog(command, *words, "--jobs", 0)
    assert (ran.code, ran.err.count("\n")) == (2, 1)
    with pytest.raises(BadInput, match="0 at once"):
        api.open(known_url).verify_each([], jobs=0)


def test_memory(catalog, known_url, checkpoint):
    """What would take more than it may is not run, in one line; the others are."""
    words = ["--device", "cpu", "--db", known_url]
    words += ["--as", f"{MODEL}@{{name}}", checkpoint(8), checkpoint(64)]
    ran = catalog("populate", *words, "--memory", "1MB")
    said = "needs about 600,731,392 bytes of memory in float32, --memory allows 1,000,000; "
    assert (ran.code, ran.err.count(f"{said}allow more")) == (3, 2)
    ran = catalog("populate", *words, "--memory", "0.5GiB", "--dtype", "float16")
    assert (ran.code, "in float16, --memory allows 536,870,912; allow more" in ran.err) == (3, True)
    assert catalog("populate", *words, "--memory", "1 GB").code == 0
    ran = catalog("verify", *words, "--level=forward", "--memory", "600731391")
    assert (ran.code, "; --dtype bfloat16 needs less\n" in ran.err) == (3, True)
    for size in ("much", "0", "-1", "1e9", "12XB", ""):
        ran = catalog("populate", *words, "--memory", size)
        assert (ran.code, ran.err.count("\n")) == (2, 1), ran.err
