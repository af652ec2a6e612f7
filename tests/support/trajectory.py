"""Train a small real GPT-NeoX and save it as the Pythia grid does, for the tests and the demo.

    python tests/support/trajectory.py --to DIR
    python tests/support/trajectory.py --keep CACHE

The first writes `DIR/step0 … DIR/step512`, each with `config.json` and an fp16 `model.safetensors`,
and `DIR/suite.toml`, which describes the run for `catalog suites add`; the second does so unless a
folder in CACHE has them, and prints that folder. The text is that of `topics.py`, read as bytes, so
that it depends on no download, no package and no release of Python.
The first update has learning rate 0, as in GPT-NeoX: step0 and step1 hold the same values.

On one machine two runs write the same bytes (one thread, fixed seed). It is no study of training:
the run is as short as it can be while the loss really falls.
"""

import argparse
import fcntl
import hashlib
import math
import os
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from string import Template

MODEL = "topics-183k"
REPO_ID = f"example/{MODEL}"
STEPS = (0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
LAYERS, WIDTH, HEADS, VOCABULARY = 3, 64, 4, 256
BATCH, LENGTH = 8, 128
LEARNING_RATE, WARM_UP = 4e-3, 24
SEED = 20_231_123
CACHE = Path(os.environ.get("TRAJECTORIES") or Path(__file__).resolve().parents[2] / ".cache")

SUITE = Template("""\
# A run made by tests/support/trajectory.py: a private suite, added with `catalog suites add`.
[suite]
name = "topics"
title = "A small GPT-NeoX trained on invented help topics"
kind = "private"

[source.topics-training]
kind = "training-config"
title = "tests/support/trajectory.py"
digest = "sha256:$digest"

[save_schedule.topics]
steps = $steps

[[model]]
name = "$model"
repo_id = "$repo_id"
size = "183K"
architecture = "gpt-neox"
save_schedule = "topics"
tokens_per_published_step = $batch_tokens
tokens_per_training_step = $batch_tokens
revision_label = "step{step}"

[[fact]]
source = "topics-training"
models = ["$model"]
values = { layers = $layers, model_dim = $width, heads = $heads, vocab_size = $vocabulary }

[[fact]]
source = "topics-training"
models = ["$model"]
values = { params_total = $total, params_non_embedding = $non_embedding, precision = "fp16" }

[[fact]]
source = "topics-training"
models = ["$model"]
values = { batch_size_tokens = $batch_tokens, learning_rate = $learning_rate }

[[fact]]
source = "topics-training"
models = ["$model"]
values = { first_learning_rate = 0.0 }
""")


def text():
    """Return the training text as one tensor of byte values."""
    import topics  # not above: the pages' examples import this module by another path
    import torch

    return torch.frombuffer(bytearray(topics.text().encode()), dtype=torch.uint8).long()


def network():
    """Return the untrained network: GPT-NeoX with normal(0, 0.02) weights."""
    import torch
    from transformers import GPTNeoXConfig, GPTNeoXForCausalLM

    torch.manual_seed(SEED)
    return GPTNeoXForCausalLM(
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
    )


def learning_rate(step):
    """Return the rate of the update that leads from `step` to `step + 1`: 0 for the first."""
    progress = max(0, step - WARM_UP) / (STEPS[-1] - WARM_UP)
    cosine = 0.1 + 0.45 * (1 + math.cos(math.pi * min(1, progress)))
    return LEARNING_RATE * min(1, step / WARM_UP) * cosine


def save(model, folder):
    """Write one checkpoint as published ones are: fp16 safetensors and config."""
    import copy

    import torch

    published = copy.deepcopy(model).to(torch.float16)
    published.config.dtype = torch.float16
    published.save_pretrained(folder)


def update(model, optimizer, batch):
    """Take one step on `batch`, int64 (BATCH, LENGTH), and return the loss before it."""
    import torch

    loss = model(input_ids=batch, labels=batch).loss
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    return float(loss.detach())


def train(to, *, report=lambda line: sys.stderr.write(f"{line}\n")):
    """Train the run and write every checkpoint into folder `to`.

    Returns:
        The training loss before each update, in nats a byte.
    """
    import torch
    from transformers.utils import logging

    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(mode=True)
    logging.disable_progress_bar()
    model, data = network(), text()
    optimizer = torch.optim.AdamW(model.parameters(), betas=(0.9, 0.95), weight_decay=0.1)
    draws = torch.Generator().manual_seed(SEED)
    losses = []
    for step in range(STEPS[-1] + 1):
        if step in STEPS:
            save(model, to / f"step{step}")
        if step == STEPS[-1]:
            break
        optimizer.param_groups[0]["lr"] = learning_rate(step)
        starts = torch.randint(len(data) - LENGTH, (BATCH,), generator=draws).tolist()
        losses.append(update(model, optimizer, torch.stack([data[s : s + LENGTH] for s in starts])))
        if step in STEPS:
            report(f"step{step}: loss {losses[-1]:.3f}")
    write_suite(to, model)
    return losses


def write_suite(to, model):
    """Write `suite.toml`, the run's description."""
    total = sum(parameter.numel() for parameter in model.parameters())
    facts = {
        "digest": own_digest(),
        "steps": list(STEPS),
        "model": MODEL,
        "repo_id": REPO_ID,
        "batch_tokens": BATCH * LENGTH,
        "layers": LAYERS,
        "width": WIDTH,
        "heads": HEADS,
        "vocabulary": VOCABULARY,
        "total": total,
        "non_embedding": total - 2 * VOCABULARY * WIDTH,
        "learning_rate": LEARNING_RATE,
    }
    (to / "suite.toml").write_text(SUITE.substitute(facts))


def own_digest():
    """Return the SHA-256 of this script and of the one that writes the text: what the run is of."""
    here = Path(__file__)
    sources = (here, here.with_name("topics.py"))
    return hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()


def cached(cache=CACHE):
    """Return a folder with the run, trained on the first call and kept under `cache`.

    Any number of processes may ask at once: one trains, in a process of its own so that the
    caller keeps its torch settings, and the others wait. A changed script or library trains anew.
    """
    cache.mkdir(parents=True, exist_ok=True)
    inputs = "|".join((own_digest(), version("torch"), version("transformers")))
    home = cache / f"trajectory-{hashlib.sha256(inputs.encode()).hexdigest()[:16]}"
    with (cache / "trajectory.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not home.exists():
            draft = home.with_suffix(".draft")
            shutil.rmtree(draft, ignore_errors=True)
            subprocess.run([sys.executable, __file__, "--to", draft], check=True)
            draft.rename(home)
    return home


def main():
    """Train into the folder that the command line names, or print which one has the run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    chosen = parser.add_mutually_exclusive_group(required=True)
    chosen.add_argument("--to", type=Path, help="folder for step0, step1 … and suite.toml")
    chosen.add_argument("--keep", type=Path, help="train only if no folder here has the run")
    given = parser.parse_args()
    if given.keep:
        sys.stdout.write(f"{cached(given.keep)}\n")
        return
    to = given.to
    to.mkdir(parents=True, exist_ok=True)
    losses = train(to)
    (to / "losses.csv").write_text(
        "step,loss\n" + "".join(f"{step},{loss:.6f}\n" for step, loss in enumerate(losses))
    )


if __name__ == "__main__":
    main()
