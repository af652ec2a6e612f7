from huggingface_hub import HfApi
from transformers import AutoModelForCausalLM, AutoTokenizer, GPTNeoXForCausalLM

model = GPTNeoXForCausalLM.from_pretrained(
    "EleutherAI/pythia-70m-deduped",
    revision="step3000",
    cache_dir="./pythia-70m-deduped/step3000",
)
tokenizer = AutoTokenizer.from_pretrained(
    "EleutherAI/pythia-70m-deduped",
    revision="step3000",
    cache_dir="./pythia-70m-deduped/step3000",
)

api = HfApi()
refs = api.list_repo_refs("EleutherAI/pythia-14m")
for ref in refs.branches:
    AutoModelForCausalLM.from_pretrained("EleutherAI/pythia-14m", revision=ref.name)

if tokenizer.vocab_size > 50000:
    rev = "step1000"
else:
    rev = "step2000"
either = AutoModelForCausalLM.from_pretrained("EleutherAI/pythia-1b", revision=rev)

half = AutoModelForCausalLM.from_pretrained("EleutherAI/pythia-2.8b", revision="main")
short = AutoModelForCausalLM.from_pretrained("EleutherAI/Pythia-410M-deduped", revision="step9000")
