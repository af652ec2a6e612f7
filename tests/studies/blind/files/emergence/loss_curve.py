import json

import pandas as pd
from transformers import AutoModelForCausalLM

SIZES = ["70m", "160m", "410m"]
EARLY = [0] + [2**i for i in range(10)]
LATE = list(range(1000, 143001, 1000))
STEPS = EARLY + LATE


def curve(name, text_ids):
    rows = []
    for step in STEPS:
        net = AutoModelForCausalLM.from_pretrained(name, revision=f"step{step}")
        rows.append({"model": name, "step": step, "loss": net(text_ids, labels=text_ids).loss.item()})
    return rows


def collect(text_ids):
    out = []
    for size in SIZES:
        out += curve(f"EleutherAI/pythia-{size}", text_ids)
    return pd.DataFrame(out)


def late_only(text_ids):
    losses = []
    for step in LATE[::10]:
        net = AutoModelForCausalLM.from_pretrained(
            "EleutherAI/pythia-1b-deduped",
            revision="step" + str(step),
        )
        losses.append(net(text_ids, labels=text_ids).loss.item())
    return losses


if __name__ == "__main__":
    with open("figures/pythia-70m_loss.json") as f:
        print(json.load(f)["title"])
