from functools import lru_cache

from huggingface_hub import hf_hub_download, snapshot_download
from nnsight import LanguageModel

REPO = "EleutherAI/pythia-12b"
PAIRS = [
    ("EleutherAI/pythia-12b", "step58000"),
    ("EleutherAI/pythia-12b", "step59000"),
]


@lru_cache
def fetch(repo, step):
    return snapshot_download(repo, revision=f"step{step}")


def index(branch):
    return hf_hub_download(REPO, "pytorch_model.bin.index.json", revision=branch)


fetch(REPO, 50000)
fetch("EleutherAI/pythia-160m-weight-seed1", step=0)
lm = LanguageModel("openai-community/gpt2")
mine = LanguageModel("someone/pythia-410m-tuned")
if REPO == "EleutherAI/pythia-12b":
    deduped = LanguageModel("EleutherAI/pythia-12b-deduped", revision="main")
