"""`--fail-on` and `--baseline`: what fails `verify` and `audit`, and with which exit code."""

import json
import os
import shutil
from pathlib import Path

import junitparser
import pytest
import small_weights
from inventories import SINGLE, Inventory

REPO = "lab/run"
RAW = "layer_00-model_00-model_states.pt"  # a trainer's own file, which no loader takes
SEEN = {
    "error": {"step3000": {SINGLE: f"{REPO} 2000"}},
    "warning": {"step3000": {RAW: "raw"}},
    "note": {"notes": {"README.md": "words"}},
    "clean": {},
}


@pytest.fixture(scope="module")
def databases(templates, tmp_path_factory):
    """Return a database for each severity, with a repository that has such a finding; copy it."""
    from cli.main import main

    made = {}
    for severity, branches in SEEN.items():
        folder = tmp_path_factory.mktemp(severity)
        inventory = Inventory().clean(REPO)
        for revision, files in branches.items():
            inventory.branch(REPO, revision, files)
        with templates.copy("sqlite", "empty", folder) as url:
            with pytest.raises(SystemExit):
                main(["sync", "--from-file", str(inventory.write(folder)), "--db", url, "-q"])
            made[severity] = url.removeprefix("sqlite:///")
    return made


@pytest.fixture
def audit(catalog, databases, tmp_path, monkeypatch):
    """Return a function that audits what has a finding of a severity."""
    monkeypatch.chdir(tmp_path)

    def run(severity, *more):
        file = Path(f"{severity}.db")
        if not file.exists():
            shutil.copy(databases[severity], file)
        return catalog("audit", REPO, *more, "--db", file)

    return run


@pytest.mark.parametrize(
    ("level", "codes"),
    [
        (None, (1, 1, 0, 0)),
        ("warning", (1, 1, 0, 0)),
        ("error", (1, 0, 0, 0)),
        ("note", (1, 1, 1, 0)),
        ("never", (0, 0, 0, 0)),
    ],
)
def test_audit_fails_on(audit, level, codes):
    """A finding of the level or above fails, exit 1; nothing below it does."""
    words = () if level is None else ("--fail-on", level)
    assert tuple(audit(severity, *words).code for severity in SEEN) == codes


@pytest.mark.parametrize("level", ["error", "note", "never"])
def test_what_was_never_observed_stays_unchecked(catalog, known_url, level):
    """That nobody looked is no finding, whatever fails: exit 3."""
    assert catalog("audit", "topics-183k", "--fail-on", level, "--db", known_url).code == 3


def test_a_level_that_there_is_not(audit):
    """It is a usage error, which names the levels."""
    ran = audit("clean", "--fail-on", "failed")
    assert (ran.code, "'error', 'warning', 'note', 'never'" in ran.err) == (2, True)


@pytest.fixture
def weights(tmp_path, monkeypatch):
    """Return a folder of weights; the test stands beside it."""
    monkeypatch.chdir(tmp_path)
    return small_weights.write(tmp_path / "weights")


@pytest.mark.parametrize(("level", "code"), [("inconclusive", 3), ("failed", 0)])
def test_verify_fails_on(catalog, weights, known_url, level, code):
    """What could not be compared fails, unless the user says otherwise; an error always does."""
    words = ("--fail-on", level, "--db", known_url)
    assert catalog("verify", weights, *words).code == code
    assert catalog("verify", weights, "./none", *words).code == 2 + (code == 3)
    assert catalog("hash", weights, "-o", "m").code == 0
    small_weights.write(weights, 2.0)
    assert catalog("verify", "--against", "m", weights, *words).code == 1


# Baselines -------------------------------------------------------------------------------------


def test_a_baseline_accepts_what_is_known(audit):
    """Written once, it lets the same findings pass; a new one fails, and is not accepted."""
    words = ("--baseline", "accepted.json")
    ran = audit("error", *words, "--write-baseline")
    assert (ran.code, "2 findings accepted" in ran.err) == (0, True)
    assert audit("error", *words).code == 0
    ran = audit("warning", *words)
    assert ran.code == 1
    assert "no longer there: lab/run: same-as step3000" in ran.err
    assert "2 findings accepted" not in ran.err


def test_a_baseline_is_renewed(audit):
    """What vanished goes, what is new comes in; a second time changes nothing."""
    words = ("--baseline", "accepted.json", "--write-baseline")
    file = Path("accepted.json")
    audit("error", *words)
    before = json.loads(file.read_text())
    assert {each["rule"] for each in before["accepted"]} == {"same-as"}
    audit("warning", *words)
    text = file.read_text()
    assert [each["rule"] for each in json.loads(text)["accepted"]] == ["not-loadable"]
    audit("warning", *words)
    assert file.read_text() == text


