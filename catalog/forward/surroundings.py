"""What a network runs in: versions, what makes two runs alike, and being out of memory."""

import platform
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalog.core.fingerprints import Environment
from catalog.errors import CouldNotCheck

if TYPE_CHECKING:
    from catalog.forward import Choice


def environment(choice: "Choice") -> Environment:
    """Return what runs a network, as its fingerprint says it; torch must be there."""
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
def deterministic() -> Iterator[None]:
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
def memory(choice: "Choice") -> Iterator[None]:
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
