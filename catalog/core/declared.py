"""What the Hub declared of a checkpoint, as it was observed; and how files stand to that.

Values and their comparison. Like is compared with like: a file with the file of the same path. A
copy in another format has paths of its own; nothing contradicts it, and nothing vouches for it.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from catalog.core import weightsets
from catalog.core.counts import count
from catalog.core.digests import Digest
from catalog.core.manifests import FileEntry, Manifest
from catalog.core.published import RemoteFile
from catalog.core.verdicts import Check, Rule, Verdict

if TYPE_CHECKING:
    from catalog.core.branches import JudgedBranch

NAMED = 3
"""A check names this many reasons."""


@dataclass(frozen=True, slots=True)
class Declaration:
    """The files of one commit, under the branch that pointed at it.

    Args:
        repo_id: the repository.
        revision: the branch.
        commit: that it pointed at.
        files: as the Hub declared them, by path.
        observed_at: of the look, None where nobody wrote the day down.
        branch: the judgement on it, None for a commit that no branch points at any more.
    """

    repo_id: str
    revision: str
    commit: str
    files: Mapping[str, RemoteFile]
    observed_at: datetime | None
    branch: "JudgedBranch | None" = None

    @property
    def source(self) -> str:
        """Which commit it is, and when it was seen."""
        place = f"{self.repo_id}@{self.revision}"
        return f"commit {self.commit[:8]} of {place}, {dated('observed', self.observed_at)}"


def dated(what: str, moment: datetime | None) -> str:
    """Return what was done, and the day.

    >>> dated("observed", datetime(2026, 11, 25))
    'observed 2026-11-25'
    """
    return f"{what} on an unknown day" if moment is None else f"{what} {moment:%Y-%m-%d}"


@dataclass(frozen=True, slots=True)
class Compared:
    """How files differ from a declaration; paths, in the order of the files.

    Args:
        same: weight files that are as they were declared.
        other: weight files with other bytes than were declared under their path.
        unseen: weight files of which nothing was declared.
        missing: declared weight files of a set that is here in part.
        beside: any other files with other bytes than were declared.
        alike: how many files, weights or not, are as they were declared.
    """

    same: tuple[str, ...] = ()
    other: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    alike: int = 0

    @property
    def likeness(self) -> tuple[int, int, int]:
        """How well files fit: of several declarations the largest is meant."""
        wrong = len(self.other) + len(self.missing)
        return (-wrong, len(self.same), -len(self.beside))


def compare(
    declared: Mapping[str, RemoteFile], manifest: Manifest, weights: Collection[str], *, whole: bool
) -> Compared:
    """Compare files with those of a commit.

    Args:
        declared: the commit's files, by path.
        manifest: the files that are here.
        weights: which of them are weights, and speak for the checkpoint.
        whole: a folder was looked at, so that a part of a set lacks the others.
    """
    verdicts = {entry.path: _agrees(entry, declared) for entry in manifest}
    here = [path for path in verdicts if path in weights]
    same = tuple(path for path in here if verdicts[path] is True)
    return Compared(
        same=same,
        other=tuple(path for path in here if verdicts[path] is False),
        unseen=tuple(path for path in here if verdicts[path] is None),
        missing=_missing(declared, same, manifest.entries) if whole else (),
        beside=tuple(
            path
            for path, verdict in verdicts.items()
            if verdict is False and not weightsets.is_weights(path)
        ),
        alike=sum(verdict is True for verdict in verdicts.values()),
    )


def _agrees(entry: FileEntry, declared: Mapping[str, RemoteFile]) -> bool | None:
    """Return whether a file is as it was declared; None where nothing tells."""
    remote = declared.get(entry.path)
    if remote is None:
        return None
    digest = remote.declared
    agrees = None if digest is None else entry.agrees(digest)
    return False if agrees is None and remote.size_bytes != entry.size_bytes else agrees


def _missing(
    declared: Iterable[str], same: Collection[str], here: Collection[str]
) -> tuple[str, ...]:
    """Return the declared files that a set lacks of which others are here."""
    sets = weightsets.find_sets(list(declared), lambda _: None, assume=True)
    begun = [weights for weights in sets if not set(same).isdisjoint(weights.files)]
    return tuple(path for weights in begun for path in weights.files if path not in here)


def weight_files(paths: Iterable[str], weight_set: str | None, *, only: bool) -> tuple[str, ...]:
    """Return which of some files are weights, an index not among them.

    Args:
        paths: of all files.
        weight_set: only those of this set, None for all.
        only: the path is a single file that was named: it is what was meant.
    """
    sets = weightsets.find_sets(list(paths), lambda _: None, only=only, assume=True)
    chosen = [weights for weights in sets if weight_set in (None, weights.name)]
    return tuple(dict.fromkeys(path for weights in chosen for path in weights.files))


@dataclass(frozen=True, slots=True)
class Standing:
    """How files stand to a checkpoint's name, by every witness but its own record.

    Args:
        source: the commit that they were held against, None where none was observed.
        vouched: every weight file is one that the Hub declared for this checkpoint.
        placed: the files lie in the Hub's cache as this checkpoint's.
        contradictions: why they are not this checkpoint's, one sentence each.
        doubts: why nobody can tell whose they are, one sentence each.
        beside: files other than weights that are not as they were declared.
        seen: what was held against the commit.
        notes: what a reader should know.
    """

    source: str | None = None
    vouched: bool = False
    placed: bool = False
    contradictions: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    seen: str = ""
    notes: tuple[str, ...] = ()

    def check(self, *, alone: bool) -> Check | None:
        """Return what the witnesses say as one check; None where they say nothing.

        Args:
            alone: no record and no declaration in a cache vouches for the name.
        """
        expected = self.source or "what is known of these bytes"
        if wrong := (*self.contradictions, *self._beside()):
            return Check(Rule.OBSERVED, Verdict.FAILED, expected, joined(wrong))
        if self.doubts:
            return Check(Rule.OBSERVED, Verdict.INCONCLUSIVE, expected, joined(self.doubts))
        if self.vouched:
            return Check(Rule.OBSERVED, Verdict.PASSED, expected, self.seen)
        if alone and self.source is not None:
            seen = f"{self.seen} ({self.source})"
            return Check(Rule.OBSERVED, Verdict.INCONCLUSIVE, None, seen)
        return None

    def _beside(self) -> tuple[str, ...]:
        """Return which other files are not as they were declared."""
        other = "other bytes than were declared"
        return (f"{listed(self.beside)}: {other}",) if self.beside else ()

    @property
    def problems(self) -> tuple[str, ...]:
        """Why the files must not be taken for this checkpoint's."""
        return (*self.contradictions, *self.doubts)