def test_what_was_accepted_stays_so(audit):
    """Written anew under a laxer `--fail-on`, a baseline forgets nothing that is still there."""
    words = ("--baseline", "accepted.json", "--write-baseline")
    audit("warning", *words)
    before = Path("accepted.json").read_text()
    audit("warning", *words, "--fail-on", "error")
    assert Path("accepted.json").read_text() == before
    assert audit("warning", "--baseline", "accepted.json").code == 0


def test_a_further_branch_is_the_only_new_one(audit, catalog, tmp_path):
    """One more copy of the same bytes rewords the findings on the others, and fails alone."""
    words = ("--baseline", "accepted.json")
    audit("error", *words, "--write-baseline")
    more = Inventory().clean(REPO)
    for step in (3000, 4000):
        more.branch(REPO, f"step{step}", {SINGLE: f"{REPO} 2000"})
    file = more.write(tmp_path)
    catalog("sync", "--from-file", file, "--observed-at", "2026-09-01", "--db", "error.db")
    ran = audit("error", *words, "--junit", "report.xml")
    assert (ran.code, "2 findings accepted" in ran.err) == (1, True)
    assert "no longer there" not in ran.err
    failed = {
        test.name
        for suite in junitparser.JUnitXml.fromfile("report.xml")
        for test in suite
        if test.is_failure or test.is_error
    }
    assert failed == {"same-as step4000"}


def test_several_commands_share_a_baseline(audit, catalog, weights):
    """A verification leaves an audit's findings in it as they are."""
    words = ("--baseline", "accepted.json", "--write-baseline")
    audit("error", *words)
    catalog("hash", "weights", "-o", "m")
    small_weights.write(weights, 2.0)
    verify = ("verify", "--against", "m", "weights", "--baseline", "accepted.json")
    assert catalog(*verify).code == 1
    assert catalog(*verify, "--write-baseline").code == 0
    assert catalog(*verify).code == 0
    assert audit("error", *words[:2]).code == 0
    small_weights.write(weights, 3.0)
    assert catalog(*verify).code == 1  # other bytes than those that were accepted


def test_a_finding_of_a_deeper_level_has_not_vanished(catalog, weights, known_url):
    """Who looks less deep cannot say that it is gone."""
    words = ("verify", weights, "--db", known_url, "--baseline", "accepted.json")
    catalog(*words, "--level", "weights", "--write-baseline")
    assert "no longer there" not in catalog(*words, "--level", "metadata").err


def test_an_error_writes_no_baseline(catalog, weights, known_url):
    """Where nothing was compared there is nothing to accept."""
    words = ("--baseline", "accepted.json", "--write-baseline", "--db", known_url)
    assert catalog("verify", weights.parent / "none", *words).code == 2
    assert not Path("accepted.json").exists()


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("--write-baseline",), 2, "give --baseline FILE too"),
        (("--baseline", "none.json"), 2, "none.json does not exist; `--write-baseline` makes it"),
        (("--baseline", "m"), 2, "m is no baseline"),
        (("--baseline", "m", "--write-baseline"), 2, "name another; with `--write-baseline`"),
        (("--baseline", "empty"), 2, "empty is no baseline"),
        (("--baseline", "weights"), 3, "cannot read weights: not a regular file"),
        (("--baseline", "/dev/zero"), 3, "cannot read /dev/zero: not a regular file"),
        (("--baseline", "pipe", "--write-baseline"), 3, "cannot read pipe: not a regular file"),
        (("--baseline", "huge"), 2, "huge is larger than 33,554,432 bytes"),
        (("--baseline", "no/such", "--write-baseline"), 3, "cannot write no/such"),
    ],
)
@pytest.mark.usefixtures("weights")
def test_what_is_no_baseline(catalog, words, code, told):
    """It is refused before anything is compared, and nothing that is there is written over."""
    catalog("hash", "weights", "-o", "m")
    Path("empty").touch()
    os.mkfifo("pipe")
    with Path("huge").open("wb") as file:
        file.truncate(1 << 30)
    before = Path("m").read_bytes()
    ran = catalog("verify", "--against", "m", "weights", *words)
    assert (ran.code, ran.out, told in ran.err) == (code, "", True), ran.err
    assert Path("m").read_bytes() == before
