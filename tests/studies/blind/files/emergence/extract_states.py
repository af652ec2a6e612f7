"""Collect residual-stream norms for one model over its pretraining run."""
import argparse
from pathlib import Path

import torch
from transformers import AutoTokenizer, GPTNeoXForCausalLM


def get_args():
    p = argparse.ArgumentParser()
    p.add_argument("--model", default="EleutherAI/pythia-410m")
    p.add_argument("--step", type=int, default=64000)
    p.add_argument("--out", type=Path, default=Path("runs/pythia-410m-norms"))
    p.add_argument("--layers", type=int, nargs="+", default=[0, 6, 12, 23])
    return p.parse_args()


@torch.no_grad()
def norms(model, batch):
    hs = model(**batch, output_hidden_states=True).hidden_states
    return [h.norm(dim=-1).mean().item() for h in hs]


def main():
    args = get_args()
    rev = f"step{args.step}"
    tok = AutoTokenizer.from_pretrained(args.model, revision=rev)
    net = GPTNeoXForCausalLM.from_pretrained(args.model, revision=rev).eval()
    batch = tok("The lighthouse keeper counted ships until", return_tensors="pt")
    torch.save(norms(net, batch), args.out / f"norms_{args.step}.pt")


if __name__ == "__main__":
    main()
