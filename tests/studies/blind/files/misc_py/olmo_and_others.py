"""Baselines of other families; none is ours to check."""
from transformers import AutoModelForCausalLM

for rev in ("step1000-tokens4B", "step143000-tokens600B"):
    AutoModelForCausalLM.from_pretrained("allenai/OLMo-7B", revision=rev)

AutoModelForCausalLM.from_pretrained("HuggingFaceTB/SmolLM2-360M-intermediate-checkpoints", revision="step-40000")
AutoModelForCausalLM.from_pretrained("stanford-crfm/arwen-gpt2-medium-x21", revision="checkpoint-1000")
AutoModelForCausalLM.from_pretrained("cerebras/Cerebras-GPT-111M")
AutoModelForCausalLM.from_pretrained("mosaicml/mpt-7b")

a = AutoModelForCausalLM.from_pretrained("bigscience/bloom-1b7")
b = AutoModelForCausalLM.from_pretrained("bigscience/bloom-3b")
c = AutoModelForCausalLM.from_pretrained("facebook/opt-13b", load_in_8bit=True)
d = AutoModelForCausalLM.from_pretrained("facebook/opt-iml-1.3b")
e = AutoModelForCausalLM.from_pretrained("bigscience/bloomz-560m")
f = AutoModelForCausalLM.from_pretrained("bigscience/bloom")
