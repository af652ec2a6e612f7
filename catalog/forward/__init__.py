"""Run a network on the fixed probes: the only package that imports torch and transformers.

Weights come from local files only, no code of a checkpoint runs, and nothing is left to chance: a
tensor that the files do not hold is a problem, never a random number. What the numbers mean is in
`catalog.core.fingerprints`; whether a pickle is safe to load is `catalog.weights`' business.
"""

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from catalog.core.fingerprints import Environment, Fingerprint
from catalog.errors import BadInput, CouldNotCheck, MissingExtra
from catalog.forward import loading, reading
from catalog.forward.refilling import Networks
from catalog.forward.surroundings import deterministic, environment, memory

DTYPES = ("float32", "bfloat16", "float16")
BESIDE = 600_000_000
"""Bytes that the libraries, the activations and reading take beside the weights."""
_CARD = re.compile(r"[0-9]{1,9}")


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
        networks: keeps a network for the next checkpoint of its shape; None: each is built anew.
        memory: how many bytes a run may take, None for as many as there are.
    """

    device: str
    dtype: str
    notes: tuple[str, ...] = ()
    networks: Networks | None = None
    memory: int | None = None

    def require_room(self, name: str, parameters: int) -> None:
        """Refuse weights whose network would take more memory than it may.

        Args:
            name: of the weight set.
            parameters: how many numbers it holds.

        Raises:
            CouldNotCheck: it would.
        """
        need = parameters * (4 if self.dtype == "float32" else 2) + BESIDE
        if self.memory is not None and need > self.memory:
            fits = self.dtype == "float32" and 2 * parameters + BESIDE <= self.memory
            fix = "--dtype bfloat16 needs less" if fits else "allow more"
            raise CouldNotCheck(
                f"{name} needs about {need:,} bytes of memory in {self.dtype}, "
                f"--memory allows {self.memory:,}",
                fix,
            )


def require() -> None:
    """Raise `MissingExtra` unless torch and transformers can be imported; slow the first time."""
    # cuBLAS reads this once; without it its results may differ between two runs.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    # OpenMP too: a thread that waits for others must not keep the core that hashing could use.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    try:
        import torch
        import transformers
    except ModuleNotFoundError as error:
        raise MissingExtra(error.name or "torch", "verify") from error
    del torch, transformers


def require_installed() -> None:
    """Raise `MissingExtra` where torch or transformers cannot be found; imports neither."""
    for name in ("torch", "transformers"):
        if find_spec(name) is None:
            raise MissingExtra(name, "verify")


def check(device: str, dtype: str) -> None:
    """Refuse what names no device or dtype; needs no torch.

    Raises:
        BadInput: no such device or dtype.
    """
    if dtype not in ("auto", *DTYPES):
        raise BadInput(f"unknown dtype {dtype!r}", f"one of auto, {', '.join(DTYPES)}")
    kinds = {_kind(each) for each in device.split(",")}
    if len(kinds) > 1 or (kinds == {"auto"} and "," in device):
        raise BadInput(f"devices {device} are of several kinds", "one kind: cuda:0,cuda:1")


def _kind(device: str) -> str:
    """Return the kind of one device.

    Raises:
        BadInput: there is none such.
    """
    kind, _, number = device.partition(":")
    if kind not in ("auto", "cpu", "cuda") or (":" in device and not _is_card(kind, number)):
        raise BadInput(f"unknown device {device!r}", "one of auto, cpu, cuda, cuda:N")
    return kind


def several(device: str, dtype: str) -> tuple[Choice, ...]:
    """Return every device to run on: those that are listed, else all cards there are.

    Raises:
        CouldNotCheck: one is not there.
        MissingExtra: torch is not installed.
    """
    first = choose(device, dtype)
    if "," in device:
        return tuple(choose(each, dtype) for each in device.split(","))
    if device not in ("auto", "cuda") or first.device == "cpu":
        return (first,)
    import torch

    return tuple(choose(f"cuda:{card}", dtype) for card in range(torch.cuda.device_count()))


def may_be_several(device: str) -> bool:
    """Return whether there may be several devices; imports nothing."""
    return "," in device or (device in ("auto", "cuda") and Path("/dev/nvidia1").exists())


def will_be_the_processor(device: str) -> bool:
    """Return whether no card will be used, as far as can be told; imports nothing."""
    return device == "cpu" or (device == "auto" and not any(Path("/dev").glob("nvidia*")))


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
    check(device, dtype)
    device = device.partition(",")[0]
    require()
    import torch

    dtype = "float32" if dtype == "auto" else dtype
    kind, _, number = device.partition(":")
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
    return kind == "cuda" and _CARD.fullmatch(number) is not None


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
    import torch

    surroundings = environment(choice)
    with deterministic(), loading.alone(folder, files) as own, memory(choice):
        model, problems = loading.load(
            own, choice.device, choice.dtype, architecture, choice.networks
        )
        if model is None or problems:
            return ForwardRun(None, problems, choice.notes, surroundings)
        try:
            fingerprint = reading.fingerprint(model, surroundings)
        except (torch.OutOfMemoryError, MemoryError):
            raise
        except loading.unreadable() as error:
            if "allocate memory" in str(error):
                raise
            problem = f"the network cannot be run: {loading.first_line(error)}"
            return ForwardRun(None, (problem,), choice.notes, surroundings)
    if not fingerprint.is_finite():
        return ForwardRun(None, ("the output is not finite",), choice.notes, surroundings)
    return ForwardRun(fingerprint, (), choice.notes, surroundings)


def ahead(folder: Path, files: Sequence[str], networks: Networks) -> None:
    """Begin to bring a weight set to the card while another one runs there; in any thread.

    What cannot be brought is loaded, and what is wrong with it said, when its turn comes.

    Args:
        folder: holds the weight files.
        files: the weight set's own files, as for `run`.
        networks: those of `run`; nothing is done where none is on a card.
    """
    with suppress(OSError, ValueError, LookupError, TypeError):
        networks.ahead([folder / name for name in files if Path(name).suffix in loading.SUFFIXES])


# In memory -------------------------------------------------------------------------------------


def in_memory(model: Any) -> Fingerprint:  # noqa: ANN401 - transformers is untyped
    """Return what a network that is in memory computes; it is left as it was.

    It runs where and in what arithmetic its weights are, with eager attention, without dropout and
    without the caller's autocast.

    Args:
        model: a causal language model of transformers.

    Raises:
        BadInput: it is no such network, or in an arithmetic that no record is in.
        CouldNotCheck: it cannot be run, or its output is not finite.
    """
    require()
    import torch

    try:
        weight = model.get_input_embeddings().weight
        model.get_output_embeddings().weight  # noqa: B018 - without a head there is nothing to read
    except (AttributeError, NotImplementedError) as error:
        what = f"{type(model).__name__} is no causal language model of transformers"
        raise BadInput(what, "give one, or a fingerprint") from error
    choice = Choice(str(weight.device), str(weight.dtype).removeprefix("torch."))
    if weight.is_meta:
        raise BadInput("the network is on the meta device, without values", "load its weights")
    if choice.dtype not in DTYPES:
        raise BadInput(f"nothing is compared in {choice.dtype}", f"give one in {DTYPES[0]}")
    exact = torch.autocast(weight.device.type, enabled=False)
    with deterministic(), memory(choice), _as_read(model), exact:
        try:
            fingerprint = reading.fingerprint(model, environment(choice))
        except loading.unreadable() as error:
            raise CouldNotCheck(
                f"the network cannot be run: {loading.first_line(error)}"
            ) from error
    if not fingerprint.is_finite():
        raise CouldNotCheck("the output is not finite", "look for NaN in the weights")
    return fingerprint


@contextmanager
def _as_read(model: Any) -> Iterator[None]:  # noqa: ANN401 - as above
    """Give a network eager attention and no dropout, and back what it had."""
    attention = model.config._attn_implementation  # noqa: SLF001 - no other way to ask
    training = [each for each in model.modules() if each.training]
    try:
        if attention != "eager":
            model.set_attn_implementation("eager")
        model.eval()
        yield
    finally:
        if attention != "eager":
            model.set_attn_implementation(attention)
        for each in training:  # a frozen part stays so
            each.training = True
