"""Finds the files of a checkpoint: a folder, a single file, a snapshot of links.

Names, sizes and identities only; opens nothing. What the files mean is decided in
`catalog.core.weightsets`.
"""

import itertools
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from catalog.core.digests import Digest
from catalog.core.filenames import OWN, is_left_behind
from catalog.errors import BadInput, CheckedBad, CouldNotCheck
from catalog.weights import cache
from catalog.weights.stream import unreadable

# More than any checkpoint has; links that lead to one folder in many ways multiply.
FOLDER_LIMIT = 100_000
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
        declared: what the Hub declared of it, None where its place does not say.
    """

    path: str
    where: Path
    size_bytes: int
    identity: tuple[int, int]
    declared: Digest | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """The files at one place.

    Args:
        path: the folder or file that was asked for, after choosing a snapshot.
        files: by relative path, sorted.
        place: what its place in a Hub cache says, None outside one.
        is_file: whether `path` is a single file.
        left_out: what a system or an editor left there, which is passed over.
    """

    path: Path
    files: dict[str, FoundFile]
    place: cache.Place | None
    is_file: bool
    left_out: tuple[str, ...] = ()

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
    skipped = {_identity(other) for other in exclude}
    left_out: list[str] = []
    files = {file.path: file for file in _walk(path, status, left_out)}
    files = {name: files[name] for name in sorted(files) if files[name].identity not in skipped}
    if not files:
        raise CheckedBad(f"{path} is an empty folder")
    return Found(path, files, place, is_file=False, left_out=tuple(sorted(left_out)))


def require(path: Path) -> None:
    """Refuse a path at which there is nothing, before other work is done.

    Raises:
        BadInput: it does not exist; a link that leads nowhere does, and is found when it is read.
        CouldNotCheck: no permission to look.
    """
    if not path.is_symlink():
        _status(path, str(path), BadInput)


def some(folder: Path, paths: Iterable[str]) -> Found:
    """Return those of some files that a folder holds; what else lies there is not looked at.

    Args:
        folder: where they may be.
        paths: relative to it.

    Raises:
        CheckedBad: a link that leads nowhere.
        CouldNotCheck: no permission, a device, pipe or socket.
    """
    held = [path for path in sorted(paths) if os.path.lexists(folder / path)]
    there = {
        path: _file(folder / path, path, _status(folder / path, path, CheckedBad)) for path in held
    }
    return Found(folder, there, cache.identify(folder), is_file=False)


def _snapshot(repository: Path) -> Path:
    """Return the one snapshot that a repository's folder means."""
    folder = cache.snapshot(repository)
    if folder is None:
        raise CouldNotCheck(f"{repository} has no snapshot of main", "name a snapshot's folder")
    return folder


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


def _identity(path: Path) -> tuple[int, int] | None:
    """Return a path's file's identity, None where it cannot be had."""
    try:
        return _key(path.stat())
    except OSError:
        return None


def _file(path: Path, name: str, status: os.stat_result) -> FoundFile:
    """Describe a regular file."""
    if not stat.S_ISREG(status.st_mode):
        raise CouldNotCheck(f"{name} is not a regular file")
    declared = cache.declared(path.resolve())
    return FoundFile(name, path, status.st_size, _key(status), declared)


def _walk(top: Path, status: os.stat_result, left_out: list[str]) -> Iterator[FoundFile]:
    """Yield the files below a folder, at any depth; add what is no part of a checkpoint."""
    # A folder, its relative path with a slash at the end, and the folders that led to it: a link
    # back to one of them is a loop.
    waiting = [(top, "", frozenset({_key(status)}))]
    for count in itertools.count():
        if not waiting:
            return
        if count > FOLDER_LIMIT:
            raise CouldNotCheck(f"{top} has more than {FOLDER_LIMIT:,} folders")
        folder, prefix, above = waiting.pop()
        for name in _names(folder, prefix or str(folder)):
            path, shown = folder / name, prefix + name
            if name in _BOOKKEEPING and not prefix and os.path.isdir(path):  # noqa: PTH112
                continue
            if name in OWN and not prefix:
                continue  # what the folder says of itself is no part of what it holds
            if is_left_behind(name):
                left_out.append(shown)
                continue
            status = _status(path, shown, CheckedBad)
            if not stat.S_ISDIR(status.st_mode):
                yield _file(path, shown, status)
            elif _key(status) in above:
                raise CouldNotCheck(f"{shown} is a symbolic link loop")
            else:
                waiting.append((path, f"{shown}/", above | {_key(status)}))


def _names(folder: Path, shown: str) -> list[str]:
    """Return the names in a folder, sorted."""
    try:
        return sorted(os.listdir(folder))  # noqa: PTH208 - names, not paths
    except OSError as error:
        raise unreadable(error, shown) from error
