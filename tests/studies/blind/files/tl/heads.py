"""Induction heads across training."""
import numpy as np
from transformer_lens import HookedTransformer
from transformer_lens.model_bridge import TransformerBridge

STEPS = [2**k for k in range(10)] + [1000, 2000, 5000]


def score(model):
    toks = model.to_tokens("a b c " * 20)
    _, cache = model.run_with_cache(toks)
    return np.array([cache["pattern", l].mean().item() for l in range(model.cfg.n_layers)])


def over_training():
    out = {}
    for s in STEPS:
        m = HookedTransformer.from_pretrained("pythia-70m-deduped", checkpoint_value=s)
        out[s] = score(m)
    return out


final = HookedTransformer.from_pretrained("pythia-70m-deduped", checkpoint_index=-1)
mid = HookedTransformer.from_pretrained("EleutherAI/pythia-160m", checkpoint_value=40000, fold_ln=False)
old = HookedTransformer.from_pretrained("pythia-125m-deduped", checkpoint_index=80)
v0 = HookedTransformer.from_pretrained("pythia-1.4b-deduped-v0", checkpoint_value=3000)
br = TransformerBridge.boot_transformers("EleutherAI/pythia-2.8b-deduped", checkpoint_value=120000)
br2 = TransformerBridge.from_pretrained("EleutherAI/pythia-1b", checkpoint_value=512)
toy = HookedTransformer.from_pretrained("solu-2l-pile", checkpoint_index=20)
neel = HookedTransformer.from_pretrained("NeelNanda/GELU_2L512W_C4_Code", checkpoint_value=1000)
