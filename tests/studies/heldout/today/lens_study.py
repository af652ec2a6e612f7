import argparse

from transformer_lens import HookedTransformer

p = argparse.ArgumentParser()
p.add_argument("-m", "--model_name", type=str, default="pythia-160m-deduped")
p.add_argument("--ckpt", type=int, nargs="+", default=[16, 128])
p.add_argument("--size", choices=["70m", "410m"])
a = p.parse_args()

for c in a.ckpt:
    m = HookedTransformer.from_pretrained(a.model_name, checkpoint_value=c, device="cpu")

n = HookedTransformer.from_pretrained(f"pythia-{a.size}-deduped", checkpoint_value=143000)
for i in [0, 153]:
    k = HookedTransformer.from_pretrained("EleutherAI/pythia-2.8b", checkpoint_index=i)
legend = ["pythia-70m", "pythia-410m"]
x = HookedTransformer.from_pretrained("pythia-410m-seed9", checkpoint_value=39000)
y = HookedTransformer.from_pretrained("pythia-6.9B", checkpoint_value=144000)
