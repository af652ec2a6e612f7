"""`catalog lock` pins what is right; `catalog verify --lock` compares it later."""

import json
import shutil

import planted
import pytest
from published import files, publish
from recorded import MODEL

REF = f"{MODEL}@step64"
NAMES = ["config.json", "model.safetensors", "modeling_own.py", "tokenizer.json"]


def cached(monkeypatch, tmp_path, config, commit, *forms, branch=None):
    """Put a snapshot of step 64 into a Hub cache of this test's own."""
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "cache"))
    repository = tmp_path / "cache" / f"models--{planted.REPO.replace('/', '--')}"
    snapshot = repository / "snapshots" / commit
    snapshot.mkdir(parents=True)
    for name, raw in files(config, 64, *forms).items():
        (snapshot / name).write_bytes(raw)
    (repository / "refs").mkdir()
    if branch:
        (repository / "refs" / branch).write_text(commit)
    return snapshot


def test_a_lock_is_a_manifest_that_says_what_it_pins(lock, hub, tmp_path, folder, catalog):
    """Commit, weight set, tokens; every file as it is, though no weights were downloaded."""
    ran = lock(REF, "--json")
    assert ran.code == 0, ran.err
    told = json.loads((tmp_path / "lock.json").read_text())
    assert json.loads(ran.out) == told
    (one,) = told["checkpoints"]
    commit = hub.repositories[planted.REPO].branches["step64"]
    assert (one["commit"], one["weight_set"], one["verdict"]) == (
        commit,
        "model.safetensors",
        "own",
    )
    assert one["tokens_seen"] == one["published_step"] * 16 * 64
    assert [file["path"] for file in told["files"]] == NAMES
    assert hub.count(r"^GET /[0-9a-f]{64}") == 0
    (folder / "README.md").unlink()
    hashed = json.loads(catalog("hash", folder, "--json").out)
    assert hashed["manifest_digest"] == told["manifest_digest"]
    assert catalog("verify", "--against", tmp_path / "lock.json", folder).code == 0


def test_a_folder_is_compared_file_by_file(lock, check, folder):
    """What is not pinned is of no account; a changed or missing file is named: exit 1."""
    assert lock(REF).code == 0
    code, (told,) = check(folder, "--json")
    assert (code, told["target"], told["verdict"]) == (0, REF, "passed")
    raw = bytearray((folder / "model.safetensors").read_bytes())
    raw[-1] ^= 1
    (folder / "model.safetensors").write_bytes(raw)
    code, said = check(folder)
    assert code == 1
    assert "model.safetensors" in said
    (folder / "tokenizer.json").unlink()
    code, said = check(folder)
    assert code == 1
    assert "tokenizer.json" in said


def test_weights_that_are_garbage_are_a_difference(lock, check, folder):
    """A file that is no safetensors any more differs, and that is all."""
    assert lock(REF).code == 0
    (folder / "model.safetensors").write_bytes(b"<html>")
    assert check(folder, "--json")[0] == 1


def test_the_right_set_is_pinned_and_the_other_one_is_told_of(
    lock, check, hub, config, tmp_path, folder
):
    """The .bin, where the default file is another step's; a folder with both has a note."""
    wrong = planted.copy_of(planted.REPO, planted.LAST, "single")
    hub.repositories[planted.REPO].commit("step64", files(config, 64, "bin") | wrong)
    assert lock(REF).code == 0
    told = json.loads((tmp_path / "lock.json").read_text())
    assert told["checkpoints"][0]["weight_set"] == "pytorch_model.bin"
    for name, raw in (files(config, 64, "bin") | wrong).items():
        (folder / name).write_bytes(raw)
    code, (found,) = check(folder, "--json")
    assert (code, found["verdict"]) == (0, "passed")
    assert found["notes"] == [
        "from_pretrained would load model.safetensors here; what is pinned is pytorch_model.bin"
    ]


def test_several_checkpoints_are_in_folders_of_their_own(lock, check, config, tmp_path):
    """The folders are called as in the lock; the gravest outcome counts."""
    assert lock(REF, f"{planted.REPO}@step8").code == 0
    told = json.loads((tmp_path / "lock.json").read_text())
    folders = [one["folder"] for one in told["checkpoints"]]
    assert folders[0] == REF
    for step, name in zip((64, 8), folders, strict=True):
        made = tmp_path / "all" / name
        made.mkdir(parents=True)
        for path, raw in files(config, step, "single").items():
            (made / path).write_bytes(raw)
    code, found = check(tmp_path / "all", "--json")
    assert (code, [one["verdict"] for one in found]) == (0, ["passed", "passed"])
    shutil.copy(tmp_path / "all" / REF / "model.safetensors", tmp_path / "all" / folders[1])
    code, found = check(tmp_path / "all", "--json")
    assert (code, [one["verdict"] for one in found]) == (1, ["passed", "failed"])


