# written in February 2023, between the renaming and the second release
from transformers import GPTNeoXForCausalLM

small = GPTNeoXForCausalLM.from_pretrained("EleutherAI/pythia-70m", revision="step21000")
large = GPTNeoXForCausalLM.from_pretrained("EleutherAI/pythia-1.4b-deduped", revision="step143000")
for step in range(23000, 144000, 20000):
    GPTNeoXForCausalLM.from_pretrained("EleutherAI/pythia-6.9b", revision=f"step{step}")
