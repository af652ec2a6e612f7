"""Make checkpoints of the shape of Pythia 70M, with weights drawn at random, and their suite file.

    python tests/support/seventies.py --to DIR --count 20

writes `DIR/step0 … `, each with `config.json` and an fp16 `model.safetensors` of 141 MB, and
`DIR/suite.toml`. What is measured on them is work on files of that size, not what they compute.
"""

import argparse
from pathlib import Path

MODEL = "random-70m"
LAYERS, WIDTH, HEADS, VOCABULARY = 6, 512, 8, 50_304
SPREAD = 0.02

SUITE = """\
[suite]
name = "random"
title = "Random weights in the shape of Pythia 70M"
kind = "private"

[source.drawn]
kind = "training-config"
title = "tests/support/seventies.py"

[save_schedule.random]
steps = {steps}

[[model]]
name = "{model}"
repo_id = "example/{model}"
size = "70M"
architecture = "gpt-neox"
save_schedule = "random"
tokens_per_published_step = 2097152
tokens_per_training_step = 2097152
revision_label = "step{{step}}"

[[fact]]
source = "drawn"
models = ["{model}"]
values = {{ layers = {layers}, model_dim = {width}, heads = {heads}, vocab_size = {vocabulary} }}
"""


def network():
    """Return the network without memory for its weights."""
    import torch
    from transformers import GPTNeoXConfig, GPTNeoXForCausalLM

    config = GPTNeoXConfig(
        num_hidden_layers=LAYERS,
        hidden_size=WIDTH,
        intermediate_size=4 * WIDTH,
        num_attention_heads=HEADS,
        vocab_size=VOCABULARY,
        tie_word_embeddings=False,
        dtype="float16",
    )
    with torch.device("meta"):
        return GPTNeoXForCausalLM(config)


def drawn(model, seed):
    """Return weights in float16, by the names that published files have."""
    import torch

    generator = torch.Generator().manual_seed(seed)
    tensors = {}
    for name, empty in model.state_dict().items():
        norm = "norm" in name and name.endswith("weight")
        values = torch.randn(empty.shape, generator=generator) * SPREAD + float(norm)
        tensors["embed_out.weight" if name == "lm_head.weight" else name] = values.half()
    return tensors


def make(folder, count):
    """Write checkpoints and the suite file; return the checkpoints' folders."""
    from safetensors.torch import save_file

    model = network()
    folders = [folder / f"step{step}" for step in range(count)]
    for step, made in enumerate(folders):
        made.mkdir(parents=True)
        model.config.architectures = [type(model).__name__]
        model.config.save_pretrained(made)
        save_file(drawn(model, step), made / "model.safetensors", {"format": "pt"})
    sizes = {"layers": LAYERS, "width": WIDTH, "heads": HEADS, "vocabulary": VOCABULARY}
    suite = SUITE.format(model=MODEL, steps=list(range(count)), **sizes)
    (folder / "suite.toml").write_text(suite)
    return folders


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=Path, required=True)
    parser.add_argument("--count", type=int, default=20)
    given = parser.parse_args()
    make(given.to, given.count)
