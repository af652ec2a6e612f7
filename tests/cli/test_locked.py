"""A lock that somebody else made: recognised wherever a path is taken, found by content, judged."""

import json

import pytest
from published import files
from recorded import MODEL
from trajectory import REPO_ID

REF = f"{MODEL}@step64"
OTHER = f"{MODEL}@step8"
DEEP = {
    "weights": {"files", "shapes model.safetensors", "finite model.safetensors"},
    "forward": {
        "files",
        "shapes model.safetensors",
        "finite model.safetensors",
        "forward model.safetensors",
    },
}


@pytest.fixture
def place(config, tmp_path):
    """Return a function that puts a step's files into a folder below `all`."""

    def put(step, name):
        made = tmp_path / "all" / name
        made.mkdir(parents=True, exist_ok=True)
        for path, raw in files(config, step, "single").items():
            (made / path).write_bytes(raw)
        return made

    return put


@pytest.fixture
def file(tmp_path):
    """Return where `lock` writes."""
    return tmp_path / "lock.json"


def verdicts(told):
    """Return the verdict on each pinned checkpoint."""
    return {item["target"]: item["verdict"] for item in told}


# Recognised ------------------------------------------------------------------------------------


@pytest.mark.parametrize("database", ["none", "known"])
def test_a_lock_is_recognised_without_a_word(lock, catalog, folder, file, known_url, database):
    """`verify LOCK FOLDER`, in any order and with or without a catalog, is `--lock`."""
    assert lock(REF).code == 0
    url = known_url if database == "known" else "sqlite:////no/db"
    for words in ([file, folder], [folder, file]):
        ran = catalog("verify", *words, "--db", url)
        assert (ran.code, ran.out.splitlines()[0]) == (0, f"{REF}: passed (files)")
    ran = catalog("verify", file, "--db", url)
    assert (ran.code, "not in the Hub's cache" in ran.out) == (3, True)
    (folder / "config.json").write_text("{}")
    assert catalog("verify", file, folder, "--db", url).code == 1


def test_other_commands_say_what_it_is(lock, catalog, folder, file, tmp_path, known_url):
    """A lock or manifest is never taken for weights; each answer says what to type."""
    assert lock(REF).code == 0
    manifest = tmp_path / "folder.manifest"
    assert catalog("hash", folder, "-o", manifest).code == 0
    ran = catalog("populate", "--as", REF, file, "--db", known_url)
    assert (ran.code, ran.out) == (2, "")
    assert f"is a lock; compare it with `catalog verify {file} [FOLDER]`" in ran.err
    hashed = catalog("hash", file)
    assert (hashed.code, "lock.json" in hashed.out) == (0, True)
    assert f"note: {file} is a lock; `catalog verify {file}` compares what it pins" in hashed.err
    for words in (["verify", manifest], ["populate", "--as", REF, manifest]):
        ran = catalog(*words, "--db", known_url)
        assert ran.code == 2
        assert f"`catalog verify --against {manifest} FOLDER`" in ran.err
    for words in ([file, "--as", REF], [file, "--against", manifest], [file, file, folder]):
        assert catalog("verify", *words).code == 2


# Found -----------------------------------------------------------------------------------------


def test_folders_of_any_name_are_found_by_their_content(lock, check, place, tmp_path):
    """Every weight file has one size; the bytes say which is which, at any depth."""
    assert lock(REF, OTHER).code == 0
    there = {OTHER: place(8, "runs/last"), REF: place(64, "step8")}
    place(16, "step64")
    code, told = check(tmp_path / "all", "--json")
    assert (code, verdicts(told)) == (0, {REF: "passed", OTHER: "passed"})
    assert {item["target"]: item["path"] for item in told} == {
        name: str(folder) for name, folder in there.items()
    }


