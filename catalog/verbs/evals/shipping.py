"""The figures that ship with the catalog: packed by the importer, loaded by `init`.

`pack` is for maintainers: it reads the source archives through the same code as every import and
writes one file, the same bytes every time. `load_shipped` reads that file into a catalog. The form
is JSON lines under xz: a head with the sources and all repeated values, then one line a score file.
"""

import hashlib
import json
import lzma
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, astuple, dataclass
from datetime import datetime
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalog.core.scores.documents import parse
from catalog.core.scores.values import Conditions, Measure, Note, NotScoresError
from catalog.errors import BadInput, CheckedBad
from catalog.sql.queries import evals as queries
from catalog.sql.records import evals as records
from catalog.sql.records import sources as documents
from catalog.sql.records.placed import Figure, Measures, Placed, ScoreFile
from catalog.verbs.evals import files
from catalog.verbs.evals.importing import digest_of
from catalog.verbs.evals.placing import Placer

if TYPE_CHECKING:
    from catalog.sql.connections import Reader, Writer

FORM = "checkpoint-catalog evaluations 1"
_FILE = "evaluations.jsonl.xz"
_MARK = "shipped-evaluations"


@dataclass(frozen=True, slots=True)
class Origin:
    """A public archive of score files."""

    key: str
    title: str
    url: str
    commit: str
    license: str


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
        files: the number of score files, `evaluations` and `scores` likewise, that were added.
        skipped: paths whose bytes were in the catalog already or whose checkpoint it lacks.
    """

    status: str
    files: int = 0
    evaluations: int = 0
    scores: int = 0
    skipped: tuple[str, ...] = ()


def load_shipped(connection: "Writer", *, now: datetime) -> Shipped:
    """Load the shipped figures; where exactly these are loaded, it costs a single read."""
    packed = resources.files("catalog").joinpath("shipped", _FILE).read_bytes()
    return load(connection, packed, now=now)


def load(connection: "Writer", packed: bytes, *, now: datetime) -> Shipped:
    """Load a packed file. What an older version of it brought is replaced.

    Raises:
        CheckedBad: the bytes are not a packed file.
    """
    digest = f"sha256:{hashlib.sha256(packed).hexdigest()}"
    if documents.source_digest(connection, _MARK) == digest:
        return Shipped("known")
    head, lines = _unpacked(packed)
    sources = [_put_source(connection, Origin(**origin)) for origin in head["sources"]]
    records.forget_files_of(connection, sources)
    measures, conditions = _measures(head), [Conditions(*row) for row in head["conditions"]]
    spots = queries.checkpoint_keys(connection)
    ready: list[list[ScoreFile]] = [[] for _ in sources]
    skipped: list[str] = []
    known = queries.known_files(connection, [line[1] for line in lines])
    for line in lines:
        file = None if line[1] in known else _file(line, head["sets"], conditions, spots)
        if file is None:
            skipped.append(line[2])
        else:
            ready[line[0]].append(file)
    scores = sum(
        records.add(connection, batch, measures, source_id=source_id, now=now)
        for source_id, batch in zip(sources, ready, strict=True)
    )
    title = "Evaluation figures that ship with the catalog"
    mark: dict[str, str | None] = {"key": _MARK, "kind": "evaluation", "title": title}
    documents.ensure_source(connection, mark | {"digest": digest})
    loaded = [file for batch in ready for file in batch]
    evaluations = sum(len(file.evaluations) for file in loaded)
    return Shipped("loaded", len(loaded), evaluations, scores, tuple(skipped))


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
    head = {
        "form": FORM,
        "sources": [asdict(origin) for origin in ORIGINS],
        "measures": [[*astuple(m), better.get(n)] for n, m in enumerate(measures.listed())],
        "conditions": [list(condition) for condition in table],
        "sets": [list(numbers) for numbers in sets],
    }
    text = "".join(
        json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n"
        for line in [head, *lines]
    )
    return lzma.compress(text.encode(), check=lzma.CHECK_SHA256, preset=9 | lzma.PRESET_EXTREME)


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
        except NotScoresError:
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


def _unpacked(packed: bytes) -> tuple[dict[str, Any], list[list[Any]]]:
    try:
        head, *lines = [json.loads(line) for line in lzma.decompress(packed).splitlines()]
    except (lzma.LZMAError, ValueError) as error:
        raise CheckedBad(f"the shipped evaluations are damaged: {error}") from error
    if not isinstance(head, dict) or head.get("form") != FORM:
        raise CheckedBad("the shipped evaluations have another form")
    return head, lines


def _measures(head: dict[str, Any]) -> Measures:
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


def _put_source(connection: "Writer", origin: Origin) -> int:
    row: dict[str, str | None] = {
        "key": origin.key,
        "kind": "evaluation",
        "title": origin.title,
        "url": origin.url,
        "commit": origin.commit,
    }
    return documents.ensure_source(connection, row)
