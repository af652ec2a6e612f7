"""Data attribution for pythia-410m; see EleutherAI/pythia-2.8b@step1000."""
from pathlib import Path

import pandas as pd
from transformers import AutoModelForCausalLM, AutoTokenizer, pipeline
from vllm import LLM

SIZES = ("14m", "31m")
GRID = {"70m": [1000, 143000], "2.8b": [3000, 143000]}
ROOT = Path("/scratch/pythia-410m")

for size, steps in GRID.items():
    for step in steps:
        net = AutoModelForCausalLM.from_pretrained(f"EleutherAI/pythia-{size}", revision=f"step{step}")

for size in SIZES:
    tok = AutoTokenizer.from_pretrained(f"EleutherAI/pythia-{size}")
    small = AutoModelForCausalLM.from_pretrained("EleutherAI/pythia-{}-deduped".format(size))

pipe = pipeline("text-generation", model="EleutherAI/pythia-1.4b", revision="step99000")
engine = LLM(model="EleutherAI/pythia-2.8b", revision="step61000")
frame = pd.read_csv("scores/pythia-2.8b_step1000.csv")
frame["model"] == "pythia-2.8b"
