"""Architectures: counts, names and shapes without torch, and the same from transformers."""

import math

import pytest

from catalog.core import suites
from catalog.core.architectures import (
    Counts,
    Shape,
    canonical_name,
    counts,
    is_buffer,
    known,
    tensors,
)
from catalog.core.facts import decide
from catalog.errors import BadInput

SIZES = {
    "14M": (Shape(6, 128, 4, 50_304), Counts(14_067_712, 1_189_888)),
    "31M": (Shape(6, 256, 8, 50_304), Counts(30_494_720, 4_739_072)),
    "70M": (Shape(6, 512, 8, 50_304), Counts(70_426_624, 18_915_328)),
    "160M": (Shape(12, 768, 12, 50_304), Counts(162_322_944, 85_056_000)),
    "410M": (Shape(24, 1024, 16, 50_304), Counts(405_334_016, 302_311_424)),
    "1B": (Shape(16, 2048, 8, 50_304), Counts(1_011_781_632, 805_736_448)),
    "1.4B": (Shape(24, 2048, 16, 50_304), Counts(1_414_647_808, 1_208_602_624)),
    "2.8B": (Shape(32, 2560, 32, 50_304), Counts(2_775_208_960, 2_517_652_480)),
    "6.9B": (Shape(32, 4096, 32, 50_432), Counts(6_857_302_016, 6_444_163_072)),
    "12B": (Shape(36, 5120, 40, 50_688), Counts(11_846_072_320, 11_327_027_200)),
}


@pytest.mark.parametrize("size", SIZES)
def test_closed_formula_gives_the_published_counts(size):
    """The formula equals the published counts of all ten sizes exactly."""
    shape, expected = SIZES[size]
    assert counts("gpt-neox", shape) == expected


@pytest.mark.parametrize("size", SIZES)
def test_tensors_add_up_to_the_counts(size):
    """12 tensors a layer and 4 more hold every parameter, and none is a buffer."""
    shape, expected = SIZES[size]
    found = tensors("gpt-neox", shape)
    assert len(found) == 12 * shape.layers + 4
    assert sum(math.prod(each) for each in found.values()) == expected.total
    embeddings = ("gpt_neox.embed_in.weight", "embed_out.weight")
    rest = sum(math.prod(each) for name, each in found.items() if name not in embeddings)
    assert rest == expected.non_embedding
    assert not any(is_buffer("gpt-neox", name) for name in found)


@pytest.mark.parametrize("size", SIZES)
def test_transformers_builds_the_same_network(size):
    """On the meta device transformers has the same counts, names and shapes."""
    torch = pytest.importorskip("torch")
    from transformers import GPTNeoXConfig, GPTNeoXForCausalLM

    shape, expected = SIZES[size]
    config = GPTNeoXConfig(
        num_hidden_layers=shape.layers,
        hidden_size=shape.model_dim,
        num_attention_heads=shape.heads,
        vocab_size=shape.vocab_size,
        intermediate_size=4 * shape.model_dim,
        tie_word_embeddings=False,
    )
    with torch.device("meta"):
        model = GPTNeoXForCausalLM(config)
    sizes = {name: tuple(each.shape) for name, each in model.named_parameters()}
    assert {canonical_name("gpt-neox", name): each for name, each in sizes.items()} == tensors(
        "gpt-neox", shape
    )
    embeddings = [
        model.get_input_embeddings().weight.numel(),
        model.get_output_embeddings().weight.numel(),
    ]
    total = sum(each.numel() for each in model.parameters())
    assert Counts(total, total - sum(embeddings)) == expected


def test_the_facts_in_use_give_the_counts_in_use():
    """For every shipped GPT-NeoX model, shape and counts fit each other, unless one is unknown."""
    checked = 0
    for suite in suites.shipped():
        sources = {source.key: source for source in suite.sources}
        for model in suite.models:
            facts = {key: fact.value for key, fact in decide(model.facts, sources).items()}
            keys = ("layers", "model_dim", "heads", "vocab_size")
            if model.architecture != "gpt-neox" or "params_total" not in facts:
                continue
            found = counts("gpt-neox", Shape(*(facts[key] for key in keys)))
            stated = Counts(facts["params_total"], facts["params_non_embedding"])
            assert found == stated, model.name
            checked += 1
    assert checked == 20 + 16 + 51


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("gpt_neox.layers.0.attention.bias", True),
        ("gpt_neox.layers.31.attention.masked_bias", True),
        ("gpt_neox.layers.5.attention.rotary_emb.inv_freq", True),
        ("gpt_neox.layers.0.attention.dense.bias", False),
        ("gpt_neox.layers.0.attention.query_key_value.bias", False),
        ("gpt_neox.layers.0.attention.bias.weight", False),
        ("x.gpt_neox.layers.0.attention.bias", False),
        ("gpt_neox.layers.00.attention.bias", False),
        ("gpt_neox.layers.0.attention.bias\n", False),
        ("gpt_neox.embed_in.weight", False),
    ],
)
def test_buffers_are_named_exactly(name, expected):
    """Patterns are anchored: what merely resembles a buffer is a parameter."""
    assert is_buffer("gpt-neox", name) is expected


def test_other_architectures_have_no_formula():
    """Architectures without a formula have no counts, and unknown ones no buffers."""
    shape = SIZES["70M"][0]
    assert known()[0] == "gpt-neox"
    assert counts("opt", shape) is None
    assert tensors("bloom", shape) is None
    assert not is_buffer("mamba", "gpt_neox.layers.0.attention.bias")


def test_the_librarys_spelling_is_understood():
    """The library spells gpt_neox with an underscore and the head lm_head."""
    assert counts("gpt_neox", SIZES["70M"][0]) == SIZES["70M"][1]
    assert canonical_name("gpt_neox", "lm_head.weight") == "embed_out.weight"
    assert canonical_name("opt", "lm_head.weight") == "lm_head.weight"


def test_heads_must_divide_the_model_dimension():
    """36 heads for 5,120 dimensions, as one configuration says, is refused."""
    with pytest.raises(BadInput, match="36 heads do not divide"):
        tensors("gpt-neox", Shape(40, 5120, 36, 50_688))
