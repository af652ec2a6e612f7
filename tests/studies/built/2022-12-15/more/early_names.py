NAMES = [
    "pythia-19m",
    "pythia-1.3b-deduped",
    "gpt2-xl",
]
