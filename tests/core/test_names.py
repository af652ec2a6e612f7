"""What a written name means: rules, on a small made-up history."""

from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from catalog.core.entries import Entry
from catalog.core.names import Index
from catalog.core.spelling import fold

RENAMED, RELEASED = date(2020, 1, 10), date(2020, 6, 1)
INDEX = Index.of(
    [
        Entry("sun-1b", "sun-2b-v0", "lab/sun-2b-v0", "former", None, RENAMED, "it was bigger"),
        Entry("sun-2b", "sun-2b-v0", "lab/sun-2b-v0", "former", RENAMED, RELEASED),
        Entry("sun-2b-v0", "sun-2b-v0", "lab/sun-2b-v0", "current", RELEASED, None),
        Entry("sun-2b", "sun-2b", "lab/sun-2b", "current", RELEASED, None),
        Entry("lab/sun-2b", "sun-2b", "lab/sun-2b", "repository", RELEASED, None),
        Entry("moon-2b", "moon-2b", None, "current"),
    ]
)


def meaning(text, on=None):
    """Return the model that a text means."""
    return INDEX.resolve(text, on).model


def test_one_run_under_three_names():
    """The old name, the interim name on its day and today's name are one run."""
    assert meaning("sun-1b") == "sun-2b-v0"
    assert meaning("sun-1b", date(2019, 12, 1)) == "sun-2b-v0"
    assert meaning("sun-2b", date(2020, 2, 1)) == "sun-2b-v0"
    assert meaning("sun-2b-v0") == "sun-2b-v0"
    assert meaning("sun-2b") == "sun-2b"


def test_the_end_of_a_period_belongs_to_the_next():
    """On the day of the change the name already has its new meaning."""
    assert meaning("sun-2b", RELEASED) == "sun-2b"
    assert meaning("sun-2b", date(2020, 5, 31)) == "sun-2b-v0"


def test_a_bare_name_is_no_reference():
    """As people wrote it into a file: marks part words, a step at the end is left out."""
    for written in (
        "sun-1b",
        "sun:1b",
        "lab/sun@1b",
        "sun-1b step 1000",
        "sun-1b@step1000",
        "sun_1b ",
    ):
        answer = INDEX.resolve_name(written)
        assert (answer.model, answer.revision) == ("sun-2b-v0", None), written
    assert INDEX.resolve_name("sun-2b", date(2020, 5, 31)).model == "sun-2b-v0"
    assert INDEX.resolve_name("@").error == "unknown model ''"


def test_a_retired_name_offers_its_namesake_as_others_read_it():
    """Old names are aliases of today's models elsewhere: that reading is a candidate."""
    answer = INDEX.resolve("sun-1b")

    assert [c.model for c in answer.candidates] == ["sun-2b-v0", "sun-2b"]
    assert "as other libraries read it" in answer.candidates[1].reason
    assert "it was bigger" in answer.explanation


def test_a_name_before_its_time_means_nothing():
    """A name that came up later is an error with candidates, not a guess."""
    answer = INDEX.resolve("sun-2b", date(2019, 1, 1))

    assert answer.model is None
    assert "not in use on 2019-01-01" in answer.error
    assert {c.model for c in answer.candidates} == {"sun-2b-v0", "sun-2b"}


def test_an_explicit_generation_beats_the_date():
    """`v0` written out means the first generation on any day; v1 never bore the old name."""
    assert meaning("Sun 1B v0") == "sun-2b-v0"
    assert meaning("sun-v1.1-2b") == "sun-2b"
    assert meaning("sun 1b v0", date(2019, 2, 1)) == "sun-2b-v0"


def test_a_bare_size_is_ambiguous():
    """A size alone lists what it fits and chooses nothing."""
    answer = INDEX.resolve("2B")

    assert answer.model is None
    assert {c.model for c in answer.candidates} == {"sun-2b", "sun-2b-v0", "moon-2b"}


def test_a_name_of_many_characters():
    """It is none, and nobody waits for that."""
    long = "seed-" * 10**5
    assert INDEX.resolve_name(long).error == f"no name has {len(long):,} characters"
    for text in ("1_" * 499, "-" * 999, "step " * 199, "de-dup non " * 90, "seed" * 249):
        assert INDEX.resolve_name(text).model is None


def test_an_unknown_name_lists_the_nearest():
    """A slip of the pen is answered with the closest known names."""
    answer = INDEX.resolve("sum-2b")

    assert answer.model is None
    assert answer.nearest[0] == "sun-2b"


@pytest.mark.parametrize(
    "text",
    ["LAB/Sun-2B", "sun_2b", "sun 2b", "2b-sun", "sun2b", "https://huggingface.co/lab/sun-2b"],
)
def test_spelling_does_not_matter(text):
    """Case, separators, order, owner and a Hub address change nothing."""
    assert meaning(text) == "sun-2b"


@pytest.mark.parametrize("text", ["someone/sun-2b", "someone/sun-2b-v0", "someone/2b"])
def test_what_another_owner_publishes_is_another_model(text):
    """A copy under the same name is unknown; the repository that it may be a copy of is named."""
    answer = INDEX.resolve(text)
    assert (answer.model, answer.candidates) == (None, ())
    is_known = text.rpartition("/")[2] != "2b"
    other = ": it is another repository than lab/" if is_known else ""
    assert answer.error.startswith(f"unknown model {text!r}{other}")
    assert answer.nearest
    assert not is_known or answer.nearest[0].startswith("lab/")


def test_a_name_in_a_file_has_no_owner():
    """What stands before its slash is a folder."""
    assert INDEX.resolve_name("checkpoints/sun-2b").model == "sun-2b"


@example("X1b1b")
@example("1b1b1b 1m")
@given(st.text("ab1. -_/XYm", max_size=20))
def test_fold_is_idempotent(text):
    """Folding a folded text changes nothing."""
    assert fold(fold(text)) == fold(text)


@given(st.text(max_size=30))
def test_any_text_gets_an_answer(text):
    """No text makes the resolver fall over; it answers or refuses."""
    from catalog.errors import BadInput

    try:
        answer = INDEX.resolve(text)
    except BadInput:
        return
    assert (answer.model is None) == (answer.error is not None)
