"""A thousand planted defects: each is found with its verdict, and nobody else is accused.

Each defect is planted into the listing of a run of twelve branches with shards and a .bin file, at
a place that the seed chooses. docs/explanation/branch-verdicts.md has the table. It plants into
listings, not into files: what only bytes can show is not in here.
"""

import random
from collections import Counter

import pytest
from inventories import BIN, SHARDS, sha256

from catalog.core import branches
from catalog.core.branches import Expected, Publication, Reasons
from catalog.core.published import Commit, Look, Ref, RemoteFile, Repository, Scope

STEPS = (0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
LAST = "step512"
SAME_START = {"step0", "step1"}
# step0 and step1 are equal by right: a defect is planted where it cannot be mistaken for that.
PLACES = [f"step{step}" for step in STEPS[2:-1]]
EACH = 100


def clean():
    """Return commit and files (seeds by path) of each branch of a run without a defect."""
    run = {}
    for step in (*STEPS, "main"):
        weights = {0: 1, "main": STEPS[-1]}.get(step, step)
        files = {path: f"{weights} {path}" for path in (*SHARDS, BIN)}
        run["main" if step == "main" else f"step{step}"] = (f"commit {step}", files)
    return run


def judged(run, sizes=None):
    """Return verdicts that are not right by branch, and the rules of the findings."""
    commits = {sha256(commit)[:40]: files for commit, files in run.values()}
    held = {
        sha: Commit(sha, tuple(_file(*one, sizes or {}) for one in files.items()), Scope.WEIGHTS)
        for sha, files in commits.items()
    }
    refs = tuple(Ref(name, sha256(commit)[:40]) for name, (commit, _) in run.items())
    expected = (*(Expected(f"step{step}", step) for step in STEPS), Expected("main", STEPS[-1]))
    repository = Repository("lab/run", Look(None, None, refs=refs), held)
    one = Publication(repository, "run", "mine", expected)
    found = branches.judge([one], Reasons(frozenset({"run"})), {})
    wrong = {each.revision: each.verdict.value for each in found if not each.verdict.is_true}
    return wrong, branches.findings([one], found)


def _file(path, seed, sizes):
    return RemoteFile(path, sizes.get(seed, 1_000_000), sha256=sha256(seed))


# Each returns the verdicts that it must lead to, by branch ---------------------------------------


def alias_of_main(run, place, _other):
    """Point a step at main's commit."""
    run[place] = run["main"]
    return {place: "alias"}


def alias_of_another(run, place, other):
    """Point a step at another step's commit."""
    run[place] = run[other]
    return {place: "alias", other: "alias"}


def copy_of_the_last(run, place, _other):
    """Upload the final weights again under an early name."""
    run[place] = (run[place][0], run[LAST][1])
    return {place: "same-as"}


def copy_of_another(run, place, other):
    """Upload another step's weights under this name."""
    run[place] = (run[place][0], run[other][1])
    return {place: "same-as", other: "same-as"}


def stale_default(run, place, _other):
    """Leave the final weights in what transformers loads, beside true weights in .bin."""
    final = {path: run[LAST][1][path] for path in SHARDS}
    run[place] = (run[place][0], run[place][1] | final)
    return {place: "same-as"}


def splice_with_the_last(run, place, _other):
    """Take one shard from the final weights."""
    run[place] = (run[place][0], run[place][1] | {SHARDS[1]: run[LAST][1][SHARDS[1]]})
    return {place: "spliced"}


def splice_with_another(run, place, other):
    """Take one shard from another step."""
    run[place] = (run[place][0], run[place][1] | {SHARDS[0]: run[other][1][SHARDS[0]]})
    return {place: "spliced", other: "spliced"}


def absent_shard(run, place, _other):
    """Forget to upload a shard."""
    left = {path: seed for path, seed in run[place][1].items() if path != SHARDS[1]}
    run[place] = (run[place][0], left)
    return {place: "incomplete"}


def absent_branch(run, place, _other):
    """Forget a branch."""
    del run[place]
    return {place: "missing"}


def empty_branch(run, place, _other):
    """Make a branch without weights."""
    run[place] = (run[place][0], {"README.md": "text"})
    return {place: "missing"}


def main_copies_a_step(run, place, _other):
    """Upload an inner step's weights to main."""
    run["main"] = (run["main"][0], run[place][1])
    return {"main": "same-as"}


def main_at_a_steps_commit(run, place, _other):
    """Point main at an inner step's commit."""
    run["main"] = run[place]
    return {"main": "same-as"}


def main_with_a_steps_default(run, place, _other):
    """Leave an inner step's weights in what transformers loads from main, beside a true .bin."""
    stale = {path: run[place][1][path] for path in SHARDS}
    run["main"] = (run["main"][0], run["main"][1] | stale)
    return {"main": "same-as"}


def main_spliced(run, place, _other):
    """Take one of main's shards from an inner step."""
    run["main"] = (run["main"][0], run["main"][1] | {SHARDS[1]: run[place][1][SHARDS[1]]})
    return {"main": "spliced"}


KINDS = (
    alias_of_main,
    alias_of_another,
    copy_of_the_last,
    copy_of_another,
    stale_default,
    splice_with_the_last,
    splice_with_another,
    absent_shard,
    absent_branch,
    empty_branch,
    main_copies_a_step,
    main_at_a_steps_commit,
    main_with_a_steps_default,
    main_spliced,
)


def test_a_clean_run_has_no_finding():
    """Equal starts and main as the last step are no defect."""
    assert judged(clean()) == ({}, [])


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_planted_defect_is_found(kind):
    """At every place and with every partner: the right verdict there, and no other accusation."""
    outcomes = Counter()
    for seed in range(EACH):
        chance = random.Random(f"{kind.__name__} {seed}")  # noqa: S311 - a choice of places
        place, other = chance.sample(PLACES, 2)
        run = clean()
        due = kind(run, place, other)
        wrong, findings = judged(run)
        assert {one.revision for one in findings if one.severity != "note"} == set(due)
        outcomes[wrong == due] += 1
    assert outcomes == {True: EACH}


def test_a_planted_truncation_is_suspect():
    """A broken-off .bin is smaller than all others, unless half or a quarter of it is left."""
    found = 0
    for seed in range(EACH):
        chance = random.Random(f"truncated {seed}")  # noqa: S311 - a choice of places
        place, size, run = chance.choice(PLACES), chance.randint(1, 990_000), clean()
        run = {name: (commit, {BIN: files[BIN]}) for name, (commit, files) in run.items()}
        wrong, _ = judged(run, {run[place][1][BIN]: size})
        like_another_precision = any(abs(size / 1_000_000 - p) < p / 50 for p in (0.5, 0.25))
        assert wrong == ({} if like_another_precision else {place: "suspect"})
        found += bool(wrong)
    assert found >= 0.95 * EACH
