"""`verify --attest` and `attest verify`: who vouches for what, and whether it is still so."""

import base64
import json
import shutil
from pathlib import Path

import pytest
import signing_keys
import small_weights
from recorded import MODEL
from signing_keys import envelopes, statement

FILE = "w.intoto.jsonl"
OUT = ["--db", "sqlite:////no/db"]


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    """Return a folder of keys: two that sign, one with a password, and some that do not."""
    folder = tmp_path_factory.mktemp("keys")
    for kind in signing_keys.KINDS | signing_keys.OTHERS:
        signing_keys.write(folder, kind, kind)
    signing_keys.write(folder, "secret", password="geheim")  # noqa: S106 - a test's
    signing_keys.write(folder, "another")
    (folder / "words.pem").write_text("words")
    return folder


@pytest.fixture
def weights(tmp_path, monkeypatch, catalog):
    """Return a folder of weights with its manifest beside it; the test stands there."""
    monkeypatch.chdir(tmp_path)
    made = small_weights.write(tmp_path / "w")
    assert catalog("hash", "w", "-o", "w.manifest").code == 0
    return made


@pytest.fixture
def attest(catalog, weights, keys):
    """Return a function that verifies the weights against their manifest, and attests it."""

    def run(*more, key="ed25519"):
        signed = [] if key is None else ["--key", keys / f"{key}.pem"]
        return catalog(
            "verify", "--against", "w.manifest", weights.name, "--attest", FILE, *signed, *more
        )

    return run


@pytest.fixture
def check(catalog, keys):
    """Return a function that checks the attestation; it needs no catalog."""

    def run(*words, key="ed25519", file=FILE):
        given = [] if key is None else ["--key", keys / f"{key}.pub"]
        return catalog("attest", "verify", file, *words, *given, *OUT)

    return run


def rewritten(change):
    """Change the envelope in the file."""
    (envelope,) = envelopes(Path(FILE))
    change(envelope)
    Path(FILE).write_text(json.dumps(envelope))


# Signed ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", signing_keys.KINDS)
def test_what_was_signed_is_vouched_for(attest, check, keys, kind):
    """Both kinds of keys: by our command, and by the words of DSSE alone."""
    assert attest(key=kind).code == 0
    (envelope,) = envelopes(Path(FILE))
    signing_keys.verified_by_hand(envelope, keys / f"{kind}.pub")
    ran = check("w", key=kind)
    assert ran.code == 0, ran
    assert ran.out.startswith("w: passed (signed)\n")
    assert "PASSED, 3 digests; checked files, " in ran.out
    assert "files of w: 2 files as attested" in ran.out


def test_json_says_the_same(attest, check):
    """Verdict, level, when, by what, and each comparison."""
    assert attest().code == 0
    document = json.loads(check("w", "--json").out)
    (said,) = document["attestations"]
    assert (document["verdict"], said["seal"], said["result"]) == ("passed", "signed", "PASSED")
    assert (said["level"], said["checked_level"], said["subjects"]) == ("files", "files", 3)
    assert [each["verdict"] for each in said["matches"]] == ["passed"]
    assert check("w", "--csv").out.splitlines()[1].startswith("w,PASSED,files,files,signed,passed")


