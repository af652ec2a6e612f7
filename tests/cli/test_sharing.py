"""`catalog export records` and `import records`: what observers say, handed on and kept apart."""

import hashlib
import json
import lzma

import pytest
from recorded import MODEL, rows

REF = f"{MODEL}@step512"
ACTS = ("observation", "fingerprint", "verification", "look")


@pytest.fixture
def there(catalog, templates, trajectory, tmp_path):
    """Return a second catalog that knows the run and nothing else."""
    folder = tmp_path / "there"
    folder.mkdir()
    with templates.copy("sqlite", "empty", folder) as url:
        assert catalog("suites", "add", trajectory / "suite.toml", "--db", url).code == 0
        yield url


@pytest.fixture
def shared(on, catalog, known_url, checkpoint, tmp_path):
    """Return the file that a lab exports which recorded and verified one checkpoint."""
    folder = checkpoint()
    on("populate", folder, "--level", "weights", code=0)
    on("verify", folder, "--level", "weights", code=0)
    file = tmp_path / "lab.records"
    ran = catalog("export", "records", "--as", "Lab A", "-o", file, "--json", "--db", known_url)
    assert ran.code == 0, ran.out + ran.err
    assert {key: json.loads(ran.out)[key] for key in ACTS} == {
        "observation": 1,
        "fingerprint": 0,
        "verification": 1,
        "look": 0,
    }
    return file


def taken(catalog, url, *files, code=0):
    """Import files and return what came of them."""
    ran = catalog("import", "records", *files, "--json", "--db", url)
    assert ran.code == code, ran.out + ran.err
    return json.loads(ran.out)


def test_taken_in_once(catalog, there, shared):
    """Everything arrives, with who and when; a second time nothing does."""
    (first,) = taken(catalog, there, shared)
    assert (first["by"], first["observation"], first["verification"]) == ("Lab A", 1, 1)
    before = rows(there)
    (again,) = taken(catalog, there, shared)
    assert {key: again[key] for key in ACTS} == dict.fromkeys(ACTS, 0)
    assert again["known"] == 2
    assert rows(there) == before
    shown = json.loads(catalog("show", REF, "--json", "--db", there).out)
    assert shown["recorded"]["manifest_digest"]


def test_ones_own_file_brings_nothing(catalog, known_url, shared):
    """What one exported oneself is known, though its lines now have a name."""
    (told,) = taken(catalog, known_url, shared)
    assert (told["known"], told["observation"]) == (2, 0)


def test_handed_on_by_a_third(catalog, there, shared, tmp_path):
    """Who observed stays who observed, whoever exports it."""
    taken(catalog, there, shared)
    again = tmp_path / "again.records"
    ran = catalog("export", "records", "--as", "Lab B", "-o", again, "--db", there)
    assert ran.code == 0, ran.err
    _, *lines = map(json.loads, lzma.decompress(again.read_bytes()).splitlines())
    assert {line["by"] for line in lines if "by" in line} == {"Lab A"}


@pytest.fixture
def disagreeing(on, catalog, known_url, there, shared, checkpoint, monkeypatch):
    """Return a catalog whose keeper recorded other bytes for the checkpoint that a lab shared."""
    ran = catalog(
        *("populate", "--as", REF, checkpoint(256, name="other"), "--level", "weights"),
        *("--db", there),
    )
    assert ran.code == 0, ran.out + ran.err
    return there


def test_contradictions_are_shown_and_never_settled(catalog, disagreeing, shared):
    """Import exits 1, `show` tells it, both words stay, and one's own counts before."""
    own = json.loads(catalog("show", REF, "--json", "--db", disagreeing).out)["recorded"]
    (told,) = taken(catalog, disagreeing, shared, code=1)
    (said,) = told["contradictions"]
    assert said["ref"] == REF
    assert "Lab A" in said["message"]
    assert "this catalog" in said["message"]
    shown = json.loads(catalog("show", REF, "--json", "--db", disagreeing).out)
    assert shown["recorded"]["manifest_digest"] == own["manifest_digest"]
    assert any("Lab A" in text for text in shown["recorded"]["contradictions"])
    assert rows(disagreeing)["observation"] == 2


