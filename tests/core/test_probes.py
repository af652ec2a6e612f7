"""The shipped probes and tolerances."""

import hashlib
import json

import pytest

from catalog.core import probes


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


def test_tolerances_say_what_they_rest_on():
    """Every tolerance names its measurement, and a coarser dtype gets more room."""
    ladder = probes.tolerances()
    assert [one.dtype for one in ladder] == ["float32", "float16", "bfloat16"]
    assert [one.any_device for one in ladder] == sorted(one.any_device for one in ladder)
    for one in ladder:
        assert one.same_device < one.any_device
        assert "CUDA unmeasured" in one.source
