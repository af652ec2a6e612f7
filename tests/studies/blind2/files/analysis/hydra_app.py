from dataclasses import dataclass, field

import hydra
from hydra.core.config_store import ConfigStore
from transformers import AutoModelForCausalLM


@dataclass
class ModelConf:
    path: str = "EleutherAI/pythia-1.4b-deduped"
    revision: str = "step36000"


@dataclass
class Conf:
    model: ModelConf = field(default_factory=ModelConf)
    baseline: str = "bigscience/bloom-560m"
    run_name: str = "pythia-1.4b-deduped_step36000_probe"


ConfigStore.instance().store(name="conf", node=Conf)


@hydra.main(version_base=None, config_name="conf")
def main(cfg: Conf) -> None:
    model = AutoModelForCausalLM.from_pretrained(cfg.model.path, revision=cfg.model.revision)
    base = AutoModelForCausalLM.from_pretrained(cfg.baseline)
    print(model.num_parameters(), base.num_parameters())


main()
