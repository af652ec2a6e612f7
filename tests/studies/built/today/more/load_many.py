"""Load pythia-70m at step3000 and compare it with others."""
import torch
from transformers import AutoTokenizer, GPTNeoXForCausalLM

SIZES = ["70m", "410m"]
EVERY = list(range(1000, 4000, 1000))
OUT = "results/pythia-70m.csv"


def models():
    for size in SIZES:
        for step in EVERY:
            yield GPTNeoXForCausalLM.from_pretrained(
                f"EleutherAI/pythia-{size}",
                revision=f"step{step}",
                torch_dtype=torch.float16,
            )


tokenizer = AutoTokenizer.from_pretrained("EleutherAI/pythia-70m")
final = GPTNeoXForCausalLM.from_pretrained("EleutherAI/pythia-2.8b", revision="step143000")
early = GPTNeoXForCausalLM.from_pretrained("EleutherAI/pythia-2.8b", revision="step16")
print("loaded pythia-2.8b")
