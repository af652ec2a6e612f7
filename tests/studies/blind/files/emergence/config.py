from dataclasses import dataclass, field
from typing import List


@dataclass
class ModelConfig:
    name: str = "EleutherAI/pythia-1.4b-deduped"
    revision: str = "step93000"
    dtype: str = "bfloat16"


@dataclass
class SweepConfig:
    model: ModelConfig = field(default_factory=ModelConfig)
    baselines: List[str] = field(
        default_factory=lambda: [
            "EleutherAI/pythia-160m",
            "facebook/opt-125m",
            "EleutherAI/gpt-neo-125m",
            "openai-community/gpt2",
        ]
    )
    max_steps: int = 143000
    save_every: int = 1000
    wandb_project: str = "pythia-1.4b-induction"
    output_dir: str = "/mnt/lab/pythia-1.4b-deduped/step93000/probes"
