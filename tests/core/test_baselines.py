"""Baselines: what is accepted, what is new, what has vanished; and files that are none."""

import json

import pytest

from catalog.core.baselines import FORMAT, Baseline, parse
from catalog.core.cases import BAD, DOUBTED, Case, Group, Outcome, exit_code
from catalog.errors import BadInput


def case(place="step1", outcome=Outcome.ERROR, **more):
    """Return one finding."""
    return Case("same-as", outcome, "lab/run", more.pop("message", "seen"), place=place, **more)


def group(*cases, target="lab/run", depths=("",)):
    """Return what was found of a repository."""
    return Group(target, cases, depths=frozenset(depths))


def accepting(*cases, command="audit", depths=("",)):
    """Return the baseline that accepts some cases, as it comes out of its file."""
    text = Baseline().renewed(command, [group(*cases, depths=depths)], DOUBTED).text()
    return parse(text.encode(), "accepted.json")


def accepted(baseline, *cases, command="audit"):
    """Return which cases are accepted, by place."""
    return {each.place: each.accepted for each in baseline.settled(command, group(*cases)).cases}


def test_only_new_ones_fail():
    """What is accepted fails nothing; anything beside it does."""
    settled = accepting(case()).settled("audit", group(case(), case("step2")))
    assert [each.accepted for each in settled.cases] == [True, False]
    assert exit_code(settled.cases, DOUBTED) == 1
    assert exit_code(settled.cases[:1], DOUBTED) == 0


@pytest.mark.parametrize(
    "other",
    [
        case("step2"),
        case(message="other bytes"),
        case(expected="so"),
        case(outcome=Outcome.WARNING),
        case(substance="commit"),
    ],
    ids=["place", "message", "expected", "outcome", "substance"],
)
def test_another_thing_is_new(other):
    """The same rule at the same place with other bytes was accepted by nobody."""
    assert accepted(accepting(case()), other) == {other.place: False}


def test_words_may_change_where_the_substance_is_the_same():
    """A count of other branches in the message makes no new finding; other substance does."""
    known = accepting(case(message="75 more", substance="commit a"))
    assert accepted(known, case(message="76 more", substance="commit a")) == {"step1": True}
    assert accepted(known, case(message="75 more", substance="commit b")) == {"step1": False}


def test_each_command_accepts_its_own():
    """What an audit says is not what a verification says."""
    assert accepted(accepting(case(), command="audit"), case(), command="verify") == {
        "step1": False
    }


def test_no_answer_is_never_accepted():
    """An error cannot be written down as known, nor be taken for something that is."""
    error = case(no_answer=True, outcome=Outcome.UNCHECKED)
    assert accepting(error).accepted == []
    known = accepting(case(outcome=Outcome.UNCHECKED))
    assert accepted(known, error) == {"step1": False}
    assert exit_code([error], frozenset()) == 3


def test_only_what_fails_is_written():
    """What passes, or is tolerated, needs no acceptance; what was accepted stays so."""
    cases = [case(outcome.value, outcome) for outcome in Outcome]
    renewed = Baseline().renewed("audit", [group(*cases)], BAD)
    assert [each.place for each in renewed.accepted] == ["error", "warning"]
    settled = accepting(case("unchecked", Outcome.UNCHECKED)).settled("audit", group(*cases))
    assert "unchecked" in {
        each.place for each in Baseline().renewed("audit", [settled], BAD).accepted
    }


@pytest.mark.parametrize(
    ("look", "vanished"),
    [
        (group(case("step2")), ["step1"]),
        (group(case()), []),
        (group(target="lab/other"), []),
        (group(case(no_answer=True, outcome=Outcome.UNCHECKED)), []),
        (Group("lab/run", (), depths=frozenset({"probe"})), []),
    ],
    ids=["gone", "there", "another repository", "no answer", "another depth"],
)
def test_what_vanished(look, vanished):
    """It is told where a look would have met it, and nowhere else."""
    assert [each.place for each in accepting(case()).vanished("audit", [look])] == vanished
    kept = accepting(case()).renewed("audit", [look], DOUBTED).accepted
    assert ("step1" in {each.place for each in kept}) is (vanished == [])


def test_the_file_is_the_same_whatever_the_order():
    """It is kept beside code: no day, no order of the moment, one finding once."""
    cases = [case("b"), case("a"), case("a")]
    one = Baseline().renewed("audit", [group(*cases)], DOUBTED)
    other = Baseline().renewed("audit", [group(*reversed(cases))], DOUBTED)
    assert one.text() == other.text()
    assert [each.place for each in parse(one.text().encode(), "f").accepted] == ["a", "b"]
    again = one.renewed("audit", [group(*cases)], DOUBTED)
    assert again.text() == one.text()


GOOD = json.loads(Baseline().renewed("audit", [group(case())], DOUBTED).text())
ONE = GOOD["accepted"][0]


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "no baseline"),
        (b"\xff\xfe", "no baseline: byte 0 is UTF-16"),
        (b"[" * 200, "no baseline"),
        (b'{"format": 1, "format": 2}', "no baseline"),
        (b"[]", "does not say"),
        (b'{"format": "catalog-baseline-9", "accepted": []}', "does not say"),
        (json.dumps({"format": FORMAT}).encode(), "damaged"),
        (json.dumps({"format": FORMAT, "accepted": {}}).encode(), "damaged"),
        (json.dumps({"format": FORMAT, "accepted": [1]}).encode(), "damaged"),
        (json.dumps({"format": FORMAT, "accepted": [{**ONE, "rule": None}]}).encode(), "damaged"),
        (json.dumps({"format": FORMAT, "accepted": [{**ONE, "place": 3}]}).encode(), "damaged"),
        (json.dumps({"format": FORMAT, "accepted": [{"rule": "x"}]}).encode(), "damaged"),
    ],
)
def test_what_is_no_baseline(raw, why):
    """It is refused in one line, with what to do."""
    with pytest.raises(BadInput, match=why) as raised:
        parse(raw, "accepted.json")
    assert "--write-baseline" in raised.value.hint


def test_keys_of_later_versions_are_passed_over():
    """What a later version adds to a finding does not break an older one."""
    later = {**GOOD, "accepted": [{**ONE, "because": "known"}], "more": 1}
    assert len(parse(json.dumps(later).encode(), "f").accepted) == 1
