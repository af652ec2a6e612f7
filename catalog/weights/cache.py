"""The Hub's cache layout: which repository and commit does a folder hold?

``models--ORG--NAME/`` holds ``refs/REVISION`` (a commit), ``snapshots/COMMIT/`` (links) and
``blobs/ETAG``; an etag is the SHA-256 of an LFS file or the git blob SHA-1 of another. Only reads
names and `refs`; needs no library and asks no network.
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from catalog.core.digests import GIT_SHA1, SHA256, Digest
from catalog.core.refs import COMMIT, MAIN
from catalog.errors import BadInput, CouldNotCheck
from catalog.weights.paths import path_of

_REPO = re.compile(r"models--(?:(?P<org>[^/]+?)--)?(?P<name>[^/]+)")
_LONGEST_REF = 100  # bytes: a commit has 40
_ETAGS = {64: SHA256, 40: GIT_SHA1}


def cache_folder() -> Path:
    """Return the Hub's cache: `HF_HUB_CACHE`, else `HF_HOME/hub`, else the user's cache folder."""
    if cache := os.environ.get("HF_HUB_CACHE"):
        return path_of(cache)
    if home := os.environ.get("HF_HOME"):
        return path_of(home) / "hub"
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return path_of(base) / "huggingface" / "hub"


def repository_folder(repo_id: str) -> Path:
    """Return where the cache keeps a model's repository."""
    return cache_folder() / f"models--{repo_id.replace('/', '--')}"


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the Hub's cache a folder or file lies.

    Args:
        repo_id: as on the Hub, "EleutherAI/pythia-70m".
        commit: 40 hex digits.
        revisions: the branches and tags that meant this commit when they were last looked up.
    """

    repo_id: str
    commit: str
    revisions: tuple[str, ...]


def identify(path: Path) -> Place | None:
    """Return what the place of a folder or file in a Hub cache says, None outside one.

    The path is taken as it is spelled first, because a snapshot's files are links to blobs.
    """
    # realpath alone: `Path.resolve` raises at a loop of links.
    return _identify(path.absolute()) or _identify(Path(os.path.realpath(path)))


def _identify(path: Path) -> Place | None:
    """Look for a snapshot among a path's parents."""
    if "snapshots" not in path.parts:
        return None
    for folder in (path, *path.parents):
        repo = folder.parent.parent
        match = _REPO.fullmatch(repo.name)
        if match and folder.parent.name == "snapshots" and COMMIT.fullmatch(folder.name):
            revisions = tuple(name for name, commit in refs(repo) if commit == folder.name)
            return Place(_repo_id(match), folder.name, revisions)
    return None


def _repo_id(match: re.Match[str]) -> str:
    """Return the repository that a cache folder's name means."""
    return f"{match['org']}/{match['name']}" if match["org"] else match["name"]


def is_repository(path: Path) -> bool:
    """Return whether a folder is a repository's folder in a Hub cache."""
    named = _REPO.fullmatch(os.path.basename(os.path.realpath(path)))  # noqa: PTH119 - as above
    return bool(named) and os.path.isdir(path / "snapshots")  # noqa: PTH112 - never raises


def refs(repository: Path) -> list[tuple[str, str]]:
    """Return the revisions that a repository's folder knows, with their commits, sorted."""
    root = repository / "refs"
    try:
        files = sorted(path for path in root.rglob("*") if path.is_file())
        return [(path.relative_to(root).as_posix(), _commit_in(path)) for path in files]
    except (OSError, UnicodeError) as error:
        raise CouldNotCheck(f"cannot read {root}: {error}") from error


def _commit_in(file: Path) -> str:
    """Return what a ref says; the first bytes are all that one has."""
    with file.open("rb") as stream:
        return stream.read(_LONGEST_REF).decode().strip()


def snapshot(repository: Path, revision: str | None = None) -> Path | None:
    """Return the snapshot of a revision or commit.

    Args:
        repository: a ``models--ORG--NAME`` folder.
        revision: branch, tag or commit; None for main, or for the only one there is.

    Returns:
        None where the cache does not have it.

    Raises:
        BadInput: no revision was asked for and there are several.
    """
    known = dict(refs(repository))
    commit = known.get(revision or MAIN, revision or "")
    folder = repository / "snapshots" / commit
    if commit not in ("", ".", "..") and "/" not in commit and os.path.isdir(folder):  # noqa: PTH112
        return folder
    if revision is not None or MAIN in known:
        return None
    try:
        folders = sorted(path for path in (repository / "snapshots").iterdir() if path.is_dir())
    except OSError as error:
        raise CouldNotCheck(f"cannot read {repository}: {error.strerror or error}") from error
    if len(folders) > 1:
        raise BadInput(
            f"{repository.name} has {len(folders)} snapshots and no main",
            "name one: " + ", ".join(sorted(known) or [path.name for path in folders]),
        )
    return folders[0] if folders else None


def declared(target: Path) -> Digest | None:
    """Return what the Hub declared of a cached file: its blob is called so.

    Args:
        target: the file after following links.
    """
    algorithm = _ETAGS.get(len(target.name))
    if target.parent.name != "blobs" or algorithm is None:
        return None
    return Digest(algorithm, target.name) if re.fullmatch("[0-9a-f]+", target.name) else None
