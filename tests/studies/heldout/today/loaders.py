import os
from typing import Iterator

from transformers import GPTNeoXForCausalLM

DEFAULT = os.getenv("PYTHIA", "EleutherAI/pythia-410m")
TABLE = {
    "small": ("EleutherAI/pythia-160m", "step1000"),
    "broken": ("EleutherAI/pythia-12b", "step58000"),
}


def get_path(family, size):
    if family == "pythia":
        return f"EleutherAI/pythia-{size}"
    return f"facebook/opt-{size}"


def sweep(name: str, first: int = 1000, last: int = 3000) -> Iterator[GPTNeoXForCausalLM]:
    for step in range(first, last + 1, 1000):
        yield GPTNeoXForCausalLM.from_pretrained(name, revision=f"step{step}")


def default():
    return GPTNeoXForCausalLM.from_pretrained(DEFAULT)


sweep("EleutherAI/pythia-1b")
sweep("EleutherAI/pythia-2.8b", last=2000)
sweep("EleutherAI/pythia-6.9b", first=int(input()))
opt = GPTNeoXForCausalLM.from_pretrained(get_path("pythia", "1.4b"), revision="step7000")
print("opt-125m is next")
