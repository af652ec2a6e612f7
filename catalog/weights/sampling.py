"""Checksums of single tensors without reading a whole file: an archive's own, or of its norms.

A few small tensors stand for a network: training moves them all, and no two checkpoints of a run
have the same. What two samples say of each other is in `catalog.core.branches.samples`.
"""

import re
import zlib
from typing import Protocol

from catalog.core.branches.ranges import clusters
from catalog.core.branches.samples import Sample
from catalog.weights.plan import FilePlan, TensorSpec

_NORM = re.compile(r"(^|\.)[^.]*(norm|ln_|ln\d)[^.]*\.(weight|bias)$")


class Spanned(Protocol):
    """Something that gives stretches of a file."""

    def span(self, start: int, stop: int) -> bytes:
        """Return the bytes from `start` to before `stop`."""


def checksums(plan: FilePlan) -> dict[str, Sample]:
    """Return the archive's own checksums of tensors that fill a storage of their own."""
    crcs = {(crc.start, crc.end): crc.crc32 for crc in plan.crcs}
    return {
        spec.name: Sample(spec.dtype, spec.shape, spec.size_bytes, crcs[spec.start, spec.end])
        for spec in plan.tensors
        if spec.strides is None and (spec.start, spec.end) in crcs
    }


def norms(file: Spanned, plan: FilePlan, *, requests: int, allowance: int) -> dict[str, Sample]:
    """Read layer norms, as many as so many requests and bytes allow; names are the file's."""
    wanted = [spec for spec in plan.tensors if _NORM.search(spec.name) and spec.size_bytes]
    samples = {}
    for cluster in clusters(wanted, requests, allowance):
        first = cluster[0].start
        raw = file.span(first, cluster[-1].end)
        for spec in cluster:
            samples[spec.name] = _sample(spec, raw[spec.start - first : spec.end - first])
    return samples


def _sample(spec: TensorSpec, raw: bytes) -> Sample:
    from catalog.weights.numbers import without_zero_signs  # noqa: PLC0415 - numpy, 100 ms

    signless = zlib.crc32(without_zero_signs(raw, spec.dtype))
    return Sample(spec.dtype, spec.shape, len(raw), zlib.crc32(raw), signless)
