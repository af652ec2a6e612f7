"""Digests of what lies on this disk: a folder, a file, or a REF in the Hub's cache."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from catalog.core import manifests, refs
from catalog.core.manifests import Manifest
from catalog.core.refs import CheckpointRef
from catalog.progress import SILENT, Watcher
from catalog.verbs.listing import listed
from catalog.verbs.target import Target, no_folder
from catalog.weights import hashing, paths

is_path = paths.is_path


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
        return manifests.print_manifest(self.manifest, extra)


def called(target: str, name: str | None) -> CheckpointRef | None:
    """Return the REF that a path is said to be.

    Raises:
        BadInput: not a REF, or the target is no path.
    """
    if name is None:
        return None
    ref = refs.parse(name)
    if not is_path(target):
        raise no_folder(target)
    return ref


def on_path(text: str, ref: CheckpointRef | None) -> Target | None:
    """Return a path as a target, None where the text is a REF.

    Args:
        text: a path or a REF.
        ref: what a path is said to be.
    """
    if not is_path(text):
        return None
    return Target(text, paths.path_of(text), weight_set=None if ref is None else ref.weight_set)


def digested(
    target: Target,
    ref: CheckpointRef | None,
    *,
    tensors: bool,
    exclude: Sequence[Path] = (),
    watcher: Watcher = SILENT,
) -> Digested:
    """Read every file once.

    Args:
        target: where they are.
        ref: what a path is said to be.
        tensors: digest tensors too.
        exclude: files to pass over.
        watcher: hears how far it is.

    Raises:
        BadInput: nothing is there, or no such weight set.
        CouldNotCheck: not in the Hub's cache, or a file cannot be read.
    """
    listing = listed(target, exclude)
    watcher.expect(listing.size_bytes)
    hashed = hashing.hash_files(
        listing, tensors=tensors, weight_set=target.weight_set, progress=watcher.advance
    )
    for note in hashed.notes:
        watcher.remark(note)
    return Digested(hashed, ref, tensors)
