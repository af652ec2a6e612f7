"""A network of transformers from a folder that holds one weight set, whole, or not at all.

transformers fills what a file lacks with random numbers and says so in a report that few read; here
it is an error. No code of a checkpoint runs. Whose weights they are has been looked at before.
"""

from pathlib import Path
from typing import Any

from catalog.errors import BadInput, CheckedBad, CouldNotCheck
from catalog.forward import loading, require


def load(folder: Path, name: str, *, dtype: object = "auto", device: object = None) -> Any:  # noqa: ANN401 - transformers is untyped
    """Return the network.

    Args:
        folder: config and one weight set, of which a `.bin` has passed the check of its structure.
        name: what to call it in an error.
        dtype: `auto`, as it is stored; or a dtype of torch, or its name.
        device: one of torch's, or its name; `auto`: the first CUDA device, if there is any; None:
            where transformers leaves it, on the CPU.

    Raises:
        BadInput: no such dtype or device.
        CheckedBad: the files lack a tensor, have one too many or one of another shape, or cannot
            be read.
        CouldNotCheck: the device is not there, or has not enough memory.
        MissingExtra: torch is not installed.
    """
    kind, place = check(dtype, device)
    import torch
    from transformers import AutoModelForCausalLM

    network: Any = AutoModelForCausalLM
    try:
        _, problem = loading.empty(folder, "float32")
        if problem:
            raise CheckedBad(f"{name}: {problem}")
        model, report = network.from_pretrained(
            folder,
            dtype=kind,
            local_files_only=True,
            trust_remote_code=False,
            use_safetensors=any(path.suffix == ".safetensors" for path in folder.iterdir()),
            weights_only=True,
            ignore_mismatched_sizes=True,  # they are reported, and are an error below
            output_loading_info=True,
        )
    except (torch.OutOfMemoryError, MemoryError) as error:
        raise CouldNotCheck(f"not enough memory for {name}") from error
    except loading.unreadable() as error:
        raise CheckedBad(
            f"{name}: transformers cannot load it: {loading.first_line(error)}"
        ) from error
    if problems := list(loading.problems(report)):
        raise CheckedBad(f"{name} is not whole: {'; '.join(problems)}")
    return model.eval() if place is None else _moved(model.eval(), place, name)


def check(dtype: object, device: object) -> tuple[Any, Any]:
    """Return what `dtype` and `device` of `load` mean to torch.

    Raises:
        BadInput: no such dtype or device.
        MissingExtra: torch is not installed.
    """
    require()
    return _dtype(dtype), _device(device)


def _moved(model: Any, place: Any, name: str) -> Any:  # noqa: ANN401 - as above
    """Return a network on a device.

    Raises:
        CouldNotCheck: the device is not there, or has not enough memory.
    """
    try:
        return model.to(place)
    except (RuntimeError, AssertionError, MemoryError) as error:
        why = f"cannot move {name} to {place}: {loading.first_line(error)}"
        raise CouldNotCheck(why, "leave out device") from error


def _dtype(dtype: object) -> Any:  # noqa: ANN401 - as above
    import torch

    if isinstance(dtype, torch.dtype) or dtype == "auto":
        return dtype
    named = getattr(torch, dtype, None) if isinstance(dtype, str) else None
    if not isinstance(named, torch.dtype) or not named.is_floating_point:
        raise BadInput(f"unknown dtype {dtype!r}", "one of auto, float32, bfloat16, float16")
    return named


def _device(device: object) -> Any:  # noqa: ANN401 - as above
    import torch

    if device is None or isinstance(device, torch.device):
        return device
    if device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        return torch.device(device)  # type: ignore[call-overload]  # it says what is no device
    except (RuntimeError, TypeError) as error:
        raise BadInput(f"unknown device {device!r}", "one of auto, cpu, cuda, cuda:N") from error