def flipped(text):
    """Return base64 of the same bytes with one bit changed."""
    raw = bytearray(base64.b64decode(text))
    raw[len(raw) // 2] ^= 1
    return base64.b64encode(raw).decode()


FORGERIES = {
    "the payload": lambda e: e.update(payload=flipped(e["payload"])),
    "its type": lambda e: e.update(payloadType="application/vnd.in-toto.test-result+json"),
    "the signature": lambda e: e["signatures"][0].update(sig=flipped(e["signatures"][0]["sig"])),
    "an empty signature": lambda e: e["signatures"][0].update(sig=""),
    "another's key id too": lambda e: (
        e["signatures"][0].update(keyid="0" * 64),
        e.update(payload=flipped(e["payload"])),
    ),
    "no signature": lambda e: e.update(signatures=[]),
}


@pytest.mark.parametrize("kind", signing_keys.KINDS)
@pytest.mark.parametrize("forged", FORGERIES)
def test_a_forgery_says_nothing(attest, check, forged, kind):
    """Exit 1, and not a word of what it would state."""
    assert attest(key=kind).code == 0
    rewritten(FORGERIES[forged])
    ran = check("w", key=kind)
    assert (ran.code, "PASSED" in ran.out) == (1, False), ran
    assert ran.out.startswith("line 1: failed (")
    document = json.loads(check("w", "--json", key=kind).out)
    assert document["attestations"][0]["name"] is None


def test_another_key_does_not_vouch(attest, check):
    """Neither another of the same kind, nor one of the other."""
    assert attest().code == 0
    for other in ("another", "p256"):
        ran = check("w", key=other)
        assert (ran.code, "line 1: failed (signed by another key)" in ran.out) == (1, True)


def test_the_name_of_the_key_is_a_hint(attest, check):
    """Nobody signs it: what the key vouches for is good, whatever name stands there."""
    assert attest().code == 0
    for keyid in ("0" * 64, "", None):
        rewritten(lambda e, keyid=keyid: e["signatures"][0].update(keyid=keyid))
        assert check("w").code == 0


def test_one_of_several_signatures_is_enough(attest, check):
    """Several may sign one statement; each reader has one key."""
    assert attest().code == 0
    other = {"keyid": "k", "sig": base64.b64encode(b"x" * 64).decode()}
    rewritten(lambda e: e["signatures"].insert(0, other))
    assert check("w").code == 0


def test_a_key_does_not_vouch_for_a_bundle_of_sigstore(attest, check):
    """An identity signed it, so a key says nothing, although the envelope within is its own."""
    assert attest().code == 0
    (envelope,) = envelopes(Path(FILE))
    kind = "application/vnd.dev.sigstore.bundle.v0.3+json"
    bundle = {"mediaType": kind, "verificationMaterial": {}, "dsseEnvelope": envelope}
    Path(FILE).write_text(json.dumps(bundle))
    ran = check("w", "--allow-unsigned", key=None)
    assert (ran.code, ran.out.splitlines()[0]) == (0, "w: passed (signature not checked)")
    assert check("w", key="another").code == 1
    ran = check("w", "--identity", "a@b.c")
    assert (ran.code, "give --identity and --issuer" in ran.err) == (2, True)
    ran = check("w", "--identity", "a@b.c", "--issuer", "https://b.c")
    assert (ran.code, "a key or an identity signed it" in ran.err) == (2, True)


# Keys ------------------------------------------------------------------------------------------


def test_a_password_is_never_on_the_command_line(attest, check, monkeypatch):
    """It comes from the environment; without one, or with a wrong one, nothing is written."""
    ran = attest(key="secret")
    assert (ran.code, "set CATALOG_KEY_PASSWORD" in ran.err) == (2, True)
    monkeypatch.setenv("CATALOG_KEY_PASSWORD", "falsch")
    ran = attest(key="secret")
    assert (ran.code, "cannot be read with this password" in ran.err) == (2, True)
    assert not Path(FILE).exists()
    monkeypatch.setenv("CATALOG_KEY_PASSWORD", "geheim")
    assert (attest(key="secret").code, check("w", key="secret").code) == (0, 0)


@pytest.mark.parametrize(
    ("key", "why"),
    [
        ("p384.pem", "of another kind than Ed25519 and ECDSA P-256"),
        ("rsa.pem", "of another kind than Ed25519 and ECDSA P-256"),
        ("ed25519.pub", "is a public key; the private one signs"),
        ("words.pem", "is no private key in PEM"),
        ("none.pem", "cannot read"),
    ],
)
def test_a_key_that_cannot_sign_is_refused_before_the_work(catalog, weights, keys, key, why):
    """One line, and nothing was read or written."""
    words = ("--against", "w.manifest", weights.name, "--attest", FILE, "--key", keys / key)
    ran = catalog("verify", *words)
    assert (ran.code, ran.out) == (3 if key == "none.pem" else 2, "")
    assert why in ran.err
    assert not Path(FILE).exists()


@pytest.mark.parametrize(
    ("key", "why"),
    [
        ("p384.pub", "of another kind"),
        ("rsa.pub", "of another kind"),
        ("ed25519.pem", "is a private key; the public one checks"),
        ("words.pem", "is no public key in PEM"),
    ],
)
def test_a_key_that_cannot_check_is_refused(attest, catalog, keys, key, why):
    """A private key is for nobody else, so it is not asked for either."""
    assert attest().code == 0
    ran = catalog("attest", "verify", FILE, "w", "--key", keys / key)
    assert (ran.code, ran.out, why in ran.err) == (2, "", True)


# Unsigned --------------------------------------------------------------------------------------


def test_what_nobody_signed_is_taken_on_request_alone(attest, check):
    """Without a key nothing is said; with one an unsigned statement fails; it is said to be so."""
    ran = attest(key=None)
    assert (ran.code, f"note: {FILE} is unsigned" in ran.err) == (0, True)
    assert envelopes(Path(FILE))[0]["_type"] == "https://in-toto.io/Statement/v1"
    assert "give --key PUBLIC, or --allow-unsigned" in check("w", key=None).err
    assert [check("w", key=None).code, check("w").code] == [2, 1]
    ran = check("w", "--allow-unsigned", key=None)
    assert (ran.code, ran.out.splitlines()[0]) == (0, "w: passed (unsigned)")
    assert check("w", "--allow-unsigned").code == 0


def test_a_signature_that_nobody_checked_is_called_so(attest, check):
    """A signed file without a key says no more than an unsigned one."""
    assert attest().code == 0
    ran = check("w", "--allow-unsigned", key=None)
    assert (ran.code, ran.out.splitlines()[0]) == (0, "w: passed (signature not checked)")
    assert check("w", "--allow-unsigned", key="another").code == 1


# What is so now --------------------------------------------------------------------------------


def other_bytes(folder):
    """Write other weights of the same size."""
    small_weights.write(folder, 2.0)


@pytest.mark.parametrize(
    ("change", "seen"),
    [
        (other_bytes, "model.safetensors has other bytes: sha256 "),
        (lambda folder: (folder / "config.json").unlink(), "config.json is missing"),
        (lambda folder: (folder / "modeling.py").write_text("1"), "modeling.py is extra"),
    ],
)
def test_what_changed_since_is_told(attest, check, weights, change, seen):
    """The signature is good, and what it vouches for is not what lies there."""
    assert attest().code == 0
    change(weights)
    ran = check("w")
    assert (ran.code, "PASSED" in ran.out, seen in ran.out) == (1, True, True), ran


def test_without_a_target_the_digests_are_compared_with_nothing(attest, check):
    """And that is said."""
    assert attest().code == 0
    ran = check()
    assert (ran.code, "compared with nothing; name a folder or REF" in ran.err) == (0, True)


def test_a_file_within_the_folder_is_no_part_of_it(catalog, weights, keys, check):
    """An attestation may lie beside the weights, and be written again."""
    words = ("w", "--against", "w.manifest", "--attest", "w/a.jsonl", "--key", keys / "p256.pem")
    assert [catalog("verify", *words, *force).code for force in ((), ("--force",))] == [0, 0]
    assert "a.jsonl" not in str(statement(envelopes(weights / "a.jsonl")[0]))
    assert check("w", key="p256", file="w/a.jsonl").code == 0


def test_a_failure_is_attested_as_one(attest, check, weights):
    """What failed does so for every reader, although the digests are those that lie there."""
    other_bytes(weights)
    assert attest().code == 1
    predicate = statement(envelopes(Path(FILE))[0])["predicate"]
    assert (predicate["result"], predicate["failedTests"]) == ("FAILED", ["files"])
    ran = check("w")
    assert (ran.code, "FAILED" in ran.out, "files of w: 2 files as" in ran.out) == (1, True, True)


@pytest.mark.usefixtures("weights")
def test_what_is_inconclusive_is_never_passed(catalog, shipped_url, keys, check):
    """Nothing to compare with is no evidence, whatever --fail-on makes of the exit code."""
    words = ("verify", "w", "--attest", FILE, "--key", keys / "ed25519.pem", "--db", shipped_url)
    assert catalog(*words, "--fail-on", "failed").code == 0
    predicate = statement(envelopes(Path(FILE))[0])["predicate"]
    assert (predicate["result"], predicate["passedTests"]) == ("FAILED", [])
    assert (predicate["failedTests"], predicate["warnedTests"]) == ([], [])
    ran = check("w")
    assert (ran.code, ran.out.splitlines()[0]) == (3, "w: inconclusive (signed)")
    assert "checked nothing of files" in ran.out


# Several ---------------------------------------------------------------------------------------


@pytest.mark.usefixtures("weights")
def test_each_target_has_a_line_and_must_be_spoken_of(catalog, keys, check):
    """A bundle: what is asked for is found by its bytes, whatever its folder is called."""
    for number in range(3):
        small_weights.write(Path(f"w{number}"), float(number))
    words = ("verify", "w1", "w2", "w", "--against", "w.manifest", "--attest", FILE)
    assert catalog(*words, "--key", keys / "ed25519.pem").code == 1  # w2 is another's
    names = [statement(each)["predicate"]["result"] for each in envelopes(Path(FILE))]
    assert names == ["PASSED", "FAILED", "PASSED"]
    shutil.move("w1", "elsewhere")
    ran = check("elsewhere")
    assert "elsewhere: 2 files as attested" in ran.out
    ran = check("w0")
    assert (ran.code, f"w0: failed (nothing in {FILE} speaks of it)" in ran.out) == (1, True)


def test_a_bundle_may_hold_what_others_say(attest, check):
    """Other kinds, other keys, other documents are left out and named; alone they say nothing."""
    assert attest().code == 0
    ours = Path(FILE).read_text()
    others = [
        json.dumps({"payloadType": "application/vnd.cyclonedx+json", "payload": "e30="}),
        json.dumps({"_type": "https://in-toto.io/Statement/v1", "predicateType": "x"}),
        json.dumps(json.loads(ours) | {"signatures": [{"keyid": "another", "sig": "AAAA"}]}),
        json.dumps({"hello": "world"}),
    ]
    Path(FILE).write_text("\n".join([*others, ours]))
    ran = check("w")
    assert (ran.code, ran.err.count("left out")) == (0, 4), ran
    Path(FILE).write_text("\n".join(others[:2]))
    ran = check("w")
    assert (ran.code, "holds no test result" in ran.err) == (3, True)


@pytest.mark.parametrize("text", ["", "words", "[1]\n{", '{"payloadType":1,"payloadType":2}'])
@pytest.mark.usefixtures("weights")
def test_a_damaged_file_is_one_line(check, text):
    """Exit 2, with the file and the reason."""
    Path(FILE).write_text(text)
    ran = check("w")
    assert (ran.code, ran.err.count("\n")) == (2, 1)
    assert f"{FILE}: damaged: " in ran.err


# Options that contradict one another -----------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "code", "why"),
    [
        (["--level", "metadata"], 2, "take --level files"),
        (["--dry-run"], 2, "leave out --attest"),
        (["--sigstore"], 2, "a key or an identity signs, not both"),
        (["--junit", FILE], 2, "two reports in one file"),
        (["--attest", "w/config.json"], 2, "is there and no attestation"),
        (["--attest", "none/here.jsonl"], 3, "No such file or directory"),
        (["--attest", "w"], 3, "Is a directory"),
    ],
)
def test_what_could_not_be_written_is_refused_before_the_work(attest, more, code, why):
    """No byte is read for it."""
    ran = attest(*more)
    assert (ran.code, ran.out, why in ran.err) == (code, "", True), ran


