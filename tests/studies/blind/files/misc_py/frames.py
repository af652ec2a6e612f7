import numpy as np
import pandas as pd
from transformers import AutoModelForCausalLM

grid = pd.DataFrame({"step": range(0, 143001, 13000)})
grid["revision"] = "step" + grid["step"].astype(str)

nets = {}
for rev in grid["revision"]:
    nets[rev] = AutoModelForCausalLM.from_pretrained("EleutherAI/pythia-70m", revision=rev)

steps = np.arange(1000, 11000, 1000)
for s in steps:
    AutoModelForCausalLM.from_pretrained("EleutherAI/pythia-160m", revision=f"step{s}")

log_steps = np.unique(np.logspace(0, np.log10(143), 12).astype(int)) * 1000
for s in log_steps:
    AutoModelForCausalLM.from_pretrained("EleutherAI/pythia-410m", revision=f"step{s}")

meta = pd.read_csv("pythia_steps.csv")
for row in meta.itertuples():
    AutoModelForCausalLM.from_pretrained("EleutherAI/pythia-1b", revision=row.revision)

df = pd.DataFrame(
    [
        ("pythia-1.4b", "step143000", 0.616),
        ("pythia-2.8b", "step143000", 0.647),
    ],
    columns=["model", "revision", "lambada"],
)
df.to_csv("tables/pythia_lambada.csv")