def test_the_cache_is_compared(lock, check, hub, config, tmp_path, monkeypatch):
    """By commit; a cache that lacks the checkpoint, or a file of it, cannot be compared: exit 3."""
    assert lock(REF).code == 0
    commit = hub.repositories[planted.REPO].branches["step64"]
    snapshot = cached(monkeypatch, tmp_path, config, commit, "single", "bin")
    assert check("--json")[0] == 0
    (snapshot / "tokenizer.json").unlink()
    code, (told,) = check("--json")
    assert (code, f"`catalog pull {REF} --to DIR`" in told["notes"][0]) == (3, True)
    (snapshot / "config.json").write_text("{}")
    assert check("--json")[0] == 1
    shutil.rmtree(tmp_path / "cache")
    code, said = check()
    assert code == 3
    assert "not in the Hub's cache" in said


def test_a_branch_that_moved_is_compared_by_its_files(lock, check, config, tmp_path, monkeypatch):
    """A new commit with the same files is right, and a note says that it is another."""
    assert lock(REF).code == 0
    cached(monkeypatch, tmp_path, config, "d" * 40, "single", branch="step64")
    code, (told,) = check("--json")
    assert code == 0
    assert "the cache has commit dddddddd" in told["notes"][0]


@pytest.mark.parametrize("other", [128, 0])
def test_a_branch_without_its_own_weights_cannot_be_pinned(lock, hub, config, tmp_path, other):
    """Exit 1, and no file; nor a half of one where another REF is right."""
    publish(hub, config, 64, "single", of=other)
    ran = lock(f"{MODEL}@step8", REF)
    assert ran.code == 1
    assert not (tmp_path / "lock.json").exists()


def test_a_small_file_that_is_not_what_was_declared_is_refused(lock, tmp_path, monkeypatch):
    """What the Hub serves must have the digest that its tree declares."""
    from catalog.hub.client import Client

    monkeypatch.setattr(Client, "small_file", lambda *_: b"<html>maintenance</html>")
    ran = lock(REF)
    assert ran.code == 1
    assert "not what the Hub declares" in ran.err
    assert not (tmp_path / "lock.json").exists()


def test_what_cannot_be_is_refused_in_one_line(lock, check, catalog, folder, tmp_path):
    """Exit 2: a branch twice, another file under the name, two folders, a plain manifest."""
    assert lock(REF, REF).code == 2
    (tmp_path / "lock.json").write_text("my notes")
    assert lock(REF).code == 2
    assert (tmp_path / "lock.json").read_text() == "my notes"
    assert check(folder)[0] == 2
    (tmp_path / "lock.json").unlink()
    assert check(folder)[0] == 2
    assert catalog("hash", folder, "-o", tmp_path / "lock.json").code == 0
    code, said = check(folder)
    assert code == 2
    assert "pins no checkpoint" in said
    assert lock(REF, "--force").code == 0
    assert check(folder, folder)[0] == 2
    assert check("--level", "metadata", folder)[0] == 2
    assert check(tmp_path / "nowhere")[0] == 2
    assert check(folder / "config.json")[0] == 2
    assert catalog("verify").code == 2


@pytest.mark.parametrize(
    ("key", "value"),
    [("commit", "../x"), ("commit", None), ("folder", "elsewhere"), ("repo_id", 3)],
)
def test_a_lock_changed_by_hand_is_refused(lock, check, folder, tmp_path, key, value):
    """Exit 2, whatever it says now; so is one whose files were changed."""
    assert lock(REF).code == 0
    told = json.loads((tmp_path / "lock.json").read_text())
    told["checkpoints"][0][key] = value
    (tmp_path / "lock.json").write_text(json.dumps(told))
    assert check(folder)[0] == 2


def test_a_changed_digest_is_refused(lock, check, folder, tmp_path):
    """The manifest digest must fit the files."""
    assert lock(REF).code == 0
    told = json.loads((tmp_path / "lock.json").read_text())
    told["files"][0]["sha256"] = "0" * 64
    (tmp_path / "lock.json").write_text(json.dumps(told))
    code, said = check(folder)
    assert code == 2
    assert "changed" in said
