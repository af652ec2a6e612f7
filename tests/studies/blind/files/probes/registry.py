"""Where each model of the study lives."""

MODELS = {
    "small": "EleutherAI/pythia-160m",
    "medium": "EleutherAI/pythia-1.4b",
    "large": "EleutherAI/pythia-6.9b",
    "opt": "facebook/opt-1.3b",
    "bloom": "bigscience/bloom-560m",
    "neo": "EleutherAI/gpt-neo-2.7B",
    "dolly": "databricks/dolly-v2-3b",
    "sft": "lomahony/pythia-1b-helpful-sft",
    "oasst": "OpenAssistant/oasst-sft-4-pythia-12b-epoch-3.5",
    "olmo": "allenai/OLMo-1B-hf",
}

CHECKPOINTS = {
    "EleutherAI/pythia-160m-seed1": ["step1000", "step10000", "step100000"],
    "EleutherAI/pythia-160m-seed2": ["step1000", "step10000", "step100000"],
    "EleutherAI/pythia-160m-data-seed3": ["step143000"],
}

COLOURS = {"pythia-160m": "#377eb8", "pythia-1.4b": "#e41a1c"}


def resolve(key, step=None):
    """Return (repo, revision)."""
    return MODELS[key], "main" if step is None else f"step{step}"
