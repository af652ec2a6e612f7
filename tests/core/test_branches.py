"""The judgement as a pure function: invariants over any grouping, and what only a full look shows.

Inventories are silent on indexes, tags and vanished commits; these cases are built here.
"""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inventories import BIN, INDEX, SHARDS, SINGLE, sha256

from catalog.core import branches, loaders, stored, weightsets
from catalog.core.architectures import Shape
from catalog.core.branches import BranchVerdict, Expected, Publication, Reasons
from catalog.core.published import (
    Commit,
    Look,
    LookStatus,
    Ref,
    RefKind,
    RemoteFile,
    Repository,
    Scope,
)
from catalog.core.stored import Network

REPO = "lab/run"
STEPS = (0, 1, 1000, 2000, 3000, 4000)
NOW = datetime(2026, 1, 1, tzinfo=UTC)
INDEX_DIGEST = "c" * 40


def publication(held, *, refs=None, scope=Scope.ALL, status=LookStatus.READ, **known):
    """Return a repository whose branches hold seeds by path; equal files are not equal commits."""
    commits, made = {}, []
    for number, (revision, files) in enumerate(held.items()):
        sha = f"{number:040x}"
        listed = tuple(_file(path, seed) for path, seed in sorted(files.items()))
        commits[sha] = Commit(sha, listed, scope)
        made.append(Ref(revision, sha))
    look = Look(NOW, "test", status=status, refs=(*made, *(refs or ())))
    return Publication(Repository(REPO, look, commits), **known)


def _file(path, seed):
    if path.endswith(".json"):
        return RemoteFile(path, 100, git_sha1=seed)
    return RemoteFile(path, 1000, sha256=sha256(seed))


def judged(*publications, reasons=None, indexes=None):
    """Return the judged branches by name."""
    found = branches.judge(publications, reasons or Reasons(), indexes or {})
    return {one.revision: one for one in found}


def verdicts(found):
    """Return each branch's verdict as text."""
    return {name: one.verdict.value for name, one in found.items()}


# Invariants -------------------------------------------------------------------------------------

CONTENTS = st.lists(st.integers(0, 5), min_size=len(STEPS) + 1, max_size=len(STEPS) + 1)
SETS = st.sampled_from([(SINGLE,), SHARDS, (BIN,)])


def run_of(contents, paths=(SINGLE,)):
    """Return main and the steps with the given contents, one seed a path."""
    names = ["main", *(f"step{step}" for step in STEPS)]
    return {
        name: {path: f"{content} {path}" for path in paths}
        for name, content in zip(names, contents, strict=True)
    }


@given(CONTENTS, SETS)
def test_the_last_step_is_never_accused_and_main_where_an_inner_step_has_its_bytes(contents, paths):
    """Whoever copies the last step, it is right; main is where it equals that step, or nobody."""
    found = judged(publication(run_of(contents, paths), scope=Scope.WEIGHTS))
    main, *_, last = contents
    assert found["step4000"].verdict.is_true
    assert found["main"].verdict.is_true is (main == last or contents.count(main) == 1)


@given(CONTENTS, SETS)
def test_equal_bytes_are_wrong_once_at_most(contents, paths):
    """Of the branches with one content, those that are right are one step, or have a reason."""
    found = judged(publication(run_of(contents, paths), scope=Scope.WEIGHTS))
    right = {}
    for name, content in zip(run_of(contents), contents, strict=True):
        if found[name].verdict is BranchVerdict.OWN:
            right.setdefault(content, []).append(name)
    assert all(len(names) == 1 for names in right.values())


@given(CONTENTS, SETS)
def test_a_branch_is_right_alone_or_not_at_all(contents, paths):
    """A step is own exactly where nobody else has its bytes, but a main that is not the last."""
    found = judged(publication(run_of(contents, paths), scope=Scope.WEIGHTS))
    steps = contents[1:]
    for name, content in list(zip(run_of(contents), contents, strict=True))[1:-1]:
        assert found[name].verdict.is_true is (steps.count(content) == 1)


