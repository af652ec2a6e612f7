import pytest
from transformers import AutoConfig, GPTNeoXForCausalLM

from emergence.loader import load_at


@pytest.mark.parametrize("step", [0, 128, 2000])
def test_shapes(step):
    net = GPTNeoXForCausalLM.from_pretrained("EleutherAI/pythia-14m", revision=f"step{step}")
    assert net.config.num_hidden_layers == 6


@pytest.mark.parametrize(
    ("name", "layers"),
    [
        ("EleutherAI/pythia-70m", 6),
        ("EleutherAI/pythia-160m-deduped", 12),
        ("EleutherAI/pythia-410m-deduped-v0", 24),
    ],
)
def test_config(name, layers):
    assert AutoConfig.from_pretrained(name).num_hidden_layers == layers


@pytest.mark.parametrize("name,rev", [("EleutherAI/pythia-31m", "step1"), ("EleutherAI/pythia-1b", "step143000")])
def test_pairs(name, rev):
    assert load_at(name, rev) is not None


def test_rejects_unknown():
    with pytest.raises(ValueError):
        load_at("EleutherAI/pythia-42m", "step0")


def test_local(tmp_path):
    (tmp_path / "pythia-70m").mkdir()
    assert list(tmp_path.iterdir())
