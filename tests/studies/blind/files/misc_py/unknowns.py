import json
import random
from datetime import date

import click
from transformers import AutoModelForCausalLM, GPTNeoXForCausalLM

from .schedule import nearest_checkpoint

SETTINGS = json.load(open("settings.json"))


@click.command()
@click.option("--size", required=True)
@click.option("--revision", required=True)
@click.option("--tokens", type=float, default=2.0)
def main(size, revision, tokens):
    a = AutoModelForCausalLM.from_pretrained("EleutherAI/pythia-1.4b", revision=revision)
    b = AutoModelForCausalLM.from_pretrained("EleutherAI/pythia-2.8b-deduped", revision=nearest_checkpoint(tokens))
    c = GPTNeoXForCausalLM.from_pretrained(f"EleutherAI/pythia-{size}", revision="step5000")
    d = GPTNeoXForCausalLM.from_pretrained("EleutherAI/pythia-12b", revision=SETTINGS["revision"])
    e = GPTNeoXForCausalLM.from_pretrained("EleutherAI/pythia-70m", revision=f"step{random.randint(1, 143)}000")
    f = GPTNeoXForCausalLM.from_pretrained("EleutherAI/pythia-160m-seed7", revision=f"step{date.today().day}000")
    return a, b, c, d, e, f


if __name__ == "__main__":
    main()
