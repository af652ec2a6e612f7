"""Selections: which of a run's checkpoints `all`, `log14`, `every10B` and a range mean."""

import math
from itertools import pairwise
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.core import selected, selections
from catalog.core.models import Checkpoint
from catalog.errors import BadInput, UnknownName

PYTHIA = (0, *(2**n for n in range(10)), *range(1000, 144_000, 1000))
TOKENS = 2_097_152
MODEL = SimpleNamespace(name="sun-1m", tokens_per_published_step=TOKENS)


def run(steps):
    """Return a run that saved some steps."""
    return [
        Checkpoint(step, MODEL.name, "lab/sun-1m", f"step{step}", step, step, step * TOKENS)
        for step in steps
    ]


def steps(which, saved):
    """Return the steps that a selection means."""
    return [each.published_step for each in chosen(f"sun-1m@{which}", saved)]


def chosen(text, saved):
    """Return the checkpoints that a selection means."""
    selection = selections.parse(text)
    return selected.spaced(selection, MODEL, selected.inside(selection, MODEL, saved))


@pytest.mark.parametrize(
    ("which", "meant"),
    [
        ("all", [0, 1, 2, 4, 8, 16]),
        ("ALL", [0, 1, 2, 4, 8, 16]),
        ("step2..step8", [2, 4, 8]),
        ("step3..step9", [4, 8]),
        ("step4..step4", [4]),
        ("step4..", [4, 8, 16]),
        ("..step1", [0, 1]),
        (" step4 .. step8 ", [4, 8]),
        ("Step 4..step_8", [4, 8]),
        ("2..4", [2, 4]),
        ("step8..main", [8, 16]),
        ("step0..step999", [0, 1, 2, 4, 8, 16]),
        ("4,194,304 tokens..16M", [2, 4]),
        ("25%..50%", [4, 8]),
        ("step2..50%", [2, 4, 8]),
        ("log1", [16]),
        ("log2", [1, 16]),
        ("log5", [1, 2, 4, 8, 16]),
        ("log6", [0, 1, 2, 4, 8, 16]),
        ("log7", [0, 1, 2, 4, 8, 16]),
        ("LOG3", [1, 4, 16]),
        ("linear1", [16]),
        ("linear3", [0, 8, 16]),
        ("linear9", [0, 1, 2, 4, 8, 16]),
        ("every 8M", [0, 4, 8, 16]),
        ("every step4", [0, 4, 8, 16]),
        ("every-50%", [0, 8, 16]),
        ("every1T", [0, 16]),
        ("every1 tokens", [0, 1, 2, 4, 8, 16]),
        ("step2..:log2", [2, 16]),
        ("step1..step8 : linear2", [1, 8]),
        ("all:log3", [1, 4, 16]),
        ("..step8:step2..", [2, 4, 8]),
    ],
)
def test_what_is_meant(which, meant):
    """In the order of training, both ends included; an end need not be saved itself."""
    assert steps(which, run((0, 1, 2, 4, 8, 16))) == meant


@pytest.mark.parametrize(
    ("which", "kind", "says"),
    [
        ("..", BadInput, "not a range"),
        ("a..b", BadInput, "ends at no checkpoint: 'a'"),
        ("step1...step8", BadInput, "not a range"),
        ("step1..step4..step8", BadInput, "not a range"),
        ("step8..step2", BadInput, "the first end is the larger"),
        ("50%..25%", BadInput, "the first end is the larger"),
        ("step5..step7", UnknownName, "they go from step0 to step16"),
        ("step17..", UnknownName, "no checkpoint of sun-1m lies there"),
        ("step1k..", BadInput, "write step1000"),
        ("3..8", BadInput, "may be a step or a number of tokens"),
        ("log0", BadInput, "asks for no checkpoint"),
        ("every0", BadInput, "there are no multiples of '0'"),
        ("every8", BadInput, "may be a step or a number of tokens"),
        ("log3:step1..", BadInput, "log3 is a spacing; write it last"),
        ("all:nonsense", BadInput, "not a selection"),
        ("step1..:", BadInput, "not a selection"),
    ],
)
def test_refused_in_one_line(which, kind, says):
    """What may mean two things, or nothing, is no selection of anything."""
    with pytest.raises(kind) as refused:
        steps(which, run((0, 1, 2, 4, 8, 16)))
    assert type(refused.value) is kind
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)


def test_the_published_grid():
    """Fourteen of Pythia's 154, as a paper would draw them; twenty, though marks fall together."""
    expected = [1, 2, 8, 16, 32, 128, 256, 512, 2000, 4000, 9000, 23000, 57000, 143000]
    assert steps("log14", run(PYTHIA)) == expected
    expected = [*PYTHIA[1:11], *(1000 * n for n in (1, 2, 3, 5, 9, 16, 27, 47, 82, 143))]
    assert steps("log20", run(PYTHIA)) == expected


SAVED = st.sets(st.integers(0, 150_000), min_size=1, max_size=40)
WHICH = st.sampled_from(("log{}", "linear{}", "every step{}"))


@given(SAVED, WHICH, st.integers(1, 60))
def test_sorted_distinct_and_saved(saved, which, number):
    """In the order of training, each once, each of them saved, the last among them."""
    chosen = steps(which.format(number), run(sorted(saved)))
    assert all(one < other for one, other in pairwise(chosen))
    assert set(chosen) <= saved
    assert chosen[-1] == max(saved)


