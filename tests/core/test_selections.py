"""Selections: which of a run's checkpoints `all`, `logN` and a range mean."""

from itertools import pairwise
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.core import selections
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
    selection = selections.parse(f"sun-1m@{which}")
    return [each.published_step for each in selections.chosen(selection, MODEL, saved)]


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
        ("log2", [0, 16]),
        ("log6", [0, 1, 2, 4, 8, 16]),
        ("log3", [0, 4, 16]),
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
        ("log7", BadInput, "sun-1m has 6 checkpoints; write sun-1m@all"),
        ("log0", BadInput, "cannot be"),
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
    """Fourteen of Pythia's 154, as a paper would draw them."""
    expected = [0, 2, 4, 16, 32, 128, 256, 512, 2000, 4000, 9000, 23000, 57000, 143000]
    assert steps("log14", run(PYTHIA)) == expected


@given(st.sets(st.integers(0, 150_000), min_size=1, max_size=40), st.data())
def test_so_many_and_no_fewer(saved, data):
    """N checkpoints are N, in order, each once, the first and the last among them."""
    ordered = sorted(saved)
    count = data.draw(st.integers(1, len(ordered)))
    chosen = steps(f"log{count}", run(ordered))
    assert len(chosen) == count
    assert all(one < other for one, other in pairwise(chosen))
    assert chosen[-1] == ordered[-1]
    assert count == 1 or chosen[0] == ordered[0]
    assert set(chosen) <= saved


def test_runs_without_steps_go_by_tokens():
    """Where branches have no numbers, an amount of tokens is an end all the same."""
    saved = [each._replace(published_step=None) for each in run((1, 10, 100))]
    selection = selections.parse("sun-1m@5%..50%")
    assert [c.revision for c in selections.chosen(selection, MODEL, saved)] == ["step10"]
    selection = selections.parse("sun-1m@log3")
    assert len(selections.chosen(selection, MODEL, saved)) == 3


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
