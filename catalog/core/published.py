"""What was seen of a repository on the Hub, as frozen values: files, refs, looks.

An observation is dated and bound to commits. It knows no database and no Hub; what the branches
of a repository really hold is judged in `catalog.core.branches`.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from catalog import errors
from catalog.core.weightsets import is_weights

if TYPE_CHECKING:
    from catalog.core.digests import Digest

HUB = errors.HUB
_USUAL_PORTS = {"https": ":443", "http": ":80"}


def kept_endpoint(address: str) -> str:
    """Return an address in the one spelling that looks are kept under, without a password.

    >>> kept_endpoint("HTTPS://me:secret@Mirror.lab:443/hub/")
    'https://mirror.lab/hub'
    """
    scheme, sign, rest = address.rstrip("/").partition("://")
    host, slash, path = rest.partition("/")
    host = host.rpartition("@")[2].lower().removesuffix(_USUAL_PORTS.get(scheme.lower(), ""))
    return f"{scheme.lower()}{sign}{host}{slash}{path}"


def place(repo_id: str, endpoint: str | None) -> str:
    """Return where the looks at a repository are kept: each endpoint has a history of its own.

    >>> place("lab/mine", HUB), place("lab/mine", "https://mirror.lab")
    ('lab/mine', 'https://mirror.lab lab/mine')
    """
    return repo_id if endpoint in (None, HUB) else f"{endpoint} {repo_id}"


AS = " as "
"""Stands in the source of a look between the endpoint and the name that a repository has now."""


def endpoint_of(kept: str) -> str:
    """Return the endpoint of a `place`."""
    return kept.rpartition(" ")[0] or HUB


class RefKind(StrEnum):
    """What a ref is; the first two are what users load."""

    BRANCH = "branch"
    TAG = "tag"
    CONVERT = "convert"
    PULL_REQUEST = "pull-request"


class Scope(StrEnum):
    """Which files of a commit are known."""

    ALL = "all"
    WEIGHTS = "weights"


class LookStatus(StrEnum):
    """What a look at a repository gave."""

    READ = "read"
    UNCHANGED = "unchanged"
    GONE = "gone"
    GATED = "gated"


class RemoteFile(NamedTuple):
    """One file of a commit, as the Hub declares it.

    Args:
        path: relative, POSIX.
        size_bytes: its size.
        sha256: of an LFS file, else None.
        git_sha1: git's blob id of a small file; None for an LFS file, whose blob is a pointer.
    """

    path: str
    size_bytes: int
    sha256: str | None = None
    git_sha1: str | None = None

    @property
    def digest(self) -> str:
        """The SHA-256, or git's blob id where there is no other."""
        # A plain text, not a `Digest`: an audit asks for it some 100,000 times.
        return self.sha256 or self.git_sha1 or ""

    @property
    def declared(self) -> "Digest | None":
        """The same as a digest, None where the Hub declares none."""
        from catalog.core.digests import GIT_SHA1, SHA256, Digest  # noqa: PLC0415 - for files alone

        if self.sha256:
            return Digest(SHA256, self.sha256)
        return Digest(GIT_SHA1, self.git_sha1) if self.git_sha1 else None


class Commit(NamedTuple):
    """One commit of a repository; its files never change.

    Args:
        sha: 40 hex digits.
        files: those that are known, by path.
        scope: which files are known.
        gone: the Hub could not list it any more; it has no files here then.
    """

    sha: str
    files: tuple[RemoteFile, ...] = ()
    scope: Scope = Scope.ALL
    gone: bool = False


class Ref(NamedTuple):
    """A branch or another ref and the commit that it pointed at.

    Attributes:
        revision: its name.
        commit: 40 hex digits.
        kind: what sort of ref it is.
    """

    revision: str
    commit: str
    kind: RefKind = RefKind.BRANCH


class Look(NamedTuple):
    """One look at a repository.

    Args:
        observed_at: None where nobody wrote the day down; such a look counts as the oldest.
        source: who told: the Hub's address, a title of an inventory.
        digest: algorithm:hex of the inventory it came from, None for the Hub itself.
        requests: what it cost.
        status: what it gave.
        refs: every ref there was; those of the look before where it is unchanged.
        partial: nobody ever saw all refs: it names some, and says nothing of the others.
    """

    observed_at: datetime | None
    source: str | None
    digest: str | None = None
    requests: int = 0
    status: LookStatus = LookStatus.READ
    refs: tuple[Ref, ...] = ()
    partial: bool = False

    @property
    def renamed_to(self) -> str | None:
        """The name that the repository has now, None where it is the one that was asked for."""
        return None if self.digest or not self.source else self.source.partition(AS)[2] or None


