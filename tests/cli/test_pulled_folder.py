"""A pulled folder says what it is; it is never believed over its bytes, nor over `--as`."""

import json
import shutil

import planted
import pytest
from hub_standin import asked_by_this_process
from published import files
from recorded import MODEL

from catalog.core import locks

REF = f"{MODEL}@step64"
CLAIM = ".catalog.json"


@pytest.fixture
def pulled(hub, catalog, known_url, tmp_path, monkeypatch):
    """Return the folder of a checkpoint that was pulled."""
    with asked_by_this_process(hub, monkeypatch):
        ran = catalog("pull", REF, "--to", tmp_path / "it", "--db", known_url)
    assert ran.code == 0, ran.err
    return tmp_path / "it"


@pytest.fixture
def verify(catalog, known_url):
    """Return a function that verifies a folder: exit code, verdict by rule, and what was said."""

    def run(folder, *words):
        ran = catalog("verify", folder, *words, "--json", "--db", known_url)
        told = json.loads(ran.out)
        if not isinstance(told, list):
            return ran.code, {}, ran.out
        checks = {check["rule"]: check["verdict"] for check in told[0]["checks"]}
        return ran.code, checks, ran.out

    return run


def claim(folder):
    """Return what a folder says of itself."""
    return json.loads((folder / CLAIM).read_text())


def rewrite(folder, **changed):
    """Let a folder say something else of itself, with a digest that fits."""
    stated = claim(folder)
    stated["checkpoints"][0] |= changed
    del stated["lock_digest"]
    stated["lock_digest"] = locks._digest(stated)
    (folder / CLAIM).write_text(json.dumps(stated))


def test_it_says_what_it_is(pulled, hub):
    """Name, repository, commit, weight set, every file's digest, and when."""
    told = claim(pulled)
    (pin,) = told["checkpoints"]
    assert (pin["model"], pin["repo_id"], pin["revision"]) == (MODEL, planted.REPO, "step64")
    assert pin["commit"] == hub.repositories[planted.REPO].branches["step64"]
    assert (pin["weight_set"], pin["published_step"]) == ("model.safetensors", 64)
    assert pin["tokens_seen"] == 64 * 16 * 64
    assert told["locked_at"]
    names = {path.name for path in pulled.iterdir()} - {CLAIM}
    assert {file["path"] for file in told["files"]} == names


def test_it_needs_no_as(pulled, verify, catalog, known_url):
    """`verify` and `populate` take its word for which checkpoint, and ask the witnesses."""
    code, checks, _ = verify(pulled)
    assert (code, checks) == (0, {"pulled": "passed", "observed": "passed"})
    ran = catalog("populate", pulled, "--level", "weights", "--json", "--db", known_url)
    assert ran.code == 0, ran.err
    (told,) = json.loads(ran.out)
    assert (told["model"], told["revision"], told["status"]) == (MODEL, "step64", "recorded")
    assert told["commit"] == claim(pulled)["checkpoints"][0]["commit"]
    assert verify(pulled)[0] == 0


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json", "config.json"])
def test_a_changed_file_fails(pulled, verify, name):
    """One byte is enough, whoever else vouches."""
    raw = bytearray((pulled / name).read_bytes())
    raw[-2] ^= 1
    (pulled / name).write_bytes(raw)
    code, checks, said = verify(pulled)
    assert (code, checks["pulled"]) == (1, "failed")
    assert "changed since it was pulled on" in said
    assert name in said


def test_a_missing_file_and_another_weight_set_fail(pulled, verify, config, tmp_path):
    """What would be loaded instead is no part of what was pulled; a note beside it is harmless."""
    (pulled / "NOTES.md").write_text("mine")
    assert verify(pulled)[0] == 0
    other = tmp_path / "other"
    shutil.copytree(pulled, other)
    (other / "tokenizer.json").unlink()
    assert verify(other)[:2] == (1, {"pulled": "failed", "observed": "passed"})
    (pulled / "pytorch_model.bin").write_bytes(files(config, 64, "bin")["pytorch_model.bin"])
    assert verify(pulled)[1]["pulled"] == "failed"


def test_another_name_is_contradicted(pulled, verify, catalog, known_url):
    """`--as` and the folder's own word differ: a finding, and nothing is recorded."""
    other = f"{MODEL}@step8"
    code, checks, said = verify(pulled, "--as", other)
    assert (code, checks["pulled"]) == (1, "failed")
    assert f"says that it is {REF}, not {other}" in said
    words = ["--as", other, "--level", "files", "--db", known_url]
    assert catalog("populate", pulled, *words).code == 1
    assert verify(pulled, "--as", REF)[0] == 0


