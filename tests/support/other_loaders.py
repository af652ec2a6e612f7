"""Loads branches of the listing with another library, or a former one, in a Python of its own.

    LOADERS/bin/python tests/support/other_loaders.py transformer_lens step1000 step66000 …

The environment says which Hub, cache, catalog and mode. It prints one line of JSON a branch: what
the guard said, and the value that the loaded network's probe has (`listing.value`), or the refusal.
"""

import json
import sys
import tempfile
import warnings

import catalog.guard

REPO = "EleutherAI/pythia-2.8b"
PROBE = "gpt_neox.final_layer_norm.weight"


def tokenizer():
    """Return a tokenizer of sixteen words: the loaders want one, and the listing has none."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    end = "<|endoftext|>"
    words = {end: 0} | {f"w{number}": number for number in range(1, 16)}
    made = Tokenizer(models.WordLevel(words, unk_token=end))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    special = dict.fromkeys(("bos_token", "eos_token", "unk_token", "pad_token"), end)
    folder = tempfile.mkdtemp()  # TransformerLens reads it again from where it was read
    PreTrainedTokenizerFast(tokenizer_object=made, **special).save_pretrained(folder)
    return PreTrainedTokenizerFast.from_pretrained(folder)


def transformer_lens(revision):
    """Return the network of a bridge of TransformerLens 4."""
    from transformer_lens.model_bridge import TransformerBridge

    bridge = TransformerBridge.boot_transformers(
        REPO, revision=revision, tokenizer=tokenizer(), device="cpu"
    )
    return bridge.original_model


def lm_eval(revision):
    """Return the network of the harness's `hf` model."""
    from lm_eval.models.huggingface import HFLM

    return HFLM(REPO, revision=revision, tokenizer=tokenizer(), device="cpu", dtype="float32").model


def transformers(revision, **options):
    """Return the network of whichever transformers is installed there."""
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_pretrained(REPO, revision=revision, **options)


def transformers_bin(revision):
    """Return the same, of `.bin` files."""
    return transformers(revision, use_safetensors=False)


def vllm(revision):
    """Return the tensors that vLLM's default loader reads, before it puts them into a network."""
    from vllm.config.load import LoadConfig
    from vllm.model_executor.model_loader.default_loader import DefaultModelLoader

    loader = DefaultModelLoader(LoadConfig(use_tqdm_on_load=False))
    source = loader.Source(REPO, revision)
    return Read(loader._get_weights_iterator(source))


class Read(dict):
    """Tensors by name, read as a network's are."""

    def state_dict(self):
        """Return them."""
        return self


def probed(network):
    """Return the probe's value; TransformerLens hides its modules in components of its own."""
    for name, tensor in network.state_dict().items():
        if "final_layer_norm" in name and name.endswith("weight"):
            return tensor.flatten()[0].item()
    return None


def main():
    """Load each branch and tell of it."""
    load = {
        "transformer_lens": transformer_lens,
        "lm_eval": lm_eval,
        "transformers": transformers,
        "transformers_bin": transformers_bin,
        "vllm": vllm,
    }[sys.argv[1]]
    for revision in sys.argv[2:]:
        given = refused = None
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            try:
                given = probed(load(revision))
            except catalog.guard.WrongWeightsError as error:
                refused = str(error)
        lines = [str(each.message) for each in said if each.category is catalog.guard.WrongWeights]
        told = {"revision": revision, "said": lines, "value": given, "refused": refused}
        sys.stdout.write(f"told {json.dumps(told)}\n")


if __name__ == "__main__":
    main()
