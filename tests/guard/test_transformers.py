"""`from_pretrained`, guarded: what is warned of, refused, set right; on the real listing."""

import re
import threading

import listing
import pytest
from transformers import AutoModelForCausalLM

from catalog.guard import WrongWeights, WrongWeightsError, seams

pytestmark = [pytest.mark.data(listing.FILE), pytest.mark.usefixtures("asking")]
LINES = {
    "step1000": "pythia-2.8b@step1000: model.safetensors holds step143000's weights; "
    "right: the shards (model.safetensors.index.json)",
    "step27000": "pythia-2.8b@step27000: model.safetensors holds step143000's weights; "
    "right: pytorch_model.bin",
    "step26000": "pythia-2.8b@step26000: model.safetensors holds step143000's weights; "
    "right: none in this branch",
    "step54000": "pythia-2.8b@step54000: model.safetensors holds step143000's weights; "
    "right: none in this branch",
}
RIGHT = ("main", "step143000", "step66000")
TRUE = {"step1000": "model-00001-of-00002.safetensors", "step27000": listing.BIN}


@pytest.mark.parametrize("revision", LINES)
def test_a_wrong_branch_is_one_line(revision, guard, heard, load, served):
    """It is said once, at the line that loads, and what is loaded is what would have been."""
    guard("warn")
    _, listed = served
    before = listing.value(listed[revision][1][listing.SINGLE])
    assert heard(load, revision) == ([LINES[revision]], before)
    assert heard(load, revision) == ([], before)


@pytest.mark.parametrize("revision", RIGHT)
@pytest.mark.parametrize("mode", ["warn", "strict", "error", "fix"])
def test_a_right_branch_is_silent(revision, mode, guard, heard, load, served):
    """In every mode, and its weights are its own."""
    guard(mode)
    _, listed = served
    own = listing.value(listed[revision][1][listing.SINGLE])
    assert heard(load, revision) == ([], own)


def test_the_warning_points_at_the_user(guard):
    """Its place is the line that called the library."""
    guard("warn")
    with pytest.warns(WrongWeights) as said:
        AutoModelForCausalLM.from_pretrained(listing.REPO, revision="step54000")
    (warning,) = said
    assert warning.filename == __file__
    assert warning.message.load.holds == "step143000"


@pytest.mark.parametrize("revision", LINES)
def test_error_refuses_before_the_download(revision, guard, asking, heard, load):
    """Nothing of the weights was asked for; the error is the guard's own."""
    guard("error")
    seen = len(asking.requests)
    said, refused = heard(load, revision)
    assert (said, str(refused)) == ([], LINES[revision])
    assert refused.exit_code == 1
    assert not [each for each in asking.requests[seen:] if re.search("safetensors|bin", each)]


@pytest.mark.parametrize("revision", TRUE)
@pytest.mark.parametrize("options", [{}, {"use_safetensors": False}], ids=["default", "bin"])
def test_fix_loads_the_true_weights(revision, options, guard, heard, load, served):
    """The branch's own, from shards or `.bin`, also where `.bin` alone was asked for."""
    guard("fix")
    _, listed = served
    own = listing.value(listed[revision][1][TRUE[revision]])
    assert heard(load, revision, **options) == ([], own)


@pytest.fixture
def true(served):
    """Return the value of each parameter of a branch's own weights."""
    return {each: listing.value(served[1][each][1][path]) for each, path in TRUE.items()}


@pytest.fixture(params=[True, False], ids=["config", "no config"])
def unresolved(request, monkeypatch, own_cache):
    """Let no branch be resolved; return a function that says whether nothing came in vain.

    That is so where the configuration was found before the weights.
    """
    monkeypatch.setattr("catalog.guard.places.commit_of", lambda _: None)
    if not request.param:
        monkeypatch.setattr("catalog.guard.seams._cached", lambda *_: None)
    return lambda: bool(list(own_cache.rglob(listing.SINGLE))) is not request.param


@pytest.mark.parametrize("revision", TRUE)
def test_fix_without_a_commit_ahead(revision, unresolved, guard, heard, load, true):
    """Before 5.24 transformers resolves no branch: its configuration or the file says the commit.

    With the configuration in the cache nothing wrong is downloaded, as by a commit.
    """
    guard("error")
    assert str(heard(load, revision)[1]) == LINES[revision]
    guard("fix")
    assert heard(load, revision) == ([], true[revision])
    assert unresolved()


@pytest.mark.parametrize("revision", ["step1000", "step26000"])
def test_one_file_at_a_time(revision, guard, heard):
    """`cached_file`, which is all there is before 4.50: the same is heard, refused, set right."""
    from transformers.utils import hub

    original = getattr(hub.cached_files, "__wrapped__", hub.cached_files)

    def cached_file(path_or_repo_id, filename, revision, *, _raise_exceptions_for_missing_entries):
        may_lack = {"_raise_exceptions_for_missing_entries": _raise_exceptions_for_missing_entries}
        files = original(path_or_repo_id, [filename], revision=revision, **may_lack)
        return files[0] if files else None

    find = seams.found_files(cached_file)
    asked = {"revision": revision, "_raise_exceptions_for_missing_entries": False}
    guard("warn")
    find(listing.REPO, "config.json", **asked)  # as `from_pretrained` does first
    said, file = heard(find, listing.REPO, filename=listing.SINGLE, **asked)
    assert (said, file.endswith(f"/{listing.SINGLE}")) == ([LINES[revision]], True)
    guard("error")
    assert str(heard(find, listing.REPO, listing.SINGLE, **asked)[1]) == LINES[revision]
    guard("fix")
    if revision == "step1000":
        assert heard(find, listing.REPO, listing.SINGLE, **asked) == ([], None)
        said, index = heard(find, listing.REPO, listing.INDEX, **asked)
        assert index.endswith(f"/{listing.INDEX}")
        said, index = heard(find, listing.REPO, f"{listing.BIN}.index.json", **asked)
        assert index.endswith(f"/{listing.INDEX}")
    else:
        assert str(heard(find, listing.REPO, listing.SINGLE, **asked)[1]) == LINES[revision]


