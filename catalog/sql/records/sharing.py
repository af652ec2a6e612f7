"""Writes records that others made: each with who observed, and when; nothing is replaced."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from catalog.core.fingerprints import parse_fingerprint
from catalog.core.packs import Record, moment
from catalog.core.packs.following import manifest_of, tensors_of
from catalog.core.published import Commit, Look, LookStatus, Ref, RefKind, RemoteFile, Scope
from catalog.core.witnesses import SetDigests
from catalog.sql import tables
from catalog.sql.connections import Writer
from catalog.sql.records import hub, weights

Place = tuple[str, str | None, int | None]
"""Model, revision and training step of a checkpoint."""


class Records:
    """Puts records into a catalog, each kind by its own rule.

    Args:
        writer: an open transaction.
        places: the rows of the checkpoints that are known.
    """

    def __init__(self, writer: Writer, places: Mapping[Place, int]) -> None:
        self._writer, self._places = writer, places
        self._manifests: dict[str, int] = {}
        self._sets: dict[tuple[str, str], int] = {}

    def put(self, records: Iterable[Record]) -> Counter[str]:
        """Write records, those that others refer to first; return how many there were of each."""
        written: Counter[str] = Counter()
        for record in records:
            getattr(self, f"_{record['kind']}")(record)
            written[record["kind"]] += 1
        return written

    def _place(self, record: Record) -> int | None:
        if record["model"] is None:
            return None
        return self._places[record["model"], record["revision"], record["step"]]

    def _insert(self, table: sa.Table, row: Mapping[str, Any], record: Record) -> None:
        self._writer.execute(sa.insert(table).values(**row, observer=record["by"]))

    def _manifest(self, record: Record) -> None:
        made = weights.put_manifest(self._writer, manifest_of(record))
        self._manifests[record["digest"]] = made

    def _weights(self, record: Record) -> None:
        digests = SetDigests(
            name=record["name"],
            layout=record["layout"],
            files=(),
            tensors=tuple(tensors_of(record)),
            dtype=record["dtype"],
            params_total=record["parameters"],
            parameter_digest=record["parameter_digest"],
            value_digest=record["value_digest"],
        )
        row = weights.put_set(self._writer, self._manifests[record["manifest"]], digests)
        self._sets[record["manifest"], record["name"]] = row

    def _observation(self, record: Record) -> None:
        row = {
            "checkpoint_id": self._place(record),
            "manifest_id": self._manifests[record["manifest"]],
            "commit": record["commit"],
            "observed_at": moment(record["at"]),
        }
        self._insert(tables.observation, row, record)

    def _fingerprint(self, record: Record) -> None:
        document = json.dumps(record["document"], allow_nan=False)
        made = parse_fingerprint(document)
        row = {
            "weight_set_id": self._sets[record["manifest"], record["weights"]],
            "probe_set": made.probe_set,
            "device": made.environment.device,
            "dtype": made.environment.dtype,
            "loss": made.loss,
            "document": document,
            "observed_at": moment(record["at"]),
        }
        self._insert(tables.fingerprint, row, record)

    def _verification(self, record: Record) -> None:
        keys = ("name", "verdict", "expected", "observed")
        checks = [dict(zip(keys, check, strict=True)) for check in record["checks"]]
        same = ("target", "level", "verdict", "expected", "observed")
        measured = ("worst_difference", "tolerance", "environment")
        row = {key: record[key] for key in (*same, *measured)} | {
            "checkpoint_id": self._place(record),
            "checks": json.dumps(checks),
            "started_at": moment(record["at"]),
            "duration_s": record["seconds"],
        }
        self._insert(tables.verification, row, record)

    def _index(self, record: Record) -> None:
        hub.put_index(self._writer, record["digest"], record["shards"])

    def _commit(self, record: Record) -> None:
        row = hub.put_repository(self._writer, record["repository"])
        hub.put_commit(self._writer, row, commit_of(record))

    def _look(self, record: Record) -> None:
        row = hub.put_repository(self._writer, record["repository"])
        look = Look(
            observed_at=None if record["at"] is None else moment(record["at"]),
            source=record["source"],
            digest=record["digest"],
            requests=record["requests"],
            status=LookStatus(record["status"]),
            refs=tuple(Ref(name, sha, RefKind(kind)) for name, kind, sha in record["refs"]),
            partial=record["partial"],
        )
        hub.put_look(self._writer, row, look, record["by"])


def commit_of(record: Record) -> Commit:
    """Return a commit that a record tells of."""
    files = tuple(RemoteFile(*file) for file in record["files"])
    return Commit(record["commit"], files, Scope(record["scope"]), record["gone"])