@pytest.mark.usefixtures("weights")
def test_a_key_alone_signs_nothing(catalog, keys):
    """--key without --attest is a slip."""
    ran = catalog("verify", "w", "--against", "w.manifest", "--key", keys / "ed25519.pem")
    assert (ran.code, "add --attest FILE" in ran.err) == (2, True)


def test_what_could_not_be_read_is_not_attested(attest, weights):
    """A broken file has no digest that anybody could vouch for: no FILE is written."""
    (weights / "model.safetensors").write_bytes(b"words")
    ran = attest()
    assert (ran.code, Path(FILE).exists()) == (1, False), ran
    assert "nothing to attest" in ran.err


def test_an_interrupted_command_attests_nothing(tmp_path, catalog):
    """Half of what was asked for would look like all of it."""
    from cli.signed import Attest

    assert catalog("--version").code == 0
    attests = Attest(None, tmp_path / FILE)
    assert attests.written(130) == 130
    assert not (tmp_path / FILE).exists()


# The record, the Hub, a lock -------------------------------------------------------------------


def test_the_record_is_a_witness(on, catalog, checkpoint, keys, known_url):
    """A REF is compared with what is on record: its files, and what its weights hold."""
    folder = checkpoint(8)
    on("populate", folder, "--level", "weights", step=8, code=0)
    words = ("--level", "weights", "--attest", folder.parent / FILE, "--key", keys / "p256.pem")
    on("verify", folder, *words, step=8, code=0)
    checks = (
        "attest",
        "verify",
        folder.parent / FILE,
        "--key",
        keys / "p256.pub",
        "--db",
        known_url,
    )
    for target in ([], [f"{MODEL}@step8"]):
        ran = catalog(*checks, *target)
        assert (ran.code, "passed        recorded 20" in ran.out) == (0, True), ran
        assert ran.out.startswith(f"{MODEL}@step8: passed (signed)\n")
    ran = catalog(*checks, f"{MODEL}@step16")
    assert (ran.code, "neither in the Hub's cache, nor on record" in ran.out) == (3, True)
    assert catalog("forget", f"{MODEL}@step8", "--db", known_url).code == 0
    other = checkpoint(16)
    on("populate", other, "--level", "weights", step=8, code=0)
    ran = catalog(*checks)
    assert (ran.code, "model.safetensors has other bytes" in ran.out) == (1, True), ran
    # The folder is as attested, and is not what the catalog knows by the attested name.
    ran = catalog(*checks, folder)
    assert (ran.code, ran.out.startswith(f"{MODEL}@step8: failed (signed)\n")) == (1, True), ran
    assert "as attested" in ran.out


