"""What became of watched repositories: what the newest look found, and the news of their history.

News come from the record alone: whoever asks again, or looked in between, reads the same ones.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalog.core.branches import moves
from catalog.core.published import LookStatus, Synced, endpoint_of
from catalog.core.weightsets import is_weights
from catalog.errors import CatalogError
from catalog.sql.queries import hub
from catalog.verbs import log

if TYPE_CHECKING:
    from datetime import datetime

    from catalog.core.published import Change, Finding
    from catalog.sql.connections import Reader
    from catalog.verbs.outcomes import Audited

_ABSENT = {
    LookStatus.GONE.value: "The repository is gone.",
    LookStatus.GATED.value: "The repository is closed to this user.",
}
_RETURNED = "The repository is there again."


@dataclass(frozen=True, slots=True)
class Event:
    """What one look at a repository found otherwise than the looks before.

    Attributes:
        repo_id: the repository.
        endpoint: where it was looked at.
        at: when.
        news: a sentence for each thing that changed.
    """

    repo_id: str
    endpoint: str
    at: "datetime"
    news: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Watched:
    """What became of one repository.

    Attributes:
        repo_id: the repository.
        synced: what the look brought, None where there was no answer.
        problem: why there was none.
        changes: how its refs differ from the look before.
        findings: what is wrong with it, or worth knowing, until somebody accepts it.
        events: all that ever changed since it was first seen, newest first; without those of an
            unknown day.
    """

    repo_id: str
    synced: Synced | None
    problem: CatalogError | None
    changes: "tuple[Change, ...]"
    findings: "tuple[Finding, ...]"
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Watch:
    """What became of all watched repositories.

    Attributes:
        repositories: each of them, in the order in which they were named.
        audited: the judgement on them.
        at: when all that was done.
    """

    repositories: tuple[Watched, ...]
    audited: "Audited"
    at: "datetime"


Looks = Mapping[str, Synced | CatalogError]
"""What a look at each repository brought, or why there was no answer."""


def seen(connection: "Reader", looks: Looks) -> list[str]:
    """Return those repositories that somebody looked at, now or before.

    Raises:
        CatalogError: there is none: why the first gave no answer.
    """
    observed = {*hub.observed(connection)}
    known = [repo_id for repo_id in looks if repo_id in observed]
    failed = [brought for brought in looks.values() if isinstance(brought, CatalogError)]
    if failed and not known:
        raise failed[0]
    return known


def watch(
    connection: "Reader",
    looks: Looks,
    audited: "Audited",
    now: "datetime",
) -> Watch:
    """Return what became of repositories.

    Args:
        connection: an open catalog.
        looks: what the looks brought.
        audited: the judgement on all of them, made after the looks.
        now: the moment.
    """
    made = [_watched(connection, repo_id, brought, audited) for repo_id, brought in looks.items()]
    return Watch(tuple(made), audited, now)


def _watched(
    connection: "Reader", repo_id: str, brought: Synced | CatalogError, audited: "Audited"
) -> Watched:
    kept = hub.places(connection, [repo_id]).get(repo_id)
    entries = [] if kept is None else log.entries(connection, repo_id)
    findings = tuple(each for each in audited.audit.findings if each.repo_id == repo_id)
    events = tuple(_events(entries, endpoint_of(kept or "")))[::-1]
    if isinstance(brought, CatalogError):
        return Watched(repo_id, None, brought, (), findings, events)
    is_new = brought.status == LookStatus.READ.value and bool(entries)
    changes = entries[-1].changes if is_new else ()
    return Watched(repo_id, brought, None, changes, findings, events)


def _events(entries: "Iterable[log.Entry]", endpoint: str) -> Iterator[Event]:
    """Yield what each look found otherwise than the one before, oldest first."""
    before: log.Entry | None = None
    for entry in entries:
        news = () if before is None else tuple(_news(before, entry))
        if news and entry.observed_at is not None:
            yield Event(entry.repo_id, endpoint, entry.observed_at, news)
        before = entry


def _news(before: "log.Entry", entry: "log.Entry") -> Iterator[str]:
    if entry.status in _ABSENT:
        if entry.status != before.status:
            yield _ABSENT[entry.status]
        return
    if before.status in _ABSENT:
        yield _RETURNED
    if entry.renamed_to and entry.renamed_to != before.renamed_to:
        yield f"The repository is called {entry.renamed_to} now."
    yield from map(sentence, entry.changes)


def sentence(change: "Change") -> str:
    """Return what became of a ref.

    >>> from catalog.core.published import Change
    >>> sentence(Change("moved", "step3000", "a" * 40, "b" * 40, {"README.md": "changed"}))
    'step3000 moved from aaaaaaaa to bbbbbbbb: its weights are the same.'
    """
    before, after = ((commit or "")[:8] for commit in (change.before, change.after))
    if change.kind == "added":
        return f"{change.revision} is new, at {after}."
    if change.kind == "removed":
        return f"{change.revision} is gone; it was at {before}."
    return f"{change.revision} moved from {before} to {after}: {moves.worded(_weights(change))}."


def _weights(change: "Change") -> Mapping[str, str] | None:
    if change.files is None:
        return None
    return {path: what for path, what in change.files.items() if is_weights(path)}
