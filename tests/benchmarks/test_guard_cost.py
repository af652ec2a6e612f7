"""What the guard costs: at import, at the first load of a process, at every other.

Run by `make benchmarks`, never by `make test`. Each figure is a median over fresh processes, in
CPU time, which a busy machine stretches little; the targets are 50 ms at import and 20 ms a load.
Modules are compiled before, as they are where a package was installed.
"""

import json
import os
import statistics
import subprocess
import sys

from catalog.core import held

ROUNDS = 7
REPO = "EleutherAI/pythia-2.8b"
CHILD = """
import json, sys, time
folder, first, *revisions = sys.argv[1:]
if first == "libraries":
    import transformers, torch, safetensors.torch
    from transformers import AutoModelForCausalLM, GPTNeoXForCausalLM
    import huggingface_hub.file_download
clock = time.process_time
told = {}
begun = clock()
import catalog.guard
told["import"] = clock() - begun
import safetensors, warnings
warnings.simplefilter("ignore")
if first != "libraries":
    import huggingface_hub.file_download  # it imports the rest beside its own
def load(revision):
    begun = clock()
    safetensors.safe_open(f"{folder}/{revision}/model.safetensors", framework="np")
    return clock() - begun
load("../../outside")  # what reads it is imported by that
times = [load(revision) for revision in revisions]
told["first"], told["another"] = times[0], sorted(times[1:])[len(times) // 2]
told["again"] = load(revisions[-1])
print(json.dumps(told))
"""


def test_what_the_guard_costs(benchmark, tmp_path, capsys):
    """Imports before and after the libraries; the first load, another one, the same again."""
    commits = {each.revision: each.commit for each in held.shipped(REPO).branches}
    snapshots = tmp_path / f"models--{REPO.replace('/', '--')}" / "snapshots"
    chosen = [commits[f"step{1000 * number}"] for number in range(1, 22)]
    for commit in chosen:
        (snapshots / commit).mkdir(parents=True)
        (snapshots / commit / "model.safetensors").write_bytes((2).to_bytes(8, "little") + b"{}")
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "model.safetensors").write_bytes((2).to_bytes(8, "little") + b"{}")
    environment = dict(
        os.environ,
        CATALOG_DB=str(tmp_path / "c.db"),
        CATALOG_GUARD="warn",
        PYTHONPYCACHEPREFIX=str(tmp_path / "compiled"),
    )
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    program = [sys.executable, "-m", "catalog", "init"]
    subprocess.run(program, env=environment, capture_output=True, check=True)

    def measured(first):
        words = [sys.executable, "-c", CHILD, str(snapshots), first, *chosen]
        done = subprocess.run(words, env=environment, capture_output=True, text=True, check=True)
        return json.loads(done.stdout)

    rows = {}
    for first in ("guard", "libraries"):
        measured(first)  # compiles
        rounds = [measured(first) for _ in range(ROUNDS)]
        rows[first] = {
            name: 1000 * statistics.median(each[name] for each in rounds) for name in rounds[0]
        }
    benchmark.extra_info["ms"] = rows
    benchmark.pedantic(lambda: measured("guard"), rounds=1)
    with capsys.disabled():
        print("\nCPU ms                 import  first load  another  again")
        for first, row in rows.items():
            print(
                f"{first + ' imported first':<23}{row['import']:6.1f}{row['first']:12.1f}"
                f"{row['another']:9.2f}{row['again']:7.2f}"
            )
