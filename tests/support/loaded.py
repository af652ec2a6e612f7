"""What from_pretrained makes of a folder, beside the trained run's true weights."""

import torch
import trajectory as training
from transformers import AutoModelForCausalLM


def network(folder):
    """Return what from_pretrained of a folder loads, and that nothing is missing or left over."""
    model, told = AutoModelForCausalLM.from_pretrained(
        folder, dtype="auto", output_loading_info=True, local_files_only=True
    )
    assert not any(told.values()), told
    return model.state_dict()


def same(held, step):
    """Return whether weights are exactly a step's."""
    true = network(training.cached() / f"step{step}")
    return held.keys() == true.keys() and all(torch.equal(held[name], true[name]) for name in true)


def loads(folder, step):
    """Return whether from_pretrained of a folder gives exactly a step's weights."""
    return same(network(folder), step)
