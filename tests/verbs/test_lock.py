"""Locks as values: several checkpoints in one file, written, read, and refused once changed."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from catalog.core import locks as lock
from catalog.core import manifests
from catalog.core.locks import Locked
from catalog.core.manifests import Manifest
from catalog.errors import BadInput

NOW = datetime(2026, 12, 1, tzinfo=UTC)


def locked(revision, content=b"weights"):
    """Return a pinned checkpoint with two files."""
    files = {"config.json": b"{}", "model.safetensors": content}
    return Locked(
        ref=f"pythia-70m@{revision}",
        model="pythia-70m",
        repo_id="EleutherAI/pythia-70m",
        revision=revision,
        commit="c" * 40,
        weight_set="model.safetensors",
        verdict="own",
        published_step=3000,
        tokens_seen=6_291_456_000,
        folder=".",
        manifest=Manifest.of(manifests.entry_of(path, raw) for path, raw in files.items()),
    )


FIRST, SECOND = locked("step3000"), locked("step4000", b"other weights")


def printed(pinned):
    """Return the text of a lock."""
    manifest, extra = lock.document(pinned, now=NOW)
    return manifests.print_manifest(manifest, extra)


def test_one_checkpoint_lies_where_the_lock_is():
    """A lock of one has its files at the top."""
    (only,) = lock.together([FIRST])
    assert only == FIRST
    assert [entry.path for entry in lock.document([only], now=NOW)[0]] == [
        "config.json",
        "model.safetensors",
    ]


def test_several_have_folders_of_their_own():
    """The folder is called as the branch, and equal names do not collide."""
    pinned = lock.together([FIRST, SECOND])
    assert [each.folder for each in pinned] == ["pythia-70m@step3000", "pythia-70m@step4000"]
    manifest, extra = lock.document(pinned, now=NOW)
    assert [entry.path for entry in manifest] == [
        f"pythia-70m@{step}/{name}"
        for step in ("step3000", "step4000")
        for name in ("config.json", "model.safetensors")
    ]
    assert extra["locked_at"] == "2026-12-01T00:00:00+00:00"


def test_a_branch_is_pinned_once():
    """Two REFs that mean one branch are asked wrongly."""
    with pytest.raises(BadInput, match="pythia-70m@step3000 was asked for twice"):
        lock.together([FIRST, SECOND, replace(FIRST, ref="pythia-70m@6.3B")])


def test_a_repository_without_a_model_is_called_by_itself():
    """What no suite names goes by its repository."""
    assert replace(FIRST, model=None).name == "EleutherAI/pythia-70m@step3000"


@pytest.mark.parametrize("pinned", [[FIRST], [FIRST, SECOND]], ids=["one", "two"])
def test_a_lock_is_read_as_it_was_written(pinned):
    """`parse` gives back what `document` was given."""
    together = lock.together(pinned)
    assert lock.parse(printed(together), "lock.json").checkpoints == together
    made = lock.made(pinned, now=NOW)
    assert lock.parse(made.text, "lock.json") == made


@pytest.mark.parametrize(
    "change",
    [
        lambda lock: lock.pop("checkpoints"),
        lambda lock: lock.update(checkpoints=[]),
        lambda lock: lock.update(checkpoints={"ref": "x"}),
        lambda lock: lock["checkpoints"].append(7),
        lambda lock: lock["checkpoints"][0].update(folder="elsewhere"),
        lambda lock: lock["checkpoints"][0].pop("commit"),
        lambda lock: lock["checkpoints"][0].update(tokens_seen="many"),
        lambda lock: lock["checkpoints"][0].update(published_step=1.5),
    ],
)
def test_a_changed_lock_is_refused(change):
    """A lock without checkpoints, or with one that says something else, is no lock."""
    document = json.loads(printed([FIRST]))
    change(document)
    with pytest.raises(BadInput, match=r"lock\.json"):
        lock.parse(json.dumps(document), "lock.json")


def test_the_digest_covers_whatever_a_lock_says():
    """Any value that is changed, taken away or added is seen; another layout is not a change."""
    made = lock.made([FIRST, SECOND], now=NOW)
    stated = json.loads(made.text)
    assert lock.parse(json.dumps(stated, sort_keys=True), "x").digest == made.digest
    for change in (
        lambda lock: lock["checkpoints"][0].update(commit="0" * 40),
        lambda lock: lock["checkpoints"][1].update(tokens_seen=1),
        lambda lock: lock["checkpoints"][1].update(published_step=None),
        lambda lock: lock["checkpoints"][0].update(weight_set="pytorch_model.bin"),
        lambda lock: lock["checkpoints"].reverse(),
        lambda lock: lock["files"][0].update(git_sha1="0" * 40),
        lambda lock: lock.update(locked_at="2020-01-01T00:00:00+00:00"),
        lambda lock: lock.update(note="checked"),
        lambda lock: lock.update(lock_digest=None),
        lambda lock: lock.pop("lock_digest"),
        lambda lock: lock.pop("lock_version"),
    ):
        changed = json.loads(made.text)
        change(changed)
        with pytest.raises(BadInput, match="lock digest does not fit"):
            lock.parse(json.dumps(changed), "lock.json")


def test_a_lock_of_a_later_version_is_not_guessed_at():
    """The program says that it is too old."""
    stated = {**json.loads(lock.made([FIRST], now=NOW).text), "lock_version": 3}
    with pytest.raises(BadInput, match="version 3; upgrade checkpoint-catalog"):
        lock.parse(json.dumps(stated), "lock.json")
