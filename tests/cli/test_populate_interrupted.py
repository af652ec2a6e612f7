"""Interrupted, locked out, out of space: `populate` records a checkpoint wholly or not at all."""

import hashlib
import os
import resource
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from recorded import MODEL, rows
from sql_rows import connected

from catalog.sql import database, engines
from catalog.sql.queries import weights
from catalog.sql.tables import observation

CHECKOUT = Path(__file__).resolve().parents[2]
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
def begin(known_url, cache):
    """Return a function that starts populating all steps in a process of its own."""

    def start(**more):
        refs = [f"{MODEL}@step{step}" for step in STEPS]
        return subprocess.Popen(
            [sys.executable, "-m", "catalog", "populate", *refs, "--db", known_url],
            cwd=CHECKOUT,
            env=os.environ | {"HF_HUB_CACHE": str(cache)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **more,
        )

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


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
@pytest.mark.parametrize("moment", ["step0: reading", "step8: running"])
def test_interrupted_at_any_moment(begin, known_url, moment, how):
    """What was finished stays, the one in hand leaves nothing, and a rerun does the rest."""
    process = begin()
    for line in process.stderr:
        if moment in line:
            process.send_signal(how)
            break
    _, err = process.communicate(timeout=60)
    assert process.returncode == (130 if how == signal.SIGINT else -how)
    assert "Traceback" not in err
    done = STEPS.index(int(moment.split(":")[0].removeprefix("step")))
    assert assert_whole(known_url) in (done, done + 1)
    again = begin()
    out, err = again.communicate(timeout=60)
    assert again.returncode == 0, err
    assert assert_whole(known_url) == len(STEPS)
    assert out.count(": known") + out.count(": recorded") == len(STEPS)


def test_a_locked_database(on, known_url, checkpoint, monkeypatch):
    """Another writer is waited for, then named: exit 3, one line, nothing recorded."""
    folder = checkpoint(512)
    monkeypatch.setattr(engines, "BUSY_TIMEOUT_S", 0.3)
    if known_url.startswith("sqlite"):
        holder = sqlite3.connect(known_url.removeprefix("sqlite:///"), isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
    else:
        holder = psycopg.connect(known_url.replace("postgresql+psycopg", "postgresql"))
        holder.execute("LOCK TABLE manifest, verification IN ACCESS EXCLUSIVE MODE")
    for command in ("populate", "verify"):
        ran = on(command, folder, code=3)
        (said,) = [line for line in ran.err.splitlines() if line.startswith("catalog: ")]
        assert "is locked by another process" in said
    holder.close()
    assert rows(known_url)["manifest"] == rows(known_url)["verification"] == 0


def test_a_full_disk(begin, known_url):
    """A database that cannot grow is exit 3 in one line, and stays as it was."""
    if not known_url.startswith("sqlite"):
        return  # the server's disk is not ours to fill; its error takes the same way out
    file = Path(known_url.removeprefix("sqlite:///"))
    size = file.stat().st_size

    def no_space():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size // 2, size // 2))

    process = begin(preexec_fn=no_space)
    _, err = process.communicate(timeout=60)
    said = [line for line in err.splitlines() if line.startswith("catalog: ")]
    assert process.returncode == 3, err
    assert "Traceback" not in err
    # What still fits into the pages that the file has is recorded, and whole.
    assert assert_whole(known_url) == len(STEPS) - len(said) < len(STEPS)
