"""A fingerprint without a record: judged by theory at step 0, else by its neighbours."""

from dataclasses import replace

import pytest

from catalog.core import plausibility
from catalog.core.fingerprints import Environment, Fingerprint, ProbeReading, TopLogits

HERE = Environment("cpu", "a processor", "float32", "2.13.0", "5.23.0")


def seen(nll, environment=HERE):
    """Return the fingerprint of a small network with this loss on text."""
    reading = ProbeReading("english", nll, (TopLogits(7, (4,), (3.0,)),), 2.0, (0.5,))
    return Fingerprint("bytes", 256, 64, 0.02, 508, (reading,), environment)


@pytest.fixture
def untrained():
    """Return the loss that theory gives an untrained network of this shape, and what is allowed."""
    return plausibility.untrained_loss(seen(0.0))


def test_step_0_must_know_nothing(untrained):
    """At step 0 theory speaks, whatever is on record; a network that learned is not plausible."""
    loss, allowed = untrained
    for off, plausible in ((0.0, True), (allowed * 0.99, True), (-allowed * 1.01, False)):
        judgement = plausibility.judge(seen(loss + off), 0, {1: 2.0})
        assert judgement.plausible is plausible
        assert judgement.expected == f"untrained: a loss of {loss:.4f} within {allowed:.4f}"


def test_between_its_neighbours():
    """A step is judged by the recorded steps beside it, and by no other."""
    losses = {0: 9.0, 8: 5.0, 64: 3.0, 512: 0.1}
    low, high = plausibility.neighbour_range([5.0, 3.0])
    judged = {
        nll: plausibility.judge(seen(nll), 16, losses) for nll in (low, 4.0, high, high + 0.1)
    }
    assert [judgement.plausible for judgement in judged.values()] == [True, True, True, False]
    assert judged[4.0].expected == (
        f"on text between {low:.4f} and {high:.4f}, near step 8 and step 64 on record"
    )


def test_one_neighbour_is_enough():
    """The last step on record judges the one after it."""
    judgement = plausibility.judge(seen(3.0), 1024, {512: 3.0})
    assert judgement.plausible
    assert judgement.expected.endswith("near step 512 on record")


@pytest.mark.parametrize(("step", "losses"), [(None, {8: 3.0}), (8, {}), (8, {8: 3.0})])
def test_nothing_to_judge_by(step, losses):
    """An unknown step, no record, or only that of the step itself: no judgement."""
    assert plausibility.judge(seen(3.0), step, losses) is None


@pytest.mark.parametrize(
    ("losses", "step", "beside"),
    [({}, 8, []), ({8: 1.0}, 8, []), ({1: 1.0, 4: 1.0}, 8, [4]), ({16: 1.0, 4: 1.0}, 8, [4, 16])],
)
def test_the_nearest_steps(losses, step, beside):
    """One below and one above, as far as there are any."""
    assert plausibility.nearest(losses, step) == beside


@pytest.mark.parametrize(
    ("loss", "words"),
    [(9.0, "step 0"), (4.0, "steps 8..64"), (0.1, "step 512"), (30.0, "")],
)
def test_which_recorded_steps_fit(loss, words):
    """Those with a loss like it, and those between whose losses it lies."""
    losses = {0: 9.0, 8: 5.0, 64: 3.0, 512: 0.1}
    assert plausibility.fitting(seen(loss), losses) == words


def test_the_record_from_the_likest_environment():
    """The same machine first, then the same dtype, then the same device; the newest of equals."""
    other = replace(HERE, torch="2.0.0")
    half, card = replace(other, dtype="float16"), replace(other, device="cuda")
    known = [seen(nll, where) for nll, where in ((1.0, half), (2.0, card), (3.0, other))]
    assert plausibility.closest(known, seen(0.0)) is known[2]
    assert plausibility.closest([*known, seen(4.0), seen(5.0)], seen(0.0)).text_loss == 5.0
    assert plausibility.closest(known[:2], seen(0.0)) is known[1]
    assert plausibility.closest(known[:1], seen(0.0)) is known[0]
