"""`catalog export records` and `import records`: what observers say, handed on and kept apart."""

import hashlib
import json
import lzma
import tracemalloc
from pathlib import Path

import pytest
from inventories import Inventory
from recorded import MODEL, rows
from trajectory import REPO_ID

from catalog.core import packs, tensors
from catalog.core.packs import following

REF = f"{MODEL}@step512"
RULE = "observers-disagree"
WEIGHTS = "model.safetensors"
GOLDEN = Path(__file__).parents[1] / "golden"
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
    assert shown["weights"]["manifest_digest"]


def test_a_long_file(catalog, there, shared, tmp_path):
    """It is read a record at a time, and what stands in it twice is taken once."""
    pack = packs.unpacked(shared.read_bytes(), "shared")
    *others, made = sorted(pack.records, key=lambda record: record["kind"] == "verification")
    many = [made | {"at": f"2025-01-01T00:{n // 60:02}:{n % 60:02}+00:00"} for n in range(1000)]
    file = tmp_path / "long"
    file.write_bytes(packs.packed([*others, *many, *many], "Lab A")[0])
    raw = file.read_bytes()
    tracemalloc.start()
    long = packs.unpacked(raw, "long")
    assert sum(record["kind"] == "verification" for record in long.records) == 2000
    assert tracemalloc.get_traced_memory()[0] < 2 * len(lzma.decompress(raw))
    tracemalloc.stop()
    (first,) = taken(catalog, there, file)
    assert (first["observation"], first["verification"]) == (1, 1000)
    (again,) = taken(catalog, there, file)
    assert {again[kind] for kind in ACTS} == {0}


def test_other_tensors_of_the_same_bytes(catalog, there, shared, tmp_path):
    """Two files that say so cannot both be true: the second is refused whole."""
    records = list(packs.unpacked(shared.read_bytes(), "shared").records)
    weights = next(record for record in records if record["kind"] == "weights")
    weights["tensors"][0][3] = "0" * 64
    weights["parameter_digest"] = tensors.parameter_digest(following.tensors_of(weights))
    file = tmp_path / "other"
    file.write_bytes(packs.packed(records, "Lab B")[0])
    taken(catalog, there, shared)
    before = rows(there)
    refused = taken(catalog, there, file, code=1)
    assert "on record of the same bytes is" in json.dumps(refused)
    assert rows(there) == before


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


def test_what_others_said_is_never_ones_own_word(catalog, there, shared, checkpoint):
    """Who read the weights, and who verified them, stands wherever the record is used."""
    taken(catalog, there, shared)
    lines = catalog("show", REF, "--db", there).out.splitlines()
    read, verified = [line for line in lines if line.endswith(" by Lab A")]
    assert read.startswith("weights, read on ")
    assert verified.endswith("  weights  passed by Lab A")
    shown = json.loads(catalog("show", REF, "--json", "--db", there).out)
    assert {shown["weights"]["observer"], shown["verifications"][0]["observer"]} == {"Lab A"}
    ran = catalog("verify", "--as", REF, checkpoint(name="same"), "--json", "--db", there)
    expected = [made["expected"] for made in json.loads(ran.out)[0]["checks"] if made["expected"]]
    (held,) = json.loads(
        catalog("which", checkpoint(name="w") / WEIGHTS, "--json", "--db", there).out
    )
    assert (held["witness"], held["observer"]) == ("recorded", "Lab A")
    ran = catalog("verify", "--as", f"{MODEL}@step64", checkpoint(name="odd"), "--db", there)
    assert f"these are {REF}'s bytes, recorded " in ran.out
    assert f" by Lab A; `catalog forget {REF} --by 'Lab A'` takes" in ran.out
    ran = catalog("compare", checkpoint(name="other"), REF, "--json", "--db", there)
    compared = json.loads(ran.out)
    assert compared["second"]["recorded_by"] == "Lab A"
    assert " by Lab A: a record has digests" in compared["notes"][0]
    assert expected
    assert all(" by Lab A" in each for each in expected)


