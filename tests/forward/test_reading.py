"""Reading a fingerprint: the probes in one batch compute what each computes alone."""

import math
from dataclasses import replace

import pytest

from catalog.core import fingerprints
from catalog.core.fingerprints import Agreement, Environment, ProbeReading, TopLogits
from catalog.core.probes import Probe, probe_set
from catalog.forward import reading

HERE = Environment("cpu", "a processor", "float32", "2.13.0", "5.23.0")
SIZES = {"vocab_size": 256, "hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 4}
ARCHITECTURES = {
    "GPTNeoX": {"intermediate_size": 64, "max_position_embeddings": 128},
    "OPT": {"ffn_dim": 64, "max_position_embeddings": 128, "word_embed_proj_dim": 16},
    "Bloom": {},
    "Llama": {"intermediate_size": 64, "num_key_value_heads": 2, "tie_word_embeddings": True},
    "GPT2": {"n_positions": 128},
}
"""Learned, rotary and ALiBi positions; masks made in each library's own way; tied and untied."""


@pytest.fixture(scope="module", params=ARCHITECTURES)
def network(request):
    """Return a small random network of an architecture, with weights as large as trained ones."""
    import torch
    import transformers

    config = getattr(transformers, f"{request.param}Config")(
        **SIZES, **ARCHITECTURES[request.param], attn_implementation="eager"
    )
    torch.manual_seed(7)
    model = getattr(transformers, f"{request.param}{SUFFIX.get(request.param, 'ForCausalLM')}")
    model = model(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim > 1:
                parameter.normal_(0, 0.2)
    return model


SUFFIX = {"GPT2": "LMHeadModel"}


def alone(model, probe, probes):
    """Read one probe as version 1 did: alone, every number from torch's own definitions."""
    import torch

    ids = torch.tensor([probe.for_vocabulary(256)])
    with torch.inference_mode():
        out = model(input_ids=ids, output_hidden_states=True, use_cache=False)
    logits = out.logits[0]
    largest = {position: logits[position].topk(probes.top) for position in probes.positions}
    return ProbeReading(
        probe.name,
        float(torch.nn.functional.cross_entropy(logits[:-1].double(), ids[0, 1:])),
        tuple(
            TopLogits(position, tuple(top.indices.tolist()), tuple(top.values.tolist()))
            for position, top in largest.items()
        ),
        float(logits.double().square().mean().sqrt()),
        tuple(float(state[0].double().square().mean().sqrt()) for state in out.hidden_states),
    )


def test_a_batch_computes_what_each_probe_does_alone(network):
    """Whatever the architecture: to a twentieth of what another machine may differ by."""
    together, probes = reading.fingerprint(network, HERE), probe_set(256)
    readings = tuple(alone(network, probe, probes) for probe in probes.probes)
    compared = fingerprints.compare(
        replace(together, readings=readings, weights=(), spreads=(), version=1), together
    )
    assert compared.agreement is Agreement.AGREE
    assert compared.worst < compared.allowed / 20
    assert compared.source.endswith("; version 1 against 3")


def test_weights_are_read_where_they_are(network):
    """Both ends, once where they are one, and matrices of first to last layer; exact numbers."""
    own = dict(network.named_parameters())
    weights = {weight.name: weight for weight in reading.fingerprint(network, HERE).weights}
    tied = network.config.tie_word_embeddings
    assert list(weights)[: 2 - tied] == ["embedding", "head"][: 2 - tied]
    inner = [weight for name, weight in weights.items() if name in own]
    assert len(inner) == len(weights) - (2 - tied) == reading.MATRICES
    for weight in inner:
        values = own[weight.name].detach().double()
        assert weight.rms == pytest.approx(float(values.square().mean().sqrt()), rel=1e-12)
        flat = values.flatten().tolist()
        places = [(n + 1) * 2_654_435_761 % len(flat) for n in range(reading.KEPT)]
        assert weight.numbers == pytest.approx([flat[place] for place in places], rel=1e-6)


def test_vectors_tell_how_far_they_came(network):
    """Biases and norms of first to last layer: alike at the start, and by so much unlike later."""
    import copy

    trained = copy.deepcopy(network)
    own = dict(trained.named_parameters())
    start = reading.fingerprint(trained, HERE).spreads
    assert [each.spread for each in start] == [0.0] * len(start)
    vectors = [name for name, tensor in own.items() if tensor.ndim == 1]
    assert len(start) == min(reading.VECTORS, len(vectors))
    assert [start[0].name, start[-1].name] == [vectors[0], vectors[-1]]
    for each in start:
        own[each.name].data[::2] += 0.25
    for each in reading.fingerprint(trained, HERE).spreads:
        expected = float(own[each.name].detach().double().std())
        assert each.spread == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("lengths", "rows", "sizes"),
    [
        ((64,) * 4, 50_304, [4]),
        ((64,) * 4, 250_880, [4]),
        ((64,) * 4, 600_000, [1] * 4),
        ((64,) * 4, 10**9, [1] * 4),
        ((64, 64, 128, 64), 256, [2, 1, 1]),
    ],
)
def test_batches_have_one_length_and_a_size(lengths, rows, sizes):
    """No probe is padded, and no batch has more logits than two hundred megabytes and some."""
    probes = [Probe(str(number), tuple(range(length))) for number, length in enumerate(lengths)]
    found = list(reading.batches(probes, rows))
    assert [len(batch) for batch in found] == sizes
    assert [probe for batch in found for probe in batch] == probes
    assert math.prod((4, rows, len(found[0]), lengths[0])) <= reading.BATCH_BYTES or sizes[0] == 1


def test_every_shipped_set_runs_at_once():
    """At the vocabulary that it is made for a set is one batch."""
    for rows in (256, 50_304):
        assert len(list(reading.batches(probe_set(rows).probes, rows))) == 1
