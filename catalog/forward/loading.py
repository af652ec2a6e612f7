"""Loads one weight set from local files, and says what in them does not fit the network.

A tensor that the files do not hold is a problem, never a random number, and no code of a checkpoint
runs.
"""

import pickle
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from catalog.errors import CouldNotCheck

SUFFIXES = (".safetensors", ".bin")
# What transformers and the parsers below it let through when files or config are wrong.
_UNREADABLE = (
    OSError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    RuntimeError,
    ImportError,
    pickle.UnpicklingError,
)


@contextmanager
def alone(folder: Path, files: Sequence[str]) -> Iterator[Path]:
    """Yield a folder that holds links to the config and this weight set alone.

    A branch can hold several weight sets, and transformers takes the one it likes best.
    """
    if not (folder / "config.json").is_file():
        raise CouldNotCheck(f"{folder} has no config.json", "it says how to build the network")
    with tempfile.TemporaryDirectory(prefix="catalog-forward-") as name:
        own = Path(name)
        (own / "config.json").symlink_to((folder / "config.json").resolve())
        for path in files:
            (own / _expected_name(path, files)).symlink_to((folder / path).resolve())
        yield own


def _expected_name(path: str, files: Sequence[str]) -> str:
    """Return the name under which transformers finds a file: a single set may be called anything.

    >>> _expected_name("sub/weights.bin", ["sub/weights.bin"])
    'pytorch_model.bin'
    """
    suffix = Path(path).suffix
    if len(files) == 1 and suffix in SUFFIXES:
        return "model.safetensors" if suffix == ".safetensors" else "pytorch_model.bin"
    return Path(path).name


def load(folder: Path, device: str, dtype: str, architecture: str) -> tuple[Any, tuple[str, ...]]:
    """Load the network, and say what in the files does not fit it."""
    import torch
    from safetensors import SafetensorError
    from transformers import AutoModelForCausalLM, GPTNeoXForCausalLM

    network = GPTNeoXForCausalLM if architecture == "gpt-neox" else AutoModelForCausalLM
    try:
        if problem := _too_large(folder):
            return None, (problem,)
        model, loading = _from_files(network, folder, getattr(torch, dtype))
    except PermissionError as error:
        raise CouldNotCheck(f"{error.filename}: {error.strerror}") from error
    except (torch.OutOfMemoryError, MemoryError):
        raise
    except (*_UNREADABLE, SafetensorError) as error:
        if "allocate memory" in str(error):
            raise
        return None, (f"transformers cannot load it: {_first_line(error)}",)
    return model.eval().to(device), tuple(_problems(loading))


def _from_files(network: Any, folder: Path, dtype: Any) -> tuple[Any, dict[str, Any]]:  # noqa: ANN401
    """Return the network and what its loader noticed; nothing but the folder's files is read.

    Args:
        network: a class of transformers.
        folder: with config and weights.
        dtype: torch's.
    """
    model, loading = network.from_pretrained(
        folder,
        dtype=dtype,
        local_files_only=True,
        trust_remote_code=False,
        use_safetensors=any(path.suffix == ".safetensors" for path in folder.iterdir()),
        weights_only=True,
        attn_implementation="eager",
        ignore_mismatched_sizes=True,  # they are reported, and make the check fail
        output_loading_info=True,
    )
    return model, loading


def _too_large(folder: Path) -> str:
    """Return why the files cannot hold the network that the config describes, else nothing.

    A loader fills what is missing with random numbers before anyone can say so, and a config that
    leaves its sizes out means those of a network with twenty billion parameters.
    """
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    network: Any = AutoModelForCausalLM
    with torch.device("meta"):
        empty = network.from_config(config, trust_remote_code=False)
    wanted = sum(parameter.numel() for parameter in empty.parameters())
    held = sum(path.stat().st_size for path in folder.iterdir())
    if wanted <= held:  # a parameter takes a byte at least
        return ""
    return f"config.json describes {wanted:,} parameters, the files have {held:,} bytes"


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def _problems(loading: dict[str, Any]) -> Iterator[str]:
    """Yield what the loader says is missing, unexpected or of another shape."""
    for kind in ("missing", "unexpected", "mismatched"):
        names = sorted(
            str(key[0] if isinstance(key, tuple) else key) for key in loading[f"{kind}_keys"]
        )
        if names:
            yield f"{len(names)} {kind}: {_some(names)}"
    if loading["error_msgs"]:
        yield _some([str(message) for message in loading["error_msgs"]])


def _some(names: Sequence[str], count: int = 3) -> str:
    rest = len(names) - count
    return ", ".join(names[:count]) + (f" and {rest} more" if rest > 0 else "")
