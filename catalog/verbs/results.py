"""What was found of one checkpoint elsewhere, as a file, and from there into a catalog.

A task on a cluster hands in one file a checkpoint, written whole or not at all: what it had found
before it was killed is there, and a task that was thought dead and is not cannot spoil the file of
the one that took its place. Recording a result is safe to repeat: a row that the result made before
is known by its moment.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalog.core.fingerprints import parse_fingerprint, print_fingerprint
from catalog.core.manifests import FileEntry, Manifest
from catalog.core.tensors import TensorDigest
from catalog.core.verdicts import Check, Level, Rule, Verdict, Verification
from catalog.core.witnesses import SetDigests
from catalog.errors import CatalogError, CouldNotCheck, of_kind
from catalog.sql.queries import weights as queries
from catalog.verbs import populate, reading
from catalog.verbs.meaning import Meaning
from catalog.verbs.populate import Populated
from catalog.verbs.target import Target

if TYPE_CHECKING:
    from catalog.core.models import Checkpoint
    from catalog.sql.connections import Reader, Writer

NO_ANSWER = 3
"""The exit code of an error after which the same may be tried again."""
Outcome = Populated | Verification | CatalogError
"""What came of one checkpoint: an error is in the place of an answer."""


@dataclass(frozen=True, slots=True)
class Before:
    """What the catalog knew of a target before it was looked at.

    Attributes:
        ref: which checkpoint it is, None where nothing says.
        recorded: the manifest digest on record, None where there was none.
    """

    ref: str | None = None
    recorded: str | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one target of a task.

    Attributes:
        outcome: it.
        at: when it was found.
        before: what was known when it was looked at.
    """

    outcome: Outcome
    at: datetime
    before: Before

    @property
    def is_final(self) -> bool:
        """Whether there is an answer; in the place of one it can be tried again."""
        outcome = self.outcome
        return not isinstance(outcome, CatalogError) or outcome.exit_code != NO_ANSWER

    @property
    def is_to_record(self) -> bool:
        """Whether there is something that belongs on record."""
        if isinstance(self.outcome, Populated):
            return self.outcome.status == "recorded"
        return isinstance(self.outcome, Verification)

    @property
    def in_a_word(self) -> str:
        """What came of it, as a log has it."""
        if isinstance(self.outcome, Populated):
            return self.outcome.status
        if isinstance(self.outcome, Verification):
            return self.outcome.verdict
        return str(self.outcome)


def before(connection: "Reader", meant: Target) -> Before:
    """Return what is known of a target before it is looked at."""
    if meant.model is None or meant.checkpoint is None:
        return Before()
    known = queries.recorded(connection, meant.checkpoint.id, meant.commit)
    ref = f"{meant.model.name}@{meant.checkpoint.revision}"
    return Before(ref, None if known is None else known.manifest.digest)


# As text ---------------------------------------------------------------------------------------


def text_of(result: Result) -> str:
    """Return a result as JSON; `read` is its inverse."""
    outcome = result.outcome
    document: dict[str, Any] = {"at": result.at.isoformat(), "before": asdict(result.before)}
    if isinstance(outcome, CatalogError):
        document["error"] = [outcome.kind, outcome.what, outcome.hint]
    elif isinstance(outcome, Verification):
        started_at = outcome.started_at.isoformat()
        # What was read for an attestation is not recorded, and would be large.
        document["verification"] = asdict(replace(outcome, seen=None)) | {"started_at": started_at}
    else:
        document["populated"] = _populated(outcome)
    return json.dumps(document)


def _populated(value: Populated) -> dict[str, Any]:
    target = value.target
    observed = value.observed
    return {
        "target": {
            "text": target.text,
            "path": None if target.path is None else str(target.path),
            "revision": target.revision,
            "commit": target.commit,
            "weight_set": target.weight_set,
            "distance": target.distance,
        },
        "status": value.status,
        "manifest_digest": value.manifest_digest,
        "sets": [asdict(digests) for digests in value.sets.values()],
        "fingerprints": {
            name: print_fingerprint(made) for name, made in value.fingerprints.items()
        },
        "problems": value.problems,
        "notes": value.notes,
        "level": value.level.value,
        "files": None if observed is None else [asdict(entry) for entry in observed.manifest],
    }


