"""Run a network on the fixed probes: the only module that imports torch and transformers.

Weights come from local files only, no code of a checkpoint runs, and nothing is left to chance: a
tensor that the files do not hold is a problem, never a random number. What the numbers mean is in
`catalog.fingerprints`; whether a pickle is safe to load is `catalog.weights`' business, before.
"""

import math
import os
import pickle
import platform
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalog.errors import BadInput, CouldNotCheck, MissingExtra
from catalog.fingerprints import Environment, Fingerprint, ProbeReading, TopLogits
from catalog.probes import Probe, ProbeSet, probe_set

if TYPE_CHECKING:
    import torch

DTYPES = ("float32", "bfloat16", "float16")
SUFFIXES = (".safetensors", ".bin")


@dataclass(frozen=True, slots=True)
class ForwardRun:
    """What came of one forward pass.

    Args:
        fingerprint: what the network computed, None where it could not be run or was not finite.
        problems: what is wrong with the weights, one line each; empty where nothing is.
        notes: what a reader should know, such as a fall-back to the CPU.
        environment: what ran it.
    """

    fingerprint: Fingerprint | None
    problems: tuple[str, ...]
    notes: tuple[str, ...]
    environment: Environment


@dataclass(frozen=True, slots=True)
class Choice:
    """Where and how to run.

    Args:
        device: `cpu`, `cuda` or `cuda:N`.
        dtype: one of `DTYPES`.
        notes: why it is not what one might expect.
    """

    device: str
    dtype: str
    notes: tuple[str, ...] = ()


def require() -> None:
    """Raise `MissingExtra` unless torch and transformers can be imported; slow the first time."""
    # cuBLAS reads this once; without it its results may differ between two runs.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    try:
        import torch
        import transformers
    except ModuleNotFoundError as error:
        raise MissingExtra(error.name or "torch", "verify") from error
    del torch, transformers


def choose(device: str = "auto", dtype: str = "auto") -> Choice:
    """Return where and how to run.

    `auto` is the first CUDA device, else the CPU, said in a note. The dtype `auto` is float32
    everywhere: it holds every published fp16 and bf16 value exactly, and results from CPU and
    CUDA lie closest.

    Raises:
        BadInput: no such device or dtype.
        CouldNotCheck: the device is not there.
        MissingExtra: torch is not installed.
    """
    require()
    import torch

    if dtype not in ("auto", *DTYPES):
        raise BadInput(f"unknown dtype {dtype!r}", f"one of auto, {', '.join(DTYPES)}")
    dtype = "float32" if dtype == "auto" else dtype
    kind, _, number = device.partition(":")
    if kind not in ("auto", "cpu", "cuda") or (":" in device and not _is_card(kind, number)):
        raise BadInput(f"unknown device {device!r}", "one of auto, cpu, cuda, cuda:N")
    cards = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if kind == "cpu":
        return Choice("cpu", dtype)
    if kind == "auto" and not cards:
        return Choice("cpu", dtype, ("no CUDA device: the forward pass runs on the CPU",))
    if int(number or 0) >= cards:
        there = f"{cards} CUDA devices" if cards else "no CUDA device"
        raise CouldNotCheck(f"device {device} is not there: {there}", "try --device cpu")
    return Choice(f"cuda:{number or 0}", dtype)


def _is_card(kind: str, number: str) -> bool:
    return kind == "cuda" and number.isascii() and number.isdigit()


def run(folder: Path, files: Sequence[str], choice: Choice, *, architecture: str) -> ForwardRun:
    """Load one weight set and run every probe.

    Args:
        folder: holds `config.json` and the weight files.
        files: the weight set's own files, its index included; others in the folder are not read.
            A `.bin` must have passed the structure check of `catalog.weights`.
        choice: from `choose`.
        architecture: the model's, as in its suite file.

    Raises:
        CouldNotCheck: no config, out of memory, no permission.
    """
    environment = _environment(choice)
    with _deterministic(), _isolated(folder, files) as own, _memory(choice):
        model, problems = _load(own, choice, architecture)
        if model is None or problems:
            return ForwardRun(None, problems, choice.notes, environment)
        fingerprint = _fingerprint(model, environment)
    if not fingerprint.is_finite():
        return ForwardRun(None, ("the output is not finite",), choice.notes, environment)
    return ForwardRun(fingerprint, (), choice.notes, environment)


# Surroundings ----------------------------------------------------------------------------------


def _environment(choice: Choice) -> Environment:
    import torch
    import transformers

    kind = choice.device.partition(":")[0]
    named = torch.cuda.get_device_name(choice.device) if kind == "cuda" else _processor()
    return Environment(kind, named, choice.dtype, torch.__version__, transformers.__version__)


