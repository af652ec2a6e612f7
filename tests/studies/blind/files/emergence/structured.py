from dataclasses import dataclass

import hydra
from hydra.core.config_store import ConfigStore
from omegaconf import MISSING
from transformers import GPTNeoXForCausalLM


@dataclass
class Checkpoint:
    repo: str = "EleutherAI/pythia-70m-deduped"
    step: int = MISSING


@dataclass
class Conf:
    ckpt: Checkpoint = Checkpoint
    device: str = "cuda:0"


ConfigStore.instance().store(name="base", node=Conf)


@hydra.main(version_base=None, config_name="base")
def run(cfg: Conf):
    return GPTNeoXForCausalLM.from_pretrained(cfg.ckpt.repo, revision=f"step{cfg.ckpt.step}").to(cfg.device)


if __name__ == "__main__":
    run()
