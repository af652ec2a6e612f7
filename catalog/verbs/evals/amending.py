"""Puts right what is on record of score files: removes them, or gives them another checkpoint."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.core.models import Checkpoint
from catalog.core.scores.recorded import KnownFile, Summary
from catalog.core.scores.values import Note
from catalog.errors import BadInput
from catalog.sql.queries import evals as queries
from catalog.sql.records import evals as records
from catalog.verbs.evals.importing import digest_of
from catalog.verbs.evals.told import named
from catalog.weights import outside

if TYPE_CHECKING:
    from catalog.sql.connections import Reader, Writer

_SEE = "see `catalog evals show MODEL --all --json` for the paths and digests on record"


@dataclass(frozen=True, slots=True)
class Amended:
    """What became of a score file on record.

    Attributes:
        path: where it was first met.
        digest: of its bytes.
        evaluations: how many of its evaluations were removed or moved.
        scores: how many scores they have.
        before: the checkpoints that they were of, each once.
        after: the checkpoint that they are of now, None where they were removed.
    """

    path: str
    digest: str
    evaluations: int
    scores: int
    before: tuple[str, ...]
    after: str | None


def removed(connection: "Writer", texts: Sequence[str]) -> list[Amended]:
    """Remove score files of the user's own, with their scores.

    Args:
        connection: an open catalog, in a transaction of the caller's.
        texts: files with the same bytes, digests, or paths as they are on record.

    Raises:
        BadInput: none is on record so, or it ships with the program.
    """
    files = [_file(connection, text) for text in texts]
    for file in files:
        if file.shipped:
            raise BadInput(
                f"{file.path} ships with the program and would come back",
                'take its scores back: `catalog evals import FILE --withdrawn "REASON"`',
            )
    records.forget(connection, [file.digest for file in files])
    return [_amended(file, file.evaluations, None) for file in files]


def moved(
    connection: "Writer", texts: Sequence[str], to: Checkpoint, source: Checkpoint | None = None
) -> list[Amended]:
    """Give the evaluations of score files another checkpoint, and note that a user said so.

    Args:
        connection: an open catalog, in a transaction of the caller's.
        texts: as for `removed`.
        to: the checkpoint that was really scored.
        source: only the evaluations that are on record as this checkpoint's.

    Raises:
        BadInput: none is on record so; or it has several checkpoints, and `source` is not given.
    """
    amended = []
    for text in texts:
        file = _file(connection, text)
        if file.shipped:
            raise BadInput(f"{file.path} ships with the program, which places it")
        chosen = [e for e in file.evaluations if source is None or _name(e) == named(source)]
        if not chosen:
            raise BadInput(f"{file.path} has no scores of {named(source)}" if source else text)
        if len({_name(evaluation) for evaluation in chosen}) > 1:
            raise BadInput(f"{file.path} has scores of several checkpoints", "say --from REF")
        for evaluation in chosen:
            note = Note(
                "completed", "checkpoint", named(to), f"moved from {_name(evaluation)}", "content"
            )
            records.move(connection, [evaluation.id], to.id, note)
        amended.append(_amended(file, chosen, named(to)))
    return amended


def _file(connection: "Reader", text: str) -> KnownFile:
    """Return the file on record that a text means."""
    digests = [text] if text.startswith("sha256:") else _by_bytes(connection, text)
    digests = digests or queries.digests_at(connection, text)
    if len(digests) > 1:
        raise BadInput(f"{len(digests)} files on record were at {text}", "name one by its digest")
    known = queries.known_files(connection, digests)
    if not known:
        raise BadInput(f"no score file on record is {text}", _SEE)
    return known[digests[0]]


def _by_bytes(connection: "Reader", text: str) -> list[str]:
    """Return the digest of a file that is here, if its bytes are on record."""
    if not os.path.isfile(text):  # noqa: PTH113 - never raises
        return []
    digest = digest_of(outside.read(Path(text)))
    return list(queries.known_files(connection, [digest]))


def _name(evaluation: Summary) -> str:
    revision = evaluation.revision or f"training step {evaluation.training_step}"
    return f"{evaluation.model}@{revision}"


def _amended(file: KnownFile, chosen: Sequence[Summary], after: str | None) -> Amended:
    return Amended(
        path=file.path,
        digest=file.digest,
        evaluations=len(chosen),
        scores=sum(evaluation.scores for evaluation in chosen),
        before=tuple(dict.fromkeys(_name(evaluation) for evaluation in chosen)),
        after=after,
    )
