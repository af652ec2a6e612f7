from transformers import AutoModelForCausalLM as M

SEEDS = range(1, 4)
for seed in SEEDS:
    for step in (0, 1):
        m = M.from_pretrained(f"EleutherAI/pythia-160m-seed{seed}", revision="step%d" % step)

runs = {f"seed{n}": "EleutherAI/pythia-410m-seed{}".format(n) for n in (2, 6)}
bad = M.from_pretrained("EleutherAI/pythia-410m-seed6", revision="step88000")
weights = M.from_pretrained("EleutherAI/" + "pythia-160m-data-seed2", revision="step" + str(512))
missing = M.from_pretrained("EleutherAI/pythia-160m", revision="step1500")
wrong = M.from_pretrained("EleutherAI/pythia-160m", revision="143000")
commit = M.from_pretrained("EleutherAI/pythia-160m", revision="50f5173d932e8e61f858120bcb800b97af589f46")
