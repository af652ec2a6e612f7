import pytest
from transformers import GPTNeoXForCausalLM

MODEL_ID = "EleutherAI/pythia-14m"


@pytest.mark.parametrize("revision", ["step0", "step1", "step128"])
def test_norm(revision):
    model = GPTNeoXForCausalLM.from_pretrained(MODEL_ID, revision=revision)
    assert model.gpt_neox.embed_in.weight.norm() > 0


@pytest.mark.parametrize(
    "name, rev",
    [
        ("EleutherAI/pythia-70m", "step1000"),
        ("EleutherAI/pythia-70m-deduped", "step2000"),
        ("EleutherAI/pythia-160m-data-seed1", "step4000"),
    ],
)
def test_pairs(name, rev):
    assert GPTNeoXForCausalLM.from_pretrained(name, revision=rev) is not None


def test_pythia8_version():
    assert "pythia8.310".startswith("pythia8")


def test_slug():
    assert "A Pythia/1B".lower().replace("/", "-") == "a pythia-1b"
