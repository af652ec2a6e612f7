"""Records of observation, handed on: taken from a catalog as one file, put into another.

Who observed goes with each record, and when. What two observers say is kept side by side; nothing
is replaced, and what is there already is not written twice.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalog.core import foreign, packs
from catalog.errors import BadInput
from catalog.sql.queries import hub
from catalog.verbs import disagreeing, gathering, inventories

if TYPE_CHECKING:
    from catalog.core.packs import Pack, Record
    from catalog.core.published import Commit
    from catalog.sql.connections import Reader, Writer
    from catalog.sql.records.sharing import Place

ACTS = ("observation", "fingerprint", "verification", "look")
"""What somebody did at some time; everything else is what their words refer to."""

_OF_BYTES = ("manifest", "weights", "fingerprint")


@dataclass(frozen=True, slots=True)
class Exported:
    """A file of records.

    Attributes:
        by: who exported it.
        content: its bytes.
        digest: hex SHA-256 of its lines but the first.
        counts: how many records it has of each kind.
    """

    by: str
    content: bytes
    digest: str
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Shared:
    """What came of the records of a file.

    Attributes:
        by: who exported it.
        digest: its own.
        new: how many records of each kind were written.
        known: how many were there already.
        unknown: the checkpoints that no suite here has; their records were left out.
        contradictions: what observers say of a checkpoint that cannot all be true, by its REF.
    """

    by: str
    digest: str
    new: Mapping[str, int]
    known: int
    unknown: tuple[str, ...]
    contradictions: Mapping[str, tuple[str, ...]]


def export(connection: "Reader", by: str | None) -> Exported:
    """Return everything that was recorded by observing; what ships with the program is left out.

    Args:
        connection: an open catalog.
        by: who says what nobody else said: whoever keeps this catalog.

    Raises:
        BadInput: nobody is named, or it is no name.
    """
    if not by:
        raise BadInput("nobody says who observed", "name yourself: --as NAME, or $CATALOG_OBSERVER")
    try:
        foreign.name(by)
    except foreign.ForeignError as error:
        raise BadInput(f"--as: {error}") from error
    every = list(gathering.records(connection, by))
    content, digest = packs.packed(every, by)
    counts = {kind: sum(record["kind"] == kind for record in every) for kind in ACTS}
    return Exported(by, content, digest, counts)


def put(connection: "Writer", pack: "Pack") -> Shared:
    """Write the records that are not there yet; nothing that is there is changed.

    Raises:
        BadInput: a record refers to another that is not in the file.
        CheckedBad: it says of a commit on record that it has other files.
    """
    from catalog.sql.records import sharing as records  # noqa: PLC0415 - SQLAlchemy

    _require_agreement(connection, pack)
    rows = connection.rows("sharing.checkpoints")
    places = {(row.model, row.revision, row.training_step): row.id for row in rows}
    there = {packs.identity(each) for each in gathering.records(connection, "") if _is_act(each)}
    named = {place_of(each) for each in pack.records if each.get("model") is not None}
    unknown = {f"{model}@{revision or step}" for model, revision, step in named - places.keys()}
    counted: Counter[str] = Counter()
    fresh = _fresh(pack, {*places}, there, counted)
    written = records.Records(connection, places).put(fresh)
    counts = {kind: written[kind] for kind in ACTS}
    known = sum(counted[kind] for kind in ACTS) - sum(counts.values())
    models = {model for model, _, _ in named & places.keys()}
    contradictions = {
        f"{row.model}@{row.revision or row.training_step}": said
        for row, said in disagreeing.of_models(connection, models)
    }
    return Shared(pack.by, pack.digest, counts, known, tuple(sorted(unknown)), contradictions)


def _fresh(
    pack: "Pack", places: "set[Place]", there: set[bytes], counted: Counter[str]
) -> "Iterator[Record]":
    """Yield what is to be written, a record at a time: a file may hold more than fits in memory.

    Args:
        pack: the file.
        places: the checkpoints that are known; what is said of others is left out.
        there: identities of the acts on record; each act joins them, so that none is taken twice.
        counted: how many records of known checkpoints there are of each kind.
    """
    seen = {
        record["manifest"]
        for record in pack.records
        if record["kind"] == "observation" and place_of(record) in places
    }
    for record in pack.records:
        if record.get("model") is not None and place_of(record) not in places:
            continue
        if record["kind"] in _OF_BYTES and record.get("manifest", record.get("digest")) not in seen:
            continue
        counted[record["kind"]] += 1
        if not _is_act(record):
            yield record
        elif (identity := packs.identity(record)) not in there:
            there.add(identity)
            yield record


def _is_act(record: "Record") -> bool:
    return record["kind"] in ACTS


def _require_agreement(connection: "Reader", pack: "Pack") -> None:
    """Refuse records that say of a commit on record that it has other files."""
    from catalog.sql.records.sharing import commit_of  # noqa: PLC0415 - SQLAlchemy

    on_record: dict[str, dict[str, Commit]] = {}
    for record in pack.records:
        if record["kind"] != "commit":
            continue
        kept = record["repository"]
        if kept not in on_record:
            row = connection.first("hub.repository", repo_id=kept)
            on_record[kept] = {} if row is None else hub.commits(connection, row.id)
        stated = commit_of(record)
        inventories.require_agreement(kept, stated, on_record[kept].get(stated.sha))


def place_of(record: "Record") -> "Place":
    """Return the checkpoint that a record is about."""
    return record["model"], record["revision"], record["step"]
