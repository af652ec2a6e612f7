import click
import transformer_lens
from transformer_lens import HookedTransformer

BASES = ["pythia-70m", "pythia-160m", "pythia-1b-deduped", "gpt2-small"]
TABLE = {"pythia-410m": 24, "pythia-1b": 16}

for base in BASES:
    lens = HookedTransformer.from_pretrained(base, checkpoint_value=2000)

first = HookedTransformer.from_pretrained("pythia-2.8b", checkpoint_index=0)
tenth = HookedTransformer.from_pretrained("pythia-2.8b-deduped", checkpoint_index=11)
plain = HookedTransformer.from_pretrained("pythia-14m-seed3")
old = HookedTransformer.from_pretrained("pythia-1.3b")


@click.command()
@click.option("--model", default="EleutherAI/pythia-6.9b", help="as pythia-6.9b")
@click.option("--step", type=int, default=6300)
def main(model, step):
    HookedTransformer.from_pretrained(model, checkpoint_value=step)


print(f"{BASES[0]} and pythia-12b")
title = "pythia-12b"
