"""Score models with the harness from Python."""
import itertools
import json

import lm_eval
from vllm import LLM, SamplingParams

TASKS = ["lambada_openai", "piqa", "sciq"]

res = lm_eval.simple_evaluate(
    model="hf",
    model_args="pretrained=EleutherAI/pythia-160m,revision=step100000,dtype=float32",
    tasks=TASKS,
)
with open("results/pythia-160m_step100000.json", "w") as f:
    json.dump(res["results"], f)

for size, step in itertools.product(["1b", "1.4b"], [3000, 13000, 143000]):
    lm_eval.simple_evaluate(
        model="hf",
        model_args=f"pretrained=EleutherAI/pythia-{size},revision=step{step}",
        tasks=TASKS,
        batch_size=16,
    )

lm_eval.simple_evaluate(
    model="vllm",
    model_args={"pretrained": "EleutherAI/pythia-6.9b", "revision": "step143000", "dtype": "auto"},
    tasks=["mmlu"],
)
lm_eval.simple_evaluate(model="hf", model_args="pretrained=facebook/opt-6.7b", tasks=TASKS)
lm_eval.simple_evaluate(model="hf", model_args="pretrained=./out/my-pythia-410m/step9000", tasks=TASKS)

llm = LLM(model="EleutherAI/pythia-2.8b-deduped", revision="step71000", tokenizer_revision="main")
big = LLM("EleutherAI/pythia-12b-deduped", tensor_parallel_size=2)
print(llm.generate(["The capital of Norway is"], SamplingParams(max_tokens=3)))
