"""The networks that are measured: shapes of the Pythia suite with random weights, and trained ones.

Random weights are drawn here, and the trained network is the tests' own run (`trajectory`), so that
nothing is downloaded.
"""

import hashlib
from collections.abc import Container, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import trajectory

STANDARD_DEVIATION = 0.02
WEIGHTS = "model.safetensors"


@dataclass(frozen=True, slots=True)
class Shape:
    """How large a GPT-NeoX is.

    Args:
        layers: how many.
        width: numbers in a hidden state.
        heads: of attention, in each layer.
        vocabulary: rows of the embedding.
    """

    layers: int
    width: int
    heads: int
    vocabulary: int = 50_304

    def network(self, **settings: object) -> Any:
        """Return a network of this shape, weights as transformers draws them.

        Args:
            settings: of the config, other than the shape's.
        """
        from transformers import GPTNeoXConfig, GPTNeoXForCausalLM

        config = GPTNeoXConfig(
            num_hidden_layers=self.layers,
            hidden_size=self.width,
            intermediate_size=4 * self.width,
            num_attention_heads=self.heads,
            vocab_size=self.vocabulary,
            max_position_embeddings=2048,
            tie_word_embeddings=False,
            bos_token_id=0,
            eos_token_id=0,
            attn_implementation="eager",
            **settings,
        )
        return GPTNeoXForCausalLM(config).eval()


TRAINED = Shape(trajectory.LAYERS, trajectory.WIDTH, trajectory.HEADS, trajectory.VOCABULARY)
SHAPES = {
    "tiny": TRAINED,
    "14m": Shape(6, 128, 4),
    "31m": Shape(6, 256, 8),
    "70m": Shape(6, 512, 8),
    "160m": Shape(12, 768, 12),
    "410m": Shape(24, 1024, 16),
    "1b": Shape(16, 2048, 8),
}


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the tests' run is trained.

    Args:
        rate: the highest learning rate.
        warm_up: updates until then.
        decay: of weights.
    """

    rate: float = trajectory.LEARNING_RATE
    warm_up: int = trajectory.WARM_UP
    decay: float = 0.1


RECIPES = {
    "usual": Recipe(),
    "slow": Recipe(1e-3, 100),
    "slower": Recipe(2e-3, 50, 0.01),
    "another": Recipe(3e-3, 80, 0.05),
}


def write_random(shape: Shape, seed: int, folder: Path, deviation: float) -> None:
    """Write a checkpoint with random fp16 weights, as published ones are.

    Args:
        shape: the network's.
        seed: of the draw.
        folder: for `config.json` and the weights; is made.
        deviation: standard deviation of the matrices' numbers; trained ones have larger ones.
    """
    import torch
    from safetensors.torch import save_file

    with torch.device("meta"):
        network = shape.network()
    network.config.dtype = torch.float16
    network.config.save_pretrained(folder)
    draws = generator(seed)
    tensors = {
        name: untrained(name, tuple(like.shape), deviation, draws)
        for name, like in parameters(network).items()
    }
    save_file(tensors, folder / WEIGHTS, {"format": "pt"})


def generator(seed: int) -> Any:
    """Return torch's source of chance."""
    import torch

    return torch.Generator().manual_seed(seed)


def untrained(name: str, size: tuple[int, ...], deviation: float, draws: Any) -> Any:
    """Return one fp16 tensor as GPT-NeoX starts: zero biases, norms of one, the rest normal."""
    import torch

    if len(size) == 1:
        return torch.full(size, float(name.endswith("norm.weight")), dtype=torch.float16)
    return torch.empty(size).normal_(0, deviation, generator=draws).half()


def trained(count: int) -> Iterator[tuple[int, dict[str, Any]]]:
    """Train the tests' run and yield `count` of its steps with their fp16 tensors by name.

    Steps are even over the run, the first and the last among them.
    """
    last = trajectory.STEPS[-1]
    wanted = {round(number * last / max(1, count - 1)) for number in range(count)}
    yield from steps(wanted)


def steps(
    wanted: Container[int], seed: int | None = None, recipe: Recipe = RECIPES["usual"]
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Train the tests' run, from another seed if one is given, and yield steps' fp16 tensors."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        model, data = trajectory.network(), trajectory.text()
        if seed is not None:
            torch.manual_seed(seed)
            model = TRAINED.network().train()
        optimizer = torch.optim.AdamW(
            model.parameters(), betas=(0.9, 0.95), weight_decay=recipe.decay
        )
        draws = generator(trajectory.SEED if seed is None else seed)
        for step in range(trajectory.STEPS[-1] + 1):
            if step in wanted:
                yield step, halves(model)
            with mock.patch.multiple(trajectory, LEARNING_RATE=recipe.rate, WARM_UP=recipe.warm_up):
                optimizer.param_groups[0]["lr"] = trajectory.learning_rate(step)
            size = (trajectory.BATCH,)
            starts = torch.randint(len(data) - trajectory.LENGTH, size, generator=draws).tolist()
            batch = torch.stack([data[start : start + trajectory.LENGTH] for start in starts])
            trajectory.update(model, optimizer, batch)
    finally:
        torch.set_num_threads(threads)


def parameters(model: Any) -> dict[str, Any]:
    """Return a network's parameters by the names of published files, which it may rename."""
    renamed = {"lm_head.weight": "embed_out.weight"}
    return {renamed.get(name, name): value for name, value in model.named_parameters()}


def halves(model: Any) -> dict[str, Any]:
    """Return a copy of a network's parameters in fp16, by name."""
    return {name: value.detach().half().clone() for name, value in parameters(model).items()}


def fill(model: Any, tensors: dict[str, Any]) -> None:
    """Put values into a network's parameters of these names."""
    import torch

    own = parameters(model)
    with torch.no_grad():
        for name, value in tensors.items():
            own[name].copy_(value)


def digest(tensors: dict[str, Any]) -> str:
    """Return a digest of the tensors' bytes, in the order of their names."""
    hashed = hashlib.sha256()
    for name in sorted(tensors):
        hashed.update(tensors[name].contiguous().numpy().tobytes())
    return hashed.hexdigest()
