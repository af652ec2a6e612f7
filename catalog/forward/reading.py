"""Runs a loaded network on every probe and reads its fingerprint off."""

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from catalog.core.fingerprints import (
    Environment,
    Fingerprint,
    ProbeReading,
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
        weights = tuple(_weights(model))
    tokens = sum(len(probe.ids) - 1 for probe in probes.probes)
    return Fingerprint(probes.name, rows, width, head_std, tokens, readings, environment, weights)


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
    for number, probe in enumerate(batch):
        logits = out.logits[number].float()
        chosen = logits[:-1].gather(1, ids[number, 1:, None])[:, 0]
        losses = logits[:-1].logsumexp(1) - chosen
        yield ProbeReading(
            name=probe.name,
            nll=math.fsum(losses.tolist()) / len(losses),
            tops=tuple(_top(logits, position, probes.top) for position in probes.positions),
            logit_rms=_rms(torch.linalg.vector_norm(logits, dim=1)) / math.sqrt(logits.shape[1]),
            norms=tuple(_norms(state[number] for state in out.hidden_states)),
        )


def _top(logits: "torch.Tensor", position: int, count: int) -> TopLogits:
    largest = logits[position].topk(min(count, logits.shape[-1]))
    return TopLogits(position, tuple(largest.indices.tolist()), tuple(largest.values.tolist()))


def _norms(states: "Iterable[torch.Tensor]") -> Iterator[float]:
    for state in states:
        yield _rms(state)


def _rms(values: "torch.Tensor") -> float:
    """Return the root mean square, summed in double precision."""
    return float(values.double().square().mean().sqrt())


# What its weights are --------------------------------------------------------------------------


def _weights(model: Any) -> Iterator[WeightReading]:  # noqa: ANN401 - transformers is untyped
    for name, tensor in _chosen(model):
        sample = _sample(tensor)
        numbers = tuple(float(f"{value:.7g}") for value in sample[:KEPT].tolist())
        yield WeightReading(name, _rms(sample), numbers)


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
    last = len(hidden) - 1
    places = {round(number * last / (MATRICES - 1)) for number in range(MATRICES)}
    yield from ends.items()
    yield from (hidden[place] for place in sorted(places) if hidden)


def _sample(tensor: "torch.Tensor") -> "torch.Tensor":
    """Return numbers of a tensor in double precision, from places that its size alone decides."""
    import torch

    count = tensor.numel()
    places = torch.arange(1, min(count, SAMPLED) + 1, device=tensor.device) * _STRIDE % count
    return tensor.take(places).double()
