"""What a load gets, by commit, revision and digests: the rule, on branches made for it."""

import pytest

from catalog.core import loads
from catalog.core.held import HeldBranch, HeldRepository, HeldSet, shipped
from catalog.core.loads import Asked

REPO = "lab/run"


def held(verdict, seed, *, name="model.safetensors", layout="safetensors", **more):
    """Return a set of one file."""
    fields = {"holds": None, "others": (), "reason": ""} | more
    return HeldSet(name, layout, verdict, digests={name: seed * 64}, **fields)


def branch(revision, commit, *sets, final=False, claims=True, best=None):
    """Return a branch."""
    return HeldBranch(revision, commit * 40, 1, None, final, claims, best, sets)


STALE = held("same-as", "f", holds="step9")
KNOWN = HeldRepository(
    REPO,
    "run",
    (),
    (
        branch("main", "0", held("own", "f"), final=True, best="model.safetensors"),
        branch("step9", "9", held("own", "e"), final=True, best="model.safetensors"),
        branch("step1", "1", STALE, held("own", "a", name="pytorch_model.bin", layout="bin")),
        branch("step2", "2", held("own", "b")),
        branch("step3", "3", held("suspect", "c", reason="Its bytes are no sum.")),
        branch("step4", "4", held("same-as", "d", others=("x", "y", "z", "w"))),
        branch("step5", "5", held("incomplete", "5")),
        branch(
            "step6",
            "6",
            held("spliced", "6", name="model.safetensors.index.json", layout="safetensors-sharded"),
        ),
        branch("step7", "7"),
        branch("backup", "8", held("same-as", "f", holds="step9"), claims=False),
        branch("step10", "0", held("alias", "f", holds="step9")),
    ),
)


def judged(commit, revision, path="model.safetensors", seed=None):
    """Return what a load gets."""
    digests = {path: seed * 64} if seed else {}
    return loads.judge(KNOWN, Asked(REPO, commit * 40, revision, (path,), digests))


@pytest.mark.parametrize(
    ("commit", "revision", "line"),
    [
        ("0", "main", None),
        ("9", "step9", None),
        ("1", "step1", "model.safetensors holds step9's weights; right: none in this branch"),
        ("2", "step2", None),
        ("3", "step3", "model.safetensors is suspect: Its bytes are no sum; right: none in "),
        ("4", "step4", "model.safetensors holds the same bytes as x, y, z, …, and nobody can tell"),
        ("5", "step5", "model.safetensors is not whole; right: none in this branch"),
        ("8", "backup", None),  # it promises nothing
        ("0", "step10", "model.safetensors holds step9's weights; right: none in this branch"),
        ("2", "step1", "model.safetensors holds step2's weights; right: not known"),  # it moved
        ("0", "step9", None),  # the last step at main's commit
        ("0", None, None),  # main, whoever else is there
        ("1", None, "model.safetensors holds step9's weights"),
        ("1", "v1.0", "model.safetensors holds step9's weights"),  # a tag
    ],
)
def test_by_commit(commit, revision, line):
    """The commit decides what it is, the revision what it should be."""
    load = judged(commit, revision)
    if line is None:
        assert load.line is None
        return
    named = revision or f"step{commit}"
    assert load.line.startswith(f"run@{named}: {line}")


def test_shards_are_called_so():
    """A sentence on several files is in the plural."""
    load = judged("6", "step6", "model.safetensors.index.json")
    assert load.line.startswith(
        "run@step6: some of the shards (model.safetensors.index.json) are another checkpoint's"
    )


@pytest.mark.parametrize(
    ("revision", "seed", "verdict", "holds"),
    [
        ("step2", "b", "own", None),
        ("step2", "f", "same-as", "step9"),
        ("step2", "a", "same-as", "step1"),
        ("step2", "7", "unknown", None),  # nobody's
        ("main", "e", "unknown", None),  # the last step's file on main is right, or never mind
        ("v1.0", "f", "unknown", None),  # a tag promises nothing
        ("step2", None, "unknown", None),
    ],
)
def test_by_digests(revision, seed, verdict, holds):
    """A commit that nobody observed is judged by whose bytes its files are."""
    load = judged("c", revision, seed=seed)
    assert (load.verdict, load.holds) == (verdict, holds)
    assert load.is_wrong == (verdict == "same-as")


def test_what_is_no_weight_set():
    """A file that is in no set of a branch is not judged; an unread commit is not known."""
    assert judged("2", "step2", "onnx/model.safetensors") is None
    assert judged("7", "step7").verdict == "unknown"
    unseen = loads.judge(None, Asked("a/b", "1" * 40, None, ("model.safetensors",)))
    assert (
        unseen.line == "a/b@main: nobody observed commit 11111111 of a/b; `catalog sync a/b` looks"
    )


def test_what_ships_is_read_back():
    """The packed form keeps every field."""
    assert "step1000" in {each.revision for each in shipped("EleutherAI/pythia-2.8b").branches}
    assert shipped("eleutherai/pythia-v1.1-2.8b").model == "pythia-2.8b"
    assert shipped("somebody/pythia-2.8b") is None
