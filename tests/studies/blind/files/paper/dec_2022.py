# written in December 2022
from transformers import AutoModelForCausalLM

PAIRS = [
    ["EleutherAI/pythia-125m-deduped", 256],
    ["EleutherAI/pythia-2.7b-deduped", 64],
    ["EleutherAI/gpt-j-6B", 16],
]
for name, batch in PAIRS:
    AutoModelForCausalLM.from_pretrained(name)
AutoModelForCausalLM.from_pretrained("EleutherAI/pythia-19m", revision="step143000")