def read(connection: "Reader", file: Path) -> Result:
    """Return a result that a task handed in.

    Args:
        connection: the catalog whose checkpoint it is of.
        file: it.

    Raises:
        CouldNotCheck: it is none.
        UnknownName: the catalog knows no such checkpoint any more.
    """
    try:
        document = json.loads(file.read_bytes())
        known = Before(**document["before"])
        return Result(
            _outcome(connection, document, known), datetime.fromisoformat(document["at"]), known
        )
    except (ValueError, LookupError, TypeError) as error:
        raise CouldNotCheck(f"{file} is not what a task hands in", "remove it") from error


def _outcome(connection: "Reader", document: Mapping[str, Any], known: Before) -> Outcome:
    if "error" in document:
        return of_kind(*document["error"])
    if "verification" in document:
        return _verification(document["verification"])
    said = document["populated"]
    return _read_populated(said, _whose(connection, str(known.ref), said["target"]))


def _whose(connection: "Reader", ref: str, said: Mapping[str, Any]) -> Target:
    """Return the target of a record, with the checkpoint as this catalog knows it."""
    path = said["path"]
    own = Meaning(connection).about(ref, sets=False)
    return own._replace(**{**said, "path": None if path is None else Path(path)})


def _read_populated(said: Mapping[str, Any], target: Target) -> Populated:
    sets = {each["name"]: _set(each) for each in said["sets"]}
    observed = None
    if said["files"] is not None:
        manifest = Manifest.of(FileEntry(**entry) for entry in said["files"])
        observed = reading.Observed(target.path or Path(), manifest, {}, sets, is_file=False)
    prints = said["fingerprints"].items()
    return Populated(
        target,
        said["status"],
        said["manifest_digest"],
        sets,
        {name: parse_fingerprint(text) for name, text in prints},
        tuple(said["problems"]),
        tuple(said["notes"]),
        observed,
        Level(said["level"]),
    )


def _set(said: dict[str, Any]) -> SetDigests:
    tensors = (TensorDigest(**each | {"shape": tuple(each["shape"])}) for each in said["tensors"])
    lists = {name: tuple(said[name]) for name in ("files", "content")}
    return SetDigests(**said | lists | {"tensors": tuple(tensors)})


def _verification(said: Mapping[str, Any]) -> Verification:
    words = {
        "level": Level(said["level"]),
        "checks": tuple(map(_check, said["checks"])),
        "started_at": datetime.fromisoformat(said["started_at"]),
        "notes": tuple(said["notes"]),
    }
    return Verification(**{**said, **words})


def _check(said: Mapping[str, Any]) -> Check:
    return Check(**{**said, "rule": Rule(said["rule"]), "verdict": Verdict(said["verdict"])})


# Recording -------------------------------------------------------------------------------------


def keep(connection: "Writer", result: Result) -> Outcome:
    """Record a result, unless it is recorded already; return what came of it then.

    Args:
        connection: a transaction of the caller's.
        result: of a task.
    """
    from catalog.sql.records import weights as records  # noqa: PLC0415 - SQLAlchemy: to write only

    outcome = result.outcome
    if isinstance(outcome, Verification):
        checkpoint = (
            None if result.before.ref is None else _checkpoint(connection, result.before.ref)
        )
        row = None if checkpoint is None else checkpoint.id
        if not records.has_verification(connection, outcome, row):
            records.add_verification(connection, outcome, row)
        return outcome
    if isinstance(outcome, CatalogError):
        return outcome
    return kept(connection, outcome, result.before.recorded, at=result.at)


def kept(
    connection: "Writer", populated: Populated, before: str | None, *, at: datetime
) -> Populated:
    """Record a checkpoint, unless somebody recorded other files of it in the meantime.

    Args:
        connection: a transaction of the caller's.
        populated: what was found.
        before: the manifest digest on record that it was compared with, None where there was none.
        at: when it was found.
    """
    from catalog.sql.records import weights as records  # noqa: PLC0415 - SQLAlchemy: to write only

    checkpoint = populated.target.checkpoint
    if checkpoint is None or records.was_observed(connection, checkpoint.id, at):
        return populated
    now = queries.recorded(connection, checkpoint.id, populated.target.commit)
    digest = None if now is None else now.manifest.digest
    if digest not in (before, populated.manifest_digest):
        why = "another record of it was made in the meantime; run it again to compare with that"
        return replace(populated, status="refused", problems=(*populated.problems, why))
    populate.record(connection, populated, now=at)
    return populated


def _checkpoint(connection: "Reader", ref: str) -> "Checkpoint":
    return Meaning(connection).labelled(ref)[1]
