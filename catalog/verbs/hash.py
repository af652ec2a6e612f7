"""Digests of what lies on this disk: a folder, a file, or a REF in the Hub's cache."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.core import digests, refs
from catalog.core.digests import Manifest
from catalog.core.refs import CheckpointRef
from catalog.errors import BadInput, CouldNotCheck
from catalog.progress import SILENT, Watcher
from catalog.weights import cache, files, hashing

if TYPE_CHECKING:
    from catalog.verbs.meaning import Target

is_path = files.is_path


@dataclass(frozen=True, slots=True)
class Digested:
    """Everything that was digested.

    Attributes:
        hashed: files, weight sets, and what is wrong with them.
        called: which checkpoint the path was said to be, None where nobody said.
        tensors: whether tensors were digested too.
    """

    hashed: hashing.Hashed
    called: CheckpointRef | None
    tensors: bool

    @property
    def manifest(self) -> Manifest:
        """Every file."""
        return self.hashed.manifest

    @property
    def findings(self) -> tuple[str, ...]:
        """What is wrong with the content, one sentence each."""
        return tuple(self.hashed.findings)

    @property
    def set_digests(self) -> list[tuple[str, str, str]]:
        """Name, parameter digest and value digest of every weight set that was digested."""
        sets = self.hashed.sets.values()
        return [(each.name, each.parameter_digest, each.value_digest) for each in sets]

    def print_manifest(self, extra: dict[str, object]) -> str:
        """Return the text of a manifest file.

        Args:
            extra: further keys; those that a manifest has keep their meaning.
        """
        return digests.print_manifest(self.manifest, extra)


def called(target: str, name: str | None) -> CheckpointRef | None:
    """Return the REF that a path is said to be.

    Raises:
        BadInput: not a REF, or the target is no path.
    """
    if name is None:
        return None
    ref = refs.parse(name)
    if not is_path(target):
        raise BadInput(f"--as says what a folder is, and {target!r} is none", "leave out --as")
    return ref


def digested(
    target: str,
    branch: "Target | None",
    ref: CheckpointRef | None,
    *,
    tensors: bool,
    exclude: Sequence[Path] = (),
    watcher: Watcher = SILENT,
) -> Digested:
    """Read every file once.

    Args:
        target: as it was given.
        branch: what it means, None for a path.
        ref: what a path is said to be.
        tensors: digest tensors too.
        exclude: files to pass over.
        watcher: hears how far it is.

    Raises:
        BadInput: nothing is there.
        CouldNotCheck: not in the Hub's cache, or a file cannot be read.
    """
    named = ref if branch is None else branch
    path = files.path_of(target) if branch is None else _cached(target, branch)
    found = files.find(path, exclude=exclude)
    watcher.expect(found.size_bytes)
    hashed = hashing.hash_files(
        found,
        tensors=tensors,
        weight_set=None if named is None else named.weight_set,
        progress=watcher.advance,
    )
    return Digested(hashed, ref, tensors)


def _cached(target: str, branch: "Target") -> Path:
    """Return the snapshot of a branch in the Hub's cache."""
    repository = cache.repository_folder(str(branch.repo_id))
    there = cache.is_repository(repository)
    snapshot = cache.snapshot(repository, branch.revision) if there else None
    if snapshot is None:
        raise CouldNotCheck(
            f"{target} is neither a path nor in the Hub's cache", f"run `catalog populate {target}`"
        )
    return snapshot
