"""What an architecture implies: parameter counts, tensor names and shapes, buffers.

Closed formulas and patterns, no torch and no files; `catalog.weights` compares real headers with
them. GPT-NeoX is complete, because Pythia is the suite that gets its weights verified; for other
architectures only what needs no formula is known (their buffers), and the rest is None.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

from catalog.core.tuples import NamedTuple
from catalog.errors import BadInput

GPT_NEOX = "gpt-neox"
MOST_LAYERS = 10_000
"""Of a network: the deepest that were trained have 1,000; names are built for every layer."""

_BUFFERS: Mapping[str, str] = MappingProxyType(
    {
        # Masks and rotary frequencies that converters of 2022 to 2023 stored beside the weights.
        GPT_NEOX: (
            r"gpt_neox\.layers\.(0|[1-9]\d*)\.attention\."
            r"(bias|masked_bias|rotary_emb\.inv_freq)"
        ),
        "gpt-neo": r"transformer\.h\.(0|[1-9]\d*)\.attn\.attention\.(bias|masked_bias)",
        "opt": r"(?!)",
        "bloom": r"(?!)",
    }
)

_CANONICAL: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {GPT_NEOX: MappingProxyType({"lm_head.weight": "embed_out.weight"})}
)


class Shape(NamedTuple):
    """The numbers that a network's tensors follow from.

    Attributes:
        layers: transformer layers.
        model_dim: width of the residual stream.
        heads: attention heads per layer; must divide `model_dim`.
        vocab_size: rows of each embedding matrix, padding included.
    """

    layers: int
    model_dim: int
    heads: int
    vocab_size: int

    @property
    def problem(self) -> str | None:
        """Why no network has this shape, None where one may."""
        if min(self.layers, self.model_dim, self.heads, self.vocab_size) < 1:
            return "a network has a layer, a head, a width and a vocabulary at least"
        if self.layers > MOST_LAYERS:
            return f"no network has {self.layers:,} layers"
        if self.model_dim % self.heads:
            return f"{self.heads} heads do not divide a model dimension of {self.model_dim}"
        return None


class Counts(NamedTuple):
    """Parameters of a network; buffers are not parameters."""

    total: int
    non_embedding: int


def known() -> tuple[str, ...]:
    """Return the architectures whose buffers are known, GPT-NeoX first."""
    return tuple(_BUFFERS)


def counts(architecture: str, shape: Shape) -> Counts | None:
    """Return the parameter counts, None where the architecture has no formula here.

    With model dimension d, L layers and vocabulary V, a GPT-NeoX layer holds
    (3d² + 3d) + (d² + d) + (4d² + 4d) + (4d² + d) + 4d parameters; the network
    L such layers, 2d for the last norm, and two embedding matrices of V·d.

    >>> counts("gpt-neox", Shape(layers=6, model_dim=512, heads=8, vocab_size=50304))
    Counts(total=70426624, non_embedding=18915328)
    """
    if _folded(architecture) != GPT_NEOX:
        return None
    d = shape.model_dim
    layer = (3 * d * d + 3 * d) + (d * d + d) + (4 * d * d + 4 * d) + (4 * d * d + d) + 4 * d
    non_embedding = shape.layers * layer + 2 * d
    return Counts(non_embedding + 2 * shape.vocab_size * d, non_embedding)


def tensors(architecture: str, shape: Shape) -> dict[str, tuple[int, ...]] | None:
    """Return every parameter's canonical name and shape, None without a formula.

    The names are those of the published files, whatever a library calls them in memory. Shapes
    are as stored: rows are outputs.

    Raises:
        BadInput: no network has this shape.
    """
    if _folded(architecture) != GPT_NEOX:
        return None
    d = shape.model_dim
    if problem := shape.problem:
        raise BadInput(problem)
    shapes: dict[str, tuple[int, ...]] = {"gpt_neox.embed_in.weight": (shape.vocab_size, d)}
    for layer in range(shape.layers):
        shapes |= {f"gpt_neox.layers.{layer}.{name}": size for name, size in _neox_layer(d).items()}
    return shapes | {
        "gpt_neox.final_layer_norm.weight": (d,),
        "gpt_neox.final_layer_norm.bias": (d,),
        "embed_out.weight": (shape.vocab_size, d),
    }


def _neox_layer(d: int) -> dict[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {}
    for norm in ("input_layernorm", "post_attention_layernorm"):
        shapes |= {f"{norm}.weight": (d,), f"{norm}.bias": (d,)}
    for matrix, rows, columns in (
        ("attention.query_key_value", 3 * d, d),
        ("attention.dense", d, d),
        ("mlp.dense_h_to_4h", 4 * d, d),
        ("mlp.dense_4h_to_h", d, 4 * d),
    ):
        shapes |= {f"{matrix}.weight": (rows, columns), f"{matrix}.bias": (rows,)}
    return shapes


def masks(architecture: str, shape: Shape) -> dict[str, tuple[str, ...]]:
    """Return the masks that files may hold beside the parameters: one a layer, a byte an element.

    Returns:
        The name of each mask, with those of the layer's small buffers, which come with it.
    """
    if _folded(architecture) != GPT_NEOX:
        return {}
    layers = [f"gpt_neox.layers.{layer}.attention" for layer in range(shape.layers)]
    return {
        f"{layer}.bias": (f"{layer}.masked_bias", f"{layer}.rotary_emb.inv_freq")
        for layer in layers
    }


def is_buffer(architecture: str, name: str) -> bool:
    """Tell whether a stored tensor is a buffer: no parameter, in no digest and no count.

    >>> is_buffer("gpt-neox", "gpt_neox.layers.0.attention.masked_bias")
    True
    >>> is_buffer("gpt-neox", "gpt_neox.layers.0.attention.dense.bias")
    False
    """
    pattern = _BUFFERS.get(_folded(architecture))
    return bool(pattern and re.fullmatch(pattern, name))


def canonical_name(architecture: str, name: str) -> str:
    """Return the name that the published files use for a tensor.

    transformers 5.13 and later calls GPT-NeoX's head `lm_head`; files keep `embed_out`.
    """
    return _CANONICAL.get(_folded(architecture), {}).get(name, name)


def _folded(architecture: str) -> str:
    # transformers' model_type, as config.json has it, is spelt with an underscore.
    return architecture.lower().replace("_", "-")
