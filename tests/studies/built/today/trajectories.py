"""Induction heads over training.

Uses pythia-2.8b@step1000 by default.
"""
import argparse
import os

import numpy as np
import torch
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

MODEL = "EleutherAI/pythia-160m"
STEPS = [0] + [2**i for i in range(10)] + list(range(1000, 5000, 1000))
LATE = np.arange(140000, 144000, 1000)
SIZES = {"70m": 6, "160m": 12}


def load(step, name=MODEL, device="cuda"):
    """Load `EleutherAI/pythia-160m` at a step."""
    return AutoModelForCausalLM.from_pretrained(name, revision=f"step{step}").to(device)


for step in STEPS:
    model = load(step)

for step in LATE:
    late = load(step, name="EleutherAI/pythia-410m")

config = AutoConfig.from_pretrained("EleutherAI/pythia-12b")
tokenizer = AutoTokenizer.from_pretrained(MODEL, revision="step3000")
for size in SIZES:
    deduped = AutoModelForCausalLM.from_pretrained(f"EleutherAI/pythia-{size}-deduped")
np.save(f"out/pythia-{list(SIZES)[0]}.npy", np.zeros(3))
