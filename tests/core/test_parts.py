"""What a tensor does in its network, by its name: real names of the suites that people compare."""

import pytest

from catalog.core import architectures, parts
from catalog.core.parts import Kind

NAMES = {
    Kind.EMBEDDING: [
        "gpt_neox.embed_in.weight",
        "transformer.wte.weight",
        "transformer.wpe.weight",
        "model.decoder.embed_tokens.weight",
        "model.decoder.embed_positions.weight",
        "transformer.word_embeddings.weight",
        "word_embeddings.weight",
        "model.transformer.wte.weight",
    ],
    Kind.ATTENTION: [
        "gpt_neox.layers.0.attention.query_key_value.bias",
        "transformer.h.3.attn.attention.k_proj.weight",
        "transformer.h.3.attn.c_attn.weight",
        "model.decoder.layers.7.self_attn.out_proj.weight",
        "h.29.self_attention.dense.bias",
        "model.layers.31.self_attn.o_proj.weight",
        "model.transformer.blocks.0.att_proj.weight",
    ],
    Kind.MLP: [
        "gpt_neox.layers.11.mlp.dense_4h_to_h.weight",
        "transformer.h.3.mlp.c_fc.weight",
        "model.decoder.layers.7.fc1.weight",
        "model.layers.31.mlp.gate_proj.weight",
        "model.layers.0.block_sparse_moe.experts.7.w1.weight",
        "model.transformer.blocks.0.ff_out.weight",
    ],
    Kind.NORM: [
        "gpt_neox.layers.0.post_attention_layernorm.weight",
        "gpt_neox.final_layer_norm.bias",
        "transformer.h.3.ln_1.weight",
        "transformer.ln_f.bias",
        "model.decoder.layers.7.self_attn_layer_norm.weight",
        "word_embeddings_layernorm.weight",
        "model.layers.31.self_attn.q_norm.weight",
        "model.norm.weight",
    ],
    Kind.HEAD: [
        "embed_out.weight",
        "lm_head.weight",
        "score.weight",
        "model.transformer.ff_out.weight",
    ],
    Kind.OTHER: ["w", "abnormal.weight", "normal.weight", "model.decoder.project_in.weight"],
}
CASES = [(name, kind) for kind, names in NAMES.items() for name in names]


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_kinds(name, kind):
    """Words decide, whole ones, the more telling first."""
    assert parts.kind_of(name) is kind


def test_layers():
    """A number behind `layers`, `h` or `blocks` is that of a layer; one behind `experts` is not."""
    layers = {name: parts.layer_of(name) for name, _ in CASES}
    for name, layer in layers.items():
        numbers = [int(word) for word in name.split(".") if word.isdigit()]
        assert layer == (numbers[0] if numbers else None), name
    assert parts.layer_of("model.layers.007.mlp") is None
    assert parts.layer_of(f"layers.{'9' * 40}.mlp") is None


def test_every_parameter_of_pythia_has_a_kind():
    """Twelve in each layer; the two embeddings and the last norm are outside."""
    shapes = architectures.tensors("gpt-neox", architectures.Shape(2, 8, 2, 16))
    outside = {parts.kind_of(name) for name in shapes if parts.layer_of(name) is None}
    assert outside == {Kind.EMBEDDING, Kind.NORM, Kind.HEAD}
    kinds = [parts.kind_of(name) for name in shapes if parts.layer_of(name) == 1]
    assert sorted(kinds) == [Kind.ATTENTION] * 4 + [Kind.MLP] * 4 + [Kind.NORM] * 4
