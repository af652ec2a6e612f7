"""What the Hub's answers say, as values; a missing key is the caller's to word."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from catalog.core.published import RemoteFile

# The Hub takes no larger file into git itself.
LARGEST_IN_GIT = 10 * 1024**2


@dataclass(frozen=True, slots=True)
class Refs:
    """What a repository's refs pointed at.

    Args:
        branches: commit by branch.
        tags: commit by tag.
        name: what the repository is called now: the Hub leads an old name there.
        pulls: commit by the revision of a pull request, where they were asked for.
    """

    branches: Mapping[str, str]
    tags: Mapping[str, str]
    name: str
    pulls: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Listing:
    """What a revision holds.

    Args:
        repo_id: as on the Hub.
        commit: what the revision means now.
        sizes: bytes by path, None where the Hub does not say.
    """

    repo_id: str
    commit: str
    sizes: dict[str, int | None]


def called(repo_id: str, path: str) -> str:
    """Return the name in the address that answered, where it is not one in another case."""
    name = path.partition("/api/models/")[2].removesuffix("/refs")
    return repo_id if name.count("/") != 1 or name.lower() == repo_id.lower() else name


def commits(items: Any, key: str = "name") -> dict[str, str]:  # noqa: ANN401 - as it is sent
    """Return the commits that refs in an answer point at, by name or another key."""
    return {str(ref[key]): str(ref["targetCommit"]) for ref in items}


def file_of(entry: Mapping[str, Any]) -> RemoteFile:
    """Return one file of a listing."""
    lfs, size = entry.get("lfs"), int(entry["size"])
    # Git holds a pointer in its place: its id says nothing of the file.
    is_pointed_at = bool(lfs or entry.get("xetHash")) or size > LARGEST_IN_GIT
    return RemoteFile(
        str(entry["path"]),
        size,
        str(lfs["oid"]) if lfs else None,
        None if is_pointed_at else str(entry["oid"]),
    )
