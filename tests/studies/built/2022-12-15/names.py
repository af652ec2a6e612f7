from transformers import AutoModelForCausalLM

MODELS = [
    "EleutherAI/pythia-19m",
    "EleutherAI/pythia-125m-deduped",
    "EleutherAI/pythia-800m",
    "facebook/opt-350m",
]
model = AutoModelForCausalLM.from_pretrained("EleutherAI/pythia-1.3b", revision="step1000")