@given(SAVED, st.integers(1, 60))
def test_so_many_and_no_fewer(saved, count):
    """N are N where N exist, all where not; the first that is not zero is among two or more."""
    logarithmic, linear = (
        steps(f"{rule}{count}", run(sorted(saved))) for rule in ("log", "linear")
    )
    assert len(logarithmic) == len(linear) == min(count, len(saved))
    if count > 1:
        assert linear[0] == min(saved)
        assert min(saved - {0}, default=0) in logarithmic
        assert (0 in logarithmic) == (0 in saved and count >= len(saved))


@given(SAVED, st.integers(2, 12))
def test_marks_apart_take_the_nearest(saved, count):
    """Where no two marks have one nearest checkpoint, each is answered by that."""
    positive = sorted(saved - {0})
    if len(positive) < count:
        return
    places = [math.log2(step * TOKENS) for step in positive]
    marks = [places[0] + (places[-1] - places[0]) * n / (count - 1) for n in range(count)]
    nearest = [min(range(len(places)), key=lambda at: abs(places[at] - mark)) for mark in marks]
    if len(set(nearest)) == count:
        assert steps(f"log{count}", run(sorted(saved))) == [positive[at] for at in nearest]


@given(SAVED, st.integers(1, 150_000))
def test_each_multiple_has_its_nearest(saved, stride):
    """The nearest to every multiple, the earlier at a tie, and no other but the ends."""
    ordered = sorted(saved)
    wanted = {ordered[0], ordered[-1]}
    for multiple in range(0, min(ordered[-1], 2000 * stride) + 1, stride):
        wanted.add(min(ordered, key=lambda step: (abs(step - multiple), step)))
    if ordered[-1] <= 2000 * stride:
        assert steps(f"every step{stride}", run(ordered)) == sorted(wanted)


def test_runs_without_steps_go_by_tokens():
    """Where branches have no numbers, an amount of tokens is an end all the same."""
    saved = [each._replace(published_step=None) for each in run((1, 10, 100))]
    assert [c.revision for c in chosen("sun-1m@5%..50%", saved)] == ["step10"]
    assert len(chosen("sun-1m@log3", saved)) == 3


def test_runs_whose_tokens_nobody_knows_go_by_steps():
    """Where nothing has a place at all, the last checkpoint is what there is."""
    saved = [each._replace(tokens_seen=None) for each in run((0, 1, 2, 4, 16))]
    assert [c.published_step for c in chosen("sun-1m@log3", saved)] == [1, 4, 16]
    nowhere = [each._replace(published_step=None, training_step=None) for each in saved]
    assert chosen("sun-1m@log3", nowhere) == nowhere[-1:]


@pytest.mark.parametrize(
    "text",
    [
        "sun-1m",
        "sun-1m@step8",
        "../step8",
        "a/../b@c/../d",
        "sun..moon",
        "x@allsteps",
        "x@log",
        "x@everything",
        "x@v1:2",
        "all",
    ],
)
def test_what_is_no_selection(text):
    """A REF of one checkpoint and a path stay what they are."""
    assert selections.parse(text) is None


@pytest.mark.parametrize("text", ["@all", " @step1..", "sun-1m@all#", "#x@all"])
def test_half_a_selection(text):
    """A part that is empty is named, unless it is no selection at all."""
    if text.startswith("#"):
        assert selections.parse(text) is None
        return
    with pytest.raises(BadInput, match="not a selection"):
        selections.parse(text)


# Options ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spread", "text", "same"),
    [
        ({"log": 14}, "pythia", "pythia@log14"),
        ({"linear": 9}, "pythia#a.bin", "pythia@linear9#a.bin"),
        ({"every": "10B"}, "sun-1m", "sun-1m@every10B"),
        ({"scored": True, "common": True}, "sun-1m", "sun-1m@scored:common"),
        ({"log": 3, "scored": True}, "sun-1m@step1..", "sun-1m@step1..:scored:log3"),
        ({}, "sun-1m@step8", "sun-1m@step8"),
    ],
)
def test_an_option_is_a_selection(spread, text, same):
    """What options say is what the text with `@` says."""
    assert selections.Spread(**spread).over(text) == same


@pytest.mark.parametrize(
    ("spread", "text", "says"),
    [
        ({"log": 14}, "sun-1m@step8", "'sun-1m@step8' says already which checkpoints"),
        ({"log": 14}, "sun-1m@linear3", "'sun-1m@linear3' says already which checkpoints"),
        ({"log": 14, "every": "1B"}, "sun-1m", "exclude one another"),
        ({"log": 0}, "sun-1m", "nobody can choose so many checkpoints; ask for 1"),
        ({"log": 1_000_000}, "sun-1m", "nobody can choose so many checkpoints"),
        ({"every": "often"}, "sun-1m", "not an amount of training: 'often'"),
        ({"tasks": ("piqa",)}, "sun-1m", "--task says which scores count; give --scored too"),
    ],
)
def test_options_that_do_not_go_together(spread, text, says):
    """One line says which."""
    with pytest.raises(BadInput) as refused:
        selections.Spread(**spread).over(text)
    assert says in str(refused.value)


@pytest.mark.parametrize(
    ("words", "amounts"),
    [
        (["1B", "2B", "4B", "pythia-1.4b"], 3),
        (["50%", "pythia"], 1),
        (["step1..step512", "1B..", "..2B", "sun-1m"], 3),
        (["sun-1m", "1B"], 0),
        (["step3000", "step-1m"], 1),
        (["../sun-1m"], 0),
        ([], 0),
    ],
)
def test_amounts_stand_first(words, amounts):
    """The words up to the first that is no amount and no range."""
    assert selections.apart(words) == (words[:amounts], words[amounts:])
