"""Reads score files into the catalog: each ends as imported, known or refused.

The work is done in batches; the transaction is the caller's. An archive counts as a whole: if it
turns out to be damaged, nothing of it stays.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.core import foreign
from catalog.core.scores.documents import parse
from catalog.core.scores.recorded import KnownFile, Summary
from catalog.core.scores.values import Note, NotScoresError
from catalog.errors import BadInput, CatalogError, CheckedBad
from catalog.sql.queries import evals as queries
from catalog.sql.records import evals as records
from catalog.sql.records.placed import Measures, ScoreFile
from catalog.verbs.evals import files, told
from catalog.verbs.evals.files import InputFile
from catalog.verbs.evals.placing import Location, Placer
from catalog.verbs.evals.told import Word

if TYPE_CHECKING:
    from catalog.sql.connections import Writer

_BATCH = 200
_BATCH_BYTES = foreign.MOST_BYTES  # beside the one file that goes beyond it

IMPORTED, KNOWN, REFUSED = "imported", "known", "refused"


@dataclass(frozen=True, slots=True)
class Read:
    """One evaluation of a score file: where it belongs and how that was found.

    Attributes:
        model: whose scores.
        revision: published revision, None: never published.
        published_step: the number in its name.
        training_step: step of the optimizer.
        tokens_seen: training tokens.
        num_fewshot: shots, None: not stated.
        scores: how many there are.
        commit: of the weights, None: not bound to any.
        harness_version: None: unknown.
        dtype: of the evaluation, None: unknown.
        evaluated_at: None: not stated.
        withdrawn: why its authors took it back.
        notes: contradictions with name or folder, what these completed, doubts.
    """

    model: str
    revision: str | None
    published_step: int | None
    training_step: int | None
    tokens_seen: int | None
    num_fewshot: int | None
    scores: int
    commit: str | None
    harness_version: str | None
    dtype: str | None
    evaluated_at: datetime | None
    withdrawn: str | None
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file.

    Attributes:
        path: of the file; inside an archive, its path there.
        status: "imported", "known" or "refused".
        form: how it is written, None where it was not understood.
        evaluations: what it holds.
        reason: why it was refused; for a known file, where the same bytes were met first.
        exit_code: what it alone would make of the command.
        unread: keys and figures that were not understood.
    """

    path: str
    status: str
    form: str | None = None
    evaluations: tuple[Read, ...] = ()
    reason: str | None = None
    exit_code: int = 0
    unread: tuple[str, ...] = ()


def import_files(
    connection: "Writer",
    paths: Sequence[Path],
    *,
    now: datetime,
    withdrawn: str | None = None,
    words: Sequence[Word] = (),
) -> Iterator[Outcome]:
    """Import files, folders and tar archives; yield what became of each file.

    Args:
        connection: an open catalog, in a transaction of the caller's.
        paths: files, folders (read with their sub-folders) and archives.
        now: the time of the import.
        withdrawn: why the authors of all these scores took them back; recorded with each, also
            with those on record.
        words: what the user says of files that do not tell which checkpoint they are of.

    Raises:
        BadInput: a path does not exist.
    """
    for path in paths:
        if not os.path.lexists(path):
            raise BadInput(f"no such file or folder: {path}")
    importer = _Importer(connection, now, withdrawn, words)
    for path in paths:
        if files.is_archive(path):
            yield from importer.archive(path)
        else:
            yield from importer.stream(files.in_folder(path))


