"""Fetch every checkpoint we look at, once, to the shared cache."""
from functools import partial

from huggingface_hub import hf_hub_download, snapshot_download

fetch = partial(snapshot_download, allow_patterns=["*.safetensors", "*.json"])

PICKED = ["step512", "step4000", "step32000", "step143000"]

for rev in PICKED:
    fetch("EleutherAI/pythia-2.8b", revision=rev)

fetch(repo_id="EleutherAI/pythia-6.9b-deduped", revision="step143000")
fetch(repo_id="EleutherAI/pythia-12b")

cfg = hf_hub_download("EleutherAI/pythia-31m-seed4", "config.json", revision="step2000")
idx = hf_hub_download(
    repo_id="EleutherAI/pythia-2.8b",
    filename="model.safetensors.index.json",
    revision="step1000",
)
snapshot_download("EleutherAI/pile-standard-pythia-preshuffled", repo_type="dataset")
snapshot_download("EleutherAI/sae-pythia-70m-32k")