def test_all_that_is_observed(on, catalog, known_url, there, checkpoint, tmp_path):
    """Fingerprints and looks go along: the other catalog then has the same rows."""
    on("populate", checkpoint(), code=0)
    seen = Inventory().clean(REPO_ID, steps=(256, 512)).write(tmp_path)
    assert catalog("sync", "--from-file", seen, "--db", known_url).code == 0
    file = tmp_path / "all.records"
    ran = catalog("export", "records", "--as", "Lab A", "-o", file, "--db", known_url)
    assert ran.code == 0, ran.err
    (told,) = taken(catalog, there, file)
    assert (told["fingerprint"], told["look"]) == (1, 1)
    assert rows(there) == rows(known_url)
    assert taken(catalog, there, file)[0]["known"] == 3


def test_looks_at_the_same_day_of_two(catalog, known_url, there, tmp_path):
    """A commit that two saw with other files is refused: a commit never changes."""
    for url, seed in ((known_url, "a"), (there, "b")):
        made = Inventory().branch(REPO_ID, "step512", {"model.safetensors": seed}, commit="c" * 40)
        (tmp_path / seed).mkdir()
        seen = made.write(tmp_path / seed)
        assert catalog("sync", "--from-file", seen, "--db", url).code == 0
    file = tmp_path / "a.records"
    assert catalog("export", "records", "--as", "A", "-o", file, "--db", known_url).code == 0
    before = rows(there)
    ran = catalog("import", "records", file, "--db", there)
    assert (ran.code, "a commit never changes" in ran.err) == (1, True)
    assert rows(there) == before


def test_version_1_is_read_for_ever(catalog, templates, tmp_path):
    """The file that the first version wrote: every record arrives, and `show` tells of them."""
    with templates.copy("sqlite", "empty", tmp_path) as url:
        assert catalog("suites", "add", GOLDEN / "0.1.0" / "suite.toml", "--db", url).code == 0
        (told,) = taken(catalog, url, GOLDEN / "records-1.xz")
        assert [told[act] for act in ACTS] == [2, 2, 1, 1]
        shown = json.loads(catalog("show", "golden-5k@step1", "--json", "--db", url).out)
    assert shown["weights"]["weight_sets"][0]["value_digest"].startswith("86d62d833ca449ef")
    assert [each["verdict"] for each in shown["verifications"]] == ["passed"]


@pytest.fixture
def disagreeing(catalog, there, checkpoint):
    """Return a catalog whose keeper recorded other bytes for the checkpoint that a lab shared."""
    ran = catalog(
        *("populate", "--as", REF, checkpoint(256, name="other"), "--level", "weights"),
        *("--db", there),
    )
    assert ran.code == 0, ran.out + ran.err
    return there


def test_contradictions_are_shown_and_never_settled(catalog, disagreeing, shared):
    """Import exits 1, `show` tells it, both words stay, and one's own counts before."""
    own = json.loads(catalog("show", REF, "--json", "--db", disagreeing).out)["weights"]
    (told,) = taken(catalog, disagreeing, shared, code=1)
    (said,) = told["contradictions"]
    assert said["ref"] == REF
    assert "Lab A" in said["message"]
    assert "this catalog" in said["message"]
    shown = json.loads(catalog("show", REF, "--json", "--db", disagreeing).out)
    assert shown["weights"]["manifest_digest"] == own["manifest_digest"]
    assert any("Lab A" in text for text in shown["weights"]["contradictions"])
    assert rows(disagreeing)["observation"] == 2


