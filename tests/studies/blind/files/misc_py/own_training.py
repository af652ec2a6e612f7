"""Our own tiny GPT, trained from scratch. Architecture borrowed from Pythia-70M."""
import torch
from torch.utils.tensorboard import SummaryWriter
from transformers import AutoConfig, GPTNeoXConfig, GPTNeoXForCausalLM

cfg = GPTNeoXConfig(num_hidden_layers=6, hidden_size=512)
net = GPTNeoXForCausalLM(cfg)
shape = AutoConfig.from_pretrained("EleutherAI/pythia-70m")
log = SummaryWriter("tb/pythia-like-70m")

for step in range(143001):
    if step % 1000 == 0:
        net.save_pretrained(f"ckpt/pythia_from_scratch/step{step}")
        net.push_to_hub("quietlab/pythia-70m-repro", revision=f"step{step}")

# Changelog
# v1.4b: pythia loader moved to its own file
# do not load pythia-12b on this box, it has 24 GB
