"""How names are spelled: what does not matter is taken away, and what does is kept."""

import time

import pytest

from catalog.core import nearest, spelling


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        # No size: a generation, a seed, a batch, a step, a type of numbers.
        ("sun-v1-4b", "4b sun v1"),
        ("sun_v0_1b", "1b sun v0"),
        ("sun-seed1-4b", "4b seed1 sun"),
        ("70m-0.25MtokBS", "0.25mtokbs 70m"),
        ("intervene_7 1.4b", "1.4b 7 intervene"),
        ("sun-1b-bf16", "1b bf16 sun"),
        ("sun-1b-step3", "1b step3 sun"),
        # Sizes.
        ("sun-v1.1-2.8b", "2.8b sun v1.1"),
        ("sun 10 m", "10m sun"),
        ("sun-0.07B", "70m sun"),
        ("sun-1000m", "1b sun"),
        ("sun-1.0b", "1b sun"),
        ("sun1.3b", "1.3b sun"),
    ],
)
def test_parts(text, folded):
    """Each word in its one spelling, sorted."""
    assert spelling.fold(text) == folded


def test_names_that_are_told_apart_stay_so():
    """Different runs are never one spelling."""
    names = ["sun-1b", "sun-1.1b", "sun-11b", "sun-1b-seed1", "sun-1b-seed11", "sun-1b-v0"]
    names += ["sun-1b-deduped", "sun-1b-data-seed1", "sun-1b-weight-seed1", "sun-10m", "sun-1m"]
    assert len({spelling.fold(name) for name in names}) == len(names)


def test_a_suggestion_agrees_in_all_that_tells_runs_apart():
    """Size and letters may differ; seed, data, generation and what was done to the weights not."""
    known = {
        name: spelling.parts(name)
        for name in ("sun-2b", "sun-2b-deduped", "sun-2b-v0", "sun-2b-seed1", "sun-2b-long")
    }

    def suggested(text):
        return nearest.suggested(spelling.parts(text), known)

    assert suggested("sun-3b-deduped") == ("sun-2b-deduped",)
    assert suggested("sun-2c-seed1") == ("sun-2b-seed1",)
    assert suggested("sun-2c-v0") == ("sun-2b-v0",)
    assert suggested("sun-2c") == ("sun-2b", "sun-2b-v0")
    for text in ("sun-2b-seed2", "sun-2c-v1.0-deduped-seed1", "sun-2b-chat", "sun-2c-int8"):
        assert suggested(text) == (), text


def test_a_name_of_digits_is_no_work():
    """Half a second were minutes where each digit is tried with each one behind it."""
    known = {f"sun-{size}m": ("sun", f"{size}m") for size in range(1, 400)}
    before = time.process_time()
    assert nearest.suggested(["1" * 990], known) == ()
    assert time.process_time() - before < 1
