"""The verification verdict."""

import itertools

import pytest

import catalog
from catalog.core.verdicts import Level, Rule, Verdict, overall
from catalog.errors import BadInput


def test_one_failure_fails():
    """Whatever else was found, a failed check makes the verification fail."""
    for rest in itertools.product(Verdict, repeat=2):
        assert overall([Verdict.FAILED, *rest]) is Verdict.FAILED


def test_doubt_is_never_passed():
    """Absent evidence is inconclusive, and so is no check at all."""
    assert overall([Verdict.PASSED, Verdict.INCONCLUSIVE]) is Verdict.INCONCLUSIVE
    assert overall([]) is Verdict.INCONCLUSIVE
    assert overall([Verdict.PASSED]) is Verdict.PASSED


@pytest.mark.parametrize(("verdict", "code"), list(zip(Verdict, (0, 1, 3), strict=True)))
def test_exit_codes(verdict, code):
    """Passed is 0, failed 1, inconclusive 3."""
    assert verdict.exit_code == code


def test_levels_are_cumulative():
    """Each level includes itself and those before it, and no later one."""
    levels = list(Level)
    for (i, one), (j, other) in itertools.product(enumerate(levels), repeat=2):
        assert one.includes(other) is (i >= j)


def test_an_unknown_level_is_asked_wrongly():
    """From Python too it is no error of Python's: the levels that there are stand in it."""
    for ask in (catalog.open().verify, catalog.open().plan):
        with pytest.raises(BadInput, match=r"unknown level 'deep'; one of metadata, files"):
            ask("anything", level="deep")


def test_every_rule_is_documented():
    """The page of checks has one section a rule, under the level that makes it first."""
    from pathlib import Path

    page = Path(__file__).parents[2] / "docs/reference/checks.md"
    listed: dict[str, list[str]] = {}
    for line in page.read_text().splitlines():
        if line.startswith("## Level"):
            level = listed.setdefault(line.split("`")[1], [])
        if line.startswith("### "):
            level.append(line.removeprefix("### ").strip("`"))
    assert list(listed) == [level.value for level in Level]
    assert {rule for rules in listed.values() for rule in rules} == set(Rule)
    assert sum(map(len, listed.values())) == len(Rule)
