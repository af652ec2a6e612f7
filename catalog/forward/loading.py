"""Loads one weight set from local files, and says what in them does not fit the network.

A tensor that the files do not hold is a problem, never a random number, and no code of a checkpoint
runs.
"""

import pickle
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from catalog.core.weightsets import CONFIG
from catalog.errors import CouldNotCheck
from catalog.forward import configs, links, plainfiles, refilling
from catalog.forward.refilling import Network, Networks

SUFFIXES = (".safetensors", ".bin")
_LIBRARIES = {"huggingface_hub", "jinja2", "safetensors", "tokenizers", "torch", "transformers"}
_LONGEST, _SHOWN = 500, 3
# Bytes of buffers, such as masks, that a network makes for itself.
BUFFER_LIMIT = 1 << 30
# Python's own errors that transformers lets through when files or config are wrong: a config is
# computed with, so that nothing is impossible.
_UNREADABLE = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    ImportError,
    LookupError,
    NameError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    pickle.PickleError,
)


@contextmanager
def alone(folder: Path, files: Sequence[str]) -> Iterator[Path]:
    """Yield a folder that holds links to the config and this weight set alone.

    A branch can hold several weight sets, and transformers takes the one it likes best.
    """
    if not (folder / CONFIG).is_file():
        raise CouldNotCheck(f"{folder} has no {CONFIG}", "it says how to build the network")
    with links.folder() as own:
        (own / CONFIG).symlink_to((folder / CONFIG).resolve())
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


def load(
    folder: Path, device: str, dtype: str, architecture: str, networks: Networks | None = None
) -> tuple[Any, tuple[str, ...]]:
    """Load the network, and say what in the files does not fit it.

    Args:
        folder: with config and one weight set.
        device: where it shall run.
        dtype: in which arithmetic.
        architecture: the model's, as in its suite file.
        networks: keeps the network for the next checkpoint of its shape.
    """
    import torch

    networks = Networks() if networks is None else networks
    key = refilling.key_of(folder, device, dtype, architecture)
    try:
        model = _filled(folder, key, networks.of(key), networks)
        if model is not None:
            return model, ()
        bare, problem = empty(folder, dtype)
        if problem:
            return None, (problem,)
        model = _filled(folder, key, refilling.Network.of(bare, device), networks)
        if model is not None:
            return model, ()
        model, loading = _from_files(folder, dtype, architecture)
    except PermissionError as error:
        raise CouldNotCheck(f"{error.filename}: {error.strerror}") from error
    except (torch.OutOfMemoryError, MemoryError):
        raise
    except unreadable() as error:
        if "allocate memory" in str(error):
            raise
        return None, (f"transformers cannot load it: {first_line(error)}",)
    return model.eval().to(device), tuple(problems(loading))


def _filled(folder: Path, key: refilling.Key, network: Network | None, networks: Networks) -> Any:  # noqa: ANN401 - transformers is untyped
    """Return a network with a folder's weights in it, None where they are no plain copy of it."""
    networks.forget()
    if network is None:
        return None
    try:
        stored = plainfiles.stored(sorted(folder.glob("*.safetensors")))
        if stored is None or not network.takes(stored):
            return None
        network.fill(stored, networks.uploads)
    except (ValueError, LookupError, TypeError, EOFError):
        return None  # the library says why
    networks.keep(key, network)
    return network.model


def unreadable() -> tuple[type[Exception], ...]:
    """Return whatever the libraries raise: Python's own errors, and those that they declare."""
    declared = [kind for kind in Exception.__subclasses__() if _library(kind) in _LIBRARIES]
    return (*_UNREADABLE, *declared)


def _library(kind: type[Exception]) -> str:
    return kind.__module__.partition(".")[0].removesuffix("_rust")


def _from_files(folder: Path, dtype: str, architecture: str) -> tuple[Any, dict[str, Any]]:
    """Return the network and what its loader noticed; nothing but the folder's files is read."""
    import torch

    model, loading = _kind(architecture).from_pretrained(
        folder,
        dtype=getattr(torch, dtype),
        local_files_only=True,
        trust_remote_code=False,
        use_safetensors=any(path.suffix == ".safetensors" for path in folder.iterdir()),
        weights_only=True,
        attn_implementation="eager",
        ignore_mismatched_sizes=True,  # they are reported, and make the check fail
        output_loading_info=True,
    )
    return model, loading


def _kind(architecture: str) -> Any:  # noqa: ANN401 - as above
    """Return the library's class for an architecture."""
    from transformers import AutoModelForCausalLM, GPTNeoXForCausalLM

    return GPTNeoXForCausalLM if architecture == "gpt-neox" else AutoModelForCausalLM


def empty(folder: Path, dtype: str) -> tuple[Any, str]:
    """Return the network that a config describes, without memory for it, or why it is not built.

    A loader fills what is missing with random numbers before anyone can say so, and a config that
    leaves its sizes out means those of a network with twenty billion parameters.
    """
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    if problem := configs.problem(folder):
        return None, problem
    config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    network: Any = AutoModelForCausalLM
    with torch.device("meta"):
        bare = network.from_config(
            config,
            dtype=getattr(torch, dtype),
            trust_remote_code=False,
            attn_implementation="eager",
        )
    wanted = sum(parameter.numel() for parameter in bare.parameters())
    held = sum(path.stat().st_size for path in folder.iterdir())
    buffers = sum(buffer.nbytes for buffer in bare.buffers())
    if buffers > held + BUFFER_LIMIT:
        return None, f"{CONFIG} describes masks and other buffers of {buffers:,} bytes"
    if wanted > held:  # a parameter takes a byte at least
        return None, f"{CONFIG} describes {wanted:,} parameters, the files have {held:,} bytes"
    return bare, ""


def first_line(error: BaseException) -> str:
    """Return what an error says, in one line; the next one too where the first announces it."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    said = lines[0] if not lines[0].endswith(":") else " ".join(map(str.strip, lines[:2]))
    return said[:_LONGEST]


def problems(loading: dict[str, Any]) -> Iterator[str]:
    """Yield what the loader says is missing, unexpected or of another shape."""
    for kind in ("missing", "unexpected", "mismatched"):
        names = sorted(
            str(key[0] if isinstance(key, tuple) else key) for key in loading[f"{kind}_keys"]
        )
        if names:
            yield f"{len(names)} {kind}: {_some(names)}"
    if loading["error_msgs"]:
        yield _some([str(message) for message in loading["error_msgs"]])


def _some(names: Sequence[str]) -> str:
    rest = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {rest} more" if rest > 0 else "")
