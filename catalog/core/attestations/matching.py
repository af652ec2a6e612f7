"""How what is attested compares with what is there now: in a folder, on record, on the Hub.

A folder and a record are whole, so that a file too many or too few is a difference; the Hub
declares a SHA-256 of large files only, and what it says nothing of is not compared.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from catalog.core.attestations.statements import Statement
from catalog.core.counts import count
from catalog.core.verdicts import Verdict

_NAMED = 3


@dataclass(frozen=True, slots=True)
class Held:
    """What is there now of a checkpoint, by one witness.

    Args:
        source: who says so.
        files: SHA-256 of each file, hex, by path.
        whole: every file is among them.
        parameters: parameter digests, by weight set; of a folder none are taken: what they are
            of follows from its files.
        values: value digests, by weight set.
        manifest: digest of all files with their sizes, None where not all are known.
    """

    source: str
    files: Mapping[str, str]
    whole: bool = True
    parameters: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)
    manifest: str | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """One comparison of a statement.

    Attributes:
        source: with what it was compared.
        verdict: its outcome.
        seen: how many files agree, or where they do not.
    """

    source: str
    verdict: Verdict
    seen: str


def matched(stated: Statement, held: Held) -> Match:
    """Return how a statement compares with what is there."""
    problems = list(_problems(stated, held))
    if problems:
        return Match(held.source, Verdict.FAILED, _in_short(problems))
    alike = stated.subjects.files.keys() & held.files.keys()
    if not alike:
        return Match(held.source, Verdict.INCONCLUSIVE, "no file that both speak of")
    every = len(stated.subjects.files)
    seen = f"{len(alike)} of {count(every, 'file')}" if len(alike) < every else count(every, "file")
    return Match(held.source, Verdict.PASSED, f"{seen} as attested")


def _problems(stated: Statement, held: Held) -> Iterator[str]:
    """Yield every difference; a lock pins some files of a folder, so others may lie there."""
    attested = stated.subjects
    for path, digest in attested.files.items():
        now = held.files.get(path)
        if now is None:
            if held.whole:
                yield f"{path} is missing"
        elif now != digest:
            yield f"{path} has other bytes: sha256 {now}, attested {digest}"
    if held.whole and stated.lock is None:
        yield from (f"{path} is extra" for path in held.files if path not in attested.files)
    is_other = attested.manifest and held.manifest and attested.manifest != held.manifest
    if attested.files == held.files and is_other:
        yield f"manifest: {held.manifest}, attested {attested.manifest}"
    yield from _digests("parameters", attested.parameters, held.parameters)
    yield from _digests("values", attested.values, held.values)


def _digests(what: str, stated: Mapping[str, str], held: Mapping[str, str]) -> Iterator[str]:
    for name, digest in stated.items():
        if held.get(name, digest) != digest:
            yield f"{what} {name}: {held[name]}, attested {digest}"


def _in_short(problems: Sequence[str]) -> str:
    more = f" (and {len(problems) - _NAMED} more)" if len(problems) > _NAMED else ""
    return "; ".join(problems[:_NAMED]) + more
