"""The seams of the Hub's client, safetensors and torch, and the notes of the guard on itself."""

import os
import sys
from pathlib import Path
from types import ModuleType

import huggingface_hub
import listing
import pytest
import safetensors
import torch
import transformers
from huggingface_hub import hf_hub_download as bound_before
from huggingface_hub import snapshot_download
from safetensors.torch import load_file

import catalog.guard
from catalog.errors import CatalogError
from catalog.guard import hooks, modes, seams, words

STALE = "pythia-2.8b@step1000: model.safetensors holds step143000's weights; "
RIGHT = "right: the shards (model.safetensors.index.json)"
LINE = STALE + RIGHT


def listed(test):
    """Serve the real listing to a test."""
    return pytest.mark.data(listing.FILE)(pytest.mark.usefixtures("asking")(test))


@listed
def test_a_file_that_is_named(guard, heard):
    """A stale file is the event, by a name bound before or after, by `HfApi`, by a commit."""
    for number, download in enumerate(
        (
            lambda **asked: bound_before(listing.REPO, listing.SINGLE, **asked),
            lambda **asked: huggingface_hub.hf_hub_download(listing.REPO, listing.SINGLE, **asked),
            lambda **asked: huggingface_hub.HfApi().hf_hub_download(
                repo_id=listing.REPO, filename=listing.SINGLE, **asked
            ),
        )
    ):
        guard("warn")
        words._said.clear()
        said, file = heard(download, revision="step1000")
        assert said == [LINE], number
        assert heard(load_file, file)[0] == []  # one load, one line


@listed
def test_what_is_right_or_no_weights_is_silent(guard, heard):
    """Neither the step's own shards nor a configuration are worth a word."""
    guard("strict")
    for name in ("model-00001-of-00002.safetensors", "config.json", listing.INDEX):
        assert heard(bound_before, listing.REPO, name, revision="step1000")[0] == []


@listed
@pytest.mark.parametrize("mode", ["error", "fix"])
def test_a_named_file_is_refused(mode, guard, asking, heard, served):
    """Whoever names a file gets that file or none; by a commit it is not even downloaded."""
    guard(mode)
    _, listing_ = served
    assert str(heard(bound_before, listing.REPO, listing.SINGLE, revision="step1000")[1]) == LINE
    before = len(asking.requests)
    commit = listing_["step1000"][0]
    assert str(heard(bound_before, listing.REPO, listing.SINGLE, revision=commit)[1]) == LINE
    assert len(asking.requests) == before


@listed
def test_a_file_of_the_cache_is_known_by_its_path(guard, heard, monkeypatch):
    """Opened by another process than fetched it: the cache says which branch it was."""
    file = bound_before(listing.REPO, listing.SINGLE, revision="step1000")
    pickle = bound_before(listing.REPO, listing.BIN, revision="step1000")
    monkeypatch.setattr("catalog.guard.places._revisions", {})
    for read in (lambda: load_file(file), lambda: safetensors.safe_open(file, framework="np")):
        guard("warn")
        words._said.clear()
        assert heard(read)[0] == [LINE]
    with Path(pickle).open("rb") as stream:
        for source in (pickle, stream):
            words._said.clear()
            said, _ = heard(torch.load, source, weights_only=True)
            assert said == [LINE.replace("model.safetensors holds", "pytorch_model.bin holds")]
    with Path(os.devnull).open("rb", buffering=0) as nothing, pytest.raises(EOFError):
        heard(torch.load, nothing)  # what it is given is the library's to refuse


@listed
def test_a_folder_of_ones_own(guard, heard, tmp_path):
    """A download into a folder carries a note of its commit; a snapshot of it is no load."""
    guard("warn")
    said, folder = heard(
        snapshot_download, listing.REPO, revision="step1000", local_dir=tmp_path / "mine"
    )
    assert said == []
    assert heard(load_file, f"{folder}/{listing.SINGLE}")[0] == [LINE]


@listed
def test_what_is_opened_is_the_librarys_own(guard):
    """The guarded class gives the original's objects, and knows them as its own."""
    original = getattr(safetensors.safe_open, hooks.MARK)
    file = bound_before(listing.REPO, listing.SINGLE, revision="main")
    guard("warn")
    opened = safetensors.safe_open(file, framework="np")
    assert safetensors.safe_open is not original
    assert isinstance(opened, original)
    assert isinstance(opened, safetensors.safe_open)


def test_files_of_no_repository_pass(guard, heard, tmp_path):
    """What lies anywhere else is nobody's branch."""
    from safetensors.torch import save_file

    guard("strict")
    save_file({"a": torch.zeros(1)}, tmp_path / "model.safetensors")
    assert heard(load_file, tmp_path / "model.safetensors")[0] == []


# Without a catalog, or with a broken one -------------------------------------------------------


@listed
@pytest.mark.parametrize("kind", ["absent", "broken"])
def test_without_a_catalog_what_ships_answers(kind, guard, heard, tmp_path, monkeypatch, noted):
    """It says so once, and goes on guarding; a broken catalog breaks no load."""
    if kind == "broken":
        (tmp_path / "c.db").write_bytes(b"no database " * 100)
    monkeypatch.setenv("CATALOG_DB", str(tmp_path / "c.db"))
    guard("warn")
    said = [
        heard(bound_before, listing.REPO, listing.SINGLE, revision=revision)[0]
        for revision in ("step1000", "step66000")
    ]
    assert said == [[LINE], []]
    (record,) = noted
    note = "no catalog: run `catalog init`" if kind == "absent" else "the catalog was not asked"
    assert note in record.getMessage()


