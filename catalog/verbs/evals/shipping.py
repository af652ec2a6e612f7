"""The figures that ship with the catalog: packed by the importer, loaded by `init`.

`pack` is for maintainers: it reads the source archives through the same code as every import and
writes one file. `load_shipped` reads that file into a catalog. The head has all repeated values,
a line is a score file.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalog.core.scores.documents import parse
from catalog.core.scores.values import Conditions, Measure, Note, NotScoresError
from catalog.errors import BadInput
from catalog.sql.queries import evals as queries
from catalog.sql.records import evals as records
from catalog.sql.records.placed import Figure, Measures, Placed, ScoreFile
from catalog.verbs.evals import files
from catalog.verbs.evals.importing import digest_of
from catalog.verbs.evals.placing import Placer
from catalog.verbs.shipping import Origin, Pack

if TYPE_CHECKING:
    from catalog.sql.connections import Reader, Writer

PACK = Pack(
    content="evaluations",
    file="evaluations.jsonl.xz",
    form="checkpoint-catalog evaluations 1",
    kind="evaluation",
    mark="shipped-evaluations",
    title="Evaluation figures that ship with the catalog",
)
ORIGINS = (
    Origin(
        "pythia-evals",
        "Evaluation results of EleutherAI/pythia",
        "https://github.com/EleutherAI/pythia/tree/main/evals",
        "a19eecb807ec2c79a39ebf18108816e6ffffc1d5",
        "Apache-2.0",
    ),
    Origin(
        "scaling-decomp-lm-eval",
        "lm-evaluation-harness results of youichi-uda/scaling-decomp",
        "https://github.com/youichi-uda/scaling-decomp",
        "428e8aa14834c86836d1d5c0c8869ff23abd398c",
        "MIT",
    ),
)


@dataclass(frozen=True, slots=True)
class Shipped:
    """What loading did: "loaded" or "known".

    Attributes:
        status: one of these words.
        files: how many score files were added.
        evaluations: how many they held.
        scores: how many these held.
        skipped: paths whose bytes were in the catalog already or whose checkpoint it lacks.
    """

    status: str
    files: int = 0
    evaluations: int = 0
    scores: int = 0
    skipped: tuple[str, ...] = ()


def load_shipped(connection: "Writer", *, now: datetime) -> Shipped:
    """Load the shipped figures; where exactly these are loaded, it costs a single read."""
    return load(connection, PACK.read(), now=now)


def load(connection: "Writer", packed: bytes, *, now: datetime) -> Shipped:
    """Load a packed file. What an older version of it brought is replaced.

    Raises:
        CheckedBad: the bytes are not a packed file.
    """
    if PACK.is_loaded(connection, packed):
        return Shipped("known")
    head, origins, lines = PACK.unpacked(packed)
    sources = [PACK.put_source(connection, origin) for origin in origins]
    records.forget_files_of(connection, sources)
    ready, skipped = _ready(connection, head, lines, len(sources))
    measures = _measures(head)
    scores = sum(
        records.add(connection, batch, measures, source_id=source_id, now=now)
        for source_id, batch in zip(sources, ready, strict=True)
    )
    PACK.put_mark(connection, packed)
    loaded = [file for batch in ready for file in batch]
    evaluations = sum(len(file.evaluations) for file in loaded)
    return Shipped("loaded", len(loaded), evaluations, scores, tuple(skipped))


def _ready(
    connection: "Reader", head: Mapping[str, Any], lines: list[list[Any]], origins: int
) -> tuple[list[list[ScoreFile]], list[str]]:
    """Return the score files to add, by the number of their origin, and the paths of the others."""
    conditions = [Conditions(*values) for values in head["conditions"]]
    spots = queries.checkpoint_keys(connection)
    known = queries.known_files(connection, [line[1] for line in lines])
    ready: list[list[ScoreFile]] = [[] for _ in range(origins)]
    skipped: list[str] = []
    for line in lines:
        file = None if line[1] in known else _file(line, head["sets"], conditions, spots)
        if file is None:
            skipped.append(line[2])
        else:
            ready[line[0]].append(file)
    return ready, skipped


def pack(connection: "Reader", archives: Sequence[Path]) -> bytes:
    """Return the packed form of the source archives, one for each of `ORIGINS`, in that order.

    Args:
        connection: a catalog with the shipped suites; nothing is written to it.
        archives: folders or tar archives.

    Raises:
        BadInput: a score file could not be placed, or the number of archives is wrong.
        CheckedBad: a file or archive is damaged.
    """
    if len(archives) != len(ORIGINS):
        raise BadInput(f"{len(ORIGINS)} archives are packed, {len(archives)} given")
    placer, measures = Placer(connection), Measures()
    keys = {row: key for key, row in queries.checkpoint_keys(connection).items()}
    table: dict[tuple[Any, ...], int] = {}
    sets: dict[tuple[int, ...], int] = {}
    lines = []
    for origin, archive in enumerate(archives):
        for file in sorted(_read(archive, placer, measures), key=lambda file: file.path):
            evaluations = [_evaluation(placed, keys, table, sets) for placed in file.evaluations]
            lines.append([origin, file.digest, file.path, file.size, file.form, evaluations])
    better = measures.higher_is_better
    tables = {
        "measures": [[*astuple(m), better.get(n)] for n, m in enumerate(measures.listed())],
        "conditions": [list(condition) for condition in table],
        "sets": [list(numbers) for numbers in sets],
    }
    return PACK.packed(ORIGINS, lines, tables)


def _read(archive: Path, placer: Placer, measures: Measures) -> Iterator[ScoreFile]:
    """Yield every score file of an archive, placed."""
    stream = files.in_archive if files.is_archive(archive) else files.in_folder
    for file in stream(archive):
        if file.problem:
            raise file.problem
        if file.content is None:
            continue
        try:
            document = parse(file.content, file.inner)
        except NotScoresError as error:
            if error.exit_code:
                raise BadInput(f"{file.path}: {error}") from error
            continue
        located = placer.place(document, file.inner, measures)
        placed = tuple(location.placed for location in located)
        digest = digest_of(file.content)
        yield ScoreFile(digest, file.inner, len(file.content), document.form, placed)


def _evaluation(
    placed: Placed,
    keys: dict[int, tuple[str, int | None, str | None]],
    conditions: dict[tuple[Any, ...], int],
    sets: dict[tuple[int, ...], int],
) -> list[Any]:
    """Return an evaluation as a list; value and error stand side by side, as they repeat so."""
    numbers = tuple(figure[0] for figure in placed.figures)
    samples = [figure[3] for figure in placed.figures]
    return [
        *keys[placed.checkpoint_id],
        placed.shots,
        placed.at.isoformat() if placed.at else None,
        placed.stated_model,
        placed.stated_step,
        conditions.setdefault(astuple(placed.conditions), len(conditions)),
        [list(astuple(note)) for note in placed.notes],
        sets.setdefault(numbers, len(sets)),
        [part for figure in placed.figures for part in figure[1:3]],
        samples if any(samples) else [],
    ]


def _measures(head: Mapping[str, Any]) -> Measures:
    measures = Measures()
    for *parts, better in head["measures"]:
        measures.number(Measure(*parts), higher_is_better=better)
    return measures


def _file(
    line: list[Any],
    sets: list[list[int]],
    conditions: list[Conditions],
    spots: dict[tuple[str, int | None, str | None], int],
) -> ScoreFile | None:
    """Return a score file, None where the catalog lacks one of its checkpoints."""
    _, digest, path, size, form, evaluations = line
    placed = []
    for model, step, revision, shots, at, *rest in evaluations:
        stated_model, stated_step, condition, notes, numbers, figures, samples = rest
        spot = spots.get((model, step, revision))
        if spot is None:
            return None
        placed.append(
            Placed(
                checkpoint_id=spot,
                shots=shots,
                at=_moment(at) if at else None,
                stated_model=stated_model,
                stated_step=stated_step,
                conditions=conditions[condition],
                notes=tuple(Note(*note) for note in notes),
                figures=tuple(_figures(sets[numbers], figures, samples)),
            )
        )
    return ScoreFile(digest, path, size, form, tuple(placed))


def _figures(numbers: list[int], figures: list[float], samples: list[int]) -> Iterable[Figure]:
    counts: Sequence[int | None] = samples or [None] * len(numbers)
    return zip(numbers, figures[::2], figures[1::2], counts, strict=True)


@cache
def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