def test_what_ran_the_network_is_attested(on, checkpoint, catalog):
    """Level forward names device, dtype and versions."""
    folder = checkpoint(8)
    on("populate", folder, step=8, code=0)
    file = folder.parent / FILE
    on("verify", folder, "--level", "forward", "--attest", file, step=8, code=0)
    checkpoint, verifier = statement(envelopes(file)[0])["predicate"]["configuration"]
    said = verifier["annotations"]
    assert checkpoint["uri"] == "catalog://checkpoint/topics-183k@step8"  # it has no commit
    assert (said["checkedLevel"], said["environment"]["device"]) == ("forward", "cpu")
    assert said["worstDifference"] <= said["tolerance"]
    ran = catalog("attest", "verify", file, folder, "--allow-unsigned")
    assert (ran.code, "checked forward, " in ran.out, ", torch 2." in ran.out) == (0, True, True)


def test_a_lock_is_named_with_its_digest(lock, catalog, folder, tmp_path, keys):
    """What else lies in the folder is of no account, as for the lock itself."""
    assert lock(f"{MODEL}@step64").code == 0
    pinned, file = tmp_path / "lock.json", tmp_path / FILE
    (folder / "README.md").write_text("of no account")
    words = ("verify", pinned, folder, "--attest", file, "--key", keys / "p256.pem", *OUT)
    assert catalog(*words).code == 0
    configuration = statement(envelopes(file)[0])["predicate"]["configuration"]
    assert configuration[1]["name"] == "lock.json"
    assert configuration[0]["digest"]["gitCommit"] in pinned.read_text()
    checks = ("attest", "verify", file, folder, "--key", keys / "p256.pub", *OUT)
    assert catalog(*checks).code == 0
    (folder / "config.json").write_text("{}")
    assert catalog(*checks).code == 1


