"""Finds the files of a checkpoint: a folder, a single file, a snapshot of links.

Names, sizes and identities only; opens nothing. What the files mean is decided in
`catalog.weightsets`.
"""

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from catalog.errors import BadInput, CheckedBad, CouldNotCheck
from catalog.weights import cache
from catalog.weights.stream import unreadable

# What git and the Hub's client keep beside a checkpoint's own files.
_BOOKKEEPING = frozenset({".git", ".cache", ".huggingface", "__pycache__"})


@dataclass(frozen=True, slots=True)
class FoundFile:
    """One file, not yet opened.

    Args:
        path: relative POSIX path.
        where: what to open.
        size_bytes: its size.
        identity: the same for two paths that lead to one file (device and inode).
        declared: what the Hub declared of it, ("sha256" or "git_sha1", hex), where its place says.
    """

    path: str
    where: Path
    size_bytes: int
    identity: tuple[int, int]
    declared: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """The files at one place.

    Args:
        path: the folder or file that was asked for, after choosing a snapshot.
        files: by relative path, sorted.
        place: what its place in a Hub cache says, None outside one.
        is_file: whether `path` is a single file.
    """

    path: Path
    files: dict[str, FoundFile]
    place: cache.Place | None
    is_file: bool

    @property
    def size_bytes(self) -> int:
        """How much there is to read: a file behind several paths counts once."""
        return sum({file.identity: file.size_bytes for file in self.files.values()}.values())


def find(path: Path, *, exclude: Iterable[Path] = ()) -> Found:
    """Find the files of a folder, of a repository in the Hub's cache, or a single file.

    Args:
        path: what to look at.
        exclude: files to pass over: a manifest that lies in the folder it describes.

    Raises:
        BadInput: there is nothing at this path.
        CheckedBad: an empty folder, or a link that leads nowhere.
        CouldNotCheck: no permission, a loop of links, a device, pipe or socket.
    """
    status = _status(path, str(path), BadInput)
    if stat.S_ISDIR(status.st_mode) and cache.is_repository(path):
        path = _snapshot(path)
        status = _status(path, str(path), BadInput)
    place = cache.identify(path)
    if not stat.S_ISDIR(status.st_mode):
        only = _file(path, path.name, status)
        return Found(path, {only.path: only}, place, is_file=True)
    skipped = {_identity(other) for other in exclude if other.exists()}
    files = {file.path: file for file in _walk(path, "", frozenset({_key(status)}))}
    files = {name: files[name] for name in sorted(files) if files[name].identity not in skipped}
    if not files:
        raise CheckedBad(f"{path} is an empty folder")
    return Found(path, files, place, is_file=False)


def _snapshot(repository: Path) -> Path:
    """Return the one snapshot that a repository's folder means."""
    found = cache.snapshot(repository)
    if found is None:
        raise CouldNotCheck(f"{repository} has no snapshot of main", "name a snapshot's folder")
    return found


def _status(path: Path, shown: str, absent: type[BadInput | CheckedBad]) -> os.stat_result:
    """Return a file's status, links followed."""
    try:
        return path.stat()
    except FileNotFoundError as error:
        why = "is a link that leads nowhere" if path.is_symlink() else "does not exist"
        kind = CheckedBad if path.is_symlink() else absent
        raise kind(f"{shown} {why}") from error
    except OSError as error:
        raise unreadable(error, shown) from error


def _key(status: os.stat_result) -> tuple[int, int]:
    """Return what two paths to one file share."""
    return status.st_dev, status.st_ino


def _identity(path: Path) -> tuple[int, int]:
    """Return a path's file's identity."""
    return _key(path.stat())


def _file(path: Path, name: str, status: os.stat_result) -> FoundFile:
    """Describe a regular file."""
    if not stat.S_ISREG(status.st_mode):
        raise CouldNotCheck(f"{name} is not a regular file")
    declared = cache.declared(path.resolve())
    return FoundFile(name, path, status.st_size, _key(status), declared)


def _walk(folder: Path, prefix: str, above: frozenset[tuple[int, int]]) -> Iterator[FoundFile]:
    """Yield the files below a folder.

    Args:
        folder: where to look.
        prefix: its relative path, with a slash at the end.
        above: the folders that led here: a link back to one of them is a loop.
    """
    try:
        names = sorted(path.name for path in folder.iterdir())
    except OSError as error:
        raise unreadable(error, prefix or str(folder)) from error
    for name in names:
        path, shown = folder / name, prefix + name
        if name in _BOOKKEEPING and not prefix and path.is_dir():
            continue
        status = _status(path, shown, CheckedBad)
        if not stat.S_ISDIR(status.st_mode):
            yield _file(path, shown, status)
        elif _key(status) in above:
            raise CouldNotCheck(f"{shown} is a symbolic link loop")
        else:
            yield from _walk(path, f"{shown}/", above | {_key(status)})
