"""A fingerprint without a record: judged by theory, its run's others, its siblings'."""

import math
import re
from dataclasses import replace

import pytest

from catalog.core import plausibility
from catalog.core.fingerprints import (
    Environment,
    Fingerprint,
    ProbeReading,
    SpreadReading,
    TopLogits,
    WeightReading,
)

HERE = Environment("cpu", "a processor", "float32", "2.13.0", "5.23.0")
SCHEDULE = (0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512)


def seen(nll, environment=HERE, weights=(), norm=0.5):
    """Return the fingerprint of a small network with this loss on text."""
    reading = ProbeReading("english", nll, (TopLogits(7, (4,), (3.0,)),), 2.0, (norm,))
    return Fingerprint("bytes", 256, 64, 0.02, 508, (reading,), environment, weights)


def records(losses):
    """Return records of a run with these losses by step."""
    return {step: seen(loss) for step, loss in losses.items()}


def trained(step, run=0):
    """Return what a run computes at a step: the loss falls, norms and weights grow; runs differ."""
    octave = math.log2(step + 1)
    start = [0.02 * math.sin(7 * n + run) for n in range(8)]
    moved = tuple(value + 0.004 * octave * math.cos(3 * n + run) for n, value in enumerate(start))
    size = math.sqrt(sum(value**2 for value in moved) / 8)
    loss = 5.5 * math.exp(-octave / 8) + 0.01 * math.sin(run)
    return seen(loss, weights=(WeightReading("x", size, moved),), norm=0.5 + octave / 9)


@pytest.fixture
def untrained():
    """Return the loss that theory gives an untrained network of this shape, and what is allowed."""
    return plausibility.untrained_loss(seen(0.0))


# By the loss alone -----------------------------------------------------------------------------


def test_step_0_must_know_nothing(untrained):
    """At step 0 theory speaks, whatever is on record; a network that learned is not plausible."""
    loss, allowed = untrained
    for off, plausible in ((0.0, True), (allowed * 0.99, True), (-allowed * 1.01, False)):
        judgement = plausibility.judge(seen(loss + off), 0, records({1: 2.0}))
        assert judgement.plausible is plausible
        assert judgement.expected.startswith(
            f"untrained: a loss of {loss:.4f} within {allowed:.4f}, on each probe within 0."
        )


def test_step_0_must_know_nothing_of_any_probe(untrained):
    """A trained network is as far below on text as above on noise: the mean alone would do."""
    loss, allowed = untrained
    for far, plausible in ((allowed, True), (3.0, False)):
        apart = [replace(seen(loss + off).readings[0], name=f"{off}") for off in (far, -far)]
        both = replace(seen(loss), readings=tuple(apart))
        assert both.loss == pytest.approx(loss)
        assert plausibility.judge(both, 0, {}).plausible is plausible


def test_between_its_neighbours():
    """A step is judged by the recorded steps beside it, and by no other."""
    run = records({0: 9.0, 8: 5.0, 64: 3.0, 512: 0.1})
    low, high = plausibility.neighbour_range([5.0, 3.0])
    judged = {nll: plausibility.judge(seen(nll), 16, run) for nll in (low, 4.0, high, high + 0.1)}
    assert [judgement.plausible for judgement in judged.values()] == [True, True, True, False]
    assert judged[4.0].expected == (
        f"on text between {low:.4f} and {high:.4f}, near step 8 and step 64 on record"
    )


@pytest.mark.parametrize(
    ("step", "nll", "plausible", "expected"),
    [
        (1024, 3.1, True, "on text at most 3.5000, after step 512 on record"),
        (1024, 0.4, True, "on text at most 3.5000, after step 512 on record"),
        (1024, 3.6, False, "on text at most 3.5000, after step 512 on record"),
        (8, 3.1, True, "on text at least 2.5000, before step 512 on record"),
        (8, 9.0, True, "on text at least 2.5000, before step 512 on record"),
        (8, 2.4, False, "on text at least 2.5000, before step 512 on record"),
    ],
)
def test_one_neighbour_bounds_one_side(step, nll, plausible, expected):
    """What comes after all records may have learned more, what comes before them less."""
    judgement = plausibility.judge(seen(nll), step, records({512: 3.0}))
    assert (judgement.plausible, judgement.expected) == (plausible, expected)


@pytest.mark.parametrize(("step", "losses"), [(None, {8: 3.1}), (8, {}), (8, {8: 3.1})])
def test_nothing_to_judge_by(step, losses):
    """An unknown step, no record, or only that of the step itself: nothing was expected."""
    assert plausibility.judge(seen(3.0), step, records(losses)).expected is None


