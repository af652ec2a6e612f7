"""Names that end as those of weights do and are none: adapters, states of training and the like."""

_TRAINING = (
    "optimizer",
    "scheduler",
    "training_args",
    "rng_state",
    "random_states",
    "scaler",
)
_ADAPTERS = (
    "adapter_model",
    "adapters.",
    "pytorch_adapter",
    "pytorch_lora_weights",
    "pytorch_model_head",
)


def is_adapter(name: str) -> bool:
    """Return whether a file's name is that of an adapter: what changes weights and is none.

    >>> is_adapter("adapter_model.safetensors"), is_adapter("model.safetensors")
    (True, False)
    """
    return name.startswith(_ADAPTERS) or name.endswith(("_adapters.safetensors", "_adapters.npz"))


def is_state_of_training(name: str) -> bool:
    """Return whether a file's name is that of a trainer's own state, such as the optimizer's.

    >>> is_state_of_training("optimizer.bin"), is_state_of_training("pytorch_model.bin")
    (True, False)
    """
    return name.startswith(_TRAINING) or name.endswith("optim_states.pt")


def is_no_weights(name: str) -> bool:
    """Return whether a file is none of weights, however its name ends.

    >>> is_no_weights("._model.safetensors")
    True
    """
    return name.startswith("._") or is_state_of_training(name) or is_adapter(name)
