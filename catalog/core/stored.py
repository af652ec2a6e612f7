"""How many bytes a network's weights fill in a file: every sum that is possible, no other.

A file holds each parameter in 4 or in 2 bytes, the buffers of its architecture or none of them, and
what its format adds: a header in safetensors, an archive's directory and a pickle in torch's files.
Reads nothing: names and shapes are those of `catalog.core.architectures`.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from itertools import accumulate
from typing import NamedTuple

from catalog.core import architectures
from catalog.core.architectures import Shape
from catalog.core.weightsets import BIN, BIN_SHARDED, SAFETENSORS, SAFETENSORS_SHARDED

PRECISIONS = {4: "fp32", 2: "fp16/bf16"}
"""What so many bytes a parameter are called; sizes cannot tell fp16 from bf16."""

CONTEXTS = tuple(2**power for power in range(7, 16))
"""Sides of a mask where nobody says how far the network attends."""

# A header may carry some metadata beside the usual {"format": "pt"}; a shard has a header of its
# own, and so does a torch archive.
_METADATA = 4 << 10
# A tensor in a torch file, beside its name: entries of the directory and the pickle's words. The
# old form has no directory; the new one pads every tensor to 64 bytes. Measured: 320 to 350.
_TORCH_LEAST, _TORCH_MOST = 60, 440
_SMALL = 64  # what the two small buffers of a layer hold at most for a head of 128, in elements


class Network(NamedTuple):
    """What decides how large a file of the weights can be.

    Args:
        architecture: as in its suite file.
        shape: of the network.
        context: tokens that it attends over, the side of its masks; None where nobody says.
    """

    architecture: str
    shape: Shape
    context: int | None = None


class Sum(NamedTuple):
    """One way to store a network.

    Args:
        precision: `fp32` or `fp16/bf16`.
        buffers: whether masks lie beside the parameters.
        content: bytes of parameters and masks.
        least: the smallest file, or files, that hold them.
        most: the largest.
    """

    precision: str
    buffers: bool
    content: int
    least: int
    most: int

    def __str__(self) -> str:
        """Return it in words, as in "fp32, no buffers"."""
        return f"{self.precision}, {'with' if self.buffers else 'no'} buffers"


def fitting(sums: Iterable[Sum], size_bytes: int) -> tuple[Sum, ...]:
    """Return the ways of storing that give so many bytes: one, but for the smallest networks."""
    return tuple(each for each in sums if each.least <= size_bytes <= each.most)


def nearest(sums: Iterable[Sum], size_bytes: int) -> Sum:
    """Return the way of storing whose content is nearest to so many bytes."""
    return min(sums, key=lambda each: abs(each.content - size_bytes))


@cache
def sums(network: Network, layout: str, files: int) -> tuple[Sum, ...]:
    """Return every way to store a network; empty where its architecture has no formula here.

    Args:
        network: it.
        layout: of the weight set; raw files of trainers have no known sum.
        files: in how many files it is.

    >>> pythia = Network("gpt-neox", Shape(12, 768, 12, 50304), 2048)
    >>> print(*fitting(sums(pythia, "safetensors", 1), 649_308_728))
    fp32, no buffers
    >>> print(*fitting(sums(pythia, "safetensors", 1), 374_998_696))
    fp16/bf16, with buffers
    """
    shapes = architectures.tensors(network.architecture, network.shape)
    masks = architectures.masks(network.architecture, network.shape)
    if shapes is None or layout not in (SAFETENSORS, SAFETENSORS_SHARDED, BIN, BIN_SHARDED):
        return ()
    sides = (0, *((network.context,) if network.context else CONTEXTS))
    return tuple(
        _sum(shapes, layout, files, width, masks if side else {}, side)
        for width in PRECISIONS
        for side in sides
        if masks or not side
    )


def _sum(
    shapes: Mapping[str, tuple[int, ...]],
    layout: str,
    files: int,
    width: int,
    masks: Mapping[str, tuple[str, ...]],
    side: int,
) -> Sum:
    """Return one way: so many bytes a parameter, masks of such a side or none."""
    content = width * sum(map(math.prod, shapes.values())) + len(masks) * side * side
    # Without masks the small buffers may be there all the same: newer libraries left the masks out.
    small = [name for names in masks.values() for name in names]
    named = {**shapes, **dict.fromkeys(masks, (1, 1, side, side))}
    if layout in (SAFETENSORS, SAFETENSORS_SHARDED):
        least = _header(named, width) if layout == SAFETENSORS else _header(named, 0)
        most = _header({**named, **dict.fromkeys(small, (1,))}, width)
    else:
        least = sum(_TORCH_LEAST + len(name) for name in named)
        most = sum(_TORCH_MOST + len(name) for name in (*named, *small))
    most += files * _METADATA + len(small) * _SMALL * width
    return Sum(PRECISIONS[width], bool(masks), content, content + least, content + most)


def _header(shapes: Mapping[str, tuple[int, ...]], width: int) -> int:
    """Return the size of a safetensors header; with width 0 the least that shards need."""
    ends = list(accumulate(width * math.prod(shapes[name]) for name in sorted(shapes)))
    # Where a tensor ends the next begins: every offset stands twice, but the first and the last.
    offsets = 1 + 2 * sum(len(str(end)) for end in ends) - len(str(ends[-1]))
    # Few shapes are different: each is spelled once.
    sides = Counter(shapes.values())
    spelled = sum(times * len(str(list(side)).replace(" ", "")) for side, times in sides.items())
    words = len(shapes) * len('"":{"dtype":"F16","shape":,"data_offsets":[,]},') + len("{}") - 1
    return 8 + words + sum(map(len, shapes)) + spelled + offsets
