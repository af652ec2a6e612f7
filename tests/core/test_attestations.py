"""Attestations: what is stated, what others read of it, and what is refused of others."""

import base64
import json
import warnings
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from catalog.core.attestations import envelopes, matching, statements
from catalog.core.attestations.matching import Held, matched
from catalog.core.attestations.statements import Statement
from catalog.core.foreign import ForeignError
from catalog.core.manifests import FileEntry, Manifest
from catalog.core.verdicts import Check, Level, Rule, Seen, Verdict, Verification
from catalog.core.witnesses import SetDigests

P, F, O = Verdict.PASSED, Verdict.FAILED, Verdict.INCONCLUSIVE  # noqa: E741 - passed, failed, open
FILES = {"config.json": "a" * 64, "model.safetensors": "b" * 64}
COMMIT = "c" * 40
ALL = (Rule.FILES, Rule.SHAPES, Rule.FINITE, Rule.VALUES, Rule.FORWARD)


def verification(level=Level.FORWARD, **verdicts):
    """Return a verification in which every check passed but those that are named."""
    made = [(rule, verdicts.get(rule.value, P)) for rule in ALL if level.includes(rule.level)]
    manifest = Manifest.of(FileEntry(path, 1, digest) for path, digest in FILES.items())
    digests = SetDigests("model.safetensors", "single", (), (), "f32", 1, "d" * 64, "e" * 64)
    return Verification(
        target="somewhere/on/this/disk",
        level=level,
        checks=tuple(Check(rule, verdict, "wanted", "seen") for rule, verdict in made),
        expected="f" * 64,
        observed=manifest.digest,
        worst_difference=1e-6,
        tolerance=1e-4,
        environment=json.dumps({"device": "cpu", "torch": "2.13.0"}),
        started_at=datetime(2026, 11, 26, 5, tzinfo=UTC),
        duration_s=1.0,
        seen=Seen("pythia-70m@step8", manifest, (digests,), "EleutherAI/pythia-70m", COMMIT),
    )


def stated(made=None, **more):
    """Return the statement of a verification."""
    return Statement.of(made or verification(), version="9.9", **more)


def payload(document):
    """Return a document as one line of a file, unsigned."""
    return envelopes.lines(json.dumps(document).encode())[0]


# What is stated --------------------------------------------------------------------------------


@pytest.mark.parametrize("lock", [None, ("paper.lock", "1" * 64)])
@pytest.mark.parametrize("verdict", [P, F, O])
def test_what_is_written_is_what_is_read(verdict, lock):
    """A statement comes back from its payload as it was, whatever came of the verification."""
    statement = stated(verification(forward=verdict), lock=lock)
    (line,) = envelopes.lines(envelopes.line(envelopes.payload(statement)).encode())
    assert envelopes.statement(line) == statement
    assert statement.verdict is verdict


@pytest.mark.parametrize(
    ("verdicts", "result", "checked", "failed"),
    [
        ({}, "PASSED", "forward", []),
        ({"forward": F}, "FAILED", "forward", ["forward"]),
        ({"forward": O}, "FAILED", "weights", []),
        ({"shapes": O}, "FAILED", "files", []),
        ({"shapes": O, "values": F}, "FAILED", "files", ["values"]),
        ({"files": O}, "FAILED", None, []),
    ],
)
def test_the_level_is_that_which_was_really_checked(verdicts, result, checked, failed):
    """What could not be settled is never PASSED, and names neither a passed nor a failed test."""
    predicate = stated(verification(**verdicts)).document["predicate"]
    (said,) = [each["annotations"] for each in predicate["configuration"] if "uri" in each]
    assert (predicate["result"], said["level"], said["checkedLevel"]) == (
        result,
        "forward",
        checked,
    )
    assert (predicate["failedTests"], predicate["warnedTests"]) == (failed, [])
    assert not {name for name, each in verdicts.items() if each is not P} & {
        *predicate["passedTests"]
    }
    assert said["inconclusive"] == [name for name, each in verdicts.items() if each is O]


