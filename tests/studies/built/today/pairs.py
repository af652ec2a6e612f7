import subprocess
from itertools import product

CHECKPOINTS = [
    {"model": "EleutherAI/pythia-2.8b", "revision": "step66000", "tag": "late"},
    {"model": "EleutherAI/pythia-2.8b", "revision": "step65000", "tag": "early"},
]
ROWS = [
    ("EleutherAI/pythia-70m", "step1000", 0.31),
    ("EleutherAI/pythia-160m", "main", 0.42),
    ("facebook/opt-125m", "main", 0.37),
    ("EleutherAI/gpt-j-6b", "main", 0.37),
]

for size, step in product(["1b", "1.4b"], [1000, 2000]):
    subprocess.run(
        [
            "lm_eval",
            "--model_args",
            f"pretrained=EleutherAI/pythia-{size},revision=step{step}",
        ]
    )

ARGS = "pretrained=EleutherAI/pythia-12b,revision=step50000,dtype=bfloat16"
COMMAND = f"python eval.py --model EleutherAI/pythia-6.9b --revision step{CHECKPOINTS}"
URL = "https://huggingface.co/EleutherAI/pythia-410m/resolve/step3000/config.json"
REF = "EleutherAI/pythia-410m@step9000"
OTHERS = ["lab/pythia-70m", "pythia", "pythia-small", "Pythia-70M fine-tuned", "pythia-70m-lora"]
WORDS = "opt-in and opt-out"
