"""Is a mirror equal to the Hub? Compares what two endpoints were just seen to hold."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalog.core.published import (
    Commit,
    LookStatus,
    RefKind,
    RemoteFile,
    Repository,
    kept_endpoint,
)
from catalog.errors import BadEndpoint, BadInput, HubMissing
from catalog.sql.queries import hub

if TYPE_CHECKING:
    from catalog.core.published import Synced
    from catalog.sql.connections import Reader


@dataclass(frozen=True, slots=True)
class Branch:
    """One branch or tag at both endpoints.

    Attributes:
        revision: its name.
        status: `equal`; `differs`: another commit or other files; `missing`: the second endpoint
            lacks it; `extra`: the first lacks it; `unread`: nobody can list its files.
        commits: at the first and at the second endpoint, None where it is not there.
        files: what became of each file from the first to the second: `missing`, `extra`, `differs`,
            or `unknown` where one of them declares no digest.
    """

    revision: str
    status: str
    commits: tuple[str | None, str | None]
    files: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Difference:
    """A repository at two endpoints.

    Attributes:
        repo_id: its name.
        endpoints: both addresses.
        missing_at: the endpoint that has no such repository, None where both have it.
        branches: every branch and tag of either.
    """

    repo_id: str
    endpoints: tuple[str, str]
    missing_at: str | None
    branches: tuple[Branch, ...]

    @property
    def is_equal(self) -> bool:
        """Whether both hold the same, as far as they say."""
        return self.missing_at is None and all(b.status == "equal" for b in self.branches)

    @property
    def is_different(self) -> bool:
        """Whether they surely differ; where files could not be compared they are neither."""
        differing = {"differs", "missing", "extra"}
        return self.missing_at is not None or any(b.status in differing for b in self.branches)


def endpoints(first: str, second: str) -> tuple[str, str]:
    """Return two addresses in the form in which looks are kept.

    Raises:
        BadEndpoint: one is no address, or holds a password.
    """
    for text in (first, second):
        scheme, sign, rest = text.partition("://")
        is_web = scheme.lower() in ("http", "https") and sign and rest
        if not is_web or len(text.split()) != 1:
            hint = "write it as https://huggingface.co; `catalog evals compare` compares scores"
            raise BadEndpoint(f"not an endpoint: {text!r}", hint)
        if "@" in rest.partition("/")[0]:
            raise BadEndpoint("an endpoint without user and password is wanted", "set HF_TOKEN")
    return kept_endpoint(first), kept_endpoint(second)


def difference(
    connection: "Reader",
    repo_id: str,
    ends: tuple[str, str],
    looks: "Sequence[Synced | None]",
) -> Difference:
    """Return how a repository differs between two endpoints that were looked at just now.

    Raises:
        BadInput: neither has it.
    """
    pairs = zip(ends, looks, strict=True)
    absent = [end for end, look in pairs if look is None or look.status == LookStatus.GONE]
    if len(absent) == len(ends):
        error = HubMissing.of_repository(repo_id, " or ".join(dict.fromkeys(ends)))
        raise BadInput(error.what, error.hint)
    if absent:
        return Difference(repo_id, ends, absent[0], ())
    (first,), (second,) = (hub.state(connection, [repo_id], at=end) for end in ends)
    return Difference(repo_id, ends, None, tuple(_branches(first, second)))


def _branches(first: Repository, second: Repository) -> Iterator[Branch]:
    here, there = _refs(first), _refs(second)
    for key in sorted({*here, *there}, key=lambda key: (key[0].value, key[1])):
        commits = here.get(key), there.get(key)
        before, after = first.commits.get(commits[0] or ""), second.commits.get(commits[1] or "")
        status, files = _compared(commits, before, after)
        yield Branch(key[1], status, commits, files)


def _refs(repository: Repository) -> dict[tuple[RefKind, str], str]:
    return {(ref.kind, ref.revision): ref.commit for ref in repository.look.refs}


def _compared(
    shas: tuple[str | None, str | None], before: Commit | None, after: Commit | None
) -> tuple[str, dict[str, str]]:
    """Return a branch's status and what became of its files."""
    if shas[0] is None or shas[1] is None:
        return ("extra" if shas[0] is None else "missing"), {}
    if before is None or after is None or before.gone or after.gone:
        return ("differs" if shas[0] != shas[1] else "unread"), {}
    files = dict(_files(before, after))
    if shas[0] != shas[1] or set(files.values()) - {"unknown"}:
        return "differs", files
    return ("unread" if files else "equal"), files


def _files(before: Commit, after: Commit) -> Iterator[tuple[str, str]]:
    here = {file.path: file for file in before.files}
    there = {file.path: file for file in after.files}
    for path in sorted({*here, *there}):
        if path not in there:
            yield path, "missing"
        elif path not in here:
            yield path, "extra"
        elif word := _differing(here[path], there[path]):
            yield path, word


def _differing(here: RemoteFile, there: RemoteFile) -> str:
    """Return how two files of one path differ, empty where they are equal."""
    if here.size_bytes != there.size_bytes:
        return "differs"
    if not here.digest or not there.digest or (here.sha256 is None) != (there.sha256 is None):
        return "unknown"
    return "" if here.digest == there.digest else "differs"
