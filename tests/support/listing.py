"""The real listing of pythia-2.8b on the stand-in Hub: its commits, names, digests; tiny bodies.

Every file has the commit and the SHA-256 that the inventory declares, and holds a network of two
layers whose every value is made of that digest, so that a loaded tensor says which file it is of.
"""

import csv
import io
import json
from collections import defaultdict
from dataclasses import dataclass
from functools import cache

from hub_repository import Blob

REPO = "EleutherAI/pythia-2.8b"
FILE = "hub_inventory_pythia-2.8b.csv"
SINGLE, BIN, INDEX = "model.safetensors", "pytorch_model.bin", "model.safetensors.index.json"
PROBE = "gpt_neox.final_layer_norm.weight"
LAYERS, WIDTH, VOCABULARY = 2, 8, 16


@dataclass(frozen=True)
class Declared(Blob):
    """A tiny body under the digest of the file that it stands for."""

    digest: str = ""

    @property
    def sha256(self) -> str:
        """What the inventory declares."""
        return self.digest


@cache
def config() -> bytes:
    """Return the configuration of the network in every branch."""
    return json.dumps(
        {
            "architectures": ["GPTNeoXForCausalLM"],
            "model_type": "gpt_neox",
            "num_hidden_layers": LAYERS,
            "hidden_size": WIDTH,
            "intermediate_size": 4 * WIDTH,
            "num_attention_heads": 2,
            "vocab_size": VOCABULARY,
            "max_position_embeddings": 16,
            "rotary_pct": 0.25,
            "tie_word_embeddings": False,
            "torch_dtype": "float32",
        }
    ).encode()


def value(digest: str) -> float:
    """Return the value that every parameter has in the file of a digest: exact in float32."""
    return int(digest[:6], 16) / 2**24


@cache
def names() -> dict[str, tuple[int, ...]]:
    """Return the shape of each tensor, by its published name."""
    import torch
    from transformers import GPTNeoXConfig, GPTNeoXForCausalLM

    with torch.device("meta"):
        network = GPTNeoXForCausalLM(GPTNeoXConfig(**json.loads(config())))
    return {
        name.replace("lm_head.", "embed_out."): tuple(tensor.shape)
        for name, tensor in network.state_dict().items()
    }


@cache
def body(path: str, digest: str) -> bytes:
    """Return a file of weights; of two shards the second has the head alone."""
    import torch
    from safetensors.torch import save

    held = {
        name: torch.full(shape, value(digest))
        for name, shape in names().items()
        if "-of-" not in path or ("embed_out" in name) == ("00002-of" in path)
    }
    if path.endswith(".safetensors"):
        return save(held, metadata={"format": "pt"})
    buffer = io.BytesIO()
    torch.save(held, buffer)
    return buffer.getvalue()


@cache
def index() -> bytes:
    """Return the index of two shards."""
    shards = {
        name: f"model-0000{2 if 'embed_out' in name else 1}-of-00002.safetensors"
        for name in names()
    }
    return json.dumps({"metadata": {"total_size": 1}, "weight_map": shards}).encode()


def rows(folder):
    """Return the inventory: revision → (commit, path → SHA-256)."""
    listed = defaultdict(lambda: ("", {}))
    with (folder / FILE).open(newline="") as file:
        for row in csv.DictReader(file):
            _, files = listed[row["revision"]]
            files[row["file"]] = row["sha256"]
            listed[row["revision"]] = (row["commit"], files)
    return dict(listed)


def publish(hub, folder, only=None):
    """Serve the listing, all of it or some branches; return what it says."""
    listed = rows(folder)
    repository = hub.add(REPO)
    for revision, (commit, files) in listed.items():
        if only is not None and revision not in only:
            continue
        blobs = {
            path: Declared(body(path, sha256), lfs=True, digest=sha256)
            for path, sha256 in files.items()
        }
        blobs["config.json"] = Blob(config(), lfs=False)
        if any("-of-" in path for path in files):
            blobs[INDEX] = Blob(index(), lfs=False)
        repository.commits[commit] = blobs
        repository.branches[revision] = commit
    return listed
