"""Where a file of weights comes from: its place in the Hub's cache, or in a folder of downloads.

The Hub's client keeps a commit's files in `models--OWNER--NAME/snapshots/COMMIT/`, and notes beside
a download into a folder of one's own which commit it was. Which revision was asked for stands in
neither: that is remembered as it is asked. Reads names and small notes, no weights.
"""

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from catalog.core.loads import Asked
from catalog.core.refs import COMMIT, MAIN
from catalog.core.weightsets import is_part_of_weights
from catalog.weights import cache

_SNAPSHOT = re.compile(
    r"(?P<folder>.*?models--(?P<repo>[^/]+)/snapshots/(?P<commit>[0-9a-f]{40}))/(?P<path>.+)"
)
_NOTES = (".cache", "huggingface", "download")
_LONGEST_NOTE = 1_000  # bytes: three lines
_DEEPEST = 3
# What was asked for last: a revision by repository and commit, a repository by local folder.
_revisions: dict[tuple[str, str], str] = {}
_folders: dict[str, tuple[str, str | None]] = {}


class Source(NamedTuple):
    """Where some files lie.

    Args:
        folder: that holds them, by their paths in the repository.
        asked: what they are.
    """

    folder: Path
    asked: Asked


def remember(repo_id: str, revision: str | None, folder: str) -> None:
    """Keep which revision a snapshot was asked for as, and whose a local folder is."""
    match = _SNAPSHOT.match(f"{folder}/x")
    if match is not None:
        _revisions[repo_id.lower(), match["commit"]] = revision or MAIN
    else:
        _folders[str(Path(folder).absolute())] = repo_id, revision


def of_file(file: str, repo_id: str | None = None, revision: str | None = None) -> Source | None:
    """Return what a file is, None for one that is no weights, or from no repository.

    Args:
        file: its path, as the Hub's client or a program has it.
        repo_id: as it was asked for, where that is known.
        revision: the same; None: what was asked for last, or what the cache says.
    """
    if not is_part_of_weights(file):
        return None
    match = _SNAPSHOT.match(os.path.abspath(file))  # noqa: PTH100 - keeps links as they are
    if match is None:
        return _of_local(Path(file).absolute(), repo_id, revision)
    folder, path = Path(match["folder"]), match["path"]
    named = repo_id or match["repo"].replace("--", "/", 1)
    meant = revision or _revisions.get((named.lower(), match["commit"])) or _in_cache(folder)
    if repo_id is not None and revision is not None:
        _revisions[repo_id.lower(), match["commit"]] = revision
    return Source(folder, Asked(named, match["commit"], meant, (path,)))


def _in_cache(snapshot: Path) -> str | None:
    """Return the only branch that the cache has at a commit; of several, nobody knows which."""
    named = [name for name, commit in cache.refs(snapshot.parent.parent) if commit == snapshot.name]
    return named[0] if len(named) == 1 else None


def _of_local(file: Path, repo_id: str | None, revision: str | None) -> Source | None:
    """Return what a file in a folder of downloads is, by the note beside it."""
    for folder in file.parents[:_DEEPEST]:
        path = file.relative_to(folder).as_posix()
        written = _note(folder, path)
        if written is None:
            continue
        known = _folders.get(str(folder), (None, None))
        named, meant = repo_id or known[0], revision or known[1]
        if named is None:
            return None
        return Source(folder, Asked(named, written[0], meant, (path,)))
    return None


def _note(folder: Path, path: str) -> list[str] | None:
    """Return commit and tag of a download, None where there was none, or none of a commit."""
    file = folder.joinpath(*_NOTES, f"{path}.metadata")
    try:
        with file.open("rb") as stream:
            lines = stream.read(_LONGEST_NOTE).decode().split()
    except (OSError, UnicodeError):
        return None
    return lines[:2] if len(lines) > 1 and COMMIT.fullmatch(lines[0]) else None


def declared(folder: Path, paths: tuple[str, ...]) -> Mapping[str, str]:
    """Return what the Hub declared of files: their blobs are called so, or a note has it."""
    digests: dict[str, str] = {}
    for path in paths:
        file = folder / path
        with suppress(OSError):
            tag = cache.declared(file.resolve())
            written = None if tag else _note(folder, path)
            if tag is not None:
                digests[path] = tag.hex
            elif written is not None:
                digests[path] = written[1]
    return digests


def commit_in(file: str) -> str | None:
    """Return the commit of a file that lies in the Hub's cache."""
    match = _SNAPSHOT.match(os.path.abspath(file))  # noqa: PTH100 - keeps links as they are
    return None if match is None else match["commit"]


def commit_of(revision: object) -> str | None:
    """Return the commit that a revision is known to mean: itself, or what the client resolved."""
    commit = getattr(revision, "resolved", revision)
    return commit if isinstance(commit, str) and COMMIT.fullmatch(commit) else None
