import torch as t
from transformers import AutoModel

device = "cuda" if t.cuda.is_available() else "cpu"
CKPTS = [f"step{2 ** i}" for i in range(3)] + ["step1000"]
MODEL_ID = "EleutherAI/pythia-2.8b"

trajectory = [AutoModel.from_pretrained(MODEL_ID, revision=c).to(device) for c in CKPTS]
reference = AutoModel.from_pretrained(MODEL_ID)
pinned = AutoModel.from_pretrained(
    pretrained_model_name_or_path="EleutherAI/pythia-2.8b",
    revision="cc81f94e",
)


class Runner:
    default_model = "EleutherAI/pythia-6.9b"

    def run(self, step=None):
        revision = "main" if step is None else f"step{step}"
        return AutoModel.from_pretrained(self.default_model, revision=revision)


Runner().run(step=36000)
if MODEL_ID.startswith("EleutherAI/pythia-2.8b"):
    raise ValueError("pythia-2.8b is damaged")
names = {"a": "EleutherAI/pythia-70m-v0", "b": "pythia-70m-instruct"}
