import os
from dataclasses import dataclass, field

from transformers import AutoModelForCausalLM, GPTNeoXForCausalLM


@dataclass
class Setup:
    model_name: str = "EleutherAI/pythia-1.4b"
    revision: str = "step143000"
    size: str = field(default="2.8b")
    out: str = "runs/pythia-1.4b"


class Study:
    def __init__(self, setup, step=None):
        self.setup = setup
        self.step = step
        self.repo = f"EleutherAI/pythia-{setup.size}"

    def load(self):
        return GPTNeoXForCausalLM.from_pretrained(self.setup.model_name, revision=self.setup.revision)

    def early(self):
        return GPTNeoXForCausalLM.from_pretrained(self.repo, revision=f"step{self.step}")

    def final(self):
        return GPTNeoXForCausalLM.from_pretrained(self.repo, revision="step103000")


CHECKPOINT = os.environ.get("CHECKPOINT", "step30000")
model = AutoModelForCausalLM.from_pretrained("EleutherAI/pythia-2.8b", revision=CHECKPOINT)
secret = AutoModelForCausalLM.from_pretrained("EleutherAI/pythia-2.8b", revision=os.environ["REV"])
assert model.name_or_path == "EleutherAI/pythia-2.8b"
raise SystemExit("no pythia-2.8b here")
