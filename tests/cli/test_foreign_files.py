"""Folders as people have them: pointers, leavings of systems, adapters, other formats."""

import json

import planted
import published
import pytest
import torch
from hub_standin import asked_by_this_process
from recorded import MODEL, rows
from safetensors.torch import save_file

REF = f"{MODEL}@step64"
OID = "a3" * 32
LFS = f"version https://git-lfs.github.com/spec/v1\noid sha256:{OID}\nsize 4813\n"
APPLE = b"\0\5\x16\7" + b"\0\2\0\0Mac OS X        " + bytes(92)
LORA = "base_model.model.gpt_neox.layers.0.attention.query_key_value.lora_A.weight"


def adapter(folder, name="adapter_model.safetensors"):
    """Put a small adapter into a folder."""
    (folder / name).parent.mkdir(exist_ok=True)
    save_file({LORA: torch.zeros(2, 2)}, folder / name)


@pytest.fixture
def digested(catalog):
    """Return a function that gives what `catalog hash --tensors --json` prints."""

    def run(folder):
        return json.loads(catalog("hash", folder, "--tensors", "--json").out)

    return run


# Pointers --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("layout", "name"),
    [
        (None, "model.safetensors"),
        (None, "config.json"),
        (None, "tokenizer.json"),
        ("bin", "pytorch_model.bin"),
        ("safetensors-sharded", "model.safetensors.index.json"),
        ("safetensors-sharded", "model-00002-of-00002.safetensors"),
        ("bin-sharded", "pytorch_model-00001-of-00002.bin"),
    ],
)
def test_a_pointer_is_called_one(catalog, on, known_url, checkpoint, layout, name):
    """Wherever it lies: the line says what it is, what it points to, and what to type."""
    folder = checkpoint(512, layout)
    (folder / name).write_text(LFS)
    ran = [catalog("hash", folder), on("populate", folder), on("verify", folder)]
    assert [each.code for each in ran] == [1, 1, 1]
    for each in ran:
        told = each.out + each.err
        assert f"{name} is a Git LFS pointer, not the file: sha256 {OID}, 4,813 bytes" in told
        assert "git lfs pull" in told
    assert rows(known_url)["manifest"] == 0


@pytest.mark.parametrize("name", ["model.safetensors", "config.json"])
@pytest.mark.parametrize("recorded", [False, True])
def test_a_pointer_is_no_file_of_another_size(on, checkpoint, name, recorded):
    """Where sizes alone are compared too, with a record or without one."""
    folder = checkpoint(512)
    if recorded:
        on("populate", folder, code=0)
    (folder / name).write_text(LFS)
    (told,) = json.loads(on("verify", folder, "--level", "metadata", "--json", code=1).out)
    (seen,) = (check["observed"] for check in told["checks"])
    assert seen.startswith(f"{name} is a Git LFS pointer, not the file: sha256 {OID}")


@pytest.mark.parametrize("name", ["model.safetensors", "config.json"])
def test_a_pointer_in_place_of_what_is_pinned(lock, check, folder, name):
    """A lock's answer names it too; a pointer that is not pinned is of no account."""
    assert lock(REF).code == 0
    (folder / "other.bin").write_text(LFS)
    assert check(folder)[0] == 0
    (folder / name).write_text(LFS)
    code, (told,) = check(folder, "--json")
    assert (code, told["path"]) == (1, str(folder))
    assert told["checks"][0]["observed"].startswith(f"{name} is a Git LFS pointer, not the file")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (LFS.replace("\n", "\r\n"), "Git LFS pointer, not the file: sha256"),
        (LFS.replace("git-lfs.github", "hawser.github"), "Git LFS pointer, not the file: sha256"),
        (LFS.replace("oid", "ext-0-foo sha256:" + OID + "\noid"), "Git LFS pointer"),
        (LFS[:60], "Git LFS pointer"),
        (f"# xet version 0\nfilesize = 4813\nhash = '{OID}'\n", "Git Xet pointer"),
        (f"/annex/objects/SHA256E-s4813--{OID}.safetensors\n", "git annex get"),
        ("<!DOCTYPE html><html>Sign in</html>", "is a web page"),
        ("<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>", "is a web page"),
        ('{"error": "Access is\n restricted"}', 'is a text, no weights: {"error": "Access is res'),
        ("Entry not found", "is a text, no weights: Entry not found; download it again"),
    ],
)
@pytest.mark.parametrize("name", ["model.safetensors", "pytorch_model.bin"])
def test_what_lies_there_instead(catalog, tmp_path, name, text, says):
    """Pointers of all kinds, and pages that a proxy sent, are told apart from broken weights."""
    (tmp_path / name).write_text(text)
    ran = catalog("hash", tmp_path)
    assert (ran.code, ran.out, ran.err.count("\n")) == (1, "", 1)
    assert says in ran.err


