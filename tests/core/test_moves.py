"""What a history of looks tells: which refs moved or vanished since they were first seen."""

from datetime import UTC, datetime

import pytest

from catalog.core.branches import moves
from catalog.core.published import (
    AS,
    HUB,
    Commit,
    Look,
    Ref,
    RefKind,
    RemoteFile,
    Repository,
    Scope,
    endpoint_of,
    kept_endpoint,
    place,
)

REPO = "lab/model"
ONE, TWO, THREE = "1" * 40, "2" * 40, "3" * 40


def held(sha, digest="a" * 64, size_bytes=9, path="model.safetensors", **more):
    """Return a commit of one weight file and a small one."""
    files = (RemoteFile(path, size_bytes, digest), RemoteFile("README.md", 1, None, sha))
    return Commit(sha, files, **more)


def look(day, *refs, **more):
    """Return a look of a day of one month, None for a look of an unknown day."""
    when = None if day is None else datetime(2026, 8, day, tzinfo=UTC)
    return Look(when, HUB, refs=tuple(refs), **more)


def found(looks, *commits, accepted=None):
    """Return rule, ref and message of each finding."""
    repository = Repository(REPO, looks[-1], {commit.sha: commit for commit in commits})
    findings = moves.findings(repository, None, looks, accepted or {})
    return {finding.revision: (finding.rule, finding.message) for finding in findings}


@pytest.mark.parametrize(
    ("before", "after", "rule", "says"),
    [
        (held(ONE), held(TWO), "moved-files", "its weights are the same"),
        (held(ONE), held(TWO, "b" * 64), "moved", "model.safetensors changed"),
        (held(ONE), held(TWO, size_bytes=8), "moved", "model.safetensors changed"),
        (held(ONE), held(TWO, path="pytorch_model.bin"), "moved", "pytorch_model.bin added"),
        (held(ONE), held(TWO, path="pytorch_model.bin"), "moved", "model.safetensors removed"),
        (held(ONE, scope=Scope.WEIGHTS), held(TWO), "moved-files", "the same"),
        (held(ONE, gone=True), held(TWO), "moved", "nobody read"),
        (held(ONE), held(TWO, gone=True), "moved", "nobody read"),
        (held(ONE), Commit(TWO, (RemoteFile("model.safetensors", 9),)), "moved", "unknown"),
        (held(ONE), Commit(TWO, (RemoteFile("model.safetensors", 8),)), "moved", "changed"),
    ],
)
def test_what_a_move_is(before, after, rule, says):
    """Weights decide; what nobody can compare is not called the same."""
    looks = [look(1, Ref("step1", ONE)), look(2, Ref("step1", TWO))]
    told, message = found(looks, before, after)["step1"]
    assert (told, says in message) == (rule, True), message
    assert message.startswith("It moved from 11111111 (seen on 2026-08-01) to 22222222: ")


@pytest.mark.parametrize(
    "looks",
    [
        [look(1, Ref("step1", ONE)), look(2, Ref("step1", ONE))],
        [look(1, Ref("step1", ONE)), look(2, Ref("step1", TWO)), look(3, Ref("step1", ONE))],
        [look(1), look(2, Ref("step1", TWO))],
        [look(None, Ref("step1", ONE)), look(2, Ref("step1", TWO))],
        [look(1, Ref("step1", ONE)), look(2, partial=True)],
        [
            look(1, Ref("refs/pr/1", ONE, RefKind.PULL_REQUEST)),
            look(2, Ref("refs/pr/1", TWO, RefKind.PULL_REQUEST)),
        ],
    ],
    ids=["same", "back", "new", "undated", "partial", "pull-request"],
)
def test_what_is_no_move(looks):
    """New refs, returns, silence, pull requests, and a look that may be of any day."""
    assert found(looks, held(ONE), held(TWO, "b" * 64)) == {}


def test_what_was_accepted_counts_from_then_on():
    """The commit that was called right is what a ref is compared with, also where it is gone."""
    commits = held(ONE), held(TWO, "b" * 64), held(THREE, "c" * 64)
    looks = [look(1, Ref("a", ONE), Ref("b", ONE)), look(2, Ref("a", TWO))]
    assert found(looks, *commits, accepted={"a": TWO, "b": None}) == {}
    looks.append(look(3, Ref("a", THREE), Ref("b", ONE)))
    again = found(looks, *commits, accepted={"a": TWO, "b": None})
    assert list(again) == ["a"]
    assert again["a"][1].startswith("It moved from 22222222 to 33333333: ")


def test_a_new_name_is_in_the_source_of_the_look():
    """It is told until it was accepted; the title of an inventory is no name."""
    renamed = Look(datetime(2026, 8, 1, tzinfo=UTC), f"{HUB}{AS}new/model")
    assert renamed.renamed_to == "new/model"
    assert found([renamed])[None][0] == "renamed"
    assert found([renamed], accepted={None: "new/model"}) == {}
    assert Look(None, "seen as new/model", "sha256:x").renamed_to is None


def test_each_endpoint_has_a_place_of_its_own():
    """Only the Hub's is the bare name."""
    mirror = "https://mirror.lab/hf"
    assert place(REPO, None) == place(REPO, HUB) == REPO
    assert endpoint_of(place(REPO, mirror)) == mirror
    assert endpoint_of(REPO) == HUB


@pytest.mark.parametrize(
    "address",
    ["https://mirror.lab/hf/", "HTTPS://Mirror.LAB:443/hf", "https://me:secret@mirror.lab/hf//"],
)
def test_one_endpoint_has_one_spelling(address):
    """Case, a usual port, a slash at the end and a password tell no two endpoints apart."""
    assert kept_endpoint(address) == "https://mirror.lab/hf"


@pytest.mark.parametrize(
    "address", ["http://mirror.lab", "https://mirror.lab:80", "https://mirror.lab/HF"]
)
def test_other_endpoints_stay_others(address):
    """Another scheme, port or path is another endpoint."""
    assert kept_endpoint(address) == address


def test_a_branch_and_a_tag_of_one_name():
    """The branch is what loaders take: a tag beside it is no move, and another tag none either."""
    tag = Ref("v1", TWO, RefKind.TAG)
    both = [look(1, Ref("v1", ONE), tag), look(2, Ref("v1", ONE), tag)]
    assert found(both, held(ONE), held(TWO, "b" * 64)) == {}
    moved = [*both, look(3, Ref("v1", THREE), tag)]
    assert found(moved, held(ONE), held(TWO, "b" * 64), held(THREE, "c" * 64))["v1"][0] == "moved"