@pytest.mark.parametrize("revision", ["step26000", "step54000"])
def test_fix_refuses_where_nothing_is_right(revision, guard, heard, load):
    """A branch that has no weights of its own is not loaded."""
    guard("fix")
    assert str(heard(load, revision)[1]) == LINES[revision]


def test_fix_opens_no_pickle_for_who_forbade_it(guard, load, noted):
    """`use_safetensors=True` is a user's word: the `.bin` is not handed out for it.

    transformers says that there is no such file; why, the guard's note says.
    """
    guard("fix")
    with pytest.raises(OSError, match="use_safetensors=True"):
        load("step27000", use_safetensors=True)
    (said,) = [each.getMessage() for each in noted if each.name == "catalog.guard"]
    assert said == f"catalog.guard: passed over: {LINES['step27000']}"


def test_bin_is_another_set(guard, heard, load):
    """What counts is what is loaded: of `.bin` files other branches are wrong."""
    guard("warn")
    said, _ = heard(load, "step1000", use_safetensors=False)
    assert said == [LINES["step1000"].replace("model.safetensors holds", "pytorch_model.bin holds")]
    assert heard(load, "step27000", use_safetensors=False)[0] == []


def test_a_commit_is_what_it_was_seen_as(guard, heard, load, served):
    """By its commit a step is still that step; main's commit is main, whoever else is there."""
    guard("warn")
    _, listed = served
    assert heard(load, listed["step1000"][0])[0] == [LINES["step1000"]]
    assert heard(load, listed["main"][0])[0] == []
    assert heard(load, "step26000")[0] == [LINES["step26000"]]


def test_a_former_name_is_the_same_repository(guard, asking, heard, load, monkeypatch):
    """The Hub leads on from another name of the repository; the guard knows it too."""
    guard("warn")
    monkeypatch.setitem(asking.renamed, "EleutherAI/pythia-v1.1-2.8b", listing.REPO)
    assert heard(load, "step1000", place="EleutherAI/pythia-v1.1-2.8b")[0] == [LINES["step1000"]]


def test_another_owner_is_another_repository(guard, heard, load, served):
    """A repository of the same name is none that anybody observed: silent, unless in strict."""
    hub, _ = served
    mine = hub.add("somebody/pythia-2.8b")
    files = hub.repositories[listing.REPO].commits[hub.repositories[listing.REPO].branches["main"]]
    mine.commits["a" * 40], mine.branches["step1000"] = files, "a" * 40
    guard("warn")
    assert heard(load, "step1000", place="somebody/pythia-2.8b")[0] == []
    guard("strict")
    (line,) = heard(load, "step1000", place="somebody/pythia-2.8b")[0]
    assert line == (
        "somebody/pythia-2.8b@step1000: nobody observed commit aaaaaaaa of somebody/pythia-2.8b; "
        "`catalog sync somebody/pythia-2.8b` looks"
    )


def test_a_branch_that_moved_is_known_by_its_bytes(guard, heard, load, served, monkeypatch):
    """A new commit with main's file is still wrong, one with the step's own is right."""
    hub, listed = served
    repository = hub.repositories[listing.REPO]
    guard("warn")
    for number, revision in enumerate(("step27000", "step66000")):
        files = dict(repository.commits[listed[revision][0]])
        monkeypatch.setitem(repository.commits, f"{number}" * 40, files)
        monkeypatch.setitem(repository.branches, revision, f"{number}" * 40)
    (line,) = heard(load, "step27000")[0]
    assert line == (
        "pythia-2.8b@step27000: model.safetensors holds step143000's weights; "
        "right: not known: its commit was never observed"
    )
    assert heard(load, "step66000")[0] == []


def test_a_branch_that_became_an_alias(guard, heard, load, served, monkeypatch):
    """A step that now points at main's commit is wrong, though main is right."""
    hub, listed = served
    monkeypatch.setitem(hub.repositories[listing.REPO].branches, "step66000", listed["main"][0])
    guard("warn")
    (line,) = heard(load, "step66000")[0]
    assert line.startswith("pythia-2.8b@step66000: model.safetensors holds step143000's weights;")


@pytest.mark.usefixtures("served")
def test_threads_say_it_once(guard, recwarn):
    """Several that take the weights of one checkpoint at a time are one line.

    Not by `from_pretrained`: transformers puts functions of its own aside while it loads, and two
    loads at once can leave them so, for every test after this one.
    """
    from transformers.utils.hub import cached_files

    guard("warn")
    wanted = {"args": (listing.REPO, [listing.SINGLE]), "kwargs": {"revision": "step54000"}}
    threads = [threading.Thread(target=cached_files, **wanted) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [str(each.message) for each in recwarn if each.category is WrongWeights] == [
        LINES["step54000"]
    ]


def test_a_folder_of_the_cache_is_its_commit(guard, heard, load, served):
    """`snapshot_download` is no load; what is loaded of it is."""
    from huggingface_hub import snapshot_download

    guard("warn")
    said, folder = heard(snapshot_download, listing.REPO, revision="step1000")
    assert said == []
    said, value = heard(load, None, place=folder)
    assert said == [LINES["step1000"]]
    assert value == listing.value(served[1]["step1000"][1][listing.SINGLE])
    guard("error")
    assert isinstance(heard(load, None, place=folder)[1], WrongWeightsError)