# What was recorded -----------------------------------------------------------------------------


@pytest.fixture
def recorded(on, checkpoint, keys):
    """Return a function that records a step and attests it, and returns what is stated."""
    folder = checkpoint(step=8)

    def run(*more, code=0):
        signed = ("--attest", FILE, "--force", "--key", keys / "ed25519.pem")
        ran = on("populate", folder, *signed, *more, step=8, code=code)
        assert "signed" not in ran.err
        (envelope,) = envelopes(Path(FILE))
        return statement(envelope)

    return run


def procedure(stated):
    """Return how something was checked, as a statement says."""
    *_, last = stated["predicate"]["configuration"]
    return last["annotations"]


def test_what_was_recorded_is_attested(recorded, check, tmp_path, monkeypatch):
    """What was checked, by what and on which digests; both sides take it, round about."""
    monkeypatch.chdir(tmp_path)
    stated = recorded("--level", "forward")
    said = procedure(stated)
    checks = [f"{rule} model.safetensors" for rule in ("shapes", "finite", "runs")]
    assert stated["predicate"]["passedTests"] == checks
    assert (said["status"], said["level"], said["checkedLevel"]) == ("recorded", "forward", None)
    assert said["environment"]["dtype"] == "float32"
    names = {each["name"] for each in stated["subject"]}
    assert {"model.safetensors", "catalog://values/model.safetensors"} < names
    ran = check("step8", "--json")
    (told,) = json.loads(ran.out)["attestations"]
    assert (ran.code, told["status"], told["seal"]) == (0, "recorded", "signed")
    assert "recorded, checked nothing of forward" in check("step8").out


