"""`catalog hash` where the world around it is odd: names, places, disks, permissions."""

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.fixture
def folder(tmp_path):
    """Return a folder with one small file."""
    made = tmp_path / "checkpoint"
    made.mkdir()
    (made / "config.json").write_text("{}")
    return made


def run(*arguments, **options):
    """Run a command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "catalog", *map(str, arguments)],
        cwd=CHECKOUT,
        capture_output=True,
        check=False,
        **options,
    )


# Names -----------------------------------------------------------------------------------------


def test_any_file_name_is_printed_as_sha256sum_prints_it(folder):
    """Names that are not UTF-8, or hold line ends and backslashes, in a strict locale."""
    for name in (b"not\xffutf8", b"line\nend", b"carriage\rreturn", b"back\\slash"):
        (folder / os.fsdecode(name)).write_bytes(name)
    strict = os.environ | {"PYTHONIOENCODING": "utf-8:strict"}
    ran = run("hash", folder, env=strict)
    assert (ran.returncode, ran.stderr) == (0, b"")
    lines = ran.stdout.split(b"\n\n")[0] + b"\n"
    told = subprocess.run(
        ["sha256sum", "--check", "--strict"],
        input=lines,
        cwd=folder,
        capture_output=True,
        check=True,
    )
    assert told.stdout.count(b": OK") == 5
    document = json.loads(run("hash", folder, "--json", env=strict).stdout.decode("utf-8"))
    assert len(document["files"]) == 5


def test_odd_names_pass_through_a_manifest(catalog, folder, tmp_path):
    """What was written with -o is found again by --against."""
    (folder / os.fsdecode(b"not\xffutf8\n")).write_bytes(b"x")
    manifest = tmp_path / "manifest"
    assert run("hash", folder, "-o", manifest).returncode == 0
    assert catalog("verify", folder, "--against", manifest).code == 0


def test_an_error_about_an_odd_name_is_one_line(catalog, folder):
    """A line end in a file's name is spelled out."""
    (folder / "a\nb.safetensors").write_bytes(b"")
    ran = catalog("hash", folder)
    assert (ran.code, len(ran.err.splitlines())) == (1, 1)
    assert r"a\nb.safetensors" in ran.err


@pytest.mark.parametrize(
    ("path", "code"),
    [("~nobody-of-this-name/x", 2), ("./" + "x" * 300, 3), ("y" * 5000 + "/z", 2)],
)
def test_paths_that_cannot_be(catalog, path, code):
    """A home that nobody has, a name that is too long for a file or for a repository: one line."""
    ran = catalog("hash", path)
    assert (ran.code, ran.out, ran.err.count("\n")) == (code, "", 1)


def test_an_index_by_itself_is_a_small_file(catalog, folder):
    """An index that is named alone is hashed; its shards were not asked for."""
    index = folder / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {"w": "model-00001-of-00001.safetensors"}}))
    assert catalog("hash", index).code == 0
    assert catalog("hash", folder).code == 1


# Places ----------------------------------------------------------------------------------------


def test_a_very_deep_folder(catalog, tmp_path):
    """Depth alone is no error, until the system itself refuses the path."""
    deep = tmp_path / "/".join(["deep", *("d" * 1500)])
    subprocess.run(["mkdir", "-p", deep], check=True)
    (deep / "file").write_text("x")
    ran = catalog("hash", tmp_path / "deep")
    subprocess.run(["rm", "-r", tmp_path / "deep"], check=True)  # shutil gives up
    assert (ran.code, ran.err) == (0, "")


def test_links_that_multiply(catalog, tmp_path, monkeypatch):
    """Links that lead to one folder in ever more ways end in one line, not in a hang."""
    from catalog.weights import files

    monkeypatch.setattr(files, "FOLDER_LIMIT", 1000)
    for level in range(30):
        (tmp_path / "way" / f"{level}").mkdir(parents=True)
        for name in "ab":
            (tmp_path / "way" / f"{level}" / name).symlink_to(f"../{level + 1}")
    (tmp_path / "way" / "30").mkdir()
    ran = catalog("hash", tmp_path / "way" / "0")
    assert (ran.code, ran.err.count("\n")) == (3, 1)
    assert "1,000 folders" in ran.err


def test_no_permission_anywhere_on_the_way(unprivileged, folder, tmp_path):
    """A closed folder, a closed cache, a closed place to write to: exit 3, one line each."""
    closed = tmp_path / "closed"
    (closed / "inside").mkdir(parents=True)
    cached = tmp_path / "models--a--b"
    (cached / "snapshots").mkdir(parents=True)
    listed = tmp_path / "listed"
    (listed / ".git").mkdir(parents=True)
    closed.chmod(0)
    cached.chmod(0)
    listed.chmod(0o400)
    inside = os.path.relpath(closed / "inside", CHECKOUT)
    for words in ([inside], [cached], [listed], [folder, "-o", closed / "manifest"]):
        ran = unprivileged(["hash", *words])
        assert (ran.returncode, ran.stdout, ran.stderr.count("\n")) == (3, "", 1), words
        assert "Permission denied" in ran.stderr
    cached.chmod(0o700)
    listed.chmod(0o700)


# Writing the manifest --------------------------------------------------------------------------


@pytest.mark.parametrize("target", ["/dev/full", "loop", "absent/manifest", "folder"])
def test_what_cannot_be_written(catalog, folder, tmp_path, target):
    """One line, exit 3, no half file; under --json one JSON document alone."""
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "folder").mkdir()
    before = sorted(tmp_path.rglob("*"))
    ran = catalog("hash", folder, "-o", tmp_path / target)
    assert (ran.code, ran.out, ran.err.count("\n")) == (3, "", 1)
    assert "cannot write" in ran.err
    told = json.loads(catalog("hash", folder, "-o", tmp_path / target, "--json").out)
    assert told["error"]["kind"] == "could-not-check"
    assert sorted(tmp_path.rglob("*")) == before


def test_a_disk_that_fills_up_midway(folder, tmp_path):
    """A manifest that no longer fits leaves neither itself nor a part of it."""
    for number in range(40):
        (folder / f"{number}.txt").write_text("x")

    def limit():
        import signal

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))

    ran = run("hash", folder, "-o", tmp_path / "manifest", preexec_fn=limit)
    assert ran.returncode == 3
    assert ran.stderr == f"catalog: cannot write {tmp_path}/manifest: File too large\n".encode()
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint"]


def test_weights_are_never_written_over(catalog, folder, tmp_path):
    """-o onto a file that is no manifest is refused; an old manifest is replaced with --force."""
    weights = folder / "model.bin"
    weights.write_bytes(b"precious" * 100)
    ran = catalog("hash", folder, "-o", weights)
    assert (ran.code, ran.err.count("\n")) == (2, 1)
    assert weights.read_bytes() == b"precious" * 100
    weights.unlink()
    for force in ((), ("--force",)):
        assert catalog("hash", folder, "-o", tmp_path / "manifest", *force).code == 0


def test_a_folder_called_something_needs_no_catalog(catalog, folder, tmp_path):
    """--as with -o and with --against: the name goes along, no database is asked or made."""
    manifest = tmp_path / "manifest"
    called = ("--as", "pythia-70m@step1000")
    assert catalog("hash", folder, *called, "-o", manifest).code == 0
    assert json.loads(manifest.read_text())["called"] == "pythia-70m@step1000"
    assert catalog("verify", folder, *called, "--against", manifest).code == 0
    (folder / "config.json").write_text("[]")
    assert catalog("verify", folder, *called, "--against", manifest).code == 1
    assert not list(Path(os.environ["XDG_DATA_HOME"]).rglob("*.db"))
