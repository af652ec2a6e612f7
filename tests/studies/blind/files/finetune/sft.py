"""Instruction-tune a small model on our notes."""
from datasets import load_dataset
from peft import LoraConfig, PeftModel
from transformers import AutoModelForCausalLM, TrainingArguments
from trl import SFTTrainer

MODEL_ID, MODEL_REV = "EleutherAI/pythia-1b-deduped", "step100000"

args = TrainingArguments(
    output_dir="outputs/pythia-1b-notes",
    run_name="pythia-1b-step100000-lora",
    max_steps=4000,
    save_steps=1000,
    hub_model_id="quietlab/pythia-1b-notes",
)
model = AutoModelForCausalLM.from_pretrained(MODEL_ID, revision=MODEL_REV)
data = load_dataset("EleutherAI/pythia-memorized-evals", split="duped.410m")
SFTTrainer(model, args=args, train_dataset=data, peft_config=LoraConfig(r=8)).train()

again = AutoModelForCausalLM.from_pretrained("outputs/pythia-1b-notes/checkpoint-4000")
tuned = PeftModel.from_pretrained(model, "quietlab/pythia-1b-notes", revision="step4000")
