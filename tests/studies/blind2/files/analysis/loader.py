import json
from pathlib import Path

from transformers import AutoConfig, AutoModelForCausalLM


def load_pythia(size: str = "1b", step: int = 143000):
    return AutoModelForCausalLM.from_pretrained(f"EleutherAI/pythia-{size}", revision=f"step{step}")


small = load_pythia("31m", 8)


def nearest_step(tokens):
    table = json.loads(Path("grid.json").read_text())
    return min(table, key=lambda s: abs(s * 2_097_152 - tokens))


m = AutoModelForCausalLM.from_pretrained("EleutherAI/pythia-410m", revision=f"step{nearest_step(5e9)}")
cfg = AutoConfig.from_pretrained("EleutherAI/pythia-12b")
pinned = AutoModelForCausalLM.from_pretrained("EleutherAI/pythia-160m", revision="50f5173d932e8e61f858120bcb800b97af589f46")
mine = AutoModelForCausalLM.from_pretrained("./checkpoints/pythia-160m-ours/step4000")
# do not use EleutherAI/pythia-2.8b here: its early branches are broken
trunk = AutoModelForCausalLM.from_pretrained("EleutherAI/pythia-6.9b-deduped", torch_dtype="auto")
seeds = [AutoModelForCausalLM.from_pretrained(f"EleutherAI/pythia-14m-seed{i}", revision="step512") for i in (1, 2)]
