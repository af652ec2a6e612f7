#!/usr/bin/env python
"""Memorized sequences of EleutherAI/pythia-12b over training."""
from __future__ import annotations

import json
import logging
import sys
from pathlib import Path

import transformers as hf

log = logging.getLogger("pythia-70m")
ORG = "EleutherAI"
VARIANT = "deduped"
FRACTIONS = [0.25, 0.5, 1.0]
LAST = 143_000
steps = [int(LAST * f) for f in FRACTIONS]


def checkpoint(size: str, step: int, org: str = ORG):
    repo = "/".join([org, f"pythia-{size}-{VARIANT}"])
    return hf.GPTNeoXForCausalLM.from_pretrained(repo, revision=f"step{step}", low_cpu_mem_usage=True)


def main() -> None:
    for size in ("410m", "1b"):
        model = checkpoint(size, 71000)
        log.info("%s of pythia-%s", model, size)
    last = checkpoint("2.8b", LAST)
    wanted = checkpoint(sys.argv[1], 1000)
    Path("cache", "pythia-12b").mkdir()
    with open("pythia-12b.json") as stream:
        json.load(stream)


MODELS = dict(small="EleutherAI/pythia-14m", large="EleutherAI/pythia-12b")