def test_what_is_on_record_is_attested_as_such(recorded, check, tmp_path, monkeypatch):
    """Read once more, the files are those of the record; what was not digested anew is not said."""
    monkeypatch.chdir(tmp_path)
    recorded("--level", "weights")
    stated = recorded("--level", "weights")
    said = procedure(stated)
    assert (said["status"], said["checkedLevel"]) == ("known", "files")
    assert stated["predicate"]["passedTests"] == ["files"]
    assert not any(each["name"].startswith("catalog://values") for each in stated["subject"])
    assert check("step8").code == 0


def test_what_was_refused_is_attested_as_failed(
    recorded, on, checkpoint, check, tmp_path, monkeypatch
):
    """A record of other files: FAILED, with the check that failed, and exit 1 on both sides."""
    monkeypatch.chdir(tmp_path)
    on("populate", checkpoint(step=16), "--level", "files", step=8, code=0)
    stated = recorded("--level", "weights", code=1)
    assert stated["predicate"]["failedTests"] == ["files"]
    assert procedure(stated)["status"] == "refused"
    assert check("step8").code == 1


def test_what_is_not_read_is_not_attested(on, checkpoint, tmp_path, monkeypatch, keys):
    """Trusted files, a dry run, a cluster, and a file among those that are recorded: refused."""
    monkeypatch.chdir(tmp_path)
    folder = checkpoint(step=8)
    for more in (("--trust-stat",), ("--dry-run",), ("--engine", "slurm")):
        assert on("populate", folder, "--attest", FILE, *more, step=8).code == 2
    assert on("populate", folder, "--attest", folder / FILE, step=8).code == 2
    assert on("populate", folder, "--key", keys / "ed25519.pem", step=8).code == 2
    assert not Path(FILE).exists()
