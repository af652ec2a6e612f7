"""`export sbom`: a bill of materials that CycloneDX's own library accepts, and nothing guessed."""

import json
import sys
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from cyclonedx.validation.xml import XmlValidator
from inventories import SINGLE, Inventory
from recorded import MODEL

BAD = "pythia-2.8b@step3000"
LICENSE = {"acknowledgement": "declared", "id": "Apache-2.0"}


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """Let each test stand in a folder of its own, at one time."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1790000000")


@pytest.fixture
def export(catalog, shipped_url):
    """Return a function that writes a bill, and returns it as JSON."""

    def run(target, *more, file="bill.json", db=shipped_url, code=0):
        ran = catalog("export", "sbom", target, "-o", file, *more, "--db", db)
        assert ran.code == code, ran
        return ran if code else json.loads(Path(file).read_text())

    return run


@cache
def validator(form):
    """Return CycloneDX's validator of a form, which reads its schema once."""
    return (XmlValidator if form == "xml" else JsonStrictValidator)(SchemaVersion.V1_6)


def valid(text):
    """Return a text that CycloneDX's validators accept."""
    assert validator("xml" if text.startswith("<") else "json").validate_str(text) is None
    return text


def said(component):
    """Return the properties of a component by name, without their prefix."""
    stated = {each["name"]: each["value"] for each in component["properties"]}
    return {name.removeprefix("checkpoint-catalog:"): value for name, value in stated.items()}


# A branch --------------------------------------------------------------------------------------


def test_a_branch_is_a_model_with_its_files(export):
    """Commit, licence with its source, what is known of it, and a digest for every weight file."""
    bill = export(BAD)
    valid(Path("bill.json").read_text())
    assert list(bill)[:3] == ["$schema", "bomFormat", "specVersion"]
    (model,) = bill["components"]
    assert (model["type"], model["group"], model["name"], model["version"]) == (
        "machine-learning-model",
        "EleutherAI",
        "pythia-2.8b",
        "step3000",
    )
    (commit,) = model["pedigree"]["commits"]
    assert model["purl"] == f"pkg:huggingface/EleutherAI/pythia-2.8b@{commit['uid']}"
    assert model["licenses"][0]["license"].items() >= LICENSE.items()
    assert "README of EleutherAI/pythia" in said(model)["license_source"]
    assert said(model)["params_total"] == "2775208960"
    assert said(model)["tokens_seen"] == str(3000 * 2_097_152)
    digests = {each["name"]: each["hashes"] for each in model["components"]}
    assert digests["model.safetensors"] == [
        {
            "alg": "SHA-256",
            "content": "ab496f1c3fd79e3c749a9d5414136a2c8e4224f94eecb261970315cdb0f813fe",
        }
    ]
    assert "the weights alone were seen" in said(model)["files"]


def test_an_advisory_is_a_vulnerability_with_its_state(export, catalog, shipped_url):
    """VEX: what is wrong, what to do instead, and since when it is known."""
    (problem,) = export(BAD)["vulnerabilities"]
    assert (problem["id"], problem["analysis"]["state"]) == ("CKPT-2026-0001", "exploitable")
    assert problem["affects"] == [{"ref": BAD}]
    assert problem["published"].startswith("2026-08-23")
    (known,) = json.loads(catalog("advisories", BAD, "--json", "--db", shipped_url).out)
    assert problem["recommendation"] == known["instead"]
    assert {each["url"] for each in problem["advisories"]} == set(known["sources"])


@pytest.mark.parametrize("file", ["bill.json", "bill.xml", "bill.cdx.json", "BILL.XML"])
def test_both_forms_are_valid_and_the_same_each_time(catalog, shipped_url, file):
    """With a time that is given, byte for byte; the serial number too."""
    texts = []
    for _ in range(2):
        words = ("export", "sbom", BAD, "-o", file, "--force", "--db", shipped_url)
        assert catalog(*words).code == 0
        texts.append(valid(Path(file).read_text()))
    assert texts[0] == texts[1]
    assert "2026-09-21T" in texts[0]
    assert ("<bom " in texts[0]) == file.lower().endswith("xml")


def test_another_time_is_another_bill(export, monkeypatch):
    """The serial number is that of its content."""
    first = export(BAD)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1790000001")
    assert export(BAD, "--force")["serialNumber"] != first["serialNumber"]
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "soon")
    assert "$SOURCE_DATE_EPOCH is 'soon'" in export(BAD, "--force", code=2).err


def test_what_nobody_states_is_absent(catalog, db_url, export):
    """A repository of no known model: no licence, no parameters; small files have no SHA-256."""
    seen = Inventory().branch("lab/run", "step1", {SINGLE: "one", "config.json": "{}"})
    file = seen.write(Path())
    assert catalog("sync", "--from-file", file, "--db", db_url).code == 0
    (model,) = export("lab/run@step1", db=db_url)["components"]
    valid(Path("bill.json").read_text())
    assert (model["group"], model["name"], "licenses" in model) == ("lab", "run", False)
    assert "params_total" not in said(model)


# What is on record -----------------------------------------------------------------------------