@pytest.mark.parametrize(
    ("losses", "step", "beside"),
    [({}, 8, []), ({8: 1.0}, 8, []), ({1: 1.0, 4: 1.0}, 8, [4]), ({16: 1.0, 4: 1.0}, 8, [4, 16])],
)
def test_the_nearest_steps(losses, step, beside):
    """One below and one above, as far as there are any."""
    assert plausibility.nearest(losses, step) == beside


@pytest.mark.parametrize(
    ("loss", "words"),
    [
        (9.1, "consistent with recorded step 0"),
        (4.0, "consistent with recorded steps 8..64"),
        (3.1, "consistent with recorded steps 8..64"),
        (0.2, "consistent with recorded steps 64..512"),
        (0.0, "consistent with recorded step 512"),
        (30.0, ""),
    ],
)
def test_which_recorded_steps_fit(loss, words):
    """Those with a loss like it, and those between whose losses it lies."""
    run = records({0: 9.0, 8: 5.0, 64: 3.0, 512: 0.1})
    assert plausibility.judge(seen(loss), None, run).fits == words


# By what other steps compute -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "of", "plausible"),
    [(64, 512, False), (64, 32, False), (96, 64, None), (1, 0, True), (0, 1, True), (64, 64, True)],
)
def test_what_another_step_is_recorded_to_compute(step, of, plausible):
    """An octave away it is refuted, nearer it is suspect; step 1 is right to be step 0."""
    run = {other: trained(other) for other in SCHEDULE if other != step or other == of}
    judgement = plausibility.judge(trained(of), step, run)
    assert judgement.plausible is plausible
    assert judgement.fits == f"computes what is recorded of step {of}"


# By curves -------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", SCHEDULE[2:])
def test_a_step_fits_its_own_run(step):
    """With every other record it is plausible, and the steps beside it are named."""
    judgement = plausibility.judge(
        trained(step), step, {other: trained(other) for other in SCHEDULE if other != step}
    )
    assert judgement.plausible is True
    assert judgement.fits.startswith("consistent with recorded step")
    assert (
        judgement.expected == f"step {step}, as the curve through 10 recorded steps would have it"
    )


@pytest.mark.parametrize(("step", "of"), [(64, 256), (256, 64), (16, 512), (2, 8), (512, 100)])
def test_a_step_is_not_another(step, of):
    """Where neither is on record, what fits is said: no loss is far enough off to tell."""
    run = {other: trained(other) for other in SCHEDULE if other not in (step, of)}
    judgement = plausibility.judge(trained(of), step, run)
    assert not judgement.plausible
    assert judgement.fits.startswith("suspect: fits step")
    assert judgement.fits.endswith(f", not step {step}")


@pytest.mark.parametrize(("step", "of"), [(32, 64), (64, 32), (128, 64)])
def test_a_step_is_not_its_neighbour(step, of):
    """In a gap from which both are missing the place counts, not whether it fits at all."""
    run = {other: trained(other) for other in SCHEDULE if other not in (step, of)}
    beside = plausibility.nearest(run, of)
    judgement = plausibility.judge(trained(of), step, run)
    assert judgement.plausible is None
    words = rf"suspect: fits steps {beside[0]}\.\.{beside[1]}, about step (\d+), not step {step}"
    about = re.fullmatch(words, judgement.fits)
    assert about
    assert int(about[1]) == pytest.approx(of, rel=0.1)
    assert plausibility.judge(trained(step), step, run).plausible is True


def test_weights_beyond_a_neighbour_are_another_steps():
    """What is computed may fit anywhere; where weights lie among those on record decides."""
    run = {other: replace(trained(other), readings=seen(3.0).readings) for other in SCHEDULE}
    flat = {
        other: replace(record, weights=tuple(replace(each, rms=1.0) for each in record.weights))
        for other, record in run.items()
    }
    turned = replace(flat[8], weights=tuple(map(_turned, flat[8].weights)))
    known = {other: record for other, record in flat.items() if other not in (8, 32)}
    assert plausibility.judge(flat[8], 8, known).plausible is True
    judgement = plausibility.judge(turned, 8, known)
    assert judgement.plausible is None
    assert judgement.fits.endswith("but its weights lie beyond the records beside step 8")


def _turned(weight):
    """Return weights as far from the first ones, in another direction."""
    start = trained(0).weights[0].numbers
    moved = [value - before for value, before in zip(weight.numbers, start, strict=True)]
    turned = [before + change for before, change in zip(start, reversed(moved), strict=True)]
    return replace(weight, numbers=tuple(turned))


def test_what_fits_nowhere():
    """A network that lies on no place of the curve is suspect, whatever its step."""
    run = {other: trained(other) for other in SCHEDULE if other != 64}
    strange = replace(seen(3.0, norm=9.0), weights=(WeightReading("x", 7.0, (1.0,) * 8),))
    judgement = plausibility.judge(strange, 64, run)
    assert judgement.fits == "suspect: fits no step of the curve through 10 recorded steps"
    assert judgement.plausible is None


