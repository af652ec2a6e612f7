import argparse

from transformer_lens import HookedTransformer

parser = argparse.ArgumentParser(description="Probe pythia-160m over time")
parser.add_argument("--model", default="pythia-1.4b", help="e.g. pythia-2.8b")
parser.add_argument("--checkpoint", type=int, default=64000)
parser.add_argument("--seed", type=int)
args = parser.parse_args()

lens = HookedTransformer.from_pretrained(args.model, checkpoint_value=args.checkpoint)
other = HookedTransformer.from_pretrained(f"pythia-160m-seed{args.seed}")
last = HookedTransformer.from_pretrained("pythia-1b", checkpoint_index=-1)
