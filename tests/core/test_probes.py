"""The shipped probes and tolerances."""

import hashlib
import json

import pytest

from catalog.core import packaged, probes


@pytest.mark.parametrize(
    ("name", "digest"),
    [
        ("neox-20b", "89671fb738d9b008dcd389e0bda96a2899f6d7a12d3691f8e1ec18ecc611830f"),
        ("bytes", "33ae7990e007eec92b95a2e5eeac2078d48ed5f697f606e6d1031396157fb54f"),
    ],
)
def test_released_probes_never_change(name, digest):
    """Fingerprints on record stay comparable: the ids are those first released."""
    (found,) = (one for one in probes.probe_sets() if one.name == name)
    text = json.dumps([found.top, found.positions, [[one.name, one.ids] for one in found.probes]])
    assert hashlib.sha256(text.encode()).hexdigest() == digest


def test_ids_fit_their_vocabulary():
    """No id is taken modulo anything in a vocabulary that the set is made for."""
    for found in probes.probe_sets():
        for probe in found.probes:
            assert probe.for_vocabulary(found.min_vocabulary) == probe.ids
            assert len(probe.ids) > max(found.positions)


def test_pseudo_random_ids_follow_the_written_rule():
    """The rule in the file's head makes the ids of `random` and `repeated`."""

    def drawn(count, below, state):
        for _ in range(count):
            state = (1103515245 * state + 12345) % 2**31
            yield state // 256 % below

    for found in probes.probe_sets():
        by_name = {probe.name: probe.ids for probe in found.probes}
        length = len(by_name["random"])
        assert by_name["random"] == tuple(drawn(length, found.min_vocabulary, 143000))
        half = tuple(drawn(length // 2, found.min_vocabulary, 20_231_123))
        assert by_name["repeated"] == half * 2


def test_english_probe_is_text(test_data):
    """The NeoX ids of `english` decode to the bytes of the other set's `english`."""
    tokenizers = pytest.importorskip("tokenizers")
    tokenizer = tokenizers.Tokenizer.from_file(str(test_data / "20B_tokenizer.json"))
    neox, plain = probes.probe_sets()
    text = tokenizer.decode(list(neox.probes[0].ids))
    assert text.startswith(bytes(plain.probes[0].ids).decode())


@pytest.mark.parametrize(
    ("rows", "name"),
    [(50_688, "neox-20b"), (50_304, "neox-20b"), (49_152, "bytes"), (256, "bytes"), (7, "bytes")],
)
def test_set_follows_the_vocabulary(rows, name):
    """The set is the first one that the embedding has rows for, else the smallest."""
    found = probes.probe_set(rows)
    assert found.name == name
    assert all(number < rows for probe in found.probes for number in probe.for_vocabulary(rows))


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_tolerances_say_what_they_rest_on(device):
    """Every tolerance names its measurement or that there is none; a coarser dtype gets more."""
    ladder = [limit for limit in probes.tolerances() if limit.device == device]
    assert [limit.dtype for limit in ladder] == ["float32", "float16", "bfloat16"]
    assert [limit.any_device for limit in ladder] == sorted(limit.any_device for limit in ladder)
    for limit in ladder:
        assert limit.same_device < limit.any_device
        assert limit.source.startswith(("measured on ", "CUDA not measured"))


OTHERWISE = {"cpu": 100, "cuda": 30}
"""Pairs at least: a card has one set-up in each dtype, a processor has many."""


def test_a_measured_tolerance_covers_what_was_measured():
    """The shipped quantiles are those of differences that the tolerance allows."""
    measured = [row for row in packaged.table("tolerances")["tolerance"] if "alike" in row]
    assert measured
    for row in measured:
        assert row["alike"]["pairs"] >= 50
        assert row["otherwise"]["pairs"] >= OTHERWISE[row["device"]]
        assert row["alike"]["largest"] < row["same_device"]
        assert row["otherwise"]["largest"] < row["any_device"]


CPU, CARD = ("cpu", "float32", "eager"), ("cuda", "float32", "eager")


def test_the_coarser_dtype_and_the_needier_device_decide():
    """Of two runs the tolerance is that of what needs more room, whichever is on record."""
    by_device = {limit.device: limit for limit in reversed(probes.tolerances())}
    assert probes.tolerance([CPU, CPU]) == by_device["cpu"]
    assert probes.tolerance([CARD, CARD]) == by_device["cuda"]
    needs = max(limit.any_device for limit in by_device.values())
    mixed = probes.tolerance([CPU, CARD]), probes.tolerance([CARD, CPU])
    assert [limit.any_device for limit in mixed] == [needs, needs]
    half = probes.tolerance([("cpu", "bfloat16", "eager"), CARD])
    coarse = [limit.any_device for limit in probes.tolerances() if limit.dtype == "bfloat16"]
    assert (half.dtype, half.any_device) == ("bfloat16", max(coarse))


@pytest.mark.parametrize(
    "other", [("mps", "float32", "eager"), ("cpu", "int8", "eager"), ("cpu", "float32", "sdpa")]
)
def test_what_nobody_measured_has_no_tolerance(other):
    """Another kind of device, dtype or attention: nothing is said, in either order."""
    assert probes.tolerance([CPU, other]) is None
    assert probes.tolerance([other, CPU]) is None
