import logging

import torch
import wandb
from transformers import AutoModel, AutoTokenizer

log = logging.getLogger("pythia-probe")

BASE = "EleutherAI"
FAMILY = "pythia"
SIZE = "1b"
REPO = f"{BASE}/{FAMILY}-{SIZE}"
REVISION = "step143000"

# pythia-1b-deduped gave NaN in half precision here, do not use it.
enc = AutoModel.from_pretrained(REPO, revision=REVISION, torch_dtype=torch.float32)
tok = AutoTokenizer.from_pretrained(REPO)

wandb.init(project="pythia-1b-probing", name=f"{SIZE}-{REVISION}")

for step in range(0, 5000, 500):
    ckpt = f"checkpoints/probe_pythia1b_step{step}.pt"
    log.info("saving %s", ckpt)
    torch.save({"step": step}, ckpt)

probe = torch.load("checkpoints/probe_pythia1b_step4500.pt")