def test_the_audit_tells_it(catalog, disagreeing, shared, tmp_path):
    """A finding of its own, with both words as evidence, before anybody looked at the Hub too."""
    taken(catalog, disagreeing, shared, code=1)
    for observed in (False, True):
        if observed:
            seen = Inventory().clean(REPO_ID, steps=(256, 512)).write(tmp_path)
            catalog("sync", "--from-file", seen, "--db", disagreeing)
        ran = catalog("audit", MODEL, "--json", "--db", disagreeing)
        found = [each for each in json.loads(ran.out)["findings"] if each["rule"] == RULE]
        assert ran.code == 1
        assert [(each["revision"], each["severity"]) for each in found] == [("step512", "error")]
        assert "Lab A" in found[0]["message"]


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
    file.write_text("a list of things to do")
    ran = catalog("export", "records", "--as", "A", "-o", file, "--db", known_url)
    assert (ran.code, file.read_text()) == (2, "a list of things to do")
    file.unlink()
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


def twice(kind, key):
    """Return what writes a file anew with one row of a list twice."""

    def make(raw):
        lines = map(json.loads, lzma.decompress(raw).splitlines()[1:])
        rows = next(line[key] for line in lines if line["kind"] == kind)
        return changed(**{kind: {key: [rows[0], *rows]}})(raw)

    return make


def bomb(raw):
    """Return a small file that unpacks to more than any has."""
    del raw
    return lzma.compress(bytes(packs.MOST_UNPACKED + 1), preset=0)


HOSTILE = {
    "empty": (lambda _: b"", 2, "no file of records"),
    "text": (lambda _: b"{}", 2, "no file of records"),
    "cut off": (lambda raw: raw[:-20], 2, "cut off"),
    "something behind": (lambda raw: raw + b"x" * 20, 2, "behind its end"),
    "a bomb": (bomb, 2, "bytes within"),
    "another form": (changed(head={"format": "x"}), 2, "another form"),
    "a later version": (changed(head={"version": 2}), 2, "later version"),
    "version true": (changed(head={"version": True}), 2, "whole number"),
    "another digest": (changed(head={"digest": "0" * 64}), 1, "damaged"),
    "other files": (changed(manifest={"files": []}), 2, "not that of its files"),
    "other tensors": (changed(weights={"tensors": []}), 2, "not those of its tensors"),
    "other parameters": (changed(weights={"parameters": 1}), 2, "parameters are not those"),
    "another type": (changed(weights={"dtype": "f64"}), 2, "parameters are not those"),
    "against its checks": (changed(verification={"verdict": "failed"}), 2, "checks were passed"),
    "no checks": (changed(verification={"checks": []}), 2, "checks were inconclusive"),
    "no moment": (changed(observation={"at": "2026-01-01T00:00:00"}), 2, "no moment"),
    "another zone": (changed(observation={"at": "0001-01-01T00:00:00+02:00"}), 2, "no moment"),
    "environment": (changed(verification={"environment": "{"}), 2, "environment"),
    "a tensor twice": (twice("weights", "tensors"), 2, "twice"),
    "a file twice": (twice("manifest", "files"), 2, "twice"),
    "odd name": (changed(observation={"by": "a\x1b[31m"}), 2, "U+001B"),
    "another verdict": (changed(verification={"verdict": "fine"}), 2, "none of"),
    "not a number": (changed(verification={"seconds": "1"}), 2, "no number"),
    "more keys": (changed(verification={"more": 1}), 2, "has the keys"),
    "no kind": (changed(verification={"kind": "x"}), 2, "no kind of record"),
    "a list for a kind": (changed(verification={"kind": []}), 2, "no kind of record"),
    "not whole": (changed(drop="manifest"), 2, "not whole"),
    "huge number": (changed(observation={"step": 2**70}), 2, "64 bits"),
}


def test_hostile_files(catalog, there, shared, monkeypatch):
    """Each is refused in one line that names the file, and nothing of it is written."""
    monkeypatch.setattr(packs, "MOST_UNPACKED", 1 << 20)
    before, raw = rows(there), shared.read_bytes()
    for name, (make, code, words) in HOSTILE.items():
        shared.write_bytes(make(raw))
        ran = catalog("import", "records", shared, "--db", there)
        assert (ran.code, ran.err.count("\n")) == (code, 1), (name, ran.err)
        assert words in ran.err, name
        assert str(shared) in ran.err, name
    assert rows(there) == before