@given(CONTENTS, st.permutations(range(6)), SETS)
def test_verdicts_depend_on_equality_alone(contents, names, paths):
    """Other bytes that are equal in the same places give the same verdicts."""
    renamed = [names[content] for content in contents]
    assert verdicts(judged(publication(run_of(contents, paths), scope=Scope.WEIGHTS))) == verdicts(
        judged(publication(run_of(renamed, paths), scope=Scope.WEIGHTS))
    )


@given(CONTENTS, st.randoms(use_true_random=False))
def test_the_order_of_refs_does_not_matter(contents, random):
    """Refs in any order give the same verdicts, owners and recipes."""
    held = run_of(contents)
    shuffled = list(held.items())
    random.shuffle(shuffled)
    one, other = judged(publication(held)), judged(publication(dict(shuffled)))
    for name, branch in one.items():
        assert branch.verdict is other[name].verdict
        assert branch.recipe == other[name].recipe
        owners = [each.weight_sets[0].owner for each in (branch, other[name])]
        assert len({owner and owner.ref.revision for owner in owners}) == 1


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=7, max_size=7))
def test_a_splice_shares_some_shards_and_not_all(shards):
    """A spliced set has a shard of another, and no equal of the whole."""
    names = ["main", *(f"step{step}" for step in STEPS)]
    held = {
        name: {SHARDS[0]: f"a{a}", SHARDS[1]: f"b{b}"}
        for name, (a, b) in zip(names, shards, strict=True)
    }
    found = judged(publication(held, scope=Scope.WEIGHTS))
    for name, (a, b) in zip(names, shards, strict=True):
        others = [pair for other, pair in zip(names, shards, strict=True) if other != name]
        if found[name].verdict is BranchVerdict.SPLICED:
            assert (a, b) not in others
            assert any((a == x) != (b == y) for x, y in others)
    main, *inner, last = shards
    touched = any(main[0] == a or main[1] == b for a, b in inner)
    assert found["main"].verdict.is_true is (main == last or not touched)
    assert found["step4000"].verdict.is_true


@given(st.integers(1, 60))
def test_distinct_bytes_are_all_own(count):
    """Nothing contradicts names whose bytes are all different."""
    held = {f"step{step}": {SINGLE: step} for step in range(count)}
    assert set(verdicts(judged(publication(held))).values()) == {"own"}


# What only a full look shows --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("indexes", "verdict", "loads"),
    [
        ({INDEX_DIGEST: {"a": SHARDS[0], "b": SHARDS[1]}}, "own", INDEX),
        (
            {INDEX_DIGEST: {"a": SHARDS[0], "b": "model-00003-of-00003.safetensors"}},
            "incomplete",
            INDEX,
        ),
        ({INDEX_DIGEST: None}, "incomplete", INDEX),
        ({}, "own", INDEX),
    ],
)
def test_an_index_decides_what_is_complete(indexes, verdict, loads):
    """What an index names must be there; one that was never read is assumed to fit."""
    held = {"step1": {INDEX: INDEX_DIGEST, SHARDS[0]: "a", SHARDS[1]: "b"}}
    found = judged(publication(held), indexes=indexes)["step1"]
    assert (found.verdict.value, found.loads["transformers-5"]) == (verdict, loads)
    assert ("assumed" in found.reason) is (indexes == {})


def test_shards_without_an_index_are_not_loaded():
    """Where a full look saw no index, transformers finds nothing; vLLM reads the files."""
    found = judged(publication({"step1": {SHARDS[0]: "a", SHARDS[1]: "b"}}))["step1"]
    assert found.verdict is BranchVerdict.MISSING
    assert found.loads["transformers-5"] is None
    assert found.loads["vllm"] == INDEX
    assert found.weight_sets[0].verdict is BranchVerdict.OWN


