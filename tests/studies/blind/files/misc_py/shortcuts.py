import argparse
from functools import partial
from transformers import AutoModelForCausalLM, AutoTokenizer, pipeline, GPTNeoXForCausalLM

neox = partial(GPTNeoXForCausalLM.from_pretrained, "EleutherAI/pythia-1b-deduped", low_cpu_mem_usage=True)
first, last = neox(revision="step0"), neox(revision="step143000")

gen = pipeline("text-generation", model="EleutherAI/pythia-160m-deduped", revision="step5000")
gen2 = pipeline("text-generation", "EleutherAI/gpt-neo-125m")

parser = argparse.ArgumentParser()
parser.add_argument("--base", choices=["EleutherAI/pythia-70m", "EleutherAI/pythia-160m"], required=True)
parser.add_argument("--rev", default=None)
parser.add_argument("--sizes", nargs="*", default=["70m", "410m"], help="sizes of the Pythia suite")
ns = parser.parse_args()
base = AutoModelForCausalLM.from_pretrained(ns.base, revision=ns.rev)

SEEDS = range(1, 10)
SEED_REPOS = [f"EleutherAI/pythia-14m-seed{i}" for i in SEEDS]
pool = {r: AutoModelForCausalLM.from_pretrained(r, revision="step143000") for r in SEED_REPOS}

REVISIONS = {"start": "step1000", "mid": "step70000", "end": "step143000"}
mid = AutoModelForCausalLM.from_pretrained("EleutherAI/pythia-6.9b", revision=REVISIONS["mid"])

tok = AutoTokenizer.from_pretrained("EleutherAI/gpt-neox-20b")
loc = AutoModelForCausalLM.from_pretrained("./pythia-70m-deduped/step3000")
ours = AutoModelForCausalLM.from_pretrained("quietlab/pythia-70m-tinystories", revision="step4000")
