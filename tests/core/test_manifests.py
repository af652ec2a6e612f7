"""Manifests as values: their canonical text, digest, file form and differences."""

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.core import manifests
from catalog.core.digests import Digest
from catalog.core.manifests import FileEntry, Manifest
from catalog.errors import BadInput

ONE, TWO = hashlib.sha256(b"1").hexdigest(), hashlib.sha256(b"2").hexdigest()
NAMES = st.text(st.characters(exclude_characters="\0/", exclude_categories=["Cs"]), min_size=1)
PATHS = st.lists(NAMES.filter(lambda name: name not in (".", "..")), min_size=1, max_size=3).map(
    "/".join
)
ENTRIES = st.builds(
    FileEntry,
    PATHS,
    st.integers(0, 2**62),
    st.binary().map(lambda raw: hashlib.sha256(raw).hexdigest()),
    st.none() | st.binary().map(lambda raw: hashlib.sha1(raw).hexdigest()),  # noqa: S324
)
MANIFESTS = st.lists(ENTRIES, unique_by=lambda entry: entry.path, max_size=5).map(Manifest.of)


def test_the_text_is_the_documented_one():
    """One line a file, sorted by path, tabs and line ends escaped; the digest is its SHA-256."""
    manifest = Manifest.of([FileEntry("b\tc\n", 2, TWO), FileEntry("a/x", 1, ONE)])
    text = f"a/x\t1\t{ONE}\nb\\tc\\n\t2\t{TWO}\n"
    assert manifest.text == text
    assert manifest.digest == hashlib.sha256(text.encode()).hexdigest()


@given(MANIFESTS, MANIFESTS)
def test_digests_are_equal_only_for_equal_manifests(one, other):
    """Whatever paths hold, two different manifests never have one text."""
    same = {e.path: (e.size_bytes, e.sha256) for e in one} == {
        e.path: (e.size_bytes, e.sha256) for e in other
    }
    assert (one.digest == other.digest) == same
    assert (not one.diff(other)) == same


@given(MANIFESTS)
def test_a_printed_manifest_is_read_back(manifest):
    """Printing and parsing are inverse."""
    assert manifests.parse_manifest(manifests.print_manifest(manifest)) == manifest


@pytest.mark.parametrize(
    "changed",
    [FileEntry("renamed", 1, ONE), FileEntry("a", 2, ONE), FileEntry("a", 1, TWO)],
)
def test_path_size_and_content_are_covered(changed):
    """A rename, another size, another content: each gives another digest."""
    was = Manifest.of([FileEntry("a", 1, ONE)])
    assert Manifest.of([changed]).digest != was.digest
    assert was.diff(Manifest.of([changed]))


def test_a_difference_names_each_path_once():
    """Extra, missing and different paths are told apart."""
    was = Manifest.of([FileEntry("a", 1, ONE), FileEntry("b", 1, ONE), FileEntry("c", 1, ONE)])
    now = Manifest.of([FileEntry("b", 1, TWO), FileEntry("c", 1, ONE), FileEntry("d", 1, ONE)])
    found = was.diff(now)
    assert (found.extra, found.missing) == (("d",), ("a",))
    assert [old.path for old, _ in found.different] == ["b"]


@pytest.mark.parametrize("path", ["", "/a", "a//b", "../a", "a/./b", "a\0", "\ud800"])
def test_paths_that_no_manifest_holds(path):
    """A path out of the folder, or that nothing can spell, is refused."""
    with pytest.raises(BadInput):
        FileEntry(path, 1, ONE)


@pytest.mark.parametrize("field", [("size", -1), ("size", True), ("sha256", "AB"), ("path", 3)])
def test_broken_entries_are_refused(field):
    """Every field of a manifest file is checked."""
    name, value = field
    entry = {"path": "a", "size": 1, "sha256": ONE, name: value}
    with pytest.raises(BadInput):
        manifests.parse_manifest(json.dumps({"files": [entry]}))


def test_a_path_twice_is_refused():
    """One path has one digest."""
    with pytest.raises(BadInput, match="twice"):
        Manifest.of([FileEntry("a", 1, ONE), FileEntry("a", 1, TWO)])


def test_a_later_format_is_refused():
    """A format version that this program does not know is named."""
    with pytest.raises(BadInput, match="version 2"):
        manifests.parse_manifest('{"files": [], "version": 2}')


# Digests ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("algorithm", ["sha256", "git_sha1"])
def test_a_digest_is_parsed_as_it_is_printed(algorithm):
    """algorithm:hex, both ways."""
    digits = (ONE if algorithm == "sha256" else ONE[:40]).lower()
    assert str(Digest(algorithm, digits)) == f"{algorithm}:{digits}"
    assert Digest.parse(f"{algorithm}:{digits}") == Digest(algorithm, digits)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sha256",
        "sha256:",
        f"sha256:{ONE[:40]}",
        f"git_sha1:{ONE}",
        f"md5:{ONE}",
        ONE,
        f"sha256:{ONE.upper()}",
        f" sha256:{ONE}",
        f"sha256:{ONE}\n",
    ],
)
def test_what_is_no_digest_is_refused(text):
    """Another algorithm or length, upper case, anything around it."""
    with pytest.raises(BadInput, match="digest"):
        Digest.parse(text)


def test_git_names_a_blob_so():
    """As `git hash-object` does."""
    entry = manifests.entry_of("a", b"hello\n")
    assert entry.git_sha1 == "ce013625030ba8dba906f756967f9e9ca394464a"


def test_bytes_agree_with_what_was_declared():
    """By either algorithm; where nobody took that digest it is not known, and not agreed."""
    entry = manifests.entry_of("a", b"1")
    assert entry.agrees(Digest("sha256", ONE)) is True
    assert entry.agrees(Digest("sha256", TWO)) is False
    assert entry.agrees(Digest("git_sha1", str(entry.git_sha1))) is True
    assert entry.agrees(Digest("git_sha1", "0" * 40)) is False
    assert FileEntry("a", 1, ONE).agrees(Digest("git_sha1", "0" * 40)) is None
