"""Makes attestations of verifications, and checks those that somebody made.

Signatures come first: of what nobody vouches for nothing is looked up. What a file attests is
compared with folders, with the record, and with what was last seen on the Hub; nothing is
downloaded and nothing recorded.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.core.attestations import envelopes, matching
from catalog.core.attestations.envelopes import Signs, Vouches
from catalog.core.attestations.matching import Held, Match
from catalog.core.attestations.statements import Statement
from catalog.core.foreign import ForeignError
from catalog.core.verdicts import Verdict, Verification, overall
from catalog.errors import BadInput
from catalog.progress import Watcher
from catalog.sql.queries import weights as records
from catalog.verbs import declaring, reading
from catalog.weights import outside

if TYPE_CHECKING:
    from catalog.core.attestations.envelopes import Line
    from catalog.sql.connections import Reader
    from catalog.verbs.populate import Populated
    from catalog.verbs.target import Target


# Making ----------------------------------------------------------------------------------------


def is_attestable(made: "Verification | Populated") -> bool:
    """Return whether anything was read that a statement could be about."""
    return made.seen is not None and len(made.seen.manifest) > 0


def attested(
    made: "Iterable[Verification | Populated]",
    *,
    version: str,
    signer: Signs | None = None,
    lock: tuple[str, str] | None = None,
) -> str:
    """Return the attestations of what was verified or recorded, one a line.

    Of what nothing was read there is none.

    Args:
        made: verifications, and what came of checkpoints that were to be recorded.
        version: of the program that made them.
        signer: signs them, None for bare statements.
        lock: name and SHA-256 of the lock that they compared with.

    Raises:
        BadInput: a file's name cannot stand in a statement.
    """
    lines = []
    for each in filter(is_attestable, made):
        status = None if isinstance(each, Verification) else each.status
        verification = each if isinstance(each, Verification) else each.as_verification()
        stated = Statement.of(verification, version=version, lock=lock, status=status)
        try:
            raw = envelopes.payload(stated)
        except ForeignError as error:
            raise BadInput(f"{verification.target} cannot be attested: {error}") from error
        lines.append((envelopes.line(raw) if signer is None else signer.line(raw)) + "\n")
    return "".join(lines)


# Checking --------------------------------------------------------------------------------------


class Seal(StrEnum):
    """Who vouches for a statement."""

    SIGNED = "signed"
    FORGED = "not this key's signature"
    ANOTHERS = "signed by another key"
    UNSIGNED = "unsigned"
    UNCHECKED = "signature not checked"


@dataclass(frozen=True, slots=True)
class Judged:
    """One attestation of a file.

    Attributes:
        line: of the file.
        seal: who vouches for it.
        keyid: of the key that vouches for it, None where none does.
        statement: what it says, None where nobody vouches for it: then nobody says anything.
        matches: how that compares with what is there now.
        allowed: whether it may be unsigned.
    """

    line: int
    seal: Seal
    keyid: str | None
    statement: Statement | None
    matches: tuple[Match, ...] = ()
    allowed: bool = False

    @property
    def verdict(self) -> Verdict:
        """What it amounts to."""
        if self.statement is None or (self.seal is not Seal.SIGNED and not self.allowed):
            return Verdict.FAILED
        return overall([self.statement.verdict, *(match.verdict for match in self.matches)])


@dataclass(frozen=True, slots=True)
class Attested:
    """What the attestations of a file amount to.

    Attributes:
        file: it.
        attestations: those that are test results, in the file's order.
        missing: what was asked for and no attestation speaks of.
        notes: what else is in the file, and what a reader should know.
    """

    file: str
    attestations: tuple[Judged, ...]
    missing: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """What they amount to: none at all leaves it open."""
        verdicts = [judged.verdict for judged in self.attestations]
        return overall([*verdicts, *(Verdict.FAILED for _ in self.missing)])


@dataclass(frozen=True, slots=True)
class Asked:
    """Something that an attestation should speak of, with what is there of it now.

    Args:
        text: as it was given.
        name: of the checkpoint, None where nothing says.
        held: by witness.
    """

    text: str
    name: str | None
    held: tuple[Held, ...]


def read(file: Path, verifier: Vouches | None, *, allow_unsigned: bool) -> Attested:
    """Return what a file attests and who vouches for it; nothing is compared yet.

    What another key signed is left out, as a bundle may hold it, unless nothing else is in it.

    Raises:
        BadInput: it is no such file, or a line of it is broken.
        CouldNotCheck: it cannot be read.
    """
    raw = outside.read(file)
    try:
        sealed = [_sealed(line, verifier) for line in envelopes.lines(raw)]
        judged = [_said(line, seal, keyid, allow=allow_unsigned) for line, seal, keyid in sealed]
    except ForeignError as error:
        hint = "`catalog verify --attest` writes one"
        raise BadInput(f"{file}: damaged: {error}", hint) from error
    kept = [each for each in judged if isinstance(each, Judged)]
    if any(each.seal is not Seal.ANOTHERS for each in kept):
        kept = [each for each in kept if each.seal is not Seal.ANOTHERS]
    lines = {each.line for each in kept}
    notes = [
        f"line {line.number}: {each if isinstance(each, str) else each.seal}, left out"
        for (line, _, _), each in zip(sealed, judged, strict=True)
        if line.number not in lines
    ]
    return Attested(str(file), tuple(kept), notes=tuple(notes))


def _sealed(line: "Line", verifier: Vouches | None) -> "tuple[Line, Seal, str | None]":
    """Return who vouches for a line, as far as this key can tell."""
    if not line.signatures or line.payload is None:
        return line, Seal.UNSIGNED, None
    if verifier is None:
        return line, Seal.UNCHECKED, None
    if verifier.vouches(line):
        return line, Seal.SIGNED, verifier.keyid
    return line, Seal.ANOTHERS if verifier.is_anothers(line) else Seal.FORGED, None


def _said(line: "Line", seal: Seal, keyid: str | None, *, allow: bool) -> Judged | str:
    """Return what a line attests, or what else it is; the unsigned say nothing unless they may."""
    if line.payload is None:
        return str(line.other)
    allowed = allow and seal in (Seal.UNSIGNED, Seal.UNCHECKED)
    if seal is not Seal.SIGNED and not allowed:
        return Judged(line.number, seal, keyid, None)
    statement = envelopes.statement(line)
    if isinstance(statement, str):
        return statement
    return Judged(line.number, seal, keyid, statement, allowed=allowed)


# What is there ---------------------------------------------------------------------------------


def in_folder(target: "Target", exclude: Sequence[Path], watcher: Watcher) -> Held:
    """Return the files of a folder, or of a single file; each is read once.

    Raises:
        BadInput: nothing is there.
        CheckedBad: a file is broken or hostile.
        CouldNotCheck: it is not on this machine, or cannot be read.
    """
    seen = reading.read(target, tensors=False, architecture=None, exclude=exclude, watcher=watcher)
    files = {entry.path: entry.sha256 for entry in seen.manifest}
    manifest = None if seen.is_file else seen.manifest.digest
    return Held(f"files of {target.place}", files, whole=not seen.is_file, manifest=manifest)


def on_record(connection: "Reader", target: "Target") -> Iterator[Held]:
    """Yield what is on record of a checkpoint, and what was last seen of its branch."""
    saved = target.checkpoint
    known = None if saved is None else records.recorded(connection, saved.id, target.commit)
    if known is not None:
        yield Held(
            f"recorded {known.day}",
            {entry.path: entry.sha256 for entry in known.manifest},
            parameters={name: each.parameter_digest for name, each in known.sets.items()},
            values={name: each.value_digest for name, each in known.sets.items()},
            manifest=known.manifest.digest,
        )
    if target.repo_id is None or target.revision is None:
        return
    seen = declaring.declared(connection, target.repo_id, target.revision)
    if seen is not None:
        files = {path: each.sha256 for path, each in seen.files.items() if each.sha256}
        yield Held(seen.source, files, whole=False)


# Comparing -------------------------------------------------------------------------------------


def compared(made: Attested, asked: Sequence[Asked]) -> Attested:
    """Return attestations compared with what they speak of.

    What was asked for is paired with what has its name or its bytes; a single attestation must
    speak of everything.

    Args:
        made: from `read`.
        asked: what there is now.
    """
    judged = list(made.attestations)
    missing: list[str] = []
    stated = [place for place, each in enumerate(judged) if each.statement is not None]
    for each in asked:
        places = [place for place in stated if _is_about(judged[place].statement, each)]
        if not places and len(stated) == 1:
            places = stated
        if not places:
            missing.append(each.text)
        for place in places:
            matches = _matches(judged[place].statement, each)
            judged[place] = replace(judged[place], matches=(*judged[place].matches, *matches))
    alone = tuple(
        f"line {each.line}: its digests were compared with nothing; name a folder or REF"
        for each in judged
        if each.statement is not None and not each.matches
    )
    return replace(
        made,
        attestations=tuple(judged),
        missing=tuple(missing),
        notes=(*made.notes, *alone),
    )


def _is_about(statement: Statement | None, asked: Asked) -> bool:
    if statement is None:
        return False
    if asked.name is not None and statement.name is not None:
        return asked.name == statement.name
    matches = [matching.matched(statement, held) for held in asked.held]
    return any(match.verdict is Verdict.PASSED for match in matches)


def _matches(statement: Statement | None, asked: Asked) -> tuple[Match, ...]:
    """Return how a statement compares with each witness; with none it stays open."""
    if statement is None:
        return ()
    if not asked.held:
        seen = "neither in the Hub's cache, nor on record, nor seen on the Hub"
        return (Match(asked.text, Verdict.INCONCLUSIVE, seen),)
    return tuple(matching.matched(statement, held) for held in asked.held)
