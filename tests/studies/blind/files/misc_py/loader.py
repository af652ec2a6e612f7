from __future__ import annotations

from transformers import AutoModelForCausalLM, AutoTokenizer, GPTNeoXForCausalLM


def load_at(name: str = "EleutherAI/pythia-410m", revision: str = "step143000"):
    net = AutoModelForCausalLM.from_pretrained(name, revision=revision)
    return net, AutoTokenizer.from_pretrained(name)


def load_dedup(size, step=3000):
    repo = f"EleutherAI/pythia-{size}-deduped"
    return GPTNeoXForCausalLM.from_pretrained(repo, revision=f"step{step}")


def pair():
    return load_dedup("70m"), load_dedup("1.4b", step=8000)


def any_size(size, step):
    return GPTNeoXForCausalLM.from_pretrained(f"EleutherAI/pythia-{size}", revision=f"step{step}")


class Lens:
    MODEL_NAME = "EleutherAI/pythia-160m"
    TRAINING_STEP = 32_000

    def __init__(self):
        self.net = GPTNeoXForCausalLM.from_pretrained(
            self.MODEL_NAME, revision=f"step{self.TRAINING_STEP}"
        )


KW = dict(revision="step10000", torch_dtype="auto")
tiny = AutoModelForCausalLM.from_pretrained("EleutherAI/pythia-31m", **KW)
at = AutoModelForCausalLM.from_pretrained("EleutherAI/pythia-70m", revision="{}{}".format("step", 6000))
pct = AutoModelForCausalLM.from_pretrained("EleutherAI/%s" % "pythia-1b", revision="step%d" % 50000)
sha = AutoModelForCausalLM.from_pretrained(
    "EleutherAI/pythia-2.8b", revision="2a259cdd96a4beb1cdf467512e3904197345f6a9"
)
bad = AutoModelForCausalLM.from_pretrained("EleutherAI/pythia-410m", revision="step1500")
