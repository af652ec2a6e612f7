"""Fingerprints as values: printed, compared, judged without a record."""

import json
import math
from dataclasses import replace

import pytest

from catalog.core.fingerprints import (
    Agreement,
    Comparison,
    Environment,
    Fingerprint,
    ProbeReading,
    SpreadReading,
    TopLogits,
    WeightReading,
    compare,
    limit_between,
    parse_fingerprint,
    print_fingerprint,
)
from catalog.core.plausibility import neighbour_range, untrained_loss
from catalog.errors import BadInput

HERE = Environment("cpu", "a processor", "float32", "2.13.0", "5.23.0")
READING = ProbeReading(
    name="english",
    nll=2.5,
    tops=(TopLogits(7, (4, 9, 2), (3.0, 2.0, 1.0)),),
    logit_rms=2.0,
    norms=(0.5, 1.5),
)
WEIGHT = WeightReading("head", 0.5, (0.25, -0.75))
SPREAD = SpreadReading("norm", 0.125)
ONE = Fingerprint("bytes", 256, 64, 0.02, 508, (READING,), HERE, (WEIGHT,), (SPREAD,))
OLD = replace(ONE, weights=(), spreads=(), version=1)
SECOND = replace(ONE, spreads=(), version=2)
FIRST = """{"version": 1, "probe_set": "bytes", "vocabulary": 256, "width": 64, "head_std": 0.02,
"tokens": 508, "readings": [{"name": "english", "nll": 2.5, "tops": [{"position": 7,
"ids": [4, 9, 2], "logits": [3.0, 2.0, 1.0]}], "logit_rms": 2.0, "norms": [0.5, 1.5]}],
"environment": {"device": "cpu", "device_name": "a processor", "dtype": "float32",
"torch": "2.13.0", "transformers": "5.23.0", "attention": "eager"}}"""
"""As version 1 wrote it."""


def changed(**changes):
    """Return the fingerprint with its reading changed."""
    return replace(ONE, readings=(replace(READING, **changes),))


def test_print_and_parse_are_inverses():
    """What was printed parses to the same fingerprint."""
    assert parse_fingerprint(print_fingerprint(ONE)) == ONE


def test_version_1_is_read_and_written_as_it_was():
    """A record of version 1 is parsed, and printed so that its own program reads it again."""
    assert parse_fingerprint(FIRST) == OLD
    assert json.loads(print_fingerprint(OLD)) == json.loads(FIRST)


def test_version_2_has_no_spreads():
    """It is printed without them, and read again."""
    printed = json.loads(print_fingerprint(SECOND))
    assert (printed["version"], "weights" in printed, "spreads" in printed) == (2, True, False)
    assert parse_fingerprint(print_fingerprint(SECOND)) == SECOND


def test_versions_2_and_3_ran_alike():
    """What both have is held against the tolerance of one machine, and no spread against any."""
    for expected, observed in ((SECOND, ONE), (ONE, SECOND), (ONE, replace(ONE, spreads=()))):
        result = compare(expected, observed)
        assert (result.agreement, result.allowed) == (Agreement.AGREE, compare(ONE, ONE).allowed)
        assert "version" not in result.source
    assert not replace(ONE, spreads=(SpreadReading("norm", math.inf),)).is_finite()


def test_versions_are_compared_and_named():
    """The same quantities, within the wider tolerance, whichever is the record."""
    for expected, observed, said in ((OLD, ONE, "1 against 3"), (ONE, OLD, "3 against 1")):
        result = compare(expected, observed)
        assert result.agreement is Agreement.AGREE
        assert result.allowed > compare(ONE, ONE).allowed
        assert result.source.endswith(f"; version {said}")
        worse = replace(observed, readings=(replace(READING, nll=2.6),))
        assert compare(expected, worse).agreement is Agreement.DIFFER
    assert "version" not in compare(OLD, OLD).source


@pytest.mark.parametrize(
    "text",
    [
        *("", "[]", "{}", '{"version": 1}', '{"version": 1, "readings": 3}'),
        *('{"version": 2, "readings": []}', '{"version": [2]}', FIRST.replace(": 1,", ": 2,", 1)),
    ],
)
def test_garbage_is_refused(text):
    """Text that is no fingerprint is a BadInput, whatever it is."""
    with pytest.raises(BadInput):
        parse_fingerprint(text)


def test_later_version_is_named():
    """A fingerprint of a later program says what to upgrade."""
    later = json.loads(print_fingerprint(ONE)) | {"version": 4}
    with pytest.raises(BadInput, match="upgrade"):
        parse_fingerprint(json.dumps(later))


def test_equal_fingerprints_agree():
    """Nothing differs between a fingerprint and itself."""
    result = compare(ONE, ONE)
    assert (result.agreement, result.worst) == (Agreement.AGREE, 0.0)


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"nll": 2.6}, "loss"),
        ({"logit_rms": 2.1}, "logits' norm"),
        ({"norms": (0.5, 1.6)}, "norm 1"),
        ({"tops": (TopLogits(7, (4, 9, 2), (3.0, 2.1, 1.0)),)}, "position 7, token 9"),
        ({"tops": (TopLogits(7, (4, 9, 5), (3.0, 2.0, 1.5)),)}, "position 7, token 5"),
    ],
)
def test_every_part_counts(changes, where):
    """A change of any part beyond the tolerance differs, and the part is named."""
    result = compare(ONE, changed(**changes))
    assert result.agreement is Agreement.DIFFER
    assert where in result.at


