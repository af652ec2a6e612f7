"""`--engine slurm` on a real Slurm: what is killed, stopped or sent away loses nothing."""

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
import slurm_cluster
import small_weights
from recorded import rows

from catalog import api
from catalog.documents import weights

pytestmark = [pytest.mark.slow, pytest.mark.slurm]
COUNT = 200
SUITE = """
[suite]
name = "many"
title = "A run of many checkpoints"
kind = "private"

[save_schedule.all]
steps = {steps}

[defaults]
architecture = "gpt-neox"
save_schedule = "all"
tokens_per_published_step = 1_000_000
revision_label = "step{{step}}"

[[model]]
name = "many-1m"
size = "1M"
"""
WEIGHTS = ("--level", "weights", "--as", "many-1m@{name}")


@pytest.fixture(scope="module")
def cluster():
    """Return a cluster whose node runs four tasks at once."""
    # A short path: a socket's may have a hundred letters.
    folder = Path(subprocess.check_output(["mktemp", "-d"], text=True).strip())
    with slurm_cluster.running(folder) as made, pytest.MonkeyPatch.context() as patch:
        for name, said in made.environment.items():
            patch.setenv(name, said)
        patch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
        yield made
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Return a folder with many checkpoints, and their suite."""
    folder = tmp_path_factory.mktemp("run")
    (folder / "suite.toml").write_text(SUITE.format(steps=list(range(COUNT))))
    for step in range(COUNT):
        small_weights.write(folder / f"step{step}", float(step))
    return folder


@pytest.fixture
def steps(run, monkeypatch):
    """Return the names of the checkpoints, as they are typed in their folder."""
    monkeypatch.chdir(run)
    return [f"step{step}" for step in range(COUNT)]


@pytest.fixture
def url(db_url, catalog, run):
    """Return a catalog that knows the run."""
    assert catalog("suites", "add", run / "suite.toml", "--db", db_url).code == 0
    return db_url


@pytest.fixture(scope="module")
def local(run, templates, tmp_path_factory):
    """Return what is printed, and how many rows there are, where no cluster does it."""
    folder = tmp_path_factory.mktemp("local")
    with templates.copy("sqlite", "empty", folder) as url, pytest.MonkeyPatch.context() as patch:
        patch.chdir(run)
        opened = api.open(url)
        opened.add_suite("suite.toml")
        chosen = opened.select(*(f"step{step}" for step in range(COUNT)), called="many-1m@{name}")
        said = {"level": "weights"}
        every = [(each.text, {"called": each.called, **said}) for each in chosen]
        populated = [weights.populated(opened.populate(text, **how)) for text, how in every]
        verified = [weights.verification(opened.verify(text, **how)) for text, how in every]
        return {"populate": populated, "verify": verified, "rows": rows(url)}


@pytest.fixture
def submitted(url, steps):
    """Return a function that starts a command in a process of its own."""
    begun = []

    def start(command, *more):
        words = [command, "--engine", "slurm", *WEIGHTS, *steps, "--db", url, "--json", *more]
        process = subprocess.Popen(
            [sys.executable, "-m", "catalog", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        begun.append(process)
        return process

    yield start
    for process in begun:
        process.kill()
        process.wait()


def done(process):
    """Return what a command printed as JSON, and what it said."""
    out, err = process.communicate(timeout=300)
    assert "Traceback" not in err, err
    return process.returncode, json.loads(out), err


def results(tmp_path):
    """Return how many results were handed in."""
    return len(list(tmp_path.glob("user-state/*/slurm/*/results/*.json")))


def until(ready, what, limit_s=60):
    """Wait."""
    end = time.monotonic() + limit_s
    while not ready():
        assert time.monotonic() < end, what
        time.sleep(0.02)


def comparable(document):
    """Return what a local run prints too, whenever it is."""
    return [
        {k: v for k, v in row.items() if k not in ("started_at", "duration_s")} for row in document
    ]


@pytest.mark.both_databases
@pytest.mark.usefixtures("cluster")
def test_two_hundred_checkpoints_over_four_tasks(submitted, url, local):
    """The record and what is printed are those of a local run; a second run finds all known."""
    code, document, err = done(submitted("populate", "--tasks", "4"))
    assert (code, document) == (0, local["populate"]), err
    code, document, err = done(submitted("verify", "--tasks", "4"))
    assert comparable(document) == comparable(local["verify"])
    assert rows(url) == local["rows"]
    again = done(submitted("populate", "--tasks", "3"))
    assert {row["status"] for row in again[1]} == {"known"}
    assert rows(url)["observation"] == COUNT
