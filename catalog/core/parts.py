"""Which part of a network a tensor belongs to, by its name: its layer, and what it does there.

Names are canonical, those of published files. The words are those of GPT-NeoX, GPT-Neo and GPT-2,
OPT, BLOOM, LLaMA, OLMo and what is named like them; any other name is of no known kind. Whether
a tensor is a buffer is said in `catalog.core.architectures`.
"""

import re
from enum import StrEnum

_LAYER = re.compile(r"(?:^|\.)(?:layers?|h|blocks?)\.(0|[1-9][0-9]{0,4})(?:\.|$)")
_WORD = re.compile(r"[a-z]+|[0-9]+")


class Kind(StrEnum):
    """What a tensor does in its network."""

    EMBEDDING = "embedding"
    ATTENTION = "attention"
    MLP = "mlp"
    NORM = "norm"
    HEAD = "head"
    BUFFER = "buffer"
    OTHER = "other"


# In order: a head may be called `embed_out`, the norm before an MLP `post_attention_layernorm`.
_WORDS = (
    (Kind.HEAD, {"embed out", "lm head", "transformer ff out", "score", "classifier"}),
    (Kind.NORM, {"norm", "layernorm", "rmsnorm", "ln", "ln f"}),
    (Kind.ATTENTION, {"attention", "attn", "q proj", "k proj", "v proj", "att"}),
    (Kind.MLP, {"mlp", "fc", "fc1", "fc2", "feed forward", "ffn", "ff", "experts"}),
    (Kind.EMBEDDING, {"embed", "embedding", "embeddings", "wte", "wpe"}),
)


def layer_of(name: str) -> int | None:
    """Return the number of the layer that a tensor is in, None outside the layers.

    >>> layer_of("gpt_neox.layers.11.attention.dense.weight")
    11
    >>> layer_of("embed_out.weight") is None
    True
    """
    match = _LAYER.search(name)
    return None if match is None else int(match[1])


def kind_of(name: str) -> Kind:
    """Return what a parameter does, by the words of its name.

    >>> [str(kind_of(f"gpt_neox.layers.0.{name}.weight"))
    ...  for name in ("post_attention_layernorm", "attention.dense", "mlp.dense_h_to_4h")]
    ['norm', 'attention', 'mlp']
    >>> str(kind_of("embed_out.weight"))
    'head'
    """
    words = f" {' '.join(_WORD.findall(name.lower()))} "
    for kind, marks in _WORDS:
        if any(f" {mark} " in words for mark in marks):
            return kind
    return Kind.OTHER
