"""`catalog hash`, and `catalog verify --against` a manifest that it wrote."""

import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path

import checkpoints
import damage
import pytest
from safetensors.torch import load_file


@pytest.fixture
def folder(trajectory, tmp_path):
    """Return a copy of a trained checkpoint."""
    return Path(shutil.copytree(trajectory / "step512", tmp_path / "step512"))


@pytest.fixture
def written(trajectory, tmp_path):
    """Return a function that writes the trained weights in another layout."""

    def write(layout, name="checkpoint"):
        state = load_file(trajectory / "step512" / "model.safetensors")
        made = checkpoints.LAYOUTS[layout](tmp_path / name, state)
        shutil.copy(trajectory / "step512" / "config.json", made)
        return made

    return write


def listing(folder):
    """Return what there is below a folder."""
    return sorted(path.relative_to(folder) for path in folder.rglob("*"))


# What is printed -------------------------------------------------------------------------------


def test_files_are_listed_as_sha256sum_does(catalog, folder):
    """Each line is a digest and a path, as sha256sum prints and checks them."""
    ran = catalog("hash", folder)
    assert ran.code == 0
    lines = ran.out.split("\n\n")[0]
    told = subprocess.run(
        ["sha256sum", "--check", "--strict"],
        input=lines + "\n",
        cwd=folder,
        text=True,
        capture_output=True,
        check=True,
    )
    assert told.stdout.count(": OK") == len(list(folder.iterdir()))


def test_json_names_files_manifest_and_tensors(catalog, folder):
    """Sizes and digests are those of the files, and git's id is git's."""
    document = json.loads(catalog("hash", folder, "--tensors", "--json").out)
    for each in document["files"]:
        content = (folder / each["path"]).read_bytes()
        assert (each["size"], each["sha256"]) == (
            len(content),
            hashlib.sha256(content).hexdigest(),
        )
        git = subprocess.run(
            ["git", "hash-object", folder / each["path"]],
            capture_output=True,
            text=True,
            check=True,
        )
        assert each["git_sha1"] == git.stdout.strip()
    assert len(document["tensors"]) == len(load_file(folder / "model.safetensors"))
    assert document["findings"] == []


def test_the_manifest_digest_covers_paths_and_sizes(catalog, folder):
    """A renamed file gives another digest; the folder's own name plays no part."""
    first = json.loads(catalog("hash", folder, "--json").out)["manifest_digest"]
    moved = folder.rename(folder.with_name("elsewhere"))
    assert json.loads(catalog("hash", moved, "--json").out)["manifest_digest"] == first
    (moved / "config.json").rename(moved / "config2.json")
    assert json.loads(catalog("hash", moved, "--json").out)["manifest_digest"] != first


def test_one_file(catalog, folder):
    """A single file is hashed by itself, with its tensors."""
    document = json.loads(catalog("hash", folder / "model.safetensors", "--tensors", "--json").out)
    assert [each["path"] for each in document["files"]] == ["model.safetensors"]
    whole = json.loads(catalog("hash", folder, "--tensors", "--json").out)
    assert document["value_digest"] == whole["value_digest"]


@pytest.mark.parametrize("layout", checkpoints.LAYOUTS)
def test_every_layout_has_the_same_parameters(catalog, written, layout):
    """Single, sharded, zip and legacy: other files, the same parameter digest."""
    single = json.loads(catalog("hash", written("safetensors", "one"), "--tensors", "--json").out)
    other = json.loads(catalog("hash", written(layout), "--tensors", "--json").out)
    assert other["parameter_digest"] == single["parameter_digest"]
    (found,) = other["weight_sets"]
    assert found["layout"] == ("bin" if layout == "bin-legacy" else layout)


def cached(home, source):
    """Return a snapshot in the Hub's cache layout: files are links to blobs, some shared."""
    repository = home / "hub" / "models--example--model"
    snapshot = repository / "snapshots" / ("a" * 40)
    for path in ("blobs", "refs", f"snapshots/{'a' * 40}"):
        (repository / path).mkdir(parents=True)
    (repository / "refs" / "step512").write_text("a" * 40)
    for file in source.iterdir():
        content = file.read_bytes()
        if file.suffix == ".safetensors":
            name = hashlib.sha256(content).hexdigest()
        else:
            name = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()  # noqa: S324
        (repository / "blobs" / name).write_bytes(content)
        (snapshot / file.name).symlink_to(f"../../blobs/{name}")
    return snapshot


def test_the_cache_tells_what_a_folder_is(catalog, folder, tmp_path):
    """Repository, commit and branches come from the place; a damaged blob is found by its name."""
    snapshot = cached(tmp_path, folder)
    document = json.loads(catalog("hash", snapshot, "--json").out)
    assert (document["repo_id"], document["commit"]) == ("example/model", "a" * 40)
    assert document["revisions"] == ["step512"]
    damage.flip("model.safetensors", -1)(snapshot)
    ran = catalog("hash", snapshot, "--json")
    assert ran.code == 1
    assert "model.safetensors is damaged" in json.loads(ran.out)["findings"][0]


def test_a_blob_behind_two_links_is_read_once(folder, tmp_path):
    """Two paths to one blob cost one read, and both are listed."""
    from catalog.weights import files, hashing

    snapshot = cached(tmp_path, folder)
    (snapshot / "again.safetensors").symlink_to((snapshot / "model.safetensors").readlink())
    read = []
    hashed = hashing.hash_files(files.find(snapshot), progress=read.append)
    assert sum(read) == sum(file.stat().st_size for file in folder.iterdir())
    entries = hashed.manifest.entries
    assert entries["again.safetensors"].sha256 == entries["model.safetensors"].sha256