def test_a_folder_with_the_locks_own_name_is_held_to_it(lock, check, place, tmp_path):
    """Swapped folders load the wrong checkpoints, so they fail, and it is said where each is."""
    assert lock(REF, OTHER).code == 0
    place(8, REF)
    place(64, OTHER)
    code, told = check(tmp_path / "all", "--json")
    assert (code, verdicts(told)) == (1, {REF: "failed", OTHER: "failed"})
    assert told[0]["notes"] == [f"what is pinned is in {tmp_path / 'all' / OTHER}"]


def test_what_is_nowhere_is_missing(lock, check, place, tmp_path):
    """Exit 1 for a folder that lacks it, 3 for the cache; both name the next command."""
    assert lock(REF, OTHER).code == 0
    place(64, "here")
    code, told = check(tmp_path / "all", "--json")
    assert (code, verdicts(told)) == (1, {REF: "passed", OTHER: "failed"})
    fetched = tmp_path / "all" / OTHER
    assert told[1]["notes"] == [f"`catalog pull {OTHER} --to {fetched}` fetches it"]
    assert told[1]["checks"][0]["observed"] == f"no folder in {tmp_path / 'all'} holds it"
    code, said = check()
    assert code == 3
    assert f"`catalog pull {OTHER} --to DIR` fetches it; then name DIR too" in said


def test_a_damaged_copy_is_compared_by_its_branch(lock, check, place, tmp_path):
    """A folder called as the branch is the likeliest; what differs in it is named."""
    assert lock(REF, OTHER).code == 0
    place(8, "step8")
    damaged = place(64, "step64") / "model.safetensors"
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"\x7f")
    code, told = check(tmp_path / "all", "--json")
    assert (code, verdicts(told)) == (1, {REF: "failed", OTHER: "passed"})
    assert told[0]["path"] == str(damaged.parent)
    assert "model.safetensors has other bytes" in told[0]["checks"][0]["observed"]


# Judged ----------------------------------------------------------------------------------------


def test_the_answer_says_what_is_pinned(lock, check, folder, hub):
    """Repository, commit, step, tokens and weight set, as text and as JSON."""
    assert lock(REF).code == 0
    code, said = check(folder)
    assert code == 0
    (repo_id,) = hub.repositories
    commit = hub.repositories[repo_id].branches["step64"]
    assert said.splitlines()[1:3] == [
        f"  {repo_id} commit {commit}, step 64, 65,536 tokens",
        f"  model.safetensors (own) in {folder}",
    ]
    (told,) = check(folder, "--json")[1]
    assert told["pinned"]["commit"] == commit
    assert (told["pinned"]["step"], told["pinned"]["tokens_seen"]) == (64, 65_536)
    assert (told["path"], told["advisories"]) == (str(folder), [])


def test_advisories_come_with_the_answer(lock, catalog, file, tmp_path):
    """A pinned checkpoint with a known problem is told with it, whatever its bytes are."""
    assert lock(REF).code == 0
    stated = json.loads(file.read_text())
    for key in ("lock_version", "lock_digest"):
        del stated[key]
    stated["checkpoints"][0] |= {"model": "pythia-160m", "revision": "step143000"}
    old = tmp_path / "old.json"
    old.write_text(json.dumps(stated))
    ran = catalog("verify", old, "--json")
    (told,) = json.loads(ran.out)
    assert "CKPT-2023-0001" in told["advisories"]
    said = catalog("verify", old)
    assert "  advisory CKPT-2023-0001\n" in said.out
    assert "warning: pythia-160m@step143000" in said.err


@pytest.mark.parametrize("key", ["commit", "tokens_seen"])
def test_an_edited_lock_is_refused(lock, check, folder, file, key):
    """What it says beside its files cannot be changed by hand: exit 2."""
    assert lock(REF).code == 0
    stated = json.loads(file.read_text())
    stated["checkpoints"][0][key] = {"commit": "0" * 40, "tokens_seen": 1}[key]
    file.write_text(json.dumps(stated))
    code, said = check(folder)
    assert code == 2
    assert "was changed: its lock digest does not fit what it says" in said