def test_what_no_suite_has_waits(catalog, templates, trajectory, shared, tmp_path):
    """Exit 3 with what to do; after that the same file brings it."""
    (tmp_path / "bare").mkdir()
    with templates.copy("sqlite", "empty", tmp_path / "bare") as url:
        ran = catalog("import", "records", shared, "--db", url)
        assert ran.code == 3
        assert f"{REF}: no suite here has it" in ran.err
        assert not any(rows(url)[table] for table in ("manifest", "observation", "verification"))
        assert catalog("suites", "add", trajectory / "suite.toml", "--db", url).code == 0
        assert taken(catalog, url, shared)[0]["observation"] == 1


def test_somebody_has_to_say_it(catalog, known_url, tmp_path, monkeypatch):
    """Without a name there is no file; a variable gives it to every command."""
    file = tmp_path / "x.records"
    ran = catalog("export", "records", "-o", file, "--db", known_url)
    assert (ran.code, file.exists()) == (2, False)
    assert "--as NAME" in ran.err
    assert catalog("export", "records", "--as", "\x1b[1m", "-o", file, "--db", known_url).code == 2
    monkeypatch.setenv("CATALOG_OBSERVER", "Lab C")
    told = catalog("export", "records", "-o", file, "--json", "--db", known_url)
    assert json.loads(told.out)["by"] == "Lab C"


def changed(head=None, drop=None, **values):
    """Return what writes a file anew with other values in one kind of record, well digested."""

    def make(raw):
        first, *lines = map(json.loads, lzma.decompress(raw).splitlines())
        lines = [line for line in lines if line["kind"] != drop]
        for line in lines:
            line.update(values.get(line["kind"], {}))
        body = "".join(json.dumps(line) + "\n" for line in lines).encode()
        first |= {"digest": hashlib.sha256(body).hexdigest()} | (head or {})
        return lzma.compress(json.dumps(first).encode() + b"\n" + body)

    return make


HOSTILE = {
    "empty": (lambda _: b"", 2, "no file of records"),
    "text": (lambda _: b"{}", 2, "no file of records"),
    "cut off": (lambda raw: raw[:-20], 2, "cut off"),
    "something behind": (lambda raw: raw + b"x" * 20, 2, "behind its end"),
    "another form": (changed(head={"format": "x"}), 2, "another form"),
    "a later version": (changed(head={"version": 2}), 2, "later version"),
    "version true": (changed(head={"version": True}), 2, "whole number"),
    "another digest": (changed(head={"digest": "0" * 64}), 1, "damaged"),
    "other files": (changed(manifest={"files": []}), 2, "not that of its files"),
    "other tensors": (changed(weights={"tensors": []}), 2, "not those of its tensors"),
    "no moment": (changed(observation={"at": "2026-01-01T00:00:00"}), 2, "time zone"),
    "odd name": (changed(observation={"by": "a\x1b[31m"}), 2, "U+001B"),
    "another verdict": (changed(verification={"verdict": "fine"}), 2, "none of"),
    "not a number": (changed(verification={"seconds": "1"}), 2, "no number"),
    "more keys": (changed(verification={"more": 1}), 2, "has the keys"),
    "no kind": (changed(verification={"kind": "x"}), 2, "no kind of record"),
    "a list for a kind": (changed(verification={"kind": []}), 2, "no kind of record"),
    "not whole": (changed(drop="manifest"), 2, "not whole"),
    "huge number": (changed(observation={"step": 2**70}), 2, "64 bits"),
}


def test_hostile_files(catalog, there, shared):
    """Each is refused in one line that names the file, and nothing of it is written."""
    before, raw = rows(there), shared.read_bytes()
    for name, (make, code, words) in HOSTILE.items():
        shared.write_bytes(make(raw))
        ran = catalog("import", "records", shared, "--db", there)
        assert (ran.code, ran.err.count("\n")) == (code, 1), (name, ran.err)
        assert words in ran.err, name
        assert str(shared) in ran.err, name
    assert rows(there) == before
