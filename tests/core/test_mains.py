"""Whose bytes main's are, where the last step has others: by sizes, other sets, other holders."""

import pytest
from inventories import BIN, SHARDS, SINGLE, sha256

from catalog.core import branches
from catalog.core.branches import Expected, Publication, Reasons
from catalog.core.published import Commit, Look, Ref, RemoteFile, Repository, Scope

STEPS = (0, 1, 1000, 2000, 3000, 4000)
LAST = "step4000"


def run(paths=(SINGLE, BIN), **changed):
    """Return the files of a run's branches, (seed, size) by path, with some of them changed."""
    held = {f"step{step}": {path: (f"{step} {path}", 1000) for path in paths} for step in STEPS}
    held["main"] = dict(held[LAST])
    return held | changed


def of(step, *paths):
    """Return the files of a step."""
    return {path: (f"{step} {path}", 1000) for path in paths}


def judged(held, *, commits=None, reasons=None, repo="lab/run", others=()):
    """Return verdict and owner of the default set of every branch."""
    found = branches.judge([published(held, repo, commits), *others], reasons or Reasons(), {})
    return {
        branch.revision: (branch.verdict.value, owner(branch.loaded))
        for branch in found
        if branch.publication.repo_id == repo
    }


def owner(judged_set):
    """Return the name of a set's owner."""
    if judged_set is None or judged_set.owner is None:
        return None
    return judged_set.owner.ref.revision


def published(held, repo, commits=None):
    """Return a repository whose branches hold files; `commits` names branches that share one."""
    made, refs = {}, []
    for name, content in held.items():
        sha = sha256(f"{repo} {(commits or {}).get(name, name)}")[:40]
        listed = (
            RemoteFile(path, size, sha256=sha256(seed)) for path, (seed, size) in content.items()
        )
        made[sha] = Commit(sha, tuple(sorted(listed, key=lambda file: file.path)), Scope.WEIGHTS)
        refs.append(Ref(name, sha))
    expected = (*(Expected(f"step{step}", step) for step in STEPS), Expected("main", STEPS[-1]))
    state = Repository(repo, Look(None, None, refs=tuple(refs)), made)
    return Publication(state, repo.split("/")[1], "family", expected)


def verdicts(told):
    """Return the verdicts that are not `own`."""
    return {name: verdict for name, (verdict, _) in told.items() if verdict != "own"}


@pytest.mark.parametrize("paths", [(SINGLE,), SHARDS, (BIN,), (SINGLE, BIN)])
def test_one_inner_step_is_the_owner(paths):
    """Main is saved as the last step is, and equals step 2000: main is accused, nobody else."""
    told = judged(run(paths, main=of(2000, *paths)))
    assert verdicts(told) == {"main": "same-as"}
    assert told["main"] == ("same-as", "step2000")
    assert told["step2000"] == ("own", "step2000")


def test_main_at_an_inner_steps_commit():
    """The branch main points at step 2000's commit."""
    held = run((SINGLE,), main=of(2000, SINGLE))
    told = judged(held, commits={"main": "step2000"})
    assert verdicts(told) == {"main": "same-as"}


def test_two_inner_steps_cannot_be_told_apart():
    """Main, step 1000 and step 2000 share their bytes: none of them is called right."""
    told = judged(run((SINGLE,), main=of(2000, SINGLE), step1000=of(2000, SINGLE)))
    assert verdicts(told) == dict.fromkeys(("main", "step1000", "step2000"), "same-as")
    assert told["main"][1] is None


def test_steps_that_are_equal_by_right_are_one():
    """Main holds the initialisation, which step 0 and step 1 share by right."""
    held = run((SINGLE,), main=of(0, SINGLE), step1=of(0, SINGLE))
    told = judged(held, reasons=Reasons(frozenset({"run"})))
    assert verdicts(told) == {
        "main": "same-as",
        "step0": "expected-equal",
        "step1": "expected-equal",
    }


def test_main_saved_in_another_way_beside_one_copy():
    """Main is larger than the last step's file: it may be right, and so may step 2000 be."""
    wide = {SINGLE: ("wide", 2000)}
    told = judged(run((SINGLE,), main=wide, step2000=wide))
    assert told["main"] == told["step2000"] == ("same-as", None)


def test_main_saved_in_another_way_and_joined_by_its_bin():
    """Main's .bin is the last step's, so its larger default file is the last step's too."""
    wide = {SINGLE: ("wide", 2000)}
    told = judged(run(main=wide | of(4000, BIN), step2000=wide | of(2000, BIN)))
    assert told["main"] == ("own", "main")
    assert told["step2000"] == ("same-as", "main")


def test_a_default_file_put_beside_the_weights_of_several_steps():
    """Several steps have weights of their own beside main's file: it is main's."""
    wide = {SINGLE: ("wide", 2000)}
    stale = {f"step{step}": wide | of(step, BIN) for step in STEPS[:4]}
    told = judged(run(main=wide, **stale))
    assert told["main"] == ("own", "main")
    assert {told[name] for name in stale} == {("same-as", "main")}


def test_a_copy_of_the_last_step_is_still_the_copy():
    """Main and the last step are equal: whoever else has their bytes is accused."""
    told = judged(run(step2000=of(4000, SINGLE, BIN)))
    assert verdicts(told) == {"main": "expected-equal", "step2000": "same-as"}


def test_another_runs_checkpoint_in_main():
    """Main holds what a sibling's inner step holds: nobody can tell whose it is."""
    sibling = {f"step{step}": {SINGLE: (f"sibling {step}", 1000)} for step in STEPS}
    other = published(sibling, "lab/sibling")
    told = judged(run((SINGLE,), main=sibling["step2000"]), others=[other])
    assert told["main"] == ("same-as", None)
    assert verdicts(told) == {"main": "same-as"}


def test_main_mixed_from_two_steps_is_spliced():
    """One shard of the last step's and one of step 2000's, saved in the same way."""
    mixed = of(4000, SHARDS[0]) | of(2000, SHARDS[1])
    told = judged(run(SHARDS, main=mixed))
    assert verdicts(told) == {"main": "spliced"}


def test_main_without_a_last_step_is_the_last():
    """Nobody can say that main differs from a branch that is not there."""
    held = run((SINGLE,), main=of(2000, SINGLE))
    del held[LAST]
    assert verdicts(judged(held)) == {"step2000": "same-as", LAST: "missing"}
