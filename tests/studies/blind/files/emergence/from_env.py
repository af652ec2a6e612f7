import os
import sys

from transformers import AutoModelForCausalLM, AutoTokenizer

from .picker import best_step

REV = os.environ["CKPT_REVISION"]
NAME = os.environ["CKPT_MODEL"]

a = AutoModelForCausalLM.from_pretrained("EleutherAI/pythia-160m-deduped", revision=REV)
b = AutoModelForCausalLM.from_pretrained("EleutherAI/pythia-410m-deduped", revision=sys.argv[1])
c = AutoModelForCausalLM.from_pretrained("EleutherAI/pythia-1b", revision=best_step("arc_easy"))
d = AutoModelForCausalLM.from_pretrained(NAME, revision="step5000")
e = AutoModelForCausalLM.from_pretrained(
    "EleutherAI/pythia-70m", revision=os.environ.get("SMALL_REVISION", "step1000")
)
tok = AutoTokenizer.from_pretrained("EleutherAI/pythia-160m-deduped")
