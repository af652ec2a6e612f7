"""What became of refs since they were first seen: branches that moved or vanished, a new name.

A published checkpoint should stay what it was: a paper that names a branch means the bytes that it
had that day. So a change is found as long as nobody accepted it (`catalog sync --accept`).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from catalog.core.branches.findings import RULES
from catalog.core.published import Commit, Finding, Look, Ref, RefKind, RemoteFile, Repository
from catalog.core.weightsets import is_weights

CODES = ("moved", "moved-files", "vanished", "renamed")
"""The rules of this module."""

Accepted = Mapping[str | None, str | None]
"""What a user called right, by ref: its commit, None where it is gone; for None the new name."""


def findings(
    repository: Repository, model: str | None, looks: Sequence[Look], accepted: Accepted
) -> Iterator[Finding]:
    """Yield what is no longer as it was first seen, or as it was last accepted.

    Args:
        repository: its newest look, and every commit that its refs ever pointed at.
        model: the model in it, None where it is no known one.
        looks: at one endpoint, oldest first.
        accepted: changes that somebody called right.
    """
    for rule, revision, message, evidence in _changed(repository, looks, accepted):
        severity = RULES[rule][0]
        yield Finding(rule, severity, repository.repo_id, model, revision, message, evidence)


_Change = tuple[str, str | None, str, Mapping[str, object]]


def _changed(
    repository: Repository, looks: Sequence[Look], accepted: Accepted
) -> Iterator[_Change]:
    name = repository.look.renamed_to
    if name is not None and accepted.get(None) != name:
        text = f"The repository is called {name} now; the old name leads there."
        yield "renamed", None, text, {"after": name}
    now = _by_name(repository.look.refs)
    for revision, (ref, seen) in _first(looks).items():
        before = accepted.get(revision, ref.commit)
        after = now.get(revision)
        if before is None or (after is not None and after.commit == before):
            continue
        since = f"{before[:8]}" + (f" (seen on {seen:%Y-%m-%d})" if before == ref.commit else "")
        commits = {"before": before, "after": None if after is None else after.commit}
        if after is not None:
            files = _moved(repository.commits, before, after.commit)
            rule = "moved-files" if files is not None and not files else "moved"
            text = f"It moved from {since} to {after.commit[:8]}: {worded(files)}."
            yield rule, revision, text, {**commits, "files": files}
        elif not repository.look.partial:
            yield "vanished", revision, f"The {ref.kind} was at {since} and is gone.", commits


def _by_name(refs: Iterable[Ref]) -> dict[str, Ref]:
    """Return the refs that people name checkpoints by; a pull request moves by its nature.

    Where a branch and a tag have one name, the branch is what a loader takes.
    """
    tags = {ref.revision: ref for ref in refs if ref.kind is RefKind.TAG}
    return tags | {ref.revision: ref for ref in refs if ref.kind is RefKind.BRANCH}


def _first(looks: Sequence[Look]) -> dict[str, tuple[Ref, datetime]]:
    """Return each ref as it was first seen, and when; a look of an unknown day may be any."""
    first: dict[str, tuple[Ref, datetime]] = {}
    for look in looks:
        for revision, ref in _by_name(look.refs).items():
            if look.observed_at is not None:
                first.setdefault(revision, (ref, look.observed_at))
    return first


def _moved(commits: Mapping[str, Commit], before: str, after: str) -> Mapping[str, str] | None:
    """Return what became of each weight file, None where nobody can tell."""
    old, new = commits.get(before), commits.get(after)
    if old is None or new is None or old.gone or new.gone:
        return None
    return _differing(_weights(old), _weights(new))


def worded(weights: Mapping[str, str] | None) -> str:
    """Return in words what became of the weight files of a ref that moved.

    >>> worded({"model.safetensors": "changed"}), worded({})
    ('model.safetensors changed', 'its weights are the same')

    Args:
        weights: what became of each that changed, None where nobody can tell.
    """
    if weights is None:
        return "nobody read what it held at both"
    changed = ", ".join(f"{path} {what}" for path, what in weights.items())
    return changed or "its weights are the same"


def _weights(commit: Commit) -> dict[str, RemoteFile]:
    return {file.path: file for file in commit.files if is_weights(file.path)}


def _differing(old: Mapping[str, RemoteFile], new: Mapping[str, RemoteFile]) -> dict[str, str]:
    """Return what became of each file that is not, or not surely, as it was."""
    words = {path: _word(old.get(path), new.get(path)) for path in sorted({*old, *new})}
    return {path: word for path, word in words.items() if word}


def _word(old: RemoteFile | None, new: RemoteFile | None) -> str:
    """Return what became of a file, empty where it is the same."""
    if old is None or new is None:
        return "added" if old is None else "removed"
    if old.size_bytes != new.size_bytes:
        return "changed"
    if not old.digest or not new.digest:
        return "unknown"
    return "" if old.digest == new.digest else "changed"


def accepted(finding: Finding, day: datetime) -> Finding:
    """Return a finding as one that somebody called right."""
    return finding._replace(evidence={**finding.evidence, "accepted": f"{day:%Y-%m-%d}"})