def test_a_lock_of_version_1_is_read_with_a_note(lock, check, folder, file):
    """Older locks are compared as before; that no digest covers commit and tokens is said."""
    assert lock(REF).code == 0
    stated = json.loads(file.read_text())
    for key in ("lock_version", "lock_digest"):
        del stated[key]
    file.write_text(json.dumps(stated))
    code, (told,) = check(folder, "--json")
    assert (code, told["verdict"]) == (0, "passed")
    assert told["notes"][0].startswith("this lock is of version 1: no digest covers its commit")


@pytest.mark.parametrize("level", DEEP)
def test_the_weights_that_are_pinned_are_looked_into(lock, check, folder, level):
    """Shapes by the pinned config, finite values; "does it also run?" needs no catalog."""
    assert lock(REF).code == 0
    code, (told,) = check(folder, "--level", level, "--json")
    found = {check["name"]: check["verdict"] for check in told["checks"]}
    assert set(found) == DEEP[level]
    # With nothing on record to compare with, that it runs is all that can be said.
    assert {name for name, verdict in found.items() if verdict != "passed"} == (
        {"forward model.safetensors"} if level == "forward" else set()
    )
    assert code == (3 if level == "forward" else 0)
    (folder / "tokenizer.json").write_text("[]")
    code, (told,) = check(folder, "--level", level, "--json")
    assert (code, len(told["checks"])) == (1, 2)


def test_what_the_weights_compute_is_compared_with_the_record(lock, catalog, on, folder, known_url):
    """Where the catalog has the pinned checkpoint on record, its fingerprint is the witness."""
    on("populate", folder, step=64, code=0)
    assert lock(REF).code == 0
    file = folder.parent / "lock.json"
    words = ("verify", file, folder, "--level", "forward", "--json", "--db", known_url)
    ran = catalog(*words)
    assert ran.code == 0, ran.out
    assert json.loads(ran.out)[0]["worst_difference"] < 1e-3


def test_the_name_is_anothers_here(lock, catalog, folder, file, templates, trajectory):
    """Where the pinned name means another repository's model, that one's record is not asked."""
    assert lock(REF).code == 0
    suite = (trajectory / "suite.toml").read_text().replace(REPO_ID, "elsewhere/topics-183k")
    (folder.parent / "suite.toml").write_text(suite)
    with templates.copy("sqlite", "empty", folder.parent) as url:
        catalog("suites", "add", folder.parent / "suite.toml", "--db", url)
        assert catalog("populate", "--as", REF, trajectory / "step8", "--db", url).code == 0
        ran = catalog("verify", file, folder, "--level", "weights", "--json", "--db", url)
    (told,) = json.loads(ran.out)
    assert (ran.code, {check["rule"] for check in told["checks"]}) == (
        0,
        {"files", "shapes", "finite"},
    )


# Written ---------------------------------------------------------------------------------------


def test_a_lock_or_manifest_is_not_written_over(lock, catalog, folder, file, tmp_path):
    """Pins are evidence: only --force replaces one, and never anything that is not one."""
    assert lock(REF).code == 0
    before = file.read_bytes()
    ran = lock(OTHER)
    assert (ran.code, file.read_bytes()) == (2, before)
    assert "lock.json exists; write to another name, or over it with --force" in ran.err
    assert catalog("hash", folder, "-o", file).code == 2
    assert file.read_bytes() == before
    assert lock(OTHER, "--force").code == 0
    assert file.read_bytes() != before
    manifest = tmp_path / "manifest"
    assert [catalog("hash", folder, "-o", manifest).code for _ in range(2)] == [0, 2]
    assert catalog("hash", folder, "-o", manifest, "--force").code == 0
    (tmp_path / "notes").write_text("mine")
    for words in (["hash", folder], ["lock", REF]):
        assert catalog(*words, "-o", tmp_path / "notes", "--force").code == 2
    assert (tmp_path / "notes").read_text() == "mine"
