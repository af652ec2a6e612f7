"""Speed of the audit: 100 repositories of 155 branches in 10 s and 500 MB; twice is not four times.

Run by `make benchmarks`, never by `make test`.
"""

import hashlib
import resource
import subprocess
import sys
import time
from datetime import UTC, datetime

from catalog.core.published import Commit, Look, Ref, RemoteFile
from catalog.sql import database
from catalog.sql.records import hub as records

NOW = datetime(2026, 12, 1, tzinfo=UTC)
STEPS = [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, *range(1000, 143001, 1000)]
INDEX = "model.safetensors.index.json"
SHARDS = [f"model-0000{n}-of-00002.safetensors" for n in (1, 2)]
MEMORY_MB = 500
SECONDS = 10


def digest(text):
    """Return the digest of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def commit(repo, step):
    """Return a commit of thirteen files: shards with an index, .bin, config, tokenizer."""
    seed = f"{repo} {143000 if step % 3000 == 0 else step}"  # a third hold the last step's .bin
    files = [
        RemoteFile(SHARDS[0], 4_978_208_880, sha256=digest(f"{repo} {step} a")),
        RemoteFile(SHARDS[1], 572_254_832, sha256=digest(f"{repo} {step} b")),
        RemoteFile("pytorch_model.bin", 5_684_793_945, sha256=digest(seed)),
        RemoteFile(INDEX, 30_000, git_sha1=digest("index")[:40]),
        *(RemoteFile(f"small-{n}.json", 600, git_sha1=digest(f"{n}")[:40]) for n in range(9)),
    ]
    return Commit(digest(f"{repo} {step} commit")[:40], tuple(files))


def fill(url, repositories):
    """Record as many observed repositories; none is of a known model."""
    weight_map = {f"gpt_neox.layers.{n}.weight": SHARDS[n % 2] for n in range(388)}
    with database.writing(url) as connection:
        records.put_index(connection, digest("index")[:40], weight_map)
        for number in range(repositories):
            repo = f"lab/run-{number}"
            row = records.put_repository(connection, repo)
            commits = {step: commit(repo, step) for step in STEPS}
            for one in commits.values():
                records.put_commit(connection, row, one)
            refs = [Ref(f"step{step}", one.sha) for step, one in commits.items()]
            refs.append(Ref("main", commits[143000].sha))
            records.put_look(connection, row, Look(NOW, "benchmark", refs=tuple(refs)))


def audited(url):
    """Return the seconds of a whole `catalog audit --json`, the first, which writes findings."""
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "catalog", "audit", "--json", "--db", url],
        stdout=subprocess.DEVNULL,
        check=False,
    )
    assert done.returncode == 1
    return time.perf_counter() - begun


def test_audit_of_a_hundred_repositories(benchmark, templates, tmp_path, capsys):
    """A hundred repositories of 155 branches stay within time and memory; growth is linear."""
    with (
        templates.copy("sqlite", "empty", tmp_path) as half,
        templates.copy("sqlite", "empty", tmp_path) as whole,
    ):
        fill(half, 50)
        fill(whole, 100)
        fewer = audited(half)
        seconds = benchmark.pedantic(audited, args=(whole,), rounds=1)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000
    with capsys.disabled():
        print(f"\n50 repositories {fewer:.1f} s, 100 {seconds:.1f} s, at most {peak:.0f} MB")
    assert seconds <= SECONDS
    assert seconds <= 2.6 * fewer
    assert peak <= MEMORY_MB


def test_audit_of_one_among_a_hundred(benchmark, templates, tmp_path, capsys):
    """One repository is judged in a second, however many others are on record."""
    with templates.copy("sqlite", "empty", tmp_path) as url:
        fill(url, 100)
        command = [sys.executable, "-m", "catalog", "audit", "lab/run-7", "--db", url]
        begun = time.perf_counter()
        benchmark.pedantic(
            subprocess.run, args=(command,), kwargs={"stdout": subprocess.DEVNULL}, rounds=1
        )
        seconds = time.perf_counter() - begun
    with capsys.disabled():
        print(f"\none of 100 repositories {seconds:.2f} s")
    assert seconds <= 2
