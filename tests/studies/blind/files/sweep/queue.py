"""Queue one harness job per revision."""
import subprocess
from itertools import product

chkpts = [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512] + \
    [1000 * i for i in range(1, 144)]

base = ["lm_eval", "--model", "hf", "--tasks", "arc_easy"]
for c in chkpts:
    subprocess.run(base + ["--model_args", f"pretrained=EleutherAI/pythia-14m,revision=step{c}"])

few = [f"step{s}" for s in [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512] + list(range(1000, 143001, 1000)) if s <= 4000]
grid = {"model": [f"EleutherAI/pythia-{m}" for m in ["70m", "160m"]], "revision": few}
for model, revision in product(grid["model"], grid["revision"]):
    subprocess.run(["python", "score.py", "--model", model, "--revision", revision])

subprocess.run("python score.py --model EleutherAI/pythia-410m --revision step6000", shell=True)
subprocess.run(["huggingface-cli", "download", "EleutherAI/pythia-1b", "--revision", "step7000"])

with open("revisions.txt") as fh:
    for line in fh:
        subprocess.run(["python", "score.py", "--model", "EleutherAI/pythia-2.8b", "--revision", line.strip()])

subprocess.run(["wandb", "sync", "runs/pythia-14m-arc"])
