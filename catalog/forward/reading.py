"""Runs a loaded network on every probe and reads its fingerprint off."""

import math
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from catalog.core.fingerprints import Environment, Fingerprint, ProbeReading, TopLogits
from catalog.core.probes import Probe, ProbeSet, probe_set

if TYPE_CHECKING:
    import torch


def fingerprint(model: Any, environment: Environment) -> Fingerprint:  # noqa: ANN401 - transformers is untyped
    """Return what a network computes on the probes that fit its vocabulary."""
    import torch

    embedding, head = model.get_input_embeddings(), model.get_output_embeddings()
    rows, width = embedding.weight.shape
    probes = probe_set(rows)
    with torch.inference_mode():
        readings = tuple(_reading(model, probe, probes, rows) for probe in probes.probes)
        head_std = float(head.weight.float().std())
    tokens = sum(len(probe.ids) - 1 for probe in probes.probes)
    return Fingerprint(probes.name, rows, width, head_std, tokens, readings, environment)


def _reading(model: Any, probe: Probe, probes: ProbeSet, rows: int) -> ProbeReading:  # noqa: ANN401
    import torch

    ids = torch.tensor([probe.for_vocabulary(rows)], device=model.device)
    out = model(input_ids=ids, output_hidden_states=True, use_cache=False)
    logits = out.logits[0].float()
    losses = torch.nn.functional.cross_entropy(logits[:-1], ids[0, 1:], reduction="none")
    return ProbeReading(
        name=probe.name,
        nll=math.fsum(losses.tolist()) / len(losses),
        tops=tuple(_top(logits, position, probes.top) for position in probes.positions),
        logit_rms=_rms(logits),
        norms=tuple(_norms(out.hidden_states)),
    )


def _top(logits: "torch.Tensor", position: int, count: int) -> TopLogits:
    largest = logits[position].topk(min(count, logits.shape[-1]))
    return TopLogits(position, tuple(largest.indices.tolist()), tuple(largest.values.tolist()))


def _norms(states: "Iterable[torch.Tensor]") -> Iterator[float]:
    for state in states:
        yield _rms(state[0])


def _rms(values: "torch.Tensor") -> float:
    """Return the root mean square, summed in double precision."""
    return float(values.double().square().mean().sqrt())
