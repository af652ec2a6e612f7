from transformer_lens import HookedTransformer
import transformer_lens.loading_from_pretrained as loading

names = ["pythia-14m", "pythia-31m", "pythia-70m", "opt-125m", "gpt-neo-125M", "gpt2-small"]
params = {n: loading.get_pretrained_model_config(n).n_params for n in names}

models = [HookedTransformer.from_pretrained(f"pythia-{s}-deduped", checkpoint_value=c)
          for s in ("410m", "1b") for c in (0, 1000, 143000)]

for w in (1, 2, 3):
    HookedTransformer.from_pretrained(f"EleutherAI/pythia-160m-seed{w}", checkpoint_value=2000)