def test_a_pointer_in_a_cache(catalog, known_url, checkpoint, tmp_path):
    """A snapshot whose blob is a pointer is no snapshot of the weights."""
    source = checkpoint(512)
    snapshot = tmp_path / "models--a--b" / "snapshots" / ("a" * 40)
    snapshot.mkdir(parents=True)
    (tmp_path / "models--a--b" / "refs").mkdir()
    (snapshot / "config.json").write_bytes((source / "config.json").read_bytes())
    (snapshot / "model.safetensors").write_text(LFS)
    assert "Git LFS pointer" in catalog("verify", snapshot, "--db", known_url).out


# What systems and editors leave ----------------------------------------------------------------


@pytest.fixture
def littered(checkpoint):
    """Return a folder with everything in it that no checkpoint has."""
    folder = checkpoint(512)
    for name in ("._model.safetensors", "._config.json", "._model.safetensors.index.json"):
        (folder / name).write_bytes(APPLE)
    for name in (
        *(".DS_Store", "Thumbs.db", "Desktop.ini", "config.json~", ".config.json.swp", "Icon\r"),
        *("model.safetensors:Zone.Identifier", "~$config.json", ".~lock.config.json#"),
        f".fuse_hidden{'0' * 16}",
    ):
        (folder / name).write_bytes(b"x")
    (folder / ".#config.json").symlink_to("user@host.1234:5")  # emacs' lock
    for name in ("__MACOSX", ".ipynb_checkpoints", "@eaDir", ".AppleDouble", ".Trash-1000"):
        (folder / name).mkdir()
        (folder / name / "model.safetensors").write_bytes(b"x")
    return folder


def test_leavings_are_passed_over(catalog, on, known_url, checkpoint, littered, digested):
    """The checkpoint is what it would be without them, and a note says that they are there."""
    clean = checkpoint(512, name="clean")
    assert digested(littered)["manifest_digest"] == digested(clean)["manifest_digest"]
    assert "left out, no files of a checkpoint: .#config.json" in digested(littered)["notes"][0]
    assert "left out" in catalog("hash", littered).err
    told = on("populate", littered, "--json", code=0)
    assert "left out" in json.loads(told.out)[0]["notes"][-1]
    assert "left out" in on("verify", littered, code=0).out + on("verify", littered).err
    on("verify", clean, code=0)
    assert rows(known_url)["manifest"] == 1


def test_a_manifest_that_names_leavings(catalog, checkpoint, tmp_path):
    """One written by hand, or before they were known, still fits: with them or without."""
    folder = checkpoint(512)
    document = json.loads(catalog("hash", folder, "--json").out)
    lines = [*document["files"], {"path": ".DS_Store", "size": 1, "sha256": OID}]
    from catalog.core.manifests import FileEntry, Manifest, print_manifest

    entries = [FileEntry(each["path"], each["size"], each["sha256"]) for each in lines]
    (tmp_path / "old").write_text(print_manifest(Manifest.of(entries), {}))
    assert catalog("verify", folder, "--against", tmp_path / "old").code == 0
    (folder / ".DS_Store").write_bytes(b"y")
    assert catalog("verify", folder, "--against", tmp_path / "old").code == 0