def joined(sentences: Collection[str]) -> str:
    """Return some sentences as one, and how many more there are."""
    more = f" (and {len(sentences) - NAMED} more)" if len(sentences) > NAMED else ""
    return "; ".join(list(sentences)[:NAMED]) + more


def listed(paths: Collection[str], most: int = 2) -> str:
    """Return some paths in a sentence.

    >>> listed(["a", "b", "c"])
    'a, b and 1 more'
    """
    more = f" and {len(paths) - most} more" if len(paths) > most else ""
    return ", ".join(list(paths)[:most]) + more


def by_size(
    declared: Collection[Declaration], sizes: Mapping[str, int], digests: Mapping[str, Digest]
) -> Check | None:
    """Compare names, sizes and what a cache declares with what was observed; reads no bytes.

    Steps of one model have files of one size, so equal sizes prove nothing.

    Args:
        declared: what was observed of the checkpoint.
        sizes: of the files that are here, by path.
        digests: what the Hub's cache declares of them, by path.
    """
    held = [(each, _unlike(each.files, sizes, digests)) for each in declared]
    if not held:
        return None
    likest, problems = min(held, key=lambda pair: len(pair[1]))
    known = [path for path in digests if path in likest.files]
    if problems:
        return Check(Rule.OBSERVED, Verdict.FAILED, likest.source, joined(problems))
    if any(weightsets.is_weights(path) for path in known):
        seen = f"{count(len(known), 'file')} declared in the cache as they were observed"
        return Check(Rule.OBSERVED, Verdict.PASSED, likest.source, seen)
    seen = "sizes as they were declared, which other steps have too"
    return Check(Rule.OBSERVED, Verdict.INCONCLUSIVE, likest.source, seen)


def _unlike(
    declared: Mapping[str, RemoteFile], sizes: Mapping[str, int], digests: Mapping[str, Digest]
) -> list[str]:
    """Return how files differ in size or in what was declared of them, one sentence each."""
    problems = []
    for path, size in sizes.items():
        remote, digest = declared.get(path), digests.get(path)
        if remote is None:
            continue
        if remote.size_bytes != size:
            problems.append(f"{path} has {size:,} bytes, {remote.size_bytes:,} were declared")
        elif digest and digest != remote.declared and digest.algorithm in str(remote.declared):
            problems.append(f"{path} is declared as {digest.hex} in the cache")
    return problems
