"""Cross-entropy by checkpoint, copied from the logs."""
CE = {
    "EleutherAI/pythia-1b/step64": 7.91,
    "EleutherAI/pythia-1b/step512": 5.02,
    "EleutherAI/pythia-1b/main": 2.71,
    "ours/neox-1b/step64": 8.02,
}
LABELS = [("2.8 B", "EleutherAI/pythia-2.8b-deduped"), ("160 M", "EleutherAI/pythia-160m-deduped")]

DEDUP = True
base_name = "EleutherAI/pythia-70m"
if DEDUP:
    base_name += "-deduped"

models_by_step = {step: f"pythia-410m-step{step}" for step in (1000, 143000)}
PLOT = "plots/pythia_1b_ce_step512.svg"
TITLE = "Pythia 1B cross-entropy"
ids = ["pythia_410m", "PYTHIA_6.9B_DEDUPED", "pythia-1b-deduped-step3000"]