# Adapters --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("adapter_model.safetensors", "from_pretrained applies it"),
        ("adapter/adapter_model.safetensors", "an adapter, left out"),
        ("adapters.safetensors", "from_pretrained applies it"),
    ],
)
def test_an_adapter_beside_the_weights(on, checkpoint, digested, name, says):
    """It is no weight set: the weights beside it are recorded, and a note warns."""
    folder = checkpoint(512)
    (folder / "adapter_config.json").write_text("{}")
    adapter(folder, name)
    found = digested(folder)
    assert [each["name"] for each in found["weight_sets"]] == ["model.safetensors"]
    assert name in [each["path"] for each in found["files"]]
    (told,) = json.loads(on("populate", folder, "--json", code=0).out)
    assert [each["name"] for each in told["weight_sets"]] == ["model.safetensors"]
    assert any(says in note for note in told["notes"])
    assert says in on("verify", folder, "--level", "weights", "--json", code=0).out


def test_an_adapter_alone(catalog, on, known_url, checkpoint):
    """There are no weights; it is not "28 tensors missing"."""
    folder = checkpoint(512)
    (folder / "model.safetensors").unlink()
    adapter(folder)
    for ran in (on("populate", folder), catalog("hash", folder, "--tensors")):
        assert ran.code == 1
        assert "holds an adapter, no weights: adapter_model.safetensors" in ran.out + ran.err
    assert rows(known_url)["manifest"] == 0


def test_an_adapter_under_the_name_of_weights(on, checkpoint):
    """Its tensors' names tell."""
    folder = checkpoint(512)
    adapter(folder, "model.safetensors")
    ran = on("verify", folder, "--level", "weights", code=1)
    assert "1 tensors are an adapter's" in ran.out


# Other formats ---------------------------------------------------------------------------------

FORMATS = {
    "model-q4_0.gguf": "GGUF",
    "ggml-model-q4_0.bin": "GGML",
    "model.onnx": "ONNX",
    "tf_model.h5": "TensorFlow",
    "model.ckpt-1000.data-00000-of-00001": "TensorFlow",
    "flax_model.msgpack": "Flax",
    "openvino_model.bin": "OpenVINO",
    "rust_model.ot": "Rust",
    "consolidated.00.pth": "Meta's layout",
    "model.pt": "under a name of its own",
    "weights.bin": "under a name of its own",
}


@pytest.mark.parametrize("name", FORMATS)
def test_another_format(catalog, tmp_path, name):
    """It is named and could not be checked: neither damage nor nothing."""
    (tmp_path / name).write_bytes(b"x" * 64)
    ran = catalog("hash", tmp_path, "--tensors")
    assert ran.code == 3
    assert f"in another format alone: {name} ({FORMATS[name]}" in ran.err.replace(
        "PyTorch, in ", ""
    ).replace("PyTorch perhaps, ", "")


def test_other_formats_beside_the_weights(on, checkpoint):
    """The weights count; what was not looked into is told."""
    folder = checkpoint(512)
    for name in ("model.onnx", "tf_model.h5", "optimizer.pt", "training_args.bin"):
        (folder / name).write_bytes(b"x")
    told = on("populate", folder, code=0)
    assert "not looked into: model.onnx (ONNX), tf_model.h5 (TensorFlow)" in told.out + told.err


@pytest.mark.parametrize(
    ("magic", "says"),
    [
        (b"GGUF\3\0\0\0", "GGUF"),
        (b"lmgg", "GGML"),
        (b"\x89HDF\r\n\x1a\n", "HDF5"),
        (APPLE, "macOS"),
    ],
)
@pytest.mark.parametrize("name", ["model.safetensors", "pytorch_model.bin"])
def test_another_format_under_the_name_of_weights(catalog, tmp_path, name, magic, says):
    """Its first bytes tell."""
    (tmp_path / name).write_bytes(magic + bytes(100))
    ran = catalog("hash", tmp_path)
    assert (ran.code, ran.err.count("\n")) == (3, 1)
    assert "in another format" in ran.err
    assert says in ran.err


def test_a_header_whose_length_spells_another_format(catalog, tmp_path):
    """The first bytes of safetensors are a number, and every number may stand there."""
    tensor = '{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"__metadata__":{"pad":"%s"}}'
    length = int.from_bytes(b"\x1f\x8b", "little")  # gzip's mark
    header = (tensor % ("x" * (length - len(tensor) + 2))).encode()
    (tmp_path / "model.safetensors").write_bytes(length.to_bytes(8, "little") + header + bytes(4))
    assert catalog("hash", "--tensors", tmp_path).code == 0


