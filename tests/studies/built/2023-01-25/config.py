MODEL = "EleutherAI/pythia-2.8b-deduped"
BASELINES = ["EleutherAI/pythia-350m", "facebook/opt-350m"]