def test_what_ships_is_what_the_catalog_says(shipped_url):
    """`make loads` was run after the last change to an observation, a fact or a rule."""
    from catalog import api
    from catalog.core import packaged
    from catalog.guard import packing

    assert packaged.text("loads.json") == packing.document(api.open(shipped_url))


def test_an_observed_repository_means_itself(shipped_url):
    """The guard's short way to a repository leads where every command's way leads."""
    from catalog import api
    from catalog.verbs import guarding

    asked = api.open(shipped_url)
    with asked._reading() as connection:
        for repo_id in asked.repositories(observed=True):
            assert guarding.home(connection, repo_id) == repo_id
            assert asked.repositories(repo_id) == [repo_id]
        assert guarding.home(connection, "eleutherai/Pythia-2.8B") == listing.REPO
        assert guarding.home(connection, "EleutherAI/pythia-2.7b") != listing.REPO


def test_a_wrong_call_is_the_librarys_to_refuse(guard):
    """Its own words, not the guard's."""
    from transformers.utils.hub import cached_files

    guard("warn")
    with pytest.raises(TypeError, match=r"cached_files\(\) missing 1 required"):
        cached_files("a/b")


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_child_of_a_fork_is_guarded(guard, heard, tmp_path):
    """It says what it loads; nothing it shares with its parent can be locked."""
    guard("warn")
    commit = "cc81f94ea2acd24862163f15126427b85b98caac"
    file = tmp_path / "models--EleutherAI--pythia-2.8b" / "snapshots" / commit / listing.SINGLE
    file.parent.mkdir(parents=True)
    file.write_bytes((2).to_bytes(8, "little") + b"{}")
    child = os.fork()
    if child == 0:
        try:
            said, _ = heard(load_file, file)
        finally:  # whatever happens, it may not go on with the other tests
            os._exit(0 if said == [LINE] else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert heard(load_file, file)[0] == [LINE]


# Hooks -----------------------------------------------------------------------------------------


def test_a_word_that_is_no_mode(guard, monkeypatch, noted):
    """In the environment it is noted once and means `warn`; in a call it is refused."""
    guard(None)
    monkeypatch.setenv("CATALOG_GUARD", "loud")
    assert [modes.current(words.note) for _ in range(2)] == ["warn", "warn"]
    assert len(noted) == 1
    with pytest.raises(CatalogError, match="no guard mode 'loud'"):
        guard("loud")


@pytest.mark.usefixtures("guard")
def test_a_seam_that_is_missing_is_one_note(monkeypatch, noted):
    """A later version without the function is used as it is, and the note says what was tested."""
    module = ModuleType("newer")
    monkeypatch.setitem(sys.modules, "newer", module)
    seam = hooks.Seam("newer", "gone", "newer", "1.0", lambda original: original)
    hooks.hook([seam])
    hooks.hook([seam])
    (record,) = noted
    assert record.getMessage() == (
        "catalog.guard: newer ? has no newer.gone (tested: 1.0); not guarded there"
    )


@pytest.mark.usefixtures("guard")
def test_a_former_version_is_hooked_by_its_own_name(monkeypatch, noted):
    """Where what is hooked was called otherwise, that is hooked, without a note, and given back."""
    module = ModuleType("former")
    module.fetch_one = lambda: "its own"
    monkeypatch.setitem(sys.modules, "former", module)
    wrap = lambda own: lambda: f"heard {own()}"  # noqa: E731 - it is one expression
    seams_of_it = (hooks.Seam("former", "fetch_many", "former", "2", wrap, older="fetch_one"),)
    hooks.install(seams_of_it)
    assert module.fetch_one() == "heard its own"
    hooks.remove(seams_of_it)
    assert (module.fetch_one(), noted) == ("its own", [])


@pytest.mark.usefixtures("guard")
def test_a_library_that_comes_later_is_hooked(tmp_path, monkeypatch):
    """Its function is replaced as soon as it was imported, and given back at the end."""
    (tmp_path / "later_library.py").write_text("def fetch():\n    return 'its own'\n")
    monkeypatch.syspath_prepend(tmp_path)
    seam = hooks.Seam("later_library", "fetch", "later", "1", lambda own: lambda: f"heard {own()}")
    seams_of_it = (seam,)
    hooks.install(seams_of_it)
    try:
        import later_library

        assert later_library.fetch() == "heard its own"
    finally:
        hooks.remove(seams_of_it)
    assert later_library.fetch() == "its own"


@pytest.mark.parametrize("imported", [True, False], ids=["before", "not yet"])
def test_the_first_load_finds_all_prepared(imported, monkeypatch):
    """What judging takes is imported with the guard where a library was there before it."""
    prepared = []
    monkeypatch.setattr(hooks.asking, "prepare", lambda: prepared.append(True))
    if imported:
        library = ModuleType("earlier_library")
        library.fetch = lambda: "its own"
        monkeypatch.setitem(sys.modules, "earlier_library", library)
    seams_of_it = (hooks.Seam("earlier_library", "fetch", "earlier", "1", lambda own: lambda: own),)
    hooks.install(seams_of_it)
    hooks.remove(seams_of_it)
    assert prepared == [True] * imported


def test_the_guard_can_be_turned_off(guard):
    """Every library has its own functions again."""
    own = getattr(bound_before, hooks.MARK)
    catalog.guard.uninstall()
    try:
        assert huggingface_hub.file_download.hf_hub_download is own
        assert bound_before is own
    finally:
        guard("warn")
    assert getattr(bound_before, hooks.MARK) is own


def test_the_versions_are_those_of_this_environment():
    """What the table says was tested is what these tests ran with."""
    for seam in seams.EVERY:
        assert transformers.__name__ in sys.modules
        version = sys.modules[seam.library].__version__.partition("+")[0]
        assert seam.tested == version, seam.library
        assert f"| {seam.tested} |" in seams.__doc__