@pytest.mark.parametrize(
    ("layout", "old", "new", "says"),
    [
        ("bin", "pytorch_model.bin", "model.safetensors", "a torch file"),
        ("bin-legacy", "pytorch_model.bin", "model.safetensors", "a torch file"),
        (None, "model.safetensors", "pytorch_model.bin", "a safetensors file"),
    ],
)
def test_weights_under_the_other_forms_name(catalog, checkpoint, layout, old, new, says):
    """No loader opens them; the line says what they are, not that they are damaged."""
    folder = checkpoint(512, layout)
    (folder / old).rename(folder / new)
    ran = catalog("hash", folder)
    assert (ran.code, ran.err.count("\n")) == (1, 1)
    assert f"{new} is {says} under" in ran.err


@pytest.mark.parametrize("end", [".part", ".incomplete", ".crdownload", ".aria2"])
def test_an_unfinished_download(catalog, tmp_path, end):
    """What is not here yet is neither weights nor broken."""
    (tmp_path / f"model.safetensors{end}").write_bytes(b"x")
    ran = catalog("hash", tmp_path, "--tensors")
    assert ran.code == 1
    assert "only an unfinished download" in ran.err


# Shards ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "spelled",
    [
        "model_{number:05d}-of-00002.safetensors",
        "model_{number:05d}_of_00002.safetensors",
        "model-{number:05d}-of-000002.safetensors",
        "model.{number}-of-2.safetensors",
    ],
)
def test_shards_in_other_spellings(on, checkpoint, digested, spelled):
    """With an index they are one set, without it their index is missed, not their tensors."""
    folder = checkpoint(512, "safetensors-sharded")
    index = folder / "model.safetensors.index.json"
    text = index.read_text()
    for number in (1, 2):
        name = f"model-{number:05d}-of-00002.safetensors"
        (folder / name).rename(folder / spelled.format(number=number))
        text = text.replace(name, spelled.format(number=number))
    index.write_text(text)
    assert [each["name"] for each in digested(folder)["weight_sets"]] == [index.name]
    index.unlink()
    assert "model.safetensors.index.json is not there, but its shards are" in (
        on("populate", folder, code=1).out
    )


def test_two_sets_of_shards(on, checkpoint):
    """Shards left over from another split are not mixed with those of the index."""
    folder = checkpoint(512, "safetensors-sharded")
    save_file({"w": torch.zeros(2)}, folder / "model-00001-of-00003.safetensors")
    ran = on("populate", folder, code=1)
    assert (
        "model-00001-of-00003.safetensors is of another set than model.safetensors.index.json"
        in ran.out
    )


@pytest.fixture
def pulled(catalog, hub, known_url, tmp_path, monkeypatch):
    """Return a function that pulls in vain, and gives what was said."""

    def run():
        with asked_by_this_process(hub, monkeypatch):
            ran = catalog("pull", REF, "--to", tmp_path / "out", "--db", known_url)
        assert (ran.code, (tmp_path / "out").exists()) == (1, False)
        return ran.err

    return run


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("model.safetensors", "So small is a Git LFS pointer"),
        ("config.json", "config.json is a Git LFS pointer"),
    ],
)
def test_a_mirror_that_serves_pointers(pulled, hub, config, name, says):
    """A pointer in the place of a file, declared as what it is, is never published."""
    branch = published.files(config, 64, "single") | {name: LFS.encode()}
    hub.repositories[planted.REPO].commit("step64", branch)
    assert says in pulled()


def test_a_pointer_that_came_instead(pulled, monkeypatch):
    """The Hub declares the weights, a pointer comes: the line says what came."""
    from catalog.hub import downloads

    def send(_repo_id, _commit, path, folder, **_):
        (folder / path).write_text(LFS)

    monkeypatch.setattr(downloads, "download_file", send)
    assert "is a Git LFS pointer" in pulled()