def test_the_readers_of_in_toto_read_it():
    """Their own library finds a whole statement v1 with a whole test result v0.1, and no more."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from google.protobuf import json_format
        from in_toto_attestation.predicates.test_result.v0 import test_result_pb2
        from in_toto_attestation.v1 import statement_pb2
        from in_toto_attestation.v1.statement import Statement as Theirs

    text = envelopes.payload(stated(lock=("paper.lock", "1" * 64))).decode()
    theirs = Theirs.copy_from_pb(json_format.Parse(text, statement_pb2.Statement()))
    theirs.validate()
    subjects = {each.name: each.digest["sha256"] for each in theirs.pb.subject}
    assert subjects == FILES | {
        "catalog://manifest": verification().observed,
        "catalog://parameters/model.safetensors": "d" * 64,
        "catalog://values/model.safetensors": "e" * 64,
    }
    predicate = json.dumps(json.loads(text)["predicate"])
    result = json_format.Parse(predicate, test_result_pb2.TestResult())  # an unknown field raises
    assert result.result == "PASSED"
    assert list(result.passed_tests) == [rule.value for rule in ALL]
    assert [each.name for each in result.configuration] == [
        "pythia-70m@step8",
        "paper.lock",
        "checkpoint-catalog",
    ]
    assert result.configuration[0].digest["gitCommit"] == COMMIT


@pytest.mark.parametrize("commit", [None, COMMIT])
@pytest.mark.parametrize("name", [None, "lab/päth@step8"])
def test_every_resource_has_a_uri_or_a_digest(name, commit):
    """As in-toto wants of each descriptor; a checkpoint without commit and name has none."""
    statement = replace(stated(), name=name, commit=commit, repo_id=None)
    configuration = statement.document["predicate"]["configuration"]
    assert len(configuration) == 1 + (name is not None or commit is not None)
    assert all("uri" in each or "digest" in each for each in configuration)
    (line,) = envelopes.lines(envelopes.line(envelopes.payload(statement)).encode())
    assert envelopes.statement(line) == statement


def test_it_does_not_say_where_weights_lay():
    """The path on this machine is nobody else's business."""
    assert b"somewhere" not in envelopes.payload(stated())


def test_no_path_is_taken_for_a_digest_of_weights():
    """The names of our own subjects are none that a file of a checkpoint can have."""
    subjects = stated().subjects
    assert subjects == statements.Subjects.of(subjects.named)
    with pytest.raises(Exception, match="not a relative path"):
        FileEntry("catalog://manifest", 1, "a" * 64)


@pytest.mark.parametrize("name", ["a\nb", "\udcff.json", "\x1b[31m", "\u202egpj.exe"])
def test_a_name_that_no_reader_may_show_is_not_attested(name):
    """What could not be read again is refused when it is made."""
    made = verification()
    odd = Manifest.of([FileEntry(name, 1, "a" * 64)])
    statement = stated(replace(made, seen=replace(made.seen, manifest=odd)))
    with pytest.raises(ForeignError):
        envelopes.payload(statement)


# What is refused -------------------------------------------------------------------------------


def changed(change):
    """Return a sound statement's document with one change."""
    document = json.loads(json.dumps(stated().document))
    change(document)
    return document


def put(*path_and_value):
    """Return what sets a value deep in a document."""
    *path, last, value = path_and_value

    def change(document):
        for key in path:
            document = document[key]
        document[last] = value

    return change


SAID = ("predicate", "configuration", -1, "annotations")
REFUSED = {
    "no subject": (put("subject", []), "no subject"),
    "subjects no list": (put("subject", {}), "subject is {}"),
    "a subject no object": (put("subject", 0, "x"), "no subject"),
    "a subject twice": (lambda d: d["subject"].append(d["subject"][0]), "stands twice"),
    "no digest": (put("subject", 0, "digest", {}), "64 hex digits"),
    "upper case": (put("subject", 0, "digest", "sha256", "A" * 64), "not in lower case"),
    "too short": (put("subject", 0, "digest", "sha256", "a" * 40), "64 hex digits"),
    "another algorithm": (put("subject", 0, "digest", {"md5": "a" * 32}), "64 hex digits"),
    "a path out": (put("subject", 0, "name", "../etc/passwd"), "no relative path"),
    "an absolute path": (put("subject", 0, "name", "/etc/passwd"), "no relative path"),
    "a terminal's words": (put("subject", 0, "name", "\x1b[2J"), "U\\+001B"),
    "no predicate": (put("predicate", None), "predicate is None"),
    "no result": (put("predicate", "result", "GOOD"), "no result"),
    "a result in lower case": (put("predicate", "result", "passed"), "no result"),
    "passed, although it failed": (put("predicate", "failedTests", ["files"]), "files' failed"),
    "passed, although open": (put(*SAID, "inconclusive", ["forward"]), "says PASSED"),
    "passed, and failed": (put(*SAID, "verdict", "failed"), "says PASSED"),
    "failed, and passed": (put("predicate", "result", "FAILED"), "says FAILED"),
    "deeper than asked for": (put(*SAID, "level", "files"), "level files checked forward"),
    "no level": (put(*SAID, "level", "deep"), "no level"),
    "no moment": (put(*SAID, "startedAt", "yesterday"), "no moment"),
    "no time zone": (put(*SAID, "startedAt", "2026-11-26"), "no time zone"),
    "a number in words": (put(*SAID, "tolerance", "small"), "no number"),
    "two who verified": (
        lambda d: d["predicate"]["configuration"].append(d["predicate"]["configuration"][-1]),
        "two resources",
    ),
    "passed and refused": (
        put("predicate", "configuration", -1, "annotations", "status", "refused"),
        "it says refused",
    ),
    "another status": (
        put("predicate", "configuration", -1, "annotations", "status", "signed"),
        "becomes of a record",
    ),
    "no commit": (put("predicate", "configuration", 0, "digest", "gitCommit", "HEAD"), "40 hex"),
    "no configuration": (put("predicate", "configuration", "x"), "configuration is"),
    "another's address": (
        put("predicate", "configuration", 0, "uri", "catalog://checkpoint/pythia-70m@step9"),
        "'pythia-70m@step8' has the address 'catalog://checkpoint/pythia-70m@step9'",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_statement_of_another_form_is_refused(case):
    """Whatever readers could differ about is damaged, with the reason."""
    change, reason = REFUSED[case]
    with pytest.raises(ForeignError, match=reason):
        envelopes.statement(payload(changed(change)))


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (put("_type", "https://in-toto.io/Statement/v0.1"), "no statement of in-toto v1"),
        (put("predicateType", "https://slsa.dev/provenance/v1"), "another kind"),
        (put("predicateType", "https://in-toto.io/attestation/test-result/v0.2"), "another kind"),
    ],
)
def test_what_is_no_test_result_is_something_else(change, what):
    """A bundle may hold other statements: they are left out and not refused."""
    assert what in payload(changed(change)).other
    raw = json.dumps(changed(change)).encode()
    signed = envelopes.line(raw, envelopes.Signature(b"x", "k")).encode()
    assert what in envelopes.statement(envelopes.lines(signed)[0])


