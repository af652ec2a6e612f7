from transformers import AutoModelForCausalLM, HfArgumentParser, Trainer
from dataclasses import dataclass, field
from typing import Optional


@dataclass
class ModelArguments:
    model_name_or_path: Optional[str] = field(default="EleutherAI/pythia-1.4b-deduped", metadata={"help": "e.g. EleutherAI/pythia-70m"})
    model_revision: str = field(default="step98000")


parser = HfArgumentParser(ModelArguments)
(model_args,) = parser.parse_args_into_dataclasses()
model = AutoModelForCausalLM.from_pretrained(
    model_args.model_name_or_path,
    revision=model_args.model_revision,
    trust_remote_code=False,
)
trainer = Trainer(model, output_dir="ft-pythia-1.4b")
trainer.push_to_hub("me/pythia-1.4b-finetuned")
