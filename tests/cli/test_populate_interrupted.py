"""Interrupted, locked out, out of space: `populate` records a checkpoint wholly or not at all."""

import hashlib
import os
import signal
import sqlite3
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from recorded import MODEL, rows
from sql_rows import connected
from warm import cold

from catalog.sql import database, engines
from catalog.sql.queries import weights
from catalog.sql.tables import observation

STEPS = (0, 8, 64)


@pytest.fixture
def cache(trajectory, tmp_path):
    """Return a Hub cache that holds some steps of the run, each a branch."""
    repository = tmp_path / "hub" / f"models--example--{MODEL}"
    for step in STEPS:
        commit = hashlib.sha1(b"%d" % step, usedforsecurity=False).hexdigest()
        snapshot = repository / "snapshots" / commit
        snapshot.mkdir(parents=True)
        for file in (trajectory / f"step{step}").iterdir():
            (snapshot / file.name).symlink_to(file)
        (repository / "refs").mkdir(exist_ok=True)
        (repository / "refs" / f"step{step}").write_text(commit)
    return tmp_path / "hub"


@pytest.fixture
def begin(known_url, cache, warm):
    """Return a function that starts populating all steps in a process of its own."""

    def start(begun=warm.start, **more):
        words = ["populate", *(f"{MODEL}@step{step}" for step in STEPS), "--db", known_url]
        return begun(words, env=os.environ | {"HF_HUB_CACHE": str(cache)}, **more)

    return start


def assert_whole(url):
    """Check that whatever is on record is there with all its parts; return how many there are."""
    with connected(url) as connection, database.reading(url) as reader:
        seen = connection.execute(sa.select(observation.c.checkpoint_id)).scalars().all()
        for one in seen:
            found = weights.recorded(reader, one)
            assert len(found.manifest) == 3
            (row,) = found.set_ids.values()
            assert len(weights.fingerprints(reader, row)) == 1
    counts = rows(url)
    assert counts["weight_set"] == counts["fingerprint"] == counts["manifest"]
    return len(seen)


@pytest.mark.both_databases
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
@pytest.mark.parametrize("moment", ["step0: reading", "step8: running"])
def test_interrupted_at_any_moment(begin, known_url, moment, how):
    """What was finished stays, the one in hand leaves nothing, and a rerun does the rest."""
    interrupt(begin(), moment, how)
    assert_gone_on_with(begin(), known_url, moment)


@pytest.mark.parametrize(
    ("moment", "how"), [("step0: reading", signal.SIGKILL), ("step8: running", signal.SIGINT)]
)
def test_interrupted_after_a_cold_start(begin, known_url, moment, how):
    """So it is in an interpreter of its own, from the first line on."""
    interrupt(begin(cold), moment, how)
    assert_gone_on_with(begin(), known_url, moment)


def interrupt(process, moment, how):
    """Send a signal when the process says the moment, and check how it ends."""
    for line in process.stderr:
        if moment in line:
            process.send_signal(how)
            break
    _, err = process.communicate(timeout=60)
    assert process.returncode == (130 if how == signal.SIGINT else -how)
    assert "Traceback" not in err


def assert_gone_on_with(again, known_url, moment):
    """Check what an interruption left on record, and that a second process does the rest."""
    done = STEPS.index(int(moment.split(":")[0].removeprefix("step")))
    assert assert_whole(known_url) in (done, done + 1)
    out, err = again.communicate(timeout=60)
    assert again.returncode == 0, err
    assert assert_whole(known_url) == len(STEPS)
    assert out.count(": known") + out.count(": recorded") == len(STEPS)


@pytest.mark.both_databases
def test_a_locked_database(on, known_url, checkpoint, monkeypatch):
    """Another writer is waited for, then named: exit 3, one line, nothing recorded."""
    folder = checkpoint(512)
    monkeypatch.setattr(engines, "BUSY_TIMEOUT_S", 0.05)
    if known_url.startswith("sqlite"):
        holder = sqlite3.connect(known_url.removeprefix("sqlite:///"), isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
    else:
        holder = psycopg.connect(known_url.replace("postgresql+psycopg", "postgresql"))
        holder.execute("LOCK TABLE manifest, verification IN EXCLUSIVE MODE")
    # A verdict stands where only its record has to wait.
    for command, begins in (("populate", "catalog: "), ("verify", "note: not recorded: ")):
        ran = on(command, folder, code=3)
        (said,) = [line for line in ran.err.splitlines() if "is locked by another process" in line]
        assert said.startswith(begins)
    holder.close()
    assert rows(known_url)["manifest"] == rows(known_url)["verification"] == 0


def test_a_full_disk(begin, known_url):
    """A database that cannot grow is exit 3 in one line, and stays as it was."""
    if not known_url.startswith("sqlite"):
        return  # the server's disk is not ours to fill; its error takes the same way out
    file = Path(known_url.removeprefix("sqlite:///"))
    size = file.stat().st_size
    process = begin(file_bytes=size // 2)
    _, err = process.communicate(timeout=60)
    said = [line for line in err.splitlines() if line.startswith("catalog: ")]
    assert process.returncode == 3, err
    assert "Traceback" not in err
    # What still fits into the pages that the file has is recorded, and whole.
    assert assert_whole(known_url) == len(STEPS) - len(said) < len(STEPS)