ENVELOPE = json.loads(envelopes.line(b"{}", envelopes.Signature(b"sig", "key")))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "nothing is in it"),
        ("\n\n", "nothing is in it"),
        ("{", "line 1|Expecting"),
        ('{"payloadType":1,"payloadType":2}', "stands twice"),
        (json.dumps(ENVELOPE | {"payload": "é"}), "not base64"),
        (json.dumps(ENVELOPE | {"payload": "a b c d"}), "not base64"),
        (json.dumps(ENVELOPE | {"payload": "abc"}), "not base64"),
        (json.dumps(ENVELOPE | {"payload": None}), "payload is None"),
        (json.dumps(ENVELOPE | {"signatures": None}), "signatures"),
        (json.dumps(ENVELOPE | {"signatures": ENVELOPE["signatures"] * 17}), "16 signatures"),
        (json.dumps(ENVELOPE | {"signatures": [1]}), "no object"),
        (json.dumps(ENVELOPE | {"signatures": [{"keyid": "k"}]}), "sig is None"),
        (json.dumps(ENVELOPE) + "\n{]}", "line 2"),
        ('{"a":' * 200 + "1" + "}" * 200, "nested"),
    ],
)
def test_a_broken_file_is_refused(text, reason):
    """Base64, JSON, duplicate keys, bounds: the line is named."""
    with pytest.raises(ForeignError, match=reason):
        envelopes.lines(text.encode())


def test_both_alphabets_and_many_lines_are_read():
    """DSSE allows URL-safe base64; a file may hold one document over many lines."""
    raw = bytes(range(256))
    safe = base64.urlsafe_b64encode(raw).decode()
    assert {"-", "_"} <= set(safe)
    (line,) = envelopes.lines(json.dumps(ENVELOPE | {"payload": safe}, indent=2).encode())
    assert line.payload == raw


# What is there now -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("held", "verdict", "seen"),
    [
        (Held("x", FILES), P, "2 files as attested"),
        (Held("x", FILES | {"config.json": "0" * 64}), F, "config.json has other bytes"),
        (Held("x", {"config.json": "a" * 64}), F, "model.safetensors is missing"),
        (Held("x", FILES | {"more.py": "0" * 64}), F, "more.py is extra"),
        (Held("x", FILES, manifest="0" * 64), F, "manifest: 000"),
        (Held("x", FILES, values={"model.safetensors": "0" * 64}), F, "values model"),
        (Held("x", FILES, parameters={"model.safetensors": "0" * 64}), F, "parameters model"),
        (Held("x", FILES, values={"pytorch_model.bin": "0" * 64}), P, "2 files"),
        (Held("x", {"model.safetensors": "b" * 64}, whole=False), P, "1 of 2 files"),
        (Held("x", {"model.safetensors": "0" * 64}, whole=False), F, "other bytes"),
        (Held("x", {"pytorch_model.bin": "0" * 64}, whole=False), O, "no file that both"),
    ],
)
def test_digests_are_compared_by_path(held, verdict, seen):
    """A whole witness has every file and no other; the Hub speaks of some."""
    match = matched(stated(), held)
    assert match.verdict is verdict
    assert seen in match.seen


def test_what_a_lock_does_not_pin_is_of_no_account():
    """A lock pins some files of a folder: others may lie beside them, and none may be missing."""
    pinned = stated(lock=("paper.lock", "1" * 64))
    assert matched(pinned, Held("x", FILES | {"README.md": "0" * 64})).verdict is P
    assert matched(pinned, Held("x", {"README.md": "0" * 64})).verdict is F
    assert matching.matched(pinned, Held("x", {"README.md": "0" * 64}, whole=False)).verdict is O