@pytest.mark.parametrize(
    ("weight", "where"),
    [
        (replace(WEIGHT, rms=0.6), "norm of head"),
        (replace(WEIGHT, numbers=(0.25, -0.7)), "number 1 of head"),
    ],
)
def test_weights_count(weight, where):
    """A tensor's norm and its numbers are held against what was recorded."""
    result = compare(ONE, replace(ONE, weights=(weight,)))
    assert (result.agreement, result.at) == (Agreement.DIFFER, where)
    assert result.worst == pytest.approx({"norm of head": 0.2}.get(where, 0.1))


@pytest.mark.parametrize("weight", [replace(WEIGHT, name="x"), replace(WEIGHT, numbers=(9.0,))])
def test_tensors_that_only_one_side_has_are_passed_over(weight):
    """Another version of transformers may name or cut them otherwise."""
    assert compare(ONE, replace(ONE, weights=(weight,))).agreement is Agreement.AGREE


def test_ties_may_change_places():
    """Two tokens with the same logit may come in either order, even in the last place."""
    tied = changed(tops=(TopLogits(7, (4, 9, 2), (3.0, 1.0, 1.0)),))
    other = changed(tops=(TopLogits(7, (4, 30, 9), (3.0, 1.0, 1.0)),))
    assert compare(tied, other).agreement is Agreement.AGREE


def test_nan_never_agrees():
    """A difference that is no number is no agreement."""
    assert compare(ONE, changed(nll=math.nan)).agreement is Agreement.DIFFER


def test_coarser_dtype_decides_the_tolerance():
    """A bfloat16 run may lie further from the record than a float32 run."""
    coarse = replace(changed(nll=2.6), environment=replace(HERE, dtype="bfloat16"))
    result = compare(ONE, coarse)
    assert result.agreement is Agreement.AGREE
    assert result.allowed > compare(ONE, ONE).allowed


def test_other_machines_get_more_room():
    """The same dtype on another device is held to the wider tolerance."""
    elsewhere = replace(ONE, environment=replace(HERE, device="cuda", device_name="a card"))
    assert compare(ONE, elsewhere).allowed > compare(ONE, ONE).allowed


@pytest.mark.parametrize(
    "change", [{"device": "mps"}, {"attention": "sdpa"}, {"dtype": "float8_e4m3fn"}], ids=str
)
def test_runs_without_a_tolerance_are_incomparable(change):
    """Between environments that nobody measured no difference means anything, not even none."""
    elsewhere = replace(ONE, environment=replace(HERE, **change))
    assert limit_between(HERE, elsewhere.environment) is None
    assert compare(ONE, elsewhere).agreement is Agreement.INCOMPARABLE
    assert compare(elsewhere, elsewhere).agreement is Agreement.INCOMPARABLE


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0, "0 of the tolerance"),
        (0.034, "0.034 of the tolerance"),
        (1, "1 of the tolerance"),
        (1.26, "1.26 times the tolerance"),
        (40_000, "40,000 times the tolerance"),
        (math.inf, "inf times the tolerance"),
        (math.nan, "nan times the tolerance"),
    ],
)
def test_the_margin_is_said(share, words):
    """How near to the tolerance a difference lies, on either side of it."""
    assert Comparison(Agreement.DIFFER, share * 1e-5, "loss", 1e-5, "").margin == words


@pytest.mark.parametrize("other", [{"vocabulary": 300}, {"width": 128}, {"probe_set": "neox-20b"}])
def test_other_networks_are_incomparable(other):
    """Fingerprints of networks of another shape never agree."""
    assert compare(ONE, replace(ONE, **other)).agreement is Agreement.INCOMPARABLE
    assert not math.isfinite(compare(ONE, replace(ONE, **other)).worst)


def test_infinity_is_seen():
    """A fingerprint with an infinite logit is not finite."""
    assert ONE.is_finite()
    assert not changed(tops=(TopLogits(7, (4,), (math.inf,)),)).is_finite()
    assert not replace(ONE, weights=(replace(WEIGHT, numbers=(math.nan,)),)).is_finite()


def test_untrained_loss_is_that_of_chance():
    """Small output weights give ln V; larger ones add half the logits' variance."""
    assert untrained_loss(replace(ONE, head_std=0.0))[0] == pytest.approx(math.log(256))
    assert untrained_loss(replace(ONE, head_std=0.125))[0] == pytest.approx(math.log(256) + 0.5)


def test_neighbours_give_a_range():
    """A loss may lie between its neighbours, and a little outside."""
    low, high = neighbour_range([4.9, 2.7])
    assert (low < 2.7, high > 4.9) == (True, True)