class _Importer:
    """One import: its transaction, names and grids."""

    def __init__(
        self, connection: "Writer", now: datetime, withdrawn: str | None, words: Sequence[Word]
    ) -> None:
        self._connection = connection
        self._now = now
        self._withdrawn = withdrawn
        self._words = words
        self._placer = Placer(connection, words)

    def archive(self, path: Path) -> list[Outcome]:
        """Import an archive, or refuse it whole: a wrong checksum shows at its end only."""
        savepoint = self._connection.begin_nested()
        try:
            outcomes = list(self.stream(files.in_archive(path)))
        except CatalogError as error:
            savepoint.rollback()
            return [Outcome(str(path), REFUSED, reason=error.what, exit_code=error.exit_code)]
        savepoint.commit()
        return outcomes

    def stream(self, met: Iterable[InputFile]) -> Iterator[Outcome]:
        """Import files in batches, in order."""
        batch: list[InputFile] = []
        held = 0
        for file in met:
            batch.append(file)
            held += len(file.content or b"")
            if len(batch) == _BATCH or held > _BATCH_BYTES:
                yield from self._batch(batch)
                batch, held = [], 0
        yield from self._batch(batch)

    def _batch(self, batch: Sequence[InputFile]) -> list[Outcome]:
        digests = ["" if file.content is None else digest_of(file.content) for file in batch]
        known = queries.known_files(self._connection, [digest for digest in digests if digest])
        first_paths: dict[str, str] = {}
        new: list[ScoreFile] = []
        measures = Measures()
        outcomes: list[Outcome] = []
        for file, digest in zip(batch, digests, strict=True):
            if digest in known:
                outcomes.append(self._known(file, known[digest]))
            elif digest in first_paths:
                outcomes.append(self._same(file, first_paths[digest], measures))
            else:
                outcome, score_file = self._new(file, digest, measures)
                outcomes.append(outcome)
                if score_file:
                    new.append(score_file)
                    first_paths[digest] = file.path
        records.add(self._connection, new, measures, source_id=None, now=self._now)
        return outcomes

    def _new(
        self, file: InputFile, digest: str, measures: Measures
    ) -> tuple[Outcome, ScoreFile | None]:
        """Read one new file; return what becomes of it and what is to be recorded."""
        if file.problem:
            return _refused(file, file.problem), None
        content = file.content or b""
        try:
            document = parse(content, file.inner)
            located = self._placer.place(document, file.inner, measures, withdrawn=self._withdrawn)
        except NotScoresError as error:
            code = error.exit_code
            return Outcome(file.path, REFUSED, reason=str(error), exit_code=code), None
        except (BadInput, CheckedBad) as error:
            return _refused(file, error), None
        read = tuple(_read(location) for location in located)
        outcome = Outcome(file.path, IMPORTED, document.form, read, unread=document.unread)
        placed = tuple(location.placed for location in located)
        return outcome, ScoreFile(digest, file.inner, len(content), document.form, placed)

    def _known(self, file: InputFile, known: KnownFile) -> Outcome:
        """Return the outcome of a file on record; what is taken back now is written down."""
        word = told.about(self._words, None, file.inner)
        if word is not None and not all(_agrees(word, each) for each in known.evaluations):
            reason = (
                f"it is on record as another checkpoint's: see `catalog evals move {file.path}`"
            )
            return Outcome(file.path, REFUSED, known.form, reason=reason, exit_code=2)
        same = None if known.path == file.inner else f"same bytes as {known.path}"
        evaluations = known.evaluations
        if self._withdrawn is not None:
            ids = [evaluation.id for evaluation in evaluations]
            records.withdraw(self._connection, ids, self._withdrawn)
            evaluations = [replace(each, withdrawn=self._withdrawn) for each in evaluations]
        read = tuple(_read_before(evaluation) for evaluation in evaluations)
        return Outcome(file.path, KNOWN, known.form, read, same)

    def _same(self, file: InputFile, first: str, measures: Measures) -> Outcome:
        """Return the outcome of a file whose bytes came earlier in the same batch."""
        outcome, _ = self._new(file, "", measures)
        return replace(outcome, status=KNOWN, reason=f"same bytes as {first}")


def digest_of(content: bytes) -> str:
    """Return the digest by which a score file is known, wherever it lies."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _refused(file: InputFile, error: CatalogError) -> Outcome:
    return Outcome(file.path, REFUSED, reason=error.what, exit_code=error.exit_code)


def _read(location: Location) -> Read:
    checkpoint, placed = location.checkpoint, location.placed
    return Read(
        model=location.model,
        revision=checkpoint.revision,
        published_step=checkpoint.published_step,
        training_step=checkpoint.training_step,
        tokens_seen=checkpoint.tokens_seen,
        num_fewshot=placed.shots,
        scores=len(placed.figures),
        commit=placed.conditions.commit,
        harness_version=placed.conditions.harness_version,
        dtype=placed.conditions.dtype,
        evaluated_at=placed.at,
        withdrawn=placed.withdrawn,
        notes=placed.notes,
    )


def _agrees(word: Word, evaluation: Summary) -> bool:
    """Return whether an evaluation on record is of the checkpoint that a user names."""
    if word.model != evaluation.model:
        return False
    return word.checkpoint is None or word.checkpoint.revision == evaluation.revision


def _read_before(evaluation: Summary) -> Read:
    return Read(
        model=evaluation.model,
        revision=evaluation.revision,
        published_step=evaluation.published_step,
        training_step=evaluation.training_step,
        tokens_seen=evaluation.tokens_seen,
        num_fewshot=evaluation.shots,
        scores=evaluation.scores,
        commit=evaluation.commit,
        harness_version=evaluation.harness_version,
        dtype=evaluation.dtype,
        evaluated_at=evaluation.evaluated_at,
        withdrawn=evaluation.withdrawn,
        notes=evaluation.notes,
    )