def test_tags_and_conversions_are_no_copies():
    """A tag on main and a conversion's branch claim nothing; a tag of the schedule is judged."""
    main = "0" * 40
    refs = [Ref("v1.0", main, RefKind.TAG), Ref("refs/pr/1", main, RefKind.PULL_REQUEST)]
    held = {"main": {SINGLE: 1}, "step1": {SINGLE: 1}}
    found = judged(publication(held, refs=refs))
    assert verdicts(found) == {"main": "expected-equal", "step1": "expected-equal"}
    expected = (Expected("v1.0", 7), Expected("main", 9))
    found = judged(publication({"main": {SINGLE: 1}}, refs=refs[:1], expected=expected))
    assert verdicts(found) == {"main": "own", "v1.0": "alias"}


def test_a_commit_that_vanished_is_unknown():
    """A branch whose commit could not be listed is unknown, and no copy of anything."""
    one = publication({"step1": {SINGLE: 1}})
    gone = {sha: Commit(sha, gone=True) for sha in one.repository.commits}
    lost = Publication(Repository(REPO, one.repository.look, gone))
    found = branches.judge([lost], Reasons(), {})
    assert found[0].verdict is BranchVerdict.UNKNOWN
    assert [each.rule for each in branches.findings([lost], found)] == ["unread"]


@pytest.mark.parametrize(
    ("status", "rule"),
    [(LookStatus.GONE, "repository-gone"), (LookStatus.GATED, "repository-gated")],
)
def test_a_closed_repository_is_a_finding(status, rule):
    """Gone or gated is said, and the last that was seen is still judged."""
    one = publication({"step1": {SINGLE: 1}}, status=status)
    found = branches.judge([one], Reasons(), {})
    assert found[0].verdict is BranchVerdict.OWN
    assert [each.rule for each in branches.findings([one], found)] == [rule]


def test_too_few_bytes_for_the_parameters():
    """Less than two bytes a parameter cannot hold them all."""
    one = publication({"step1": {SINGLE: 1}}, params_total=501)
    assert judged(one)["step1"].verdict is BranchVerdict.INCOMPLETE
    one = publication({"step1": {SINGLE: 1}}, params_total=500)
    assert judged(one)["step1"].verdict is BranchVerdict.OWN


LAYERS = tuple(f"step/layer_{layer:02}-model_00-model_states.pt" for layer in (0, 2, 3))
STATES = "step/mp_rank_00_model_states.pt"


def test_a_trainers_layers_are_judged_without_the_optimizer_beside_them():
    """Equal layers are one checkpoint, whatever the optimizer's state; without layers it counts."""
    held = {
        name: {path: path for path in LAYERS} | {STATES: name} for name in ("step1000", "step2000")
    }
    held["step3000"] = {path: f"other {path}" for path in LAYERS}
    found = judged(publication(held))
    assert [each.weight_sets[0].verdict.value for each in found.values()] == [
        "same-as",
        "same-as",
        "own",
    ]
    assert found["step1000"].weight_sets[0].files == LAYERS
    assert found["step1000"].weight_sets[0].size_bytes == 3000
    (alone,) = judged(publication({"step1000": {STATES: "a"}}, params_total=1000)).values()
    assert alone.weight_sets[0].files == (STATES,)
    assert alone.weight_sets[0].verdict is BranchVerdict.OWN


def test_too_few_bytes_in_a_trainers_layers():
    """The optimizer's state beside them does not make up for what the layers lack."""
    held = {"step1": {path: path for path in (*LAYERS, STATES)}}
    for parameters, verdict in ((1501, "incomplete"), (1500, "own")):
        (found,) = judged(publication(held, params_total=parameters)).values()
        assert found.weight_sets[0].verdict.value == verdict


NEOX = Network("gpt-neox", Shape(2, 64, 4, 500), 128)


