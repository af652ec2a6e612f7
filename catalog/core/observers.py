"""What several observers say of one checkpoint, and which of their words cannot all be true.

Values and rules; `catalog.verbs.disagreeing` gathers them. Each observer's newest word counts, on
bytes, on what they compute, and on a verdict. Nothing is settled here: who is right, no rule says.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import combinations
from typing import TypeVar

from catalog.core.fingerprints import Agreement, Fingerprint, compare
from catalog.core.manifests import Manifest
from catalog.core.tuples import NamedTuple
from catalog.core.verdicts import Level, Verdict
from catalog.core.weightsets import is_weights

HERE = "this catalog"
SHOWN = 16
"""So many characters of a digest are shown."""


class Word(NamedTuple):
    """Who said something, and when.

    Args:
        observer: None for who keeps this catalog.
        at: when, None for what is said now and not on record.
    """

    observer: str | None
    at: datetime | None = None

    def did(self, what: str) -> str:
        """Return who did something, and when.

        >>> Word("Lab A", datetime(2026, 11, 25)).did("observed"), Word(None).did("observed")
        ('Lab A (observed 2026-11-25)', 'this catalog (now)')
        """
        when = "now" if self.at is None else f"{what} {self.at:%Y-%m-%d}"
        return f"{self.observer or HERE} ({when})"


class Files(NamedTuple):
    """Which files somebody read as the checkpoint's.

    Args:
        word: who says so.
        commit: the Hub's that they came from, None where nothing says.
        manifest: they.
    """

    word: Word
    commit: str | None
    manifest: Manifest


class Computed(NamedTuple):
    """What somebody saw the network compute.

    Args:
        word: who says so.
        weight_set: its name.
        values: its value digest: what has the same is one network.
        commits: that its files came from, None for an unknown one.
        fingerprint: what it computes.
    """

    word: Word
    weight_set: str
    values: str
    commits: frozenset[str | None]
    fingerprint: Fingerprint


class Judged(NamedTuple):
    """What somebody's verification of some bytes came to.

    Args:
        word: who says so.
        level: how deep they looked.
        digest: of the manifest that they read.
        verdict: passed or failed, whether observers agree not counted.
        failed: names of the checks that failed.
    """

    word: Word
    level: Level
    digest: str
    verdict: Verdict
    failed: tuple[str, ...] = ()


class Words(NamedTuple):
    """All that observers say of a checkpoint, the newest first; empty where nobody else does.

    Args:
        files: what they read.
        computed: what they saw it compute.
        judged: what they verified.
    """

    files: tuple[Files, ...] = ()
    computed: tuple[Computed, ...] = ()
    judged: tuple[Judged, ...] = ()

    def saying(self, *said: "Files | Computed | Judged") -> "Words":
        """Return them with what is seen now, said by who keeps this catalog, and newer than all."""
        kinds = (Files, Computed, Judged)
        files, computed, judged = ([each for each in said if type(each) is kind] for kind in kinds)
        return Words((*files, *self.files), (*computed, *self.computed), (*judged, *self.judged))  # type: ignore[arg-type]  # each list is of its kind

    @property
    def is_alone(self) -> bool:
        """Whether nobody but who keeps this catalog says anything."""
        spoken = [each.word for said in (self.files, self.computed, self.judged) for each in said]
        return all(word.observer is None for word in spoken)

    def contradictions(self) -> tuple[str, ...]:
        """Return what cannot all be true, one sentence each."""
        if self.is_alone:
            return ()
        return (
            *_between(_newest(self.files, _about_files), _differing_files),
            *_between(_newest(self.computed, _about_computed), _differing_numbers),
            *_between(_newest(self.judged, _about_judged), _differing_verdicts),
        )


NOBODY = Words()
"""What is said where only one speaks."""
Said = TypeVar("Said", Files, Computed, Judged)


def _about_files(said: Files) -> Hashable:
    return said.commit


def _about_computed(said: Computed) -> Hashable:
    ran = said.fingerprint.environment
    return said.values, said.fingerprint.probe_set, ran.device, ran.dtype, ran.attention


def _about_judged(said: Judged) -> Hashable:
    return said.level, said.digest


def _newest(every: Sequence[Said], about: Callable[[Said], Hashable]) -> list[Said]:
    """Return each observer's newest word on each subject."""
    newest: dict[Hashable, Said] = {}
    for said in every:
        newest.setdefault((said.word.observer, about(said)), said)
    return list(newest.values())


def _between(
    every: Iterable[Said], differing: Callable[[Said, Said], Iterator[str]]
) -> Iterator[str]:
    """Yield how two observers differ, each pair of them asked once."""
    for said, other in combinations(every, 2):
        if said.word.observer != other.word.observer:
            yield from differing(said, other)


def _differing_files(said: Files, other: Files) -> Iterator[str]:
    """Yield the weight files of which two observers read other bytes.

    Of two commits nothing has to be equal; where one of them is unknown it has: a record then says
    only whose the bytes are.
    """
    if said.commit != other.commit and None not in (said.commit, other.commit):
        return
    theirs = other.manifest.entries
    for entry in said.manifest:
        held = theirs.get(entry.path)
        if held is not None and held.sha256 != entry.sha256 and is_weights(entry.path):
            yield (
                f"{entry.path}: {said.word.did('observed')} has {entry.sha256[:SHOWN]}…, "
                f"{other.word.did('observed')} {held.sha256[:SHOWN]}…"
            )


def _differing_numbers(said: Computed, other: Computed) -> Iterator[str]:
    """Yield how the same values compute something else than they may, on either side."""
    commits = said.commits | other.commits
    if said.values != other.values or not (said.commits & other.commits or None in commits):
        return
    compared = compare(said.fingerprint, other.fingerprint)
    if compared.agreement is Agreement.DIFFER:
        yield (
            f"{said.weight_set}: {_computes(said)}, {_computes(other)} of the same values: "
            f"{compared.margin}, at {compared.at}"
        )


def _computes(said: Computed) -> str:
    seen, ran = said.fingerprint, said.fingerprint.environment
    how = f"loss {seen.loss:.4f} on {ran.device} in {ran.dtype}"
    return f"{said.word.did('observed')} computed {how}"


def _differing_verdicts(said: Judged, other: Judged) -> Iterator[str]:
    """Yield that one verification passed and another failed, of the same bytes, equally deep."""
    if (said.level, said.digest) != (other.level, other.digest) or said.verdict is other.verdict:
        return
    yield (
        f"level {said.level} of manifest {said.digest[:SHOWN]}…: {_judges(said)}, {_judges(other)}"
    )


def _judges(said: Judged) -> str:
    failed = f" ({', '.join(said.failed)})" if said.failed else ""
    return f"{said.word.did('verified')} says {said.verdict}{failed}"
