"""Verifying a folder against the manifest that somebody wrote of it, without a catalog."""

from datetime import UTC, datetime

import damage
import pytest

from catalog.core import manifests
from catalog.core.manifests import Manifest
from catalog.core.verdicts import Level, Verdict
from catalog.errors import BadInput
from catalog.verbs import verify
from catalog.verbs.target import on_disk
from catalog.verbs.verify import Options, Witness

NOW = datetime(2026, 12, 1, tzinfo=UTC)
FILES = {"config.json": b"{}", "merges.txt": b"a b", "sub/vocab.json": b"[]"}


@pytest.fixture
def folder(tmp_path):
    """Return a folder with three small files."""
    made = tmp_path / "checkpoint"
    for path, raw in FILES.items():
        (made / path).parent.mkdir(parents=True, exist_ok=True)
        (made / path).write_bytes(raw)
    return made


def witness():
    """Return the manifest of these files as a witness."""
    entries = (manifests.entry_of(path, raw) for path, raw in FILES.items())
    return Witness(expected=Manifest.of(entries), source="a manifest")


def verified(folder, level=Level.FILES, held=None):
    """Return the verification of a folder."""
    target = on_disk(str(folder))
    return verify.look(target, held or witness(), Options(level), now=NOW)


@pytest.mark.parametrize("level", [Level.METADATA, Level.FILES])
def test_a_folder_as_it_was_passes(folder, level):
    """Names, sizes and bytes are those of the manifest."""
    seen = verified(folder, level)
    assert (seen.verdict, seen.target, seen.started_at) == (Verdict.PASSED, str(folder), NOW)
    assert seen.expected == witness().expected.digest
    assert seen.observed == (seen.expected if level is Level.FILES else None)
    assert seen.duration_s >= 0


def test_another_byte_is_seen_by_reading_only(folder):
    """Sizes agree; the digest does not."""
    damage.flip("merges.txt", 1)(folder)
    assert verified(folder, Level.METADATA).verdict is Verdict.PASSED
    seen = verified(folder)
    assert seen.verdict is Verdict.FAILED
    assert seen.observed != seen.expected


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda folder: (folder / "merges.txt").unlink(), "merges.txt is missing"),
        (lambda folder: (folder / "notes.md").write_text("x"), "notes.md is extra"),
        (lambda folder: (folder / "config.json").write_text("{ }"), "config.json has 3 bytes"),
    ],
)
@pytest.mark.parametrize("level", [Level.METADATA, Level.FILES])
def test_what_differs_is_named(folder, change, says, level):
    """A missing, an extra and a resized file fail at every level, by name."""
    change(folder)
    seen = verified(folder, level)
    assert seen.verdict is Verdict.FAILED
    assert any(says in check.observed for check in seen.checks)


def test_without_a_witness_nothing_is_known(folder):
    """Nobody says what the folder should hold: inconclusive, and what is there is told."""
    seen = verified(folder, held=Witness())
    assert (seen.verdict, seen.expected) == (Verdict.INCONCLUSIVE, None)
    assert seen.observed == witness().expected.digest


def test_a_folder_that_is_not_there(tmp_path):
    """Nothing at the path is asked wrongly, not a failure."""
    with pytest.raises(BadInput, match="nowhere"):
        verified(tmp_path / "nowhere")
