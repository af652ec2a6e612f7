"""What is on record about checkpoints' weights, as frozen values."""

import json
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from catalog.core.limits import LARGEST

if TYPE_CHECKING:
    from catalog.core.estimates import Ran
    from catalog.core.fingerprints import Fingerprint
    from catalog.core.manifests import Manifest
    from catalog.core.tensors import TensorDigest
    from catalog.core.verdicts import Check, Verification
    from catalog.core.witnesses import Recorded, SetDigests
    from catalog.sql.connections import Reader, Row


def recorded(reader: "Reader", checkpoint_id: int, commit: str | None = None) -> "Recorded | None":
    """Return the newest record of a checkpoint's files, that of this commit before any other.

    A branch can be repaired: a record from an earlier commit then no longer says what the branch
    should hold, but it is all there is, so the caller shows its commit.
    """
    seen = reader.first("weights.recorded", checkpoint_id=checkpoint_id, commit=commit)
    if seen is None:
        return None
    from catalog.core.witnesses import Recorded  # noqa: PLC0415 - few checkpoints have a record

    rows = reader.rows("weights.sets", manifest_id=seen.manifest_id)
    sets = {row.name: _set(row) for row in rows}
    ids = {row.name: row.id for row in rows}
    files = manifest(reader, seen.manifest_id)
    return Recorded(files, sets, ids, seen.commit, seen.observed_at, seen.observer)


def recorded_of(reader: "Reader", repo_ids: Collection[str]) -> dict[str, list[int]]:
    """Return the rows of the checkpoints that are on record, by their models' names.

    Args:
        reader: an open catalog.
        repo_ids: of models that are published there.
    """
    rows: dict[str, list[int]] = {}
    for row in reader.rows("weights.recorded_of", repo_ids=list(repo_ids)):
        rows.setdefault(row.name, []).append(row.id)
    return rows


def manifest(reader: "Reader", manifest_id: int) -> "Manifest":
    """Return the files that were read together once."""
    from catalog.core.manifests import FileEntry, Manifest  # noqa: PLC0415 - as in recorded

    rows = reader.rows("weights.manifest", manifest_id=manifest_id)
    return Manifest.of(FileEntry(*row) for row in rows)


def _set(row: "Row") -> "SetDigests":
    from catalog.core.witnesses import SetDigests  # noqa: PLC0415 - as in recorded

    return SetDigests(
        name=row.name,
        layout=row.layout,
        files=(),
        tensors=(),
        dtype=row.dtype,
        params_total=row.params_total,
        parameter_digest=row.parameter_digest,
        value_digest=row.value_digest,
    )


def tensors(reader: "Reader", recorded: "Recorded") -> "dict[str, list[TensorDigest]]":
    """Return the tensors of a record's weight sets, by name; none of files that others read too.

    Of those nobody knows who digested them. All are finite: others are not recorded.
    """
    from catalog.core.tensors import TensorDigest, value_dtype  # noqa: PLC0415 - as in recorded

    held: dict[str, list[TensorDigest]] = {}
    for row in reader.rows("weights.tensors", weight_set_ids=list(recorded.set_ids.values())):
        if row.is_read_by_others:
            return {}
        held.setdefault(row.weight_set, []).append(
            TensorDigest(
                row.name,
                row.dtype,
                tuple(json.loads(row.shape)),
                row.digest,
                value_dtype(row.dtype),
                row.value_digest,
                is_buffer=row.is_buffer,
            )
        )
    return held


def fingerprints(reader: "Reader", weight_set_id: int) -> "list[Fingerprint]":
    """Return every fingerprint of a weight set, oldest first."""
    from catalog.core.fingerprints import parse_fingerprint  # noqa: PLC0415 - 4 ms; most questions are about files

    documents = reader.column("weights.fingerprints", weight_set_id=weight_set_id)
    return [parse_fingerprint(document) for document in documents]


def run(reader: "Reader", model_id: int) -> "dict[int, Fingerprint]":
    """Return what is on record of a run by training step: the newest of the newest version."""
    from catalog.core.fingerprints import parse_fingerprint  # noqa: PLC0415 - as in fingerprints

    newest: dict[int, Fingerprint] = {}
    for row in reader.rows("weights.model_fingerprints", model_id=model_id):
        fingerprint = parse_fingerprint(row.document)
        known = newest.get(row.training_step)
        if known is None or known.version <= fingerprint.version:
            newest[row.training_step] = fingerprint
    return newest


def of_probe_set(reader: "Reader", probe_set: str) -> "list[tuple[Row, Fingerprint]]":
    """Return every fingerprint of a probe set, oldest first, with model, revision and step."""
    from catalog.core.fingerprints import parse_fingerprint  # noqa: PLC0415 - as in fingerprints

    rows = reader.rows("weights.of_probe_set", probe_set=probe_set)
    return [(row, parse_fingerprint(row.document)) for row in rows]


def ran(reader: "Reader") -> "list[Ran]":
    """Return how long the networks took that ran in verifications, oldest first."""
    from catalog.core.estimates import Ran  # noqa: PLC0415 - for plans alone

    made = []
    for row in reader.rows("weights.ran"):
        said = json.loads(row.environment)
        made.append(Ran(said["device"], said["dtype"], int(row.params), row.duration_s))
    return made


def verifications(
    reader: "Reader", checkpoint_id: int, newest: int | None = None
) -> "list[Verification]":
    """Return the newest verifications of a checkpoint, None: every one; oldest first."""
    most = LARGEST if newest is None else newest
    rows = reader.rows("weights.verifications", checkpoint_id=checkpoint_id, newest=most)
    return [_verification(row) for row in reversed(rows)]


def verified(reader: "Reader", checkpoint_id: int) -> int:
    """Return how often a checkpoint was verified."""
    return int(reader.column("weights.verification_count", checkpoint_id=checkpoint_id)[0])


def _verification(row: "Row") -> "Verification":
    from catalog.core.verdicts import Level, Verification  # noqa: PLC0415 - as in fingerprints

    return Verification(
        target=row.target,
        level=Level(row.level),
        checks=tuple(_check(stored) for stored in json.loads(row.checks)),
        expected=row.expected,
        observed=row.observed,
        worst_difference=row.worst_difference,
        tolerance=row.tolerance,
        environment=row.environment,
        started_at=row.started_at,
        duration_s=row.duration_s,
        observer=row.observer,
    )


def _check(stored: Mapping[str, Any]) -> "Check":
    from catalog.core.verdicts import Check, Rule, Verdict  # noqa: PLC0415 - as in fingerprints

    rule, subject = Rule.parse(stored["name"])
    verdict = Verdict(stored["verdict"])
    return Check(rule, verdict, stored["expected"], stored["observed"], subject)