def test_a_ref_is_found_in_the_cache(catalog, folder, tmp_path, monkeypatch):
    """MODEL@REVISION is looked up in the Hub's cache; no database is needed or made."""
    cached(tmp_path, folder)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    assert catalog("hash", "example/model@step512").code == 0
    ran = catalog("hash", "pythia-70m@step1000")
    assert (ran.code, ran.err.count("\n")) == (3, 1)
    assert "catalog populate pythia-70m@step1000" in ran.err
    assert not list(Path(os.environ["XDG_DATA_HOME"]).rglob("*.db"))


# Manifests -------------------------------------------------------------------------------------


def test_a_manifest_is_checked_anywhere(catalog, folder, tmp_path):
    """Written with -o, checked with --against: good, changed, missing, extra; no database."""
    manifest = tmp_path / "step512.manifest"
    assert catalog("hash", folder, "--tensors", "-o", manifest).code == 0
    assert catalog("verify", folder, "--against", manifest).code == 0
    damage.flip("model.safetensors", -1)(folder)
    (folder / "config.json").unlink()
    (folder / "new.txt").write_text("x")
    ran = catalog("verify", folder, "--against", manifest, "--json")
    assert ran.code == 1
    (told,) = json.loads(ran.out)
    observed = " ".join(check["observed"] for check in told["checks"])
    for words in ("model.safetensors", "config.json is missing", "new.txt is extra"):
        assert words in observed
    assert not list(Path(os.environ["XDG_DATA_HOME"]).rglob("*.db"))


def test_a_manifest_inside_its_folder_is_no_part_of_it(catalog, folder):
    """FILE may lie in the folder that it describes."""
    manifest = folder / "MANIFEST.json"
    assert catalog("hash", folder, "-o", manifest).code == 0
    assert catalog("hash", folder, "-o", manifest, "--force").code == 0
    assert catalog("verify", folder, "--against", manifest).code == 0


@pytest.mark.parametrize(
    ("text", "says"),
    [("{", "not JSON"), ("{}", "not a manifest"), ('{"files": [1]}', "not a file entry")],
)
def test_what_is_no_manifest(catalog, folder, tmp_path, text, says):
    """A file that is no manifest is refused in one line, exit 2."""
    manifest = tmp_path / "bad.manifest"
    manifest.write_text(text)
    ran = catalog("verify", folder, "--against", manifest)
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert says in ran.err


def test_an_edited_manifest_is_refused(catalog, folder, tmp_path):
    """A manifest whose files were edited does not fit its own digest."""
    manifest = tmp_path / "m"
    catalog("hash", folder, "-o", manifest)
    document = json.loads(manifest.read_text())
    document["files"][0]["size"] += 1
    manifest.write_text(json.dumps(document))
    assert "was changed" in catalog("verify", folder, "--against", manifest).err


# Bad input -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", damage.KINDS)
def test_damage_gets_one_line(catalog, written, tmp_path, name):
    """Each kind of damage: one line that names it, its exit code, no FILE, and no code run."""
    kind = damage.KINDS[name]
    made = written(kind.layout)
    kind.apply(made)
    before = listing(tmp_path)
    words = ["hash", made, "-o", tmp_path / "manifest", *(["--tensors"] if kind.bulk else [])]
    ran = catalog(*words)
    assert ran.code == kind.code
    (line,) = ran.err.splitlines()
    assert line.startswith("catalog: ")
    assert kind.says in line
    assert listing(tmp_path) == before
    told = json.loads(catalog(*words, "--json").out)
    assert kind.says in (told["error"]["message"] if "error" in told else told["findings"][0])
    assert not damage.marker(made).exists()


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["./nowhere"], 2, "does not exist"),
        (["qwertz@step1"], 2, "unknown"),
        (["/dev/null"], 3, "not a regular file"),
        (["pythia-70m@step1000", "--as", "pythia-70m@step1000"], 2, "--as"),
        ([".", "--as", "@step1"], 2, "@step1"),
    ],
)
def test_asked_wrongly(catalog, arguments, code, says):
    """What is not there, no checkpoint, or no REF: one line and the code."""
    ran = catalog("hash", *arguments)
    assert (ran.code, ran.out, ran.err.count("\n")) == (code, "", 1)
    assert says in ran.err


def test_no_permission(unprivileged, folder, tmp_path):
    """What may not be read could not be checked; what may not be written is not written."""
    (folder / "model.safetensors").chmod(0)
    ran = unprivileged(["hash", folder])
    assert (ran.returncode, ran.stdout) == (3, "")
    assert ran.stderr == "catalog: cannot read model.safetensors: Permission denied\n"
    (folder / "model.safetensors").chmod(0o600)
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    ran = unprivileged(["hash", folder, "-o", closed / "manifest"])
    assert ran.returncode == 3
    assert "cannot write" in ran.stderr
    assert list(closed.iterdir()) == []
    closed.chmod(0)
    assert unprivileged(["hash", closed]).returncode == 3


def test_a_file_that_changes_meanwhile(folder):
    """A file truncated while it is read is an error that can be told, not a crash."""
    from catalog.errors import CouldNotCheck
    from catalog.weights import files, hashing

    file = folder / "tokenizer.json"
    file.write_bytes(bytes(4 << 20))

    def truncate(_):
        if file.stat().st_size:
            file.write_bytes(b"")

    with pytest.raises(CouldNotCheck, match=r"changed while it was read"):
        hashing.hash_files(files.find(folder), progress=truncate)
