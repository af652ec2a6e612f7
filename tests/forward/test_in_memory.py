"""`catalog.fingerprint`: which checkpoint a network in memory is."""

import re
from types import SimpleNamespace

import pytest

import catalog
from catalog import forward
from catalog.core import fingerprints
from catalog.errors import BadInput, CouldNotCheck
from catalog.verbs import recognising

RECORDED = (0, 2, 8, 32, 128, 512)
MODEL = "topics-183k"


def load(trajectory, step, dtype="float32", **options):
    """Return a step's network, as anyone loads it."""
    import torch
    from transformers import GPTNeoXForCausalLM

    folder = trajectory / f"step{step}"
    return GPTNeoXForCausalLM.from_pretrained(folder, dtype=getattr(torch, dtype), **options)


@pytest.fixture(scope="module")
def asked(templates, trajectory, tmp_path_factory):
    """Return a catalog that has some steps of the run on record."""
    with templates.copy("sqlite", "empty", tmp_path_factory.mktemp("asked")) as url:
        c = catalog.open(url)
        c.add_suite(trajectory / "suite.toml")
        with c:
            for step in RECORDED:
                folder = str(trajectory / f"step{step}")
                c.populate(folder, called=f"{MODEL}@step{step}", device="cpu")
        yield c


def test_a_recorded_step_is_recognised(asked, trajectory):
    """It computes what is recorded, and no other step does; its fingerprint says the same."""
    seen = asked.fingerprint(load(trajectory, 32))
    (answer,) = seen.answers
    assert (answer.model, answer.refs, answer.agrees) == (MODEL, (f"{MODEL}@step32",), True)
    assert answer.difference <= answer.allowed
    assert answer.text.startswith(f"computes what is recorded of {MODEL}@step32, ")
    assert seen.compared == len(RECORDED)
    assert asked.fingerprint(seen.fingerprint) == seen


def test_equal_steps_are_both_named(asked, trajectory):
    """What step 1 computes is recorded of step 0, which it is equal to."""
    assert [each.refs for each in asked.fingerprint(load(trajectory, 1)).answers] == [
        (f"{MODEL}@step0",)
    ]


def test_a_step_between_records(asked, trajectory):
    """Nothing agrees; the recorded steps that it fits are named, and none is claimed."""
    (answer,) = asked.fingerprint(load(trajectory, 64)).answers
    assert answer.agrees is False
    assert set(answer.refs) <= {f"{MODEL}@step32", f"{MODEL}@step128"}
    assert answer.text.startswith("consistent with step")
    assert answer.difference > answer.allowed


def test_half_precision_knows_its_own(asked, trajectory):
    """In float16 more room is allowed, and the step itself is the nearest all the same."""
    seen = asked.fingerprint(load(trajectory, 128, "float16"))
    assert seen.fingerprint.environment.dtype == "float16"
    assert (seen.answers[0].refs, seen.answers[0].agrees) == ((f"{MODEL}@step128",), True)


def test_a_network_of_another_shape(asked, trajectory):
    """Nothing can be compared: no answer."""
    from transformers import GPTNeoXConfig, GPTNeoXForCausalLM

    size = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}
    other = GPTNeoXForCausalLM(GPTNeoXConfig(vocab_size=256, intermediate_size=64, **size))
    seen = asked.fingerprint(other)
    assert (seen.answers, seen.compared) == ((), 0)
    assert trajectory.exists()


def test_the_network_is_left_as_it_was(trajectory):
    """Attention, dropout, a frozen part are its own again; it computes what files compute."""
    import torch

    network = load(trajectory, 8, attn_implementation="sdpa").train()
    frozen = network.gpt_neox.embed_in.eval()
    with torch.autocast("cpu", dtype=torch.bfloat16):  # as in the midst of a training loop
        seen = forward.in_memory(network)
    assert (network.training, network.config._attn_implementation) == (True, "sdpa")
    assert not frozen.training
    choice = forward.choose("cpu")
    files = ["model.safetensors"]
    run = forward.run(trajectory / "step8", files, choice, architecture="gpt-neox")
    assert seen.environment == run.environment
    assert fingerprints.compare(run.fingerprint, seen).worst <= 1e-12


@pytest.mark.parametrize("wrong", [None, "topics-183k@step8", 7, {}], ids=repr)
def test_what_is_no_network(asked, wrong):
    """One line says what was wanted."""
    with pytest.raises(BadInput, match="is no causal language model of transformers; give one"):
        asked.fingerprint(wrong)


def test_a_network_without_a_head(asked, trajectory):
    """An encoder's or a base model's hidden states are no answer to the probes."""
    with pytest.raises(BadInput, match="GPTNeoXModel is no causal language model"):
        asked.fingerprint(load(trajectory, 8).gpt_neox)


@pytest.mark.parametrize(
    ("where", "says"), [("meta", "on the meta device"), (None, "nothing is compared in float64")]
)
def test_a_network_that_nothing_can_be_said_of(asked, trajectory, where, says):
    """It has no values, or no record is in its arithmetic: no empty answer."""
    network = load(trajectory, 8)
    with pytest.raises(BadInput, match=says):
        asked.fingerprint(network.to(where) if where else network.double())


def test_a_broken_network(asked, trajectory):
    """NaN has no fingerprint: could not be checked."""
    import torch

    network = load(trajectory, 8)
    with torch.no_grad():
        network.gpt_neox.final_layer_norm.weight.fill_(float("nan"))
    with pytest.raises(CouldNotCheck, match="not finite"):
        asked.fingerprint(network)


class Twice:
    """Reads each record twice: as another run's too, whose networks say everything louder."""

    def __init__(self, reader):
        self.reader = reader

    def rows(self, name, **values):
        """Return the rows of a statement, with the other run's."""
        for row in self.reader.rows(name, **values):
            yield SimpleNamespace(
                name="loud",
                revision=None,
                training_step=row.training_step,
                document=re.sub(r'"logit_rms": ([0-9.]+)', r'"logit_rms": 9\1', row.document),
            )
            yield row


def test_runs_are_ranked_by_fit(asked, trajectory):
    """Where no record agrees each run of the shape is asked, and the best fit comes first."""
    seen = asked.fingerprint(load(trajectory, 64)).fingerprint
    with asked._reading() as connection:
        recognised = recognising.recognise(Twice(connection), seen)
    assert [answer.model for answer in recognised.answers] == [MODEL, "loud"]
    assert recognised.answers[1].refs[0].startswith("loud@step")
    assert recognised.compared == 2 * len(RECORDED)