def test_other_bytes_under_its_name_are_no_proof(pulled, verify, config, catalog, known_url):
    """A folder that was edited together with what it says of itself: the witnesses know better."""
    for name, raw in files(config, 128, "single").items():
        (pulled / name).write_bytes(raw)
    (pulled / "README.md").unlink()
    hashed = json.loads(catalog("hash", pulled, "--json").out)
    stated = claim(pulled)
    stated["files"] = [
        {key: file[key] for key in ("path", "size", "sha256", "git_sha1") if file.get(key)}
        for file in hashed["files"]
    ]
    stated["manifest_digest"] = hashed["manifest_digest"]
    (pulled / CLAIM).write_text(json.dumps(stated))
    rewrite(pulled)
    code, checks, _ = verify(pulled)
    assert (code, checks["pulled"], checks["observed"]) == (1, "passed", "failed")
    words = ["--level", "files", "--db", known_url]
    assert catalog("populate", pulled, *words).code == 1


def test_nobody_else_knows_it(pulled, catalog, trajectory, templates, tmp_path):
    """Its own word alone is no proof: exit 3, where the repository was never looked at."""
    with templates.copy("sqlite", "empty", tmp_path) as url:
        assert catalog("suites", "add", trajectory / "suite.toml", "--db", url).code == 0
        ran = catalog("verify", pulled, "--json", "--db", url)
    assert ran.code == 3
    (told,) = json.loads(ran.out)
    assert {check["rule"]: check["verdict"] for check in told["checks"]} == {
        "pulled": "passed",
        "files": "inconclusive",
    }


@pytest.mark.parametrize(
    "changed",
    [
        {"commit": "f" * 40},
        {"model": None},
        {"revision": "step8"},
        {"repo_id": "other/own"},
        {"revision": "step77"},
        {"model": "../../etc"},
        {"model": "topics-183k@step8#x"},
        {"weight_set": "\x1b[2J"},
        {"published_step": 10**40},
    ],
)
def test_a_word_that_cannot_be_is_never_passed(pulled, verify, catalog, known_url, changed):
    """Another commit, repository, step or name, escape codes: no proof, and not recorded."""
    rewrite(pulled, **changed)
    code, checks, said = verify(pulled)
    assert code in (1, 3) or changed == {"model": None}, said
    assert "\x1b" not in said
    assert checks.get("pulled") in ("failed", "passed")
    if changed != {"model": None}:
        words = ["--level", "files", "--db", known_url]
        assert catalog("populate", pulled, *words).code != 0


@pytest.mark.parametrize(
    "raw", [b"", b"{}", b"[" * 5000, b"\xff\xfe", b'{"a":1,"a":2}', b"null", b"\0" * 100]
)
def test_a_damaged_word_is_a_finding(pulled, verify, raw):
    """Whatever stands there: one finding, no traceback, and the bytes are looked at too."""
    (pulled / CLAIM).write_bytes(raw)
    code, checks, said = verify(pulled)
    assert (code, checks["pulled"]) == (1, "failed")
    assert f"{CLAIM} is damaged" in said
    assert verify(pulled, "--as", REF)[1] == {"pulled": "failed", "observed": "passed"}


def test_a_word_that_is_no_file(pulled, verify):
    """A folder of that name, or a link to a device, is damage too."""
    (pulled / CLAIM).unlink()
    (pulled / CLAIM).symlink_to("/dev/zero")
    assert verify(pulled)[0] == 1
    (pulled / CLAIM).unlink()
    (pulled / CLAIM).mkdir()
    assert verify(pulled)[0] == 1


def test_other_commands_pass_it_over(pulled, catalog):
    """It is no file of the checkpoint: `hash` and `compare` do not see it."""
    told = json.loads(catalog("hash", pulled, "--json").out)
    assert CLAIM not in {file["path"] for file in told["files"]}
    assert catalog("compare", pulled, pulled).code == 0
    ran = catalog("which", pulled / CLAIM)
    assert (ran.code, "is no part of it" in ran.err) == (2, True)


def test_pulling_again_mends_what_it_says(pulled, hub, catalog, known_url, monkeypatch, verify):
    """The bytes were compared just now: what says something else of them is written anew."""
    before = (pulled / CLAIM).read_bytes()
    with asked_by_this_process(hub, monkeypatch):
        assert catalog("pull", REF, "--to", pulled, "--db", known_url).code == 0
        assert (pulled / CLAIM).read_bytes() == before
        (pulled / CLAIM).write_text("{")
        assert catalog("pull", REF, "--to", pulled, "--db", known_url).code == 0
    assert verify(pulled)[0] == 0
