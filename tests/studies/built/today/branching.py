import sys

from transformers import AutoModelForCausalLM

deduped = len(sys.argv) > 2
suffix = "-deduped" if deduped else ""
name = f"EleutherAI/pythia-1.4b{suffix}"
model = AutoModelForCausalLM.from_pretrained(name, revision="step1000")

if deduped:
    repo, branch = "EleutherAI/pythia-6.9b-deduped", "step5000"
else:
    repo, branch = "EleutherAI/pythia-6.9b", "step7000"
other = AutoModelForCausalLM.from_pretrained(repo, revision=branch)

path = "EleutherAI/pythia-70m"
one = AutoModelForCausalLM.from_pretrained(path)
path = "EleutherAI/pythia-160m"
two = AutoModelForCausalLM.from_pretrained(path, revision="step1")

kwargs = {"revision": "step27000", "torch_dtype": "auto"}
three = AutoModelForCausalLM.from_pretrained("EleutherAI/pythia-2.8b", **kwargs)


def forward(name, **options):
    return AutoModelForCausalLM.from_pretrained(name, **options)


forward("EleutherAI/pythia-1b")
local = AutoModelForCausalLM.from_pretrained("./pythia-2.8b/step1000")
cached = AutoModelForCausalLM.from_pretrained("EleutherAI/pythia-2.8b", revision=sys.argv[1])
