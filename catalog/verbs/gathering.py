"""Everything that a catalog has of observing, record by record, as it is handed on."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from math import isfinite
from typing import TYPE_CHECKING, Any

from catalog.core.published import LookStatus
from catalog.sql.queries import hub
from catalog.verbs.inventories import shipping

if TYPE_CHECKING:
    from catalog.core.packs import Record
    from catalog.sql.connections import Reader, Row


def records(connection: "Reader", by: str) -> "Iterator[Record]":
    """Yield every record of a catalog, those that others refer to first."""
    yield from _manifests(connection)
    yield from _sets(connection)
    yield from _observations(connection, by)
    yield from _fingerprints(connection, by)
    yield from _verifications(connection, by)
    yield from _looks(connection, by)


def _manifests(connection: "Reader") -> "Iterator[Record]":
    files: defaultdict[str, list[list[Any]]] = defaultdict(list)
    for digest, *entry in connection.rows("sharing.files"):
        files[digest].append(entry)
    for digest, entries in files.items():
        yield {"kind": "manifest", "digest": digest, "files": entries}


def _sets(connection: "Reader") -> "Iterator[Record]":
    tensors: defaultdict[int, list[list[Any]]] = defaultdict(list)
    for set_id, name, dtype, shape, *digests, is_buffer in connection.rows("sharing.tensors"):
        cells = [name, dtype, json.loads(shape), *digests, bool(is_buffer)]
        tensors[set_id].append(cells)
    for row in connection.rows("sharing.sets"):
        yield {
            "kind": "weights",
            "manifest": row.manifest,
            "name": row.name,
            "layout": row.layout,
            "dtype": row.dtype,
            "parameters": row.params_total,
            "parameter_digest": row.parameter_digest,
            "value_digest": row.value_digest,
            "tensors": tensors[row.id],
        }


def _place(row: "Row") -> "Record":
    return {"model": row.model, "revision": row.revision, "step": row.training_step}


def _act(by: str, observer: str | None, at: datetime | None) -> "Record":
    return {"by": observer or by, "at": None if at is None else at.isoformat()}


def _observations(connection: "Reader", by: str) -> "Iterator[Record]":
    for row in connection.rows("sharing.observations"):
        about = {"kind": "observation", "manifest": row.manifest, "commit": row.commit}
        yield about | _place(row) | _act(by, row.observer, row.observed_at)


def _fingerprints(connection: "Reader", by: str) -> "Iterator[Record]":
    for row in connection.rows("sharing.fingerprints"):
        yield {
            "kind": "fingerprint",
            "manifest": row.manifest,
            "weights": row.weight_set,
            "document": json.loads(row.document),
        } | _act(by, row.observer, row.observed_at)


def _verifications(connection: "Reader", by: str) -> "Iterator[Record]":
    same = ("target", "level", "verdict", "expected", "observed")
    measured = ("worst_difference", "tolerance", "environment")
    for row in connection.rows("sharing.verifications"):
        checks = [
            [check[key] for key in ("name", "verdict", "expected", "observed")]
            for check in json.loads(row.checks)
        ]
        about = {"kind": "verification", "checks": checks, "seconds": row.duration_s}
        about |= {key: getattr(row, key) for key in (*same, *measured)}
        if about["worst_difference"] is not None and not isfinite(about["worst_difference"]):
            about["worst_difference"] = None  # JSON has no infinity; the checks say why
        yield about | _place(row) | _act(by, row.observer, row.started_at)


def _looks(connection: "Reader", by: str) -> "Iterator[Record]":
    """Yield the looks with the commits and indexes that they lead to, but those that ship."""
    shipped = {f"{origin.title}; {origin.url}" for origin in shipping.ORIGINS}
    rows = [row for row in connection.rows("sharing.looks") if row.source not in shipped]
    bases = {row.same_as_id or row.id for row in rows}
    refs = {look_id: sorted(seen) for look_id, seen in hub.refs_of(connection, bases).items()}
    named: defaultdict[tuple[str, int], set[str]] = defaultdict(set)
    for row in rows:
        commits = {ref.commit for ref in refs[row.same_as_id or row.id]}
        named[row.repo_id, row.repository_id] |= commits
    yield from _commits(connection, named)
    for row in rows:
        look = hub.look_of(row, tuple(refs[row.same_as_id or row.id]))
        was_read = look.status in (LookStatus.READ, LookStatus.UNCHANGED)
        yield {
            "kind": "look",
            "repository": row.repo_id,
            "source": look.source,
            "digest": look.digest,
            "requests": look.requests,
            "status": (LookStatus.READ if was_read else look.status).value,
            "partial": look.partial,
            "refs": [[ref.revision, ref.kind.value, ref.commit] for ref in look.refs],
        } | _act(by, row.observer, look.observed_at)


def _commits(
    connection: "Reader", named: Mapping[tuple[str, int], Iterable[str]]
) -> "Iterator[Record]":
    digests: set[str] = set()
    made: list[Record] = []
    for (kept, repository_id), wanted in named.items():
        every = hub.commits(connection, repository_id) if wanted else {}
        for commit in (every[sha] for sha in sorted(wanted)):
            digests |= {file.digest for file in commit.files}
            files = [
                [file.path, file.size_bytes, file.sha256, file.git_sha1] for file in commit.files
            ]
            about = {"kind": "commit", "repository": kept, "commit": commit.sha, "files": files}
            made.append(about | {"scope": commit.scope.value, "gone": commit.gone})
    for digest, shards in hub.indexes(connection).items() if digests else ():
        if digest in digests:
            yield {"kind": "index", "digest": digest, "shards": shards}
    yield from made
