"""Repositories for the Hub's stand-in: branches → commits → files, from bytes or files on disk.

Weight files are LFS files, as on the Hub. Nothing here serves anything: `hub_standin` does.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

LFS_SUFFIXES = (".safetensors", ".bin", ".pt", ".msgpack", ".h5")


@dataclass(frozen=True)
class Blob:
    """One file's content, in memory or on disk."""

    content: bytes | Path
    lfs: bool

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.content) if isinstance(self.content, bytes) else self.content.stat().st_size

    def read(self) -> bytes:
        """Return all of it."""
        return self.content if isinstance(self.content, bytes) else self.content.read_bytes()

    @property
    def sha256(self) -> str:
        """What the Hub calls the LFS oid."""
        return _sha256(self.content)

    @property
    def oid(self) -> str:
        """Git's blob id: of the pointer for an LFS file."""
        return git_sha1(self.pointer if self.lfs else self.read())

    @property
    def pointer(self) -> bytes:
        """What git holds instead of an LFS file."""
        spec = "version https://git-lfs.github.com/spec/v1"
        return f"{spec}\noid sha256:{self.sha256}\nsize {self.size}\n".encode()

    @property
    def etag(self) -> str:
        """What the Hub sends as the file's tag."""
        return self.sha256 if self.lfs else self.oid


_known: dict[object, str] = {}


def _sha256(content: bytes | Path) -> str:
    """Return the digest, computed once a content: a file on disk by its identity."""
    status = content.stat() if isinstance(content, Path) else None
    key = (status.st_ino, status.st_size, status.st_mtime_ns) if status else content
    if key not in _known:
        raw = content.read_bytes() if isinstance(content, Path) else content
        _known[key] = hashlib.sha256(raw).hexdigest()
    return _known[key]


def git_sha1(content: bytes) -> str:
    """Return git's blob id."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


@dataclass
class Repository:
    """One model repository: `branches`, `tags` and `pulls` name commits, `commits` hold files."""

    repo_id: str
    branches: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    commits: dict[str, dict[str, Blob]] = field(default_factory=dict)
    pulls: dict[str, str] = field(default_factory=dict)
    gated: bool = False

    def commit(self, branch: str, files: Mapping[str, bytes | Path]) -> str:
        """Put a new commit with exactly these files on a branch; return its SHA."""
        blobs = {
            path: Blob(content, path.endswith(LFS_SUFFIXES)) for path, content in files.items()
        }
        named = "".join(f"{path} {blob.etag}\n" for path, blob in sorted(blobs.items()))
        salt = f"{self.repo_id} {branch} {len(self.commits)}\n{named}"
        sha = hashlib.sha1(salt.encode(), usedforsecurity=False).hexdigest()
        self.commits[sha] = blobs
        self.branches[branch] = sha
        return sha

    def commit_folder(self, branch: str, folder: Path) -> str:
        """Put the files of a folder on a branch; return the commit's SHA."""
        paths = (path for path in sorted(folder.rglob("*")) if path.is_file())
        return self.commit(branch, {path.relative_to(folder).as_posix(): path for path in paths})

    def resolve(self, revision: str) -> str | None:
        """Return the commit of a branch, tag or commit SHA."""
        found = self.branches.get(revision) or self.tags.get(revision) or self.pulls.get(revision)
        return found or (revision if revision in self.commits else None)
