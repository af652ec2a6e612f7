import itertools
import subprocess

from transformers import AutoModelForCausalLM, pipeline

ORG = "EleutherAI"
NAME = "pythia-410m"
REVS = ["step{}".format(n) for n in (16, 32)]
late = [AutoModelForCausalLM.from_pretrained(ORG + "/" + NAME, revision=r) for r in REVS]

subprocess.run(["hf", "download", "EleutherAI/pythia-1b", "--revision", "step6000"], check=True)

for name, rev in itertools.product(
    ["EleutherAI/pythia-70m", "EleutherAI/pythia-31m"],
    ["step1", "step2"],
):
    pipeline("text-generation", model=name, revision=rev)

kw = dict(revision="step12000", torch_dtype="auto")
spread = AutoModelForCausalLM.from_pretrained("EleutherAI/pythia-2.8b-deduped", **kw)


def continue_text(prompt, model_id="EleutherAI/pythia-14m", *, revision="step2"):
    pipe = pipeline("text-generation", model=model_id, revision=revision)
    return pipe(prompt, max_new_tokens=8)


if __name__ == "__main__":
    print(continue_text("Pythia sat on the tripod; 410 m below lay the plain."))
