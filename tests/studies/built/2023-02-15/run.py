from transformers import GPTNeoXForCausalLM

model = GPTNeoXForCausalLM.from_pretrained("EleutherAI/pythia-1.4b", revision="step3000")
names = ["pythia-70m", "pythia-6.9b-deduped"]
opt = "facebook/opt-2.7b"
