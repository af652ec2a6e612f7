import lm_eval
from huggingface_hub import hf_hub_download, snapshot_download
from vllm import LLM, SamplingParams

llm = LLM(model="EleutherAI/pythia-6.9b", revision="step103000", dtype="float16")
out = lm_eval.simple_evaluate(
    model="hf",
    model_args="pretrained=EleutherAI/pythia-2.8b-deduped,revision=step20000,dtype=float32",
    tasks=["lambada_openai", "piqa"],
)
for k in [1, 8, 64]:
    lm_eval.simple_evaluate(
        model="hf",
        model_args={"pretrained": "EleutherAI/pythia-14m", "revision": f"step{k * 1000}"},
        tasks=["sciq"],
    )
folder = snapshot_download("EleutherAI/pythia-12b", revision="step143000", allow_patterns=["*.safetensors"])
weights = hf_hub_download(repo_id="EleutherAI/pythia-1.4b-v0", filename="pytorch_model.bin", revision="step33000")
tok = hf_hub_download(repo_id="EleutherAI/pythia-1.4b", filename="tokenizer.json")
data = snapshot_download("EleutherAI/pythia-memorized-evals", repo_type="dataset")
neo = LLM(model="EleutherAI/gpt-neo-1.3B")
opt = LLM("facebook/opt-1.3b", tensor_parallel_size=2)
sft = LLM("lvwerra/pythia-1b-deduped-sft")