def _processor() -> str:
    """Return the processor's name: Linux keeps it in a file, `platform` elsewhere."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, "") or platform.processor() or platform.machine()


@contextmanager
def _deterministic() -> Iterator[None]:
    """Switch on what makes two runs alike, and back to the caller's settings afterwards."""
    import torch
    from transformers import utils

    logging: Any = utils.logging
    matmul, cudnn = torch.backends.cuda.matmul, torch.backends.cudnn
    before = (matmul.allow_tf32, cudnn.allow_tf32, torch.are_deterministic_algorithms_enabled())
    warned, bars, level = (
        torch.is_deterministic_algorithms_warn_only_enabled(),
        logging.is_progress_bar_enabled(),
        logging.get_verbosity(),
    )
    matmul.allow_tf32 = cudnn.allow_tf32 = False
    torch.use_deterministic_algorithms(mode=True, warn_only=True)
    logging.disable_progress_bar()
    logging.set_verbosity_error()  # its report of missing keys is ours to make
    try:
        yield
    finally:
        matmul.allow_tf32, cudnn.allow_tf32 = before[:2]
        torch.use_deterministic_algorithms(mode=before[2], warn_only=warned)
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()


@contextmanager
def _isolated(folder: Path, files: Sequence[str]) -> Iterator[Path]:
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


@contextmanager
def _memory(choice: Choice) -> Iterator[None]:
    """Word what torch says when memory runs out."""
    import torch

    fix = "try --dtype bfloat16" if choice.dtype == "float32" else "try --device cpu"
    try:
        yield
    except (torch.OutOfMemoryError, MemoryError) as error:
        raise CouldNotCheck(f"out of memory on {choice.device}", fix) from error
    except RuntimeError as error:
        if "allocate memory" not in str(error):
            raise
        raise CouldNotCheck(f"out of memory on {choice.device}", fix) from error


# Loading ---------------------------------------------------------------------------------------


def _load(folder: Path, choice: Choice, architecture: str) -> tuple[Any, tuple[str, ...]]:
    """Load the network, and say what in the files does not fit it."""
    import torch
    from safetensors import SafetensorError
    from transformers import AutoModelForCausalLM, GPTNeoXForCausalLM

    network: Any = GPTNeoXForCausalLM if architecture == "gpt-neox" else AutoModelForCausalLM
    safe = any(path.suffix == ".safetensors" for path in folder.iterdir())
    try:
        model, loading = network.from_pretrained(
            folder,
            dtype=getattr(torch, choice.dtype),
            local_files_only=True,
            trust_remote_code=False,
            use_safetensors=safe,
            weights_only=True,
            attn_implementation="eager",
            ignore_mismatched_sizes=True,  # they are reported, and make the check fail
            output_loading_info=True,
        )
    except PermissionError as error:
        raise CouldNotCheck(f"{error.filename}: {error.strerror}") from error
    except (torch.OutOfMemoryError, MemoryError):
        raise
    except (
        OSError,
        ValueError,
        TypeError,
        LookupError,
        AttributeError,
        RuntimeError,
        ImportError,
        SafetensorError,
        pickle.UnpicklingError,
    ) as error:
        if "allocate memory" in str(error):
            raise
        return None, (f"transformers cannot load it: {_first_line(error)}",)
    return model.eval().to(choice.device), tuple(_problems(loading))


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


# Reading ---------------------------------------------------------------------------------------


def _fingerprint(model: Any, environment: Environment) -> Fingerprint:  # noqa: ANN401 - transformers is untyped
    import torch

    embedding, head = model.get_input_embeddings(), model.get_output_embeddings()
    rows, width = embedding.weight.shape
    probes = probe_set(rows)
    with torch.inference_mode():
        readings = tuple(_reading(model, probe, probes, rows) for probe in probes.probes)
        head_std = float(head.weight.float().std())
    tokens = sum(len(probe.ids) - 1 for probe in probes.probes)
    return Fingerprint(probes.name, rows, width, head_std, tokens, readings, environment)


def _reading(model: Any, probe: Probe, probes: ProbeSet, rows: int) -> ProbeReading:  # noqa: ANN401
    import torch

    ids = torch.tensor([probe.for_vocabulary(rows)], device=model.device)
    out = model(input_ids=ids, output_hidden_states=True, use_cache=False)
    logits = out.logits[0].float()
    losses = torch.nn.functional.cross_entropy(logits[:-1], ids[0, 1:], reduction="none")
    return ProbeReading(
        name=probe.name,
        nll=math.fsum(losses.tolist()) / len(losses),
        tops=tuple(_top(logits, position, probes.top) for position in probes.positions),
        logit_rms=_rms(logits),
        norms=tuple(_norms(out.hidden_states)),
    )


def _top(logits: "torch.Tensor", position: int, count: int) -> TopLogits:
    largest = logits[position].topk(min(count, logits.shape[-1]))
    return TopLogits(position, tuple(largest.indices.tolist()), tuple(largest.values.tolist()))


def _norms(states: "Iterable[torch.Tensor]") -> Iterator[float]:
    for state in states:
        yield _rms(state[0])


def _rms(values: "torch.Tensor") -> float:
    """Return the root mean square, summed in double precision."""
    return float(values.double().square().mean().sqrt())