def test_what_is_on_record_is_listed_where_nobody_looked(on, export, checkpoint, known_url):
    """A private run: every file with its digest, and no commit that nobody knows."""
    on("populate", checkpoint(8), "--level", "files", step=8, code=0)
    (model,) = export(f"{MODEL}@step8", db=known_url)["components"]
    valid(Path("bill.json").read_text())
    assert all(each["hashes"] for each in model["components"])
    assert ("purl" in model, "pedigree" in model) == (False, False)
    assert said(model)["files"].startswith("recorded 20")
    ran = export(f"{MODEL}@step16", file="other.json", db=known_url, code=3)
    assert "nobody ever saw which files topics-183k@step16 has" in ran.err


# A lock ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("database", ["none", "known"])
def test_a_lock_is_a_file_that_its_checkpoints_come_with(lock, export, known_url, database):
    """Every pinned file with its digest; the lock's own beside; it needs no catalog."""
    assert lock(f"{MODEL}@step64", f"{MODEL}@step8").code == 0
    bill = export("lock.json", db=known_url if database == "known" else "sqlite:////no/db")
    valid(Path("bill.json").read_text())
    pinned = json.loads(Path("lock.json").read_text())
    assert [each["bom-ref"] for each in bill["components"]] == [
        f"{MODEL}@step64",
        f"{MODEL}@step8",
    ]
    digests = {
        f"{model['bom-ref']}/{each['name']}": each["hashes"][0]["content"]
        for model in bill["components"]
        for each in model["components"]
    }
    assert digests == {each["path"]: each["sha256"] for each in pinned["files"]}
    root = bill["metadata"]["component"]
    (depends,) = [each for each in bill["dependencies"] if each["ref"] == root["bom-ref"]]
    assert depends["dependsOn"] == [f"{MODEL}@step64", f"{MODEL}@step8"]
    model = bill["components"][0]
    assert (said(model)["weight_set"], model["version"]) == ("model.safetensors", "step64")
    assert ("params_total" in said(model)) == (database == "known")


def test_a_lock_that_pins_other_weights_is_not_affected(shipped_url, tmp_path, export):
    """The advisory is there, with the state that the pinned files make of it."""
    from datetime import UTC, datetime

    from catalog.core.locks import ALONE, Locked, made
    from catalog.core.manifests import FileEntry, Manifest

    files = Manifest.of([FileEntry("pytorch_model.bin", 1, "a" * 64)])
    place = ("EleutherAI/pythia-2.8b", "step3000", "c" * 40, "pytorch_model.bin", "own")
    pinned = Locked(BAD, "pythia-2.8b", *place, 3000, 3000 * 2_097_152, ALONE, files)
    text = made([pinned], now=datetime(2026, 11, 26, tzinfo=UTC)).text
    (tmp_path / "paper.lock").write_text(text)
    bill = export("paper.lock", db=shipped_url)
    valid(Path("bill.json").read_text())
    (problem,) = bill["vulnerabilities"]
    assert problem["analysis"]["state"] == "not_affected"
    assert "model.safetensors, which is not among the files" in problem["analysis"]["detail"]
    assert bill["components"][0]["licenses"][0]["license"]["id"] == "Apache-2.0"


# Refused ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "file", "code", "why"),
    [
        ("pythia-2.8b@step3000#pytorch_model.bin", "bill.json", 2, "names one weight set"),
        ("pythia-9b", "bill.json", 2, "pythia-9b"),
        ("words.lock", "bill.json", 2, "words.lock is not JSON"),
        (BAD, "words.lock", 2, "is there and no bill of materials"),
        (BAD, "none/bill.json", 3, "No such file or directory"),
    ],
)
def test_what_is_refused_leaves_no_file(export, target, file, code, why):
    """One line, before anything is written."""
    Path("words.lock").write_text("words")
    ran = export(target, file=file, code=code)
    assert why in ran.err
    assert not Path("bill.json").exists()
    assert Path("words.lock").read_text() == "words"


def test_a_bill_that_is_there_is_not_written_over(export):
    """Unless --force says so."""
    export(BAD)
    assert "write to another name, or over it with --force" in export(BAD, code=2).err
    export(BAD, "--force")


ATTESTED = ["attest", "verify", "w"]
IDENTITY = ["--identity", "a@b.c", "--issuer", "https://b.c"]
LACKING = {
    "sbom": ("catalog.documents.bills", "cyclonedx.model", ["export", "sbom", BAD, "-o", "b"]),
    "attest": ("catalog.keys.pem", "cryptography.exceptions", [*ATTESTED, "--key", "w"]),
    "sigstore": ("catalog.keys.keyless", "sigstore", [*ATTESTED, *IDENTITY]),
}


@pytest.mark.parametrize("extra", LACKING)
def test_without_its_extra_the_way_out_is_named(catalog, shipped_url, monkeypatch, extra):
    """No such library is part of a plain installation."""
    module, library, words = LACKING[extra]
    package, _, name = module.rpartition(".")
    monkeypatch.delitem(sys.modules, module, raising=False)
    monkeypatch.delattr(import_module(package), name, raising=False)
    monkeypatch.setitem(sys.modules, library, None)
    Path("w").write_text("{}")
    ran = catalog(*words, "--db", shipped_url)
    assert (ran.code, f"pip install 'checkpoint-catalog[{extra}]'" in ran.err) == (3, True), ran
