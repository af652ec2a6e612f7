"""Induction heads over training with TransformerLens and nnsight."""
from functools import partial

import nnsight
from transformer_lens import HookedTransformer
from transformer_lens.model_bridge import TransformerBridge

get = partial(HookedTransformer.from_pretrained, "pythia-160m-deduped", device="cpu")
models = [get(checkpoint_value=v) for v in (256, 512, 4000)]
plain = HookedTransformer.from_pretrained("pythia-70m-v0", checkpoint_value=5000)
by_index = HookedTransformer.from_pretrained("pythia-70m", checkpoint_index=10)
bridge = TransformerBridge.boot_transformers(
    "EleutherAI/pythia-1.4b",
    checkpoint_value=16000,
)
nn = nnsight.LanguageModel("EleutherAI/pythia-12b-deduped", device_map="auto", revision="step71000")
other = HookedTransformer.from_pretrained("gpt2-small")
sae_release = "pythia-70m-deduped-res-sm"
