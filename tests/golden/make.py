"""Writes the golden files of this version: what later versions must be able to read.

    python tests/golden/make.py tests/golden/0.1.0

A folder is written once, at a release, and never again: its worth is that old code wrote it. The
weights are drawn, not trained. Nothing here judges: `tests/test_golden.py` reads what is there.
"""

import argparse
import hashlib
import lzma
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from string import Template

TESTS = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS / "support"), str(TESTS.parent)]

MODEL = "golden-5k"
REPO = f"example/{MODEL}"
STEPS = (0, 1)
LAYERS, WIDTH, HEADS, VOCABULARY, LENGTH = 1, 8, 2, 256, 128

SUITE = Template("""\
# Two drawn checkpoints, written by tests/golden/make.py: a private suite.
[suite]
name = "golden"
title = "Golden files"
kind = "private"

[source.golden]
kind = "training-config"
title = "tests/golden/make.py"

[save_schedule.golden]
steps = $steps

[[model]]
name = "$model"
repo_id = "$repo_id"
size = "5K"
architecture = "gpt-neox"
save_schedule = "golden"
tokens_per_published_step = 1024
tokens_per_training_step = 1024
revision_label = "step{step}"

[[fact]]
source = "golden"
models = ["$model"]
values = { layers = $layers, model_dim = $width, heads = $heads, vocab_size = $vocabulary }

[[fact]]
source = "golden"
models = ["$model"]
values = { params_total = $total, params_non_embedding = $inner, precision = "fp16" }

[[fact]]
source = "golden"
models = ["$model"]
values = { batch_size_tokens = 1024 }
""")


def write_checkpoint(folder: Path, seed: int) -> int:
    """Write a drawn GPT-NeoX in fp16, as published ones are, and return its parameters' number."""
    import torch
    from transformers import GPTNeoXConfig, GPTNeoXForCausalLM

    torch.manual_seed(seed)
    model = GPTNeoXForCausalLM(
        GPTNeoXConfig(
            num_hidden_layers=LAYERS,
            hidden_size=WIDTH,
            intermediate_size=4 * WIDTH,
            num_attention_heads=HEADS,
            vocab_size=VOCABULARY,
            max_position_embeddings=LENGTH,
            tie_word_embeddings=False,
            bos_token_id=0,
            eos_token_id=0,
        )
    ).to(torch.float16)
    model.config.dtype = torch.float16
    model.save_pretrained(folder)
    (folder / "generation_config.json").unlink()  # not needed to load it
    return sum(parameter.numel() for parameter in model.parameters())


def write_suite(file: Path, total: int) -> None:
    """Write the suite that describes the checkpoints."""
    facts = {
        "steps": list(STEPS),
        "model": MODEL,
        "repo_id": REPO,
        "layers": LAYERS,
        "width": WIDTH,
        "heads": HEADS,
        "vocabulary": VOCABULARY,
        "total": total,
        "inner": total - 2 * VOCABULARY * WIDTH,
    }
    file.write_text(SUITE.substitute(facts))


def write_scores(folder: Path) -> Path:
    """Write a result file of lm-evaluation-harness 0.3 about step 1."""
    import score_documents

    arguments = f"pretrained={REPO},revision=step1"
    return score_documents.write(folder, "scores.json", score_documents.classic(arguments))


def run(*words: object, **environment: str) -> None:
    """Run one command of this checkout; whatever goes wrong ends everything."""
    command = [sys.executable, "-m", "catalog", *map(str, words)]
    known = {**os.environ, "PYTHONPATH": str(TESTS.parent), **environment}
    subprocess.run(command, env=known, check=True, stdout=subprocess.DEVNULL)


def write_lock(folder: Path, database: Path, home: Path) -> None:
    """Look at a stand-in of the Hub that publishes both steps, and pin one."""
    from hub_standin import Hub

    with Hub() as hub:
        repository = hub.add(REPO)
        for step in STEPS:
            repository.commit_folder(f"step{step}", folder / f"step{step}")
        found = {**hub.environment, "HF_HOME": str(home)}
        run("lock", f"{MODEL}@step1", "-o", folder / "lock.json", "--db", database, **found)


def write_packs(folder: Path, database: Path, scores: Path) -> None:
    """Write a small one of each pack that ships."""
    from catalog.sql import database as sql
    from catalog.verbs import evals
    from catalog.verbs.inventories import shipping

    nothing = scores.parent.with_name("nothing")
    nothing.mkdir()
    with sql.reading(f"sqlite:///{database}") as connection:
        packed = evals.pack(connection, [scores.parent, nothing])
    (folder / "evaluations.jsonl.xz").write_bytes(packed)
    observed = shipping.pack([inventory(folder).encode()], shipping.ORIGINS[:1])
    (folder / "observations.jsonl.xz").write_bytes(observed)


def inventory(folder: Path) -> str:
    """Return an inventory, CSV, of a repository with a branch a step."""
    lines = ["repo,revision,commit,file,bytes,sha256"]
    for step in STEPS:
        for file in sorted((folder / f"step{step}").iterdir()):
            raw = file.read_bytes()
            digest = hashlib.sha256(raw).hexdigest()
            lines.append(f"{REPO},step{step},{step + 1:040x},{file.name},{len(raw)},{digest}")
    return "\n".join(lines) + "\n"


def write_all(folder: Path, scratch: Path) -> None:
    """Write every golden file: weights, manifest, database, lock, packs."""
    import databases

    for step in STEPS:
        total = write_checkpoint(folder / f"step{step}", seed=step)
    write_suite(folder / "suite.toml", total)
    run("hash", folder / "step1", "--tensors", "-o", folder / "manifest.json")
    database = scratch / "catalog.db"
    databases.fill(f"sqlite:///{database}", "empty")
    scores = write_scores(scratch / "scores")
    run("suites", "add", folder / "suite.toml", "--db", database)
    write_packs(folder, database, scores)
    for step in STEPS:
        run("populate", "--as", f"{MODEL}@step{step}", folder / f"step{step}", "--db", database)
    checked = ("--as", f"{MODEL}@step1", "--level", "forward", "--device", "cpu", folder / "step1")
    run("verify", *checked, "--db", database)
    run("evals", "import", scores, "--db", database)
    write_lock(folder, database, scratch / "huggingface")
    (folder / "catalog.db.xz").write_bytes(lzma.compress(database.read_bytes()))


def main() -> None:
    """Write into the folder that the command line names, which must not be there yet."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    folder.mkdir()
    with tempfile.TemporaryDirectory() as scratch:
        write_all(folder, Path(scratch))


if __name__ == "__main__":
    main()
