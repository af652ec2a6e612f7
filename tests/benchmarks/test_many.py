"""Many checkpoints in one command: against a command for each, and against a trusted repeat.

Run by `make benchmarks`, never by `make test`. The checkpoints are those of the small trained run,
so that what is measured is all but the network's own work: start-up, imports, building networks.
"""

import os
import shutil
import subprocess
import sys
import time

import pytest
import trajectory as training

STEPS = training.STEPS[-8:]
ROUNDS = 3


def populated(url, folders, *more):
    """Return the seconds that one command took in a process of its own."""
    words = ["populate", "--as", f"{training.MODEL}@{{name}}", *folders, *more, "--db", url]
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "catalog", *map(str, words)], capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return time.perf_counter() - begun


@pytest.mark.parametrize("level", ["files", "weights", "forward"])
def test_one_command_for_eight(benchmark, templates, trajectory, tmp_path, capsys, level):
    """Eight checkpoints in one command, and in eight; then again, trusting their state."""
    from cli.main import main

    folders = [tmp_path / f"step{step}" for step in STEPS]
    for folder in folders:
        shutil.copytree(trajectory / folder.name, folder)
    os.sync()
    time.sleep(2.5)  # fresher files are not trusted

    def prepared(name):
        (tmp_path / name).mkdir()
        url = templates.copy("sqlite", "empty", tmp_path / name)
        entered = url.__enter__()
        with pytest.raises(SystemExit):
            main(["suites", "add", str(trajectory / "suite.toml"), "--db", entered, "-q"])
        return entered

    seconds = {"one command": [], "eight commands": [], "trusted repeat": []}

    def measured():
        for number in range(ROUNDS):
            url, other = prepared(f"one{number}"), prepared(f"eight{number}")
            seconds["one command"].append(populated(url, folders, "--level", level))
            more = ["--level", level, "--trust-stat"]
            seconds["trusted repeat"].append(populated(url, folders, *more))
            each = [populated(other, [folder], "--level", level) for folder in folders]
            seconds["eight commands"].append(sum(each))

    benchmark.pedantic(measured, rounds=1, iterations=1)
    best = {name: min(taken) for name, taken in seconds.items()}
    with capsys.disabled():
        print("\n" + ", ".join(f"{name} {taken:.2f} s" for name, taken in best.items()))
    benchmark.extra_info |= best
    assert best["eight commands"] > 2 * best["one command"]
    assert best["trusted repeat"] < best["one command"]
