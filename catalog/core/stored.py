"""How many bytes a network's weights fill in a file: every sum that is possible, no other.

A file holds each parameter in 4 or in 2 bytes, the buffers of its architecture or none of them, and
what its format adds: a header in safetensors, an archive's directory and a pickle in torch's files.
Reads nothing: names and shapes are those of `catalog.core.architectures`.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from itertools import accumulate, chain
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
    if layout not in (SAFETENSORS, SAFETENSORS_SHARDED, BIN, BIN_SHARDED):
        return ()
    return tuple(
        _sum(content, layout, files, width)
        for width in PRECISIONS
        for content in _contents(network)
    )


class _Listing(NamedTuple):
    """What a file lists of its tensors.

    Args:
        elements: of each tensor, in the order of their names.
        letters: of all names together.
        sides: characters that their shapes take.
    """

    elements: tuple[int, ...]
    letters: int
    sides: int

    @classmethod
    def of(cls, shapes: Mapping[str, tuple[int, ...]]) -> "_Listing":
        """Return what a file lists of these tensors."""
        # Few shapes are different: each is spelled once.
        sides = Counter(shapes.values())
        return cls(
            tuple(math.prod(shapes[name]) for name in sorted(shapes)),
            sum(map(len, shapes)),
            sum(times * len(str(list(side)).replace(" ", "")) for side, times in sides.items()),
        )

    def header(self, width: int) -> int:
        """Return the size of a safetensors header; with width 0 the least that shards need."""
        tensors = len(self.elements)
        # Where a tensor ends the next begins: each offset stands twice, but the first and the last.
        offsets = 2 * tensors
        if width:
            ends = list(map(str, accumulate(map(width.__mul__, self.elements))))
            offsets = 1 + 2 * len("".join(ends)) - len(ends[-1])
        words = tensors * len('"":{"dtype":"F16","shape":,"data_offsets":[,]},') + len("{}") - 1
        return 8 + words + self.letters + self.sides + offsets

    def torch(self, each: int) -> int:
        """Return what a torch file adds to its tensors, with so many bytes beside each name."""
        return each * len(self.elements) + self.letters


class _Content(NamedTuple):
    """What may lie in the files of a network: its parameters, and masks of one side or none.

    Args:
        parameters: how many.
        masks: bytes of the masks.
        least: what a file lists at the least.
        most: with the small buffers, which may be there though newer libraries left the masks out.
    """

    parameters: int
    masks: int
    least: _Listing
    most: _Listing


@cache
def _contents(network: Network) -> tuple[_Content, ...]:
    """Return what may lie in a network's files; nothing without a formula."""
    shapes = architectures.tensors(network.architecture, network.shape)
    if shapes is None:
        return ()
    masks = architectures.masks(network.architecture, network.shape)
    sides = (network.context,) if network.context else CONTEXTS
    return (
        _content(shapes, {}, 0),
        *(_content(shapes, masks, side) for side in sides if masks),
    )


def _content(
    shapes: Mapping[str, tuple[int, ...]], masks: Mapping[str, tuple[str, ...]], side: int
) -> _Content:
    named = {**shapes, **dict.fromkeys(masks, (1, 1, side, side))}
    small = dict.fromkeys(chain.from_iterable(masks.values()), (1,))
    least = _Listing.of(named)
    return _Content(
        sum(map(math.prod, shapes.values())),
        len(masks) * side * side,
        least,
        _Listing.of({**named, **small}) if small else least,
    )


def _sum(content: _Content, layout: str, files: int, width: int) -> Sum:
    """Return one way: so many bytes a parameter."""
    listed, full = content.least, content.most
    if layout in (SAFETENSORS, SAFETENSORS_SHARDED):
        least, most = listed.header(width if layout == SAFETENSORS else 0), full.header(width)
    else:
        least, most = listed.torch(_TORCH_LEAST), full.torch(_TORCH_MOST)
    small = len(full.elements) - len(listed.elements)
    most += files * _METADATA + small * _SMALL * width
    held = width * content.parameters + content.masks
    return Sum(PRECISIONS[width], bool(content.masks), held, held + least, held + most)
