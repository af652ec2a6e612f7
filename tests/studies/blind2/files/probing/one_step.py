import argparse
import os
import sys

from transformers import GPTNeoXForCausalLM

ap = argparse.ArgumentParser()
ap.add_argument("--step", type=int, required=True)
ap.add_argument("--size", choices=["70m", "160m", "410m"], required=True)
a = ap.parse_args()

first = GPTNeoXForCausalLM.from_pretrained("EleutherAI/pythia-1b-deduped", revision=f"step{a.step}")
second = GPTNeoXForCausalLM.from_pretrained(
    f"EleutherAI/pythia-{a.size}-deduped",
    revision="step3000",
)
third = GPTNeoXForCausalLM.from_pretrained("EleutherAI/pythia-2.8b", revision=os.environ["PYTHIA_REV"])
fourth = GPTNeoXForCausalLM.from_pretrained("EleutherAI/pythia-2.8b", revision=os.environ.get("REV", "step8000"))
fifth = GPTNeoXForCausalLM.from_pretrained("EleutherAI/pythia-160m", revision=sys.argv[1] if len(sys.argv) > 1 else "main")
