"""What the Hub's answers say, as values; what an answer lacks is the caller's to word."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urljoin, urlsplit

from catalog.core import foreign
from catalog.core.foreign import ForeignError
from catalog.core.published import RemoteFile

if TYPE_CHECKING:
    import httpx2

LARGEST_IN_GIT = 10 * 1024**2
"""Bytes; the Hub takes no larger file into git itself."""
MOST_PAGES = 1_000
"""Of one listing: as many files, a hundred a page, as the Hub advises a repository to have."""
_Value = TypeVar("_Value")


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
    """Return the name in the address that answered, where it is not one in another case.

    Raises:
        ForeignError: no repository has such a name.
    """
    name = path.partition("/api/models/")[2].removesuffix("/refs")
    is_same = name.count("/") != 1 or name.lower() == repo_id.lower()
    return repo_id if is_same else foreign.repository(name)


def commits(refs: Iterable[Mapping[str, Any]], key: str = "name") -> dict[str, str]:
    """Return the commit that each ref points at, by its name or another key.

    Raises:
        ForeignError: a name or a commit is none, or stands twice.
    """
    return _once((foreign.revision(ref[key]), foreign.commit(ref["targetCommit"])) for ref in refs)


def sizes(siblings: Iterable[Mapping[str, Any]]) -> dict[str, int | None]:
    """Return the bytes of each file, None where the Hub does not say.

    Raises:
        ForeignError: a path or a size is none, or stands twice.
    """
    return _once(
        (
            foreign.path(sibling["rfilename"]),
            None if sibling.get("size") is None else foreign.whole(sibling["size"]),
        )
        for sibling in siblings
    )


def files(entries: Iterable[Mapping[str, Any]]) -> dict[str, RemoteFile]:
    """Return the files among a page's entries, by path.

    Raises:
        ForeignError: a path, a size or a digest is none, or a path stands twice.
    """
    listed = (_file(entry) for entry in entries if entry["type"] == "file")
    return _once((file.path, file) for file in listed)


def _file(entry: Mapping[str, Any]) -> RemoteFile:
    path, size, lfs = foreign.path(entry["path"]), foreign.whole(entry["size"]), entry.get("lfs")
    if not lfs:
        # Git holds a pointer in its place: its id says nothing of the file.
        is_pointed_at = bool(entry.get("xetHash")) or size > LARGEST_IN_GIT
        return RemoteFile(path, size, None, None if is_pointed_at else foreign.commit(entry["oid"]))
    if lfs.get("size", size) != size:
        raise ForeignError(f"{path} has two sizes")
    return RemoteFile(path, size, foreign.sha256(lfs["oid"]), None)


def _once(pairs: "Iterable[tuple[str, _Value]]") -> dict[str, _Value]:
    made: dict[str, _Value] = {}
    for name, value in pairs:
        if name in made:
            raise ForeignError(f"{name} stands twice")
        made[name] = value
    return made


def next_page(response: "httpx2.Response") -> str | None:
    """Return the address of a listing's next page, None after the last.

    Raises:
        ForeignError: it is on another server.
    """
    address = response.links.get("next", {}).get("url")
    if address is None:
        return None
    asked = str(response.request.url)
    address = urljoin(asked, address)
    if urlsplit(address)[:2] != urlsplit(asked)[:2] or len(address) > foreign.LONGEST_PATH:
        raise ForeignError(f"its next page is {foreign.shown(address)}")
    return address
