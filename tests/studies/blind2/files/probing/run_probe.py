"""Linear probes for part of speech at one training checkpoint."""
import argparse

import torch
import wandb
from transformers import AutoModelForCausalLM, AutoTokenizer


def parse():
    p = argparse.ArgumentParser()
    p.add_argument("--model", default="EleutherAI/pythia-410m")
    p.add_argument("--revision", type=str, default="step64000")
    p.add_argument("--project", default="pythia-410m-probes")
    p.add_argument("--out", default="runs/pythia-410m/step64000")
    return p.parse_args()


def main():
    args = parse()
    wandb.init(project=args.project)
    tok = AutoTokenizer.from_pretrained("EleutherAI/pythia-70m")
    model = AutoModelForCausalLM.from_pretrained(args.model, revision=args.revision)
    with torch.no_grad():
        print(model(**tok("the delphic oracle", return_tensors="pt")).logits.shape)


if __name__ == "__main__":
    main()