@pytest.mark.parametrize(
    ("lacking", "rule"), [(0, None), (9_000, "odd-size"), (400_000, "incomplete")]
)
def test_a_size_that_no_way_of_storing_gives(lacking, rule):
    """A file cut short within its precision is told with the number; below any, incomplete."""
    (way,) = [
        each for each in stored.sums(NEOX, "safetensors", 1) if str(each) == "fp32, no buffers"
    ]
    sizes = dict.fromkeys((1, 2, 3, 4), way.least + 40) | {4: way.least + 40 - lacking}
    commits = {
        f"{step:040x}": Commit(f"{step:040x}", (RemoteFile(SINGLE, size, sha256=sha256(step)),))
        for step, size in sizes.items()
    }
    refs = tuple(Ref(f"step{step}", f"{step:040x}") for step in sizes)
    known = {"params_total": way.content // 4, "network": NEOX}
    one = Publication(Repository(REPO, Look(NOW, "test", refs=refs), commits), **known)
    found = branches.judge([one], Reasons(), {})
    made = branches.findings([one], found)
    assert [each.rule for each in made] == ([rule] if rule else [])
    if rule == "odd-size":
        (told,) = made[0].evidence["weight_sets"]
        assert told["difference_bytes"] == sizes[4] - way.content
        assert told["would_fit"] == "fp32, no buffers"


def test_two_mains_with_equal_bytes():
    """Two models with the same final weights: nobody can tell whose they are."""
    one = publication({"main": {SINGLE: 1}, "step1": {SINGLE: 1}}, family="f")
    look = one.repository.look
    other = Publication(Repository("lab/other", look, one.repository.commits), family="f")
    found = branches.judge([one, other], Reasons(), {})
    assert {branch.verdict for branch in found} == {BranchVerdict.SAME_AS}
    assert {branch.weight_sets[0].owner for branch in found} == {None}


def test_every_rule_is_documented():
    """The page of findings has one section a rule, under its severity."""
    from pathlib import Path

    page = Path(__file__).parents[2] / "docs/reference/findings.md"
    listed, severity = {}, ""
    for line in page.read_text().splitlines():
        if line.startswith("## "):
            severity = line.removeprefix("## ").removesuffix("s").lower()
        if line.startswith("### "):
            listed[line.removeprefix("### ").strip("`")] = severity
    assert listed == {rule: told[0] for rule, told in branches.RULES.items()}


# Names and loaders ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("revision", "step"),
    [
        ("step3000", 3000),
        ("143000", 143000),
        ("stage1-step7000-tokens30B", 7000),
        ("global_step1000", 1000),
        ("checkpoint-500", 500),
        ("main", None),
        ("v1.0", None),
        ("refs/convert/parquet", None),
    ],
)
def test_steps_in_branch_names(revision, step):
    """The number of a branch name is its step, wherever it stands."""
    from catalog.core.branches.labels import step_of

    assert step_of(revision) == step


def test_every_loader_says_where_it_was_read():
    """Four profiles, each with program, version and place."""
    assert list(loaders.profiles()) == [
        "transformers-5",
        "transformers-bin",
        "vllm",
        "shards-first",
    ]
    for profile in loaders.profiles().values():
        assert profile.url.startswith("https://")
        assert any(letter.isdigit() for letter in profile.read_from)


@pytest.mark.parametrize(
    ("paths", "chosen"),
    [
        ((SINGLE, BIN), (SINGLE, BIN, SINGLE, SINGLE)),
        ((SINGLE, INDEX, *SHARDS), (SINGLE, SINGLE, INDEX, INDEX)),
        ((INDEX, *SHARDS, BIN), (INDEX, BIN, INDEX, INDEX)),
        ((BIN,), (BIN, BIN, BIN, BIN)),
        ((*SHARDS, SINGLE), (SINGLE, SINGLE, SINGLE, SINGLE)),
        (("optimizer.bin",), (None, None, None, None)),
        (("sub/model.safetensors",), (None, None, None, None)),
        (("consolidated.safetensors",), (None, None, "consolidated.safetensors", None)),
    ],
)
def test_what_loaders_take(paths, chosen):
    """Each loader's order, shards with and without an index, other names, folders."""
    weight_map = {"weight_map": {"a": SHARDS[0], "b": SHARDS[1]}}
    sets = weightsets.weight_sets(sorted(paths), lambda _: json.dumps(weight_map).encode())
    assert tuple(loaders.choices(sets).values()) == chosen


def test_what_could_not_be_looked_at_is_not_wrong():
    """Every other rule of severity error or warning makes an audit exit 1."""
    assert {"unread", "repository-gated"} == branches.UNCHECKED < set(branches.RULES)
