"""What two observers say of one checkpoint: which of their words cannot both be true."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from catalog.core.fingerprints import Environment, Fingerprint, ProbeReading, TopLogits
from catalog.core.manifests import FileEntry, Manifest
from catalog.core.observers import Computed, Files, Judged, Word, Words
from catalog.core.verdicts import Level, Verdict

MONDAY, TUESDAY = datetime(2026, 11, 23, tzinfo=UTC), datetime(2026, 11, 24, tzinfo=UTC)
OURS, THEIRS, LATER = Word(None, MONDAY), Word("Lab A", MONDAY), Word("Lab A", TUESDAY)
ONE, OTHER = "1" * 40, "2" * 40
CPU = Environment("cpu", "a processor", "float32", "2.13.0", "5.23.0")
HALF = replace(CPU, dtype="bfloat16")
SEEN = Fingerprint(
    probe_set="bytes",
    vocabulary=256,
    width=64,
    head_std=0.02,
    tokens=508,
    readings=(ProbeReading("english", 2.5, (TopLogits(7, (4,), (3.0,)),), 2.0, (0.5,)),),
    environment=CPU,
)


def files(word, seed, commit=None, path="model.safetensors"):
    """Return that somebody read one file."""
    entry = FileEntry(path, 3, seed * 64, None)
    return Files(word, commit, Manifest.of([entry]))


def computed(word, nll=2.5, environment=CPU, values="v", commits=(None,)):
    """Return that somebody saw a loss."""
    reading = replace(SEEN.readings[0], nll=nll)
    seen = replace(SEEN, readings=(reading,), environment=environment)
    return Computed(word, "model.safetensors", values, frozenset(commits), seen)


def judged(word, verdict="passed", level="files", digest="d" * 64):
    """Return that somebody verified some bytes."""
    return Judged(word, Level(level), digest, Verdict(verdict))


def wrong(*said):
    """Return what cannot all be true of some words, the newest first."""
    return Words().saying(*said).contradictions()


AGREE = {
    "the same bytes": (files(OURS, "a"), files(THEIRS, "a")),
    "two commits": (files(OURS, "a", ONE), files(THEIRS, "b", OTHER)),
    "no weights": (files(OURS, "a", path="config.json"), files(THEIRS, "b", path="config.json")),
    "taken back by a newer word": (files(LATER, "a"), files(THEIRS, "b"), files(OURS, "a")),
    "one observer alone": (judged(OURS, "failed"), judged(Word(None, TUESDAY))),
    "within the tolerance": (computed(OURS), computed(THEIRS, 2.5 + 1e-6)),
    "within that of half precision": (computed(OURS), computed(THEIRS, 2.6, HALF)),
    "other values": (computed(OURS), computed(THEIRS, 3.0, values="w")),
    "computed of two commits": (
        computed(OURS, commits=(ONE,)),
        computed(THEIRS, 3.0, commits=(OTHER,)),
    ),
    "another level": (judged(OURS), judged(THEIRS, "failed", "weights")),
    "other bytes": (judged(OURS), judged(THEIRS, "failed", digest="e" * 64)),
    "passed at last": (judged(LATER), judged(THEIRS, "failed"), judged(OURS)),
}
DIFFER = {
    "other bytes": ((files(OURS, "a"), files(THEIRS, "b")), "has aaaaaaaaaaaaaaaa…, Lab A"),
    "of a commit nobody named": ((files(OURS, "a", ONE), files(THEIRS, "b")), "model.safetensors"),
    "another loss": ((computed(OURS), computed(THEIRS, 2.6)), "times the tolerance, at probe"),
    "another loss in half precision": ((computed(OURS), computed(THEIRS, 9.0, HALF)), "bfloat16"),
    "a verdict": ((judged(OURS), judged(THEIRS, "failed")), "Lab A (verified 2026-11-23) says fa"),
}


@pytest.mark.parametrize("case", AGREE)
def test_what_can_all_be_true(case):
    """These words contradict nobody."""
    assert wrong(*AGREE[case]) == ()


@pytest.mark.parametrize("case", DIFFER)
def test_what_cannot_all_be_true(case):
    """These do: one sentence says who says what, and when; whoever comes first."""
    said, words = DIFFER[case]
    (sentence,) = wrong(*said)
    assert words in sentence
    assert len(wrong(*reversed(said))) == 1


def test_what_is_seen_now_is_ones_newest_word():
    """It takes the place of what one had said of the same, and of nothing else."""
    on_record = Words((files(THEIRS, "b"), files(OURS, "a")), judged=(judged(THEIRS, "failed"),))
    assert on_record.saying(files(Word(None), "b")).contradictions() == ()
    (said,) = on_record.saying(files(Word(None), "b"), judged(Word(None))).contradictions()
    assert "this catalog (now) says passed" in said
