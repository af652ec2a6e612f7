"""Runs a loaded network on every probe and reads its fingerprint off."""

import math
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from catalog.core.fingerprints import (
    Environment,
    Fingerprint,
    ProbeReading,
    SpreadReading,
    TopLogits,
    WeightReading,
)
from catalog.core.probes import Probe, ProbeSet, probe_set

if TYPE_CHECKING:
    import torch

BATCH_BYTES = 1 << 28
"""Of float32 logits in one batch: all probes of a set, up to a vocabulary of 262,144."""
MATRICES = 4
"""How many hidden matrices are read, beside both embeddings."""
VECTORS = 8
"""How many biases and weights of norms are read."""
SAMPLED = 1 << 14
"""Numbers of a tensor that its norm is taken of: all of a large one would take too long."""
KEPT = 64
_STRIDE = 2_654_435_761  # prime, near 2^32 / golden ratio: spread over rows and columns alike


def fingerprint(model: Any, environment: Environment) -> Fingerprint:  # noqa: ANN401 - transformers is untyped
    """Return what a network computes on the probes that fit its vocabulary."""
    import torch

    embedding, head = model.get_input_embeddings(), model.get_output_embeddings()
    rows, width = embedding.weight.shape
    probes = probe_set(rows)
    with torch.inference_mode():
        readings = tuple(
            reading
            for batch in batches(probes.probes, rows)
            for reading in _readings(model, batch, probes, rows)
        )
        head_std = float(_sample(head.weight).std())
        weights, spreads = tuple(_weights(model)), tuple(_spreads(model))
    tokens = sum(len(probe.ids) - 1 for probe in probes.probes)
    read = (readings, environment, weights, spreads)
    return Fingerprint(probes.name, rows, width, head_std, tokens, *read)


# What it computes ------------------------------------------------------------------------------


def batches(probes: Sequence[Probe], rows: int) -> Iterator[list[Probe]]:
    """Yield the probes that are run together: of one length, so that none needs padding.

    What a probe's numbers are may depend in the last places on what it runs with, so that is
    settled by the probes and the vocabulary alone, not by the memory that a machine has.
    """
    for length, same in groupby(probes, key=lambda probe: len(probe.ids)):
        group, most = list(same), max(1, BATCH_BYTES // (4 * length * rows))
        for start in range(0, len(group), most):
            yield group[start : start + most]


def _readings(
    model: Any,  # noqa: ANN401 - transformers is untyped
    batch: Sequence[Probe],
    probes: ProbeSet,
    rows: int,
) -> Iterator[ProbeReading]:
    import torch

    ids = torch.tensor([probe.for_vocabulary(rows) for probe in batch], device=model.device)
    out = model(input_ids=ids, output_hidden_states=True, use_cache=False)
    # Nothing is asked of a card before all is told it: each answer would be waited for.
    parts = [_parts(out.logits[number], own, probes) for number, own in enumerate(ids)]
    states = torch.stack([_rms(state, (1, 2)) for state in out.hidden_states], 1).tolist()
    figures = (torch.stack(each).tolist() for each in zip(*parts, strict=True))
    for probe, norms, losses, rms, largest, values in zip(batch, states, *figures, strict=True):
        tops = zip(probes.positions, map(tuple, largest), map(tuple, values), strict=True)
        yield ProbeReading(
            name=probe.name,
            nll=math.fsum(losses) / len(losses),
            tops=tuple(TopLogits(*top) for top in tops),
            logit_rms=rms,
            norms=tuple(norms),
        )


def _parts(
    logits: "torch.Tensor", ids: "torch.Tensor", probes: ProbeSet
) -> "tuple[torch.Tensor, ...]":
    """Return what is read off a probe's logits: losses, root mean square, largest ones."""
    import torch

    logits = logits.float()
    losses = logits[:-1].logsumexp(1) - logits[:-1].gather(1, ids[1:, None])[:, 0]
    rms = _rms(torch.linalg.vector_norm(logits, dim=1), 0) / math.sqrt(logits.shape[1])
    largest = logits[list(probes.positions)].topk(min(probes.top, logits.shape[1]))
    return losses, rms, largest.indices, largest.values


def _rms(values: "torch.Tensor", dimensions: int | tuple[int, ...]) -> "torch.Tensor":
    """Return the root mean square, summed in double precision."""
    return values.double().square().mean(dimensions).sqrt()


# What its weights are --------------------------------------------------------------------------


def _weights(model: Any) -> Iterator[WeightReading]:  # noqa: ANN401 - transformers is untyped
    for name, tensor in _chosen(model):
        sample = _sample(tensor)
        numbers = tuple(float(f"{value:.7g}") for value in sample[:KEPT].tolist())
        yield WeightReading(name, float(_rms(sample, 0)), numbers)


def _chosen(model: Any) -> "Iterator[tuple[str, torch.Tensor]]":  # noqa: ANN401 - as above
    """Yield both embeddings, once where they are one, and matrices spread over the layers."""
    ends = {"embedding": model.get_input_embeddings().weight}
    head = model.get_output_embeddings().weight
    if head.data_ptr() != ends["embedding"].data_ptr():
        ends["head"] = head
    taken = {tensor.data_ptr() for tensor in ends.values()}
    hidden = [
        (name, tensor)
        for name, tensor in model.named_parameters()
        if tensor.ndim > 1 and tensor.data_ptr() not in taken
    ]
    yield from ends.items()
    yield from _spaced(hidden, MATRICES)


def _spaced(items: Sequence[Any], count: int) -> Iterator[Any]:
    """Yield so many of them, evenly, the first and the last among them; all if there are fewer."""
    last = len(items) - 1
    places = {round(number * last / (count - 1)) for number in range(count)}
    yield from (items[place] for place in sorted(places) if items)


def _spreads(model: Any) -> Iterator[SpreadReading]:  # noqa: ANN401 - as above
    """Yield how unlike the numbers of some vectors are, from the first layer to the last."""
    import torch

    vectors = [
        (name, tensor)
        for name, tensor in model.named_parameters()
        if tensor.ndim == 1 and tensor.numel() > 1
    ]
    chosen = list(_spaced(vectors, VECTORS))
    if chosen:
        found = torch.stack([_sample(tensor).std() for _, tensor in chosen]).tolist()
        yield from (
            SpreadReading(name, spread) for (name, _), spread in zip(chosen, found, strict=True)
        )


def _sample(tensor: "torch.Tensor") -> "torch.Tensor":
    """Return numbers of a tensor in double precision, from places that its size alone decides."""
    import torch

    count = tensor.numel()
    places = torch.arange(1, min(count, SAMPLED) + 1, device=tensor.device) * _STRIDE % count
    return tensor.take(places).double()
