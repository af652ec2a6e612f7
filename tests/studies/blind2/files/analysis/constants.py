from dataclasses import dataclass, field
from typing import List

PYTHIA = {
    "small": "EleutherAI/pythia-70m-deduped",
    "medium": "EleutherAI/pythia-410m-deduped",
    "large": "EleutherAI/pythia-2.8b-deduped",
}
STEPS = (1_000, 10_000, 100_000)
COLORS = {"pythia-70m-deduped": "tab:blue"}


@dataclass
class RunConfig:
    model_name: str = "EleutherAI/pythia-1b"
    revision: str = "step2000"
    layers: List[int] = field(default_factory=lambda: [0, 4, 8])
    max_steps: int = 143000


def load():
    from transformers import AutoModelForCausalLM

    for name in PYTHIA.values():
        for s in STEPS:
            yield AutoModelForCausalLM.from_pretrained(name, revision="step" + str(s))


def load_run(cfg: RunConfig = RunConfig()):
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_pretrained(cfg.model_name, revision=cfg.revision)