def test_siblings_speak_where_a_run_has_no_records():
    """Two of them at least: one alone cannot say how far runs lie apart."""
    siblings = [{step: trained(step, run) for step in SCHEDULE} for run in (1, 2, 3)]
    good = plausibility.judge(trained(64), 64, {}, siblings)
    assert (good.plausible, good.fits) == (True, "consistent with recorded step 64")
    assert good.expected == "step 64, as the curve of 3 sibling runs would have it"
    bad = plausibility.judge(trained(512), 64, {}, siblings)
    assert (bad.plausible, bad.fits) == (None, "suspect: fits step 512, not step 64")
    assert plausibility.judge(trained(512), 64, {}, siblings[:1]).expected is None


@pytest.mark.parametrize(("step", "of"), [(8, 16), (16, 32), (32, 16)])
def test_siblings_speak_in_a_gap_of_the_run(step, of):
    """What its own records are too far apart to rule out, siblings' may; they accuse no honest one.

    They make nothing fail, and are not asked where the own curve has spoken.
    """
    own = {each: trained(each) for each in (0, 1, 2, 256, 512)}
    siblings = [{each: trained(each, run) for each in SCHEDULE} for run in (1, 2, 3)]
    assert plausibility.judge(trained(of), step, own).plausible is True
    bad = plausibility.judge(trained(of), step, own, siblings)
    assert (bad.plausible, bad.fits) == (None, f"suspect: fits step {of}, not step {step}")
    assert bad.expected == f"step {step}, as the curve of 3 sibling runs would have it"
    good = plausibility.judge(trained(step), step, own, siblings)
    assert good.plausible is True
    assert good.expected == f"step {step}, as the curve through 5 recorded steps would have it"


@pytest.mark.parametrize(("step", "of"), [(2, 8), (8, 2), (4, 8)])
def test_vectors_tell_steps_of_a_slow_warm_up(step, of):
    """Where losses differ more from run to run than from step to step; records may lack them."""

    def slow(step, run, version=3):
        record = replace(seen(5.5 + 0.02 * math.sin(run), norm=0.5), version=version)
        spread = SpreadReading("bias", 1e-5 * step**2 * (1 + 0.02 * math.cos(run)))
        return replace(record, spreads=(spread,) if version > 2 else ())

    siblings = [{each: slow(each, run) for each in SCHEDULE} for run in (1, 2, 3)]
    judged = plausibility.judge(slow(of, 7), step, {}, siblings)
    assert (judged.plausible, judged.fits) == (None, f"suspect: fits step {of}, not step {step}")
    assert plausibility.judge(slow(step, 7), step, {}, siblings).plausible is True
    siblings[1] = {each: slow(each, 2, version=2) for each in SCHEDULE}
    assert plausibility.judge(slow(of, 7), step, {}, siblings).plausible is True


def test_siblings_speak_of_what_all_have():
    """Records of version 1 have no weights; step 0 on record says how far they moved."""
    siblings = [{step: trained(step, run) for step in SCHEDULE} for run in (1, 2, 3)]
    siblings[1] = {step: replace(old, weights=(), version=1) for step, old in siblings[1].items()}
    for own in ({}, {0: trained(0)}):
        judged = {of: plausibility.judge(trained(of), 64, own, siblings) for of in (64, 512)}
        assert [judgement.plausible for judgement in judged.values()] == [True, None]


def test_a_record_in_a_coarser_dtype_says_less():
    """What half precision may add to a number is no sign of another step."""
    coarse = replace(HERE, dtype="bfloat16")
    run = {other: replace(trained(other), environment=coarse) for other in SCHEDULE if other != 64}
    exact = {step: plausibility.judge(trained(step), 64, run) for step in (64, 100)}
    assert [judgement.plausible for judgement in exact.values()] == [True, True]


def test_the_record_from_the_likest_environment():
    """The same machine first, then the same dtype, then the same device; the newest of equals."""
    other = replace(HERE, torch="2.0.0")
    half, card = replace(other, dtype="float16"), replace(other, device="cuda")
    known = [seen(nll, where) for nll, where in ((1.0, half), (2.0, card), (3.0, other))]
    assert plausibility.closest(known, seen(0.0)) is known[2]
    assert plausibility.closest([*known, seen(4.0), seen(5.0)], seen(0.0)).text_loss == 5.0
    assert plausibility.closest(known[:2], seen(0.0)) is known[1]
    assert plausibility.closest(known[:1], seen(0.0)) is known[0]