class Repository(NamedTuple):
    """The state of a repository: its newest look, and the commits that its refs point at.

    Args:
        repo_id: as on the Hub.
        look: the newest; its refs are the newest known, also where it found the repository gone.
        commits: by their sha.
    """

    repo_id: str
    look: Look
    commits: Mapping[str, Commit] = MappingProxyType({})


class Change(NamedTuple):
    """One ref that differs between two looks.

    Args:
        kind: "added", "removed" or "moved".
        revision: the ref.
        before: its commit before, None where it was not there.
        after: its commit after, None where it is not there.
        files: what became of each file: "added", "removed" or "changed", by path; None where the
            files of a side are not known.
    """

    kind: str
    revision: str
    before: str | None
    after: str | None
    files: Mapping[str, str] | None = None


class Finding(NamedTuple):
    """Something wrong, or worth knowing, about a repository.

    Args:
        rule: its stable code: docs/reference/findings.md.
        severity: "error", "warning" or "note".
        repo_id: where.
        model: the model that the repository publishes, None where it is none that is known.
        revision: the branch, None where it is about the repository.
        message: one plain sentence.
        evidence: what it rests on, as JSON holds it.
    """

    rule: str
    severity: str
    repo_id: str
    model: str | None
    revision: str | None
    message: str
    evidence: Mapping[str, object]

    @property
    def where(self) -> str:
        """What to call the branch or repository that it is about."""
        return f"{self.repo_id}@{self.revision}" if self.revision else self.repo_id

    @property
    def identity(self) -> tuple[str, str | None, str]:
        """What makes it the same finding the next time."""
        return self.rule, self.revision, self.message


class Synced(NamedTuple):
    """What one look at one repository brought.

    Args:
        repo_id: the repository.
        requests: what it cost.
        branches: how many refs there are.
        new_commits: how many commits were not known before.
        changes: how many refs differ from the look before; 0 at the first look.
        status: "read", "unchanged", "gone", "gated", or "known" where nothing was written.
        renamed_to: the name that the repository has now, None where it is this one.
        problem: why there are no branches to read, None where there are.
        findings: what is not as it was at the look before.
        accepted: how many findings were closed because a user called the changes right.
    """

    repo_id: str
    requests: int
    branches: int
    new_commits: int
    changes: int
    status: str
    renamed_to: str | None = None
    problem: str | None = None
    findings: tuple[Finding, ...] = ()
    accepted: int = 0

    @property
    def is_bad(self) -> bool:
        """Whether something changed that should not have; a note is no such thing."""
        return any(finding.severity != "note" for finding in self.findings)


def changes(
    before: Iterable[Ref], after: Iterable[Ref], commits: Mapping[str, Commit]
) -> tuple[Change, ...]:
    """Return how the refs of two consecutive looks differ, by name."""
    old = {(ref.kind, ref.revision): ref.commit for ref in before}
    new = {(ref.kind, ref.revision): ref.commit for ref in after}
    moves = []
    for place in sorted({*old, *new}, key=lambda ref: (ref[0].value, ref[1])):
        was, now = old.get(place), new.get(place)
        if was != now:
            files = _file_changes(commits.get(was or ""), commits.get(now or ""))
            moves.append(Change(_word(was, now, "moved"), place[1], was, now, files))
    return tuple(moves)


def _file_changes(before: Commit | None, after: Commit | None) -> Mapping[str, str] | None:
    """Return what became of each file, as far as both sides know of it."""
    if before is None or after is None or before.gone or after.gone:
        return None
    old = {file.path: file.digest for file in before.files}
    new = {file.path: file.digest for file in after.files}
    known = {*old, *new}
    if Scope.WEIGHTS in (before.scope, after.scope):
        known = {path for path in known if is_weights(path)}
    return {
        path: _word(old.get(path), new.get(path), "changed")
        for path in sorted(known)
        if old.get(path) != new.get(path)
    }


def _word(before: str | None, after: str | None, otherwise: str) -> str:
    """Return what became of what may be there only before, or only after."""
    if before is None:
        return "added"
    return "removed" if after is None else otherwise
