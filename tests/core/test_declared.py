"""How files stand to what was observed of a commit: like with like, and what the check says."""

from datetime import UTC, datetime

import pytest

from catalog.core import declared
from catalog.core.declared import Compared, Declaration, Standing
from catalog.core.digests import Digest
from catalog.core.manifests import FileEntry, Manifest
from catalog.core.published import RemoteFile
from catalog.core.verdicts import Verdict

ONE, TWO = "model.safetensors", "pytorch_model.bin"
SHARDS = tuple(f"model-0000{number}-of-00003.safetensors" for number in (1, 2, 3))
A, B, GIT = "a" * 64, "b" * 64, "c" * 40


def manifest(**files):
    """Return a manifest: digests by path, with underscores for what a keyword cannot hold."""
    return Manifest.of(FileEntry(path, 10, sha256, GIT) for path, sha256 in files.items())


def remote(*paths, sha256=A, size=10):
    """Return what a commit declares."""
    return {path: RemoteFile(path, size, sha256) for path in paths}


def compared(files, commit, *, whole=True):
    """Compare files with a commit."""
    held = manifest(**files)
    weights = declared.weight_files(held.entries, None, only=False)
    return declared.compare(commit, held, weights, whole=whole)


def test_as_declared():
    """Every file is as it was declared; what is not here is of no account."""
    held = compared({ONE: A, "config.json": A}, remote(ONE, TWO, "config.json"))
    assert held == Compared(same=(ONE,), alike=2)


def test_other_bytes_at_the_same_path():
    """A weight file differs; another file differs and is no weights."""
    held = compared({ONE: B, "config.json": B}, remote(ONE, "config.json"))
    assert held == Compared(other=(ONE,), beside=("config.json",))


def test_another_format_is_neither_same_nor_other():
    """The commit has no file of this path: nothing is compared."""
    assert compared({TWO: B}, remote(ONE)) == Compared(unseen=(TWO,))


def test_a_size_speaks_where_no_digest_does():
    """Without a digest another size is another file, and an equal size proves nothing."""
    longer = {ONE: RemoteFile(ONE, 11)}
    assert compared({ONE: A}, longer).other == (ONE,)
    assert compared({ONE: A}, {ONE: RemoteFile(ONE, 10)}).unseen == (ONE,)


def test_a_small_file_has_gits_id():
    """What the Hub declares outside LFS is compared by git's blob id."""
    same = {"config.json": RemoteFile("config.json", 10, None, GIT)}
    other = {"config.json": RemoteFile("config.json", 10, None, "d" * 40)}
    assert compared({"config.json": A}, same) == Compared(alike=1)
    assert compared({"config.json": A}, other).beside == ("config.json",)


def test_a_set_in_part():
    """Of a set that is begun the rest is missing; a single file that was named lacks nothing."""
    files = {SHARDS[0]: A}
    assert compared(files, remote(*SHARDS)).missing == SHARDS[1:]
    assert compared(files, remote(*SHARDS), whole=False).missing == ()
    assert compared({ONE: A}, remote(ONE, *SHARDS)).missing == ()


def test_weight_files_of_one_set():
    """An index is no weights; of a set that was asked for only its own files are."""
    paths = [ONE, TWO, "config.json", "optimizer.pt"]
    assert declared.weight_files(paths, None, only=False) == (ONE, TWO)
    assert declared.weight_files(paths, TWO, only=False) == (TWO,)
    assert declared.weight_files(["weights.pt"], None, only=True) == ("weights.pt",)


@pytest.mark.parametrize(
    ("standing", "verdict", "alone"),
    [
        (Standing("c", contradictions=("x",)), Verdict.FAILED, Verdict.FAILED),
        (Standing("c", vouched=True, beside=("y",)), Verdict.FAILED, Verdict.FAILED),
        (Standing("c", doubts=("x",)), Verdict.INCONCLUSIVE, Verdict.INCONCLUSIVE),
        (Standing("c", vouched=True), Verdict.PASSED, Verdict.PASSED),
        (Standing("c"), None, Verdict.INCONCLUSIVE),
        (Standing(), None, None),
    ],
    ids=["contradicted", "config differs", "doubted", "vouched", "uncovered", "unobserved"],
)
def test_the_check(standing, verdict, alone):
    """A contradiction fails, a doubt leaves it open, and passing needs that all is covered."""
    for only, expected in ((False, verdict), (True, alone)):
        made = standing.check(alone=only)
        assert (made and made.verdict) == expected


def test_a_check_names_a_few_reasons():
    """Three reasons, and how many more."""
    made = Standing(contradictions=tuple("vwxyz")).check(alone=True)
    assert made.observed == "v; w; x (and 2 more)"
    assert made.expected == "what is known of these bytes"


def observed(files):
    """Return a declaration."""
    return Declaration("lab/run", "step8", "1" * 40, files, datetime(2026, 11, 25, tzinfo=UTC))


def test_sizes_and_the_caches_names():
    """Sizes prove nothing; a blob's name that agrees passes, one that does not fails."""
    held = [observed(remote(ONE))]
    same, other = Digest("sha256", A), Digest("sha256", B)
    cases = [
        (10, {}, Verdict.INCONCLUSIVE),
        (11, {}, Verdict.FAILED),
        (10, {ONE: same}, Verdict.PASSED),
        (10, {ONE: other}, Verdict.FAILED),
    ]
    for size, digests, verdict in cases:
        assert declared.by_size(held, {ONE: size}, digests).verdict is verdict
    assert declared.by_size([], {ONE: 10}, {}) is None


def test_who_says_so():
    """Commit, branch and day; a day that nobody wrote down is said."""
    assert observed({}).source == "commit 11111111 of lab/run@step8, observed 2026-11-25"
    assert declared.dated("recorded", None) == "recorded on an unknown day"
