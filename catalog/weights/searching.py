"""Finds the folder that holds certain files, by their content and not by its name."""

import os
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from catalog.core.manifests import FileEntry, Manifest
from catalog.errors import BadInput
from catalog.progress import Watcher
from catalog.weights import files, hashing

FOLDER_LIMIT = 10_000
"""How many folders are looked into; the nearest to the top come first."""


class Folders:
    """A folder and those below it; each file is read once, however often it is asked for.

    Args:
        top: the first of them.
        watcher: hears how far it is.

    Raises:
        BadInput: there is no such folder.
    """

    def __init__(self, top: Path, watcher: Watcher) -> None:
        if top.is_file():
            raise BadInput(f"{top} is a file", "give the folder that holds the checkpoint")
        if not top.is_dir():
            raise BadInput(f"{top} does not exist", "give the folder that holds what is pinned")
        self.top, self._watcher = top, watcher
        self._folders = list(_below(top))
        self._digests: dict[Path, FileEntry] = {}

    def holding(self, wanted: Manifest) -> Path | None:
        """Return the first folder with exactly these bytes under these paths.

        Raises:
            CouldNotCheck: a file cannot be read.
        """
        alike = (folder for folder in self._folders if _has_sizes(folder, wanted))
        return next((folder for folder in alike if self.holds(folder, wanted)), None)

    def holds(self, folder: Path, wanted: Manifest) -> bool:
        """Return whether a folder has exactly these bytes; its small files are read first."""
        by_size = sorted(wanted, key=lambda entry: entry.size_bytes)
        return _has_sizes(folder, wanted) and all(
            self._entry(folder, entry.path).sha256 == entry.sha256 for entry in by_size
        )

    def held(self, folder: Path, wanted: Manifest) -> Manifest:
        """Return those of some files that a folder has, whatever their bytes.

        Raises:
            CouldNotCheck: a file cannot be read.
        """
        there = [path for path in wanted.entries if os.path.lexists(folder / path)]
        return Manifest.of(self._entry(folder, path) for path in there)

    def _entry(self, folder: Path, path: str) -> FileEntry:
        where = (folder / path).resolve()
        if where not in self._digests:
            listing = files.some(folder, [path])
            self._watcher.expect(listing.size_bytes)
            (self._digests[where],) = hashing.digest_files(listing, self._watcher.advance)
        return replace(self._digests[where], path=path)


def holds_any(folder: Path, wanted: Manifest) -> bool:
    """Return whether a folder has any of some files."""
    return any(os.path.lexists(folder / path) for path in wanted.entries)


def _has_sizes(folder: Path, wanted: Manifest) -> bool:
    return all(_size(folder / entry.path) == entry.size_bytes for entry in wanted)


def _size(file: Path) -> int | None:
    try:
        return file.stat().st_size if file.is_file() else None
    except OSError:
        return None


def _below(top: Path) -> Iterator[Path]:
    """Yield a folder and those below it, the nearest first; links to folders are not followed."""
    waiting = deque([top])
    for _ in range(FOLDER_LIMIT):
        if not waiting:
            return
        folder = waiting.popleft()
        yield folder
        try:
            with os.scandir(folder) as entries:
                inner = [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
        except OSError:
            continue  # what may not be read cannot be what is looked for
        waiting.extend(folder / name for name in sorted(inner))
