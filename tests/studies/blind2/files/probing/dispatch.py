import functools
import os

from transformers import GPTNeoXForCausalLM

from ourlab import choose_revision, settings

MODEL = os.getenv("MODEL", "EleutherAI/pythia-1b")
model = GPTNeoXForCausalLM.from_pretrained(MODEL, revision=choose_revision(MODEL))
tuned = GPTNeoXForCausalLM.from_pretrained("EleutherAI/pythia-70m", revision=settings.revision)
load = functools.partial(GPTNeoXForCausalLM.from_pretrained, revision="step77000")
big = load("EleutherAI/pythia-12b")
GRID = {"EleutherAI/pythia-410m": range(4000, 13000, 4000), "EleutherAI/pythia-1.4b": (2, 32)}
for name, steps in GRID.items():
    for n in steps:
        GPTNeoXForCausalLM.from_pretrained(name, revision=f"step{n}")
