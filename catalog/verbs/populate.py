"""Takes a checkpoint's weights from cache, folder or Hub, and records what they are.

What is recorded is a witness for every later verification, so weights that are broken, that do
not fit their model, or that contradict an earlier record are reported and not recorded. One
checkpoint is one transaction, and the transaction is the caller's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from catalog.core import filenames, refs, weightsets, witnesses
from catalog.core.declared import Standing, listed
from catalog.core.fingerprints import Fingerprint
from catalog.core.verdicts import Check, Verdict
from catalog.core.witnesses import Recorded, SetDigests
from catalog.errors import BadInput, CheckedBad
from catalog.progress import SILENT, Watcher
from catalog.sql.queries import models
from catalog.sql.queries import weights as queries
from catalog.sql.records import weights as records
from catalog.verbs import reading, witnessing
from catalog.verbs.expecting import Ask, nobody
from catalog.verbs.fetching import fetch, is_complete, needed
from catalog.verbs.listing import require_there

if TYPE_CHECKING:
    from catalog.forward import Choice
    from catalog.sql.connections import Reader, Writer
    from catalog.verbs.target import Target

__all__ = [
    "Known",
    "Options",
    "Populated",
    "fetch",
    "foreseen",
    "is_complete",
    "known",
    "look",
    "needed",
    "record",
]


@dataclass(frozen=True, slots=True)
class Known:
    """What the catalog knows of a checkpoint before it is read.

    Args:
        plan: what its weights must look like.
        recorded: its record, None where there is none.
        fingerprints: on record, by weight set.
        ask: asks every other witness how files stand to the checkpoint's name.
    """

    plan: reading.Plan
    recorded: Recorded | None
    fingerprints: Mapping[str, Sequence[Fingerprint]]
    ask: Ask = nobody


@dataclass(frozen=True, slots=True)
class Populated:
    """What came of one checkpoint.

    Args:
        target: what was looked at.
        status: `recorded`, `known` (nothing new) or `refused` (see `problems`).
        manifest_digest: of what was read, None where it could not be.
        sets: its weight sets; empty for `known`.
        fingerprints: what they compute, by weight set; empty for `known`.
        problems: why it was refused.
        notes: what a reader should know.
        observed: everything that was read; what `record` writes.
    """

    target: "Target"
    status: str
    manifest_digest: str | None
    sets: Mapping[str, SetDigests]
    fingerprints: Mapping[str, Fingerprint]
    problems: tuple[str, ...]
    notes: tuple[str, ...]
    observed: reading.Observed | None


@dataclass(frozen=True, slots=True)
class Options:
    """How to populate.

    Args:
        choice: where and how to run the network.
        accept_changes: record files that differ from the record as a newer observation.
        watcher: hears what is being done, and how far it is.
    """

    choice: "Choice"
    accept_changes: bool = False
    watcher: Watcher = SILENT


def known(connection: "Reader", target: "Target", ask: Ask = nobody) -> Known:
    """Return what the catalog knows of a target.

    Args:
        connection: an open catalog.
        target: which checkpoint.
        ask: asks the other witnesses, when the files were read and the catalog is closed.

    Raises:
        BadInput: nothing says which checkpoint it is, or nothing is at its path.
        UnknownName: it is of no known model.
    """
    if target.model is None and target.repo_id is not None:
        models.named(connection, refs.parse(target.text).model)  # says that it is none
    if target.model is None or target.checkpoint is None:
        raise BadInput(
            f"nothing says which checkpoint {target.text} is", "say so with --as MODEL@REVISION"
        )
    if target.path is not None:
        require_there(target)
    if target.path is not None and target.path.is_file():
        raise BadInput(f"{target.text} is a file", "give the folder that holds config and weights")
    recorded = queries.recorded(connection, target.checkpoint.id, target.commit)
    ids = {} if recorded is None else recorded.set_ids
    return Known(
        plan=reading.plan_of(connection, target.model),
        recorded=recorded,
        fingerprints={name: queries.fingerprints(connection, row) for name, row in ids.items()},
        ask=ask,
    )


def foreseen(connection: "Reader", target: "Target") -> Populated | None:
    """Return the refusal of a branch that was seen to hold another checkpoint; spares a download.

    Args:
        connection: an open catalog.
        target: which checkpoint; what is on this machine is read, whatever it is.
    """
    why = None if target.path is not None else witnessing.foretold(connection, target)
    if why is None:
        return None
    hint = "`catalog pull` gets right weights where there are any, `catalog sync` looks again"
    return Populated(target, "refused", None, {}, {}, (why, hint), (), None)


# Looking ---------------------------------------------------------------------------------------


def look(target: "Target", before: Known, options: Options) -> Populated:
    """Read a checkpoint's files and run its weight sets; nothing is written.

    Raises:
        CouldNotCheck: a file could not be read, no config, out of memory.
    """
    try:
        unchanged = _unchanged(target, before, options)
        if unchanged is not None:
            return _as_recorded(target, unchanged, before)
        options.watcher.report("reading")
        observed = reading.read(
            target,
            tensors=True,
            architecture=before.plan.architecture,
            watcher=options.watcher,
        )
    except CheckedBad as error:
        return Populated(target, "refused", None, {}, {}, (str(error),), (), None)
    standing = before.ask(observed.manifest)
    problems = _problems(target, observed, before, options)
    problems += standing.problems
    fingerprints: dict[str, Fingerprint] = {}
    if not problems:
        options.watcher.report(f"running on {options.choice.device} in {options.choice.dtype}")
        fingerprints, problems = _run(observed, before, options)
    return Populated(
        target=target,
        status="refused" if problems else "recorded",
        manifest_digest=observed.manifest.digest,
        sets=observed.sets,
        fingerprints=fingerprints,
        problems=tuple(problems),
        notes=(*options.choice.notes, *observed.notes, *_notes(standing)),
        observed=observed,
    )


def _as_recorded(target: "Target", observed: reading.Observed, before: Known) -> Populated:
    """Return what comes of files that are on record already: the record itself may be wrong."""
    standing = before.ask(observed.manifest)
    problems = standing.problems
    if problems:
        problems = (*problems, f"it is on record so: {witnessing.way_out(target)}")
    status = "refused" if problems else "known"
    digest = observed.manifest.digest
    return Populated(target, status, digest, {}, {}, problems, _notes(standing), None)


def _notes(standing: Standing) -> tuple[str, ...]:
    """Return what the witnesses say that is no reason not to record."""
    if not standing.beside:
        return standing.notes
    return (*standing.notes, f"{listed(standing.beside)}: not as observed, {standing.source}")


def _unchanged(target: "Target", before: Known, options: Options) -> reading.Observed | None:
    """Return what was read, where bytes and fingerprints on record are what would be recorded."""
    record = before.recorded
    if record is None or record.commit != (target.commit or record.commit):
        return None
    device = options.choice.device.partition(":")[0]
    environments = [
        {(known.environment.device, known.environment.dtype) for known in before.fingerprints[name]}
        for name in record.sets
    ]
    if not all((device, options.choice.dtype) in seen for seen in environments):
        return None
    options.watcher.report("reading, to compare with the record")
    seen_now = reading.read(target, tensors=False, architecture=None, watcher=options.watcher)
    declared = reading.declared_check(seen_now)
    if declared is not None and declared.verdict is Verdict.FAILED:
        return None
    known_files = filenames.of_checkpoint(record.manifest)
    return seen_now if known_files.digest == seen_now.manifest.digest else None


def _problems(
    target: "Target", observed: reading.Observed, before: Known, options: Options
) -> list[str]:
    """Return what speaks against recording what was read."""
    checks = [reading.declared_check(observed)]
    for weights in observed.sets.values():
        checks += reading.weight_checks(weights, before.plan)
    problems = [_said(check) for check in checks if check and check.verdict is Verdict.FAILED]
    record = before.recorded
    if record is None or options.accept_changes:
        return problems
    difference = filenames.of_checkpoint(record.manifest).diff(observed.manifest)
    if target.commit is not None and target.commit != record.commit:
        # Another commit may hold other files; a record of no commit has the same weights, or lies.
        changed = [was for was, _ in difference.different if weightsets.is_weights(was.path)]
        if record.commit is not None or not changed:
            return problems
    if difference:
        problems.append(
            f"differs from the record of {record.observed_at:%Y-%m-%d}: "
            f"{witnesses.in_words(difference)}; --accept-changes records it as newer"
        )
    return problems


def _said(check: Check) -> str:
    """Return a failed check as one line."""
    return f"{check.name}: {check.observed}"


def _run(
    observed: reading.Observed, before: Known, options: Options
) -> tuple[dict[str, Fingerprint], list[str]]:
    """Run every weight set; sets with the same values are one network and run once."""
    by_values: dict[str, Fingerprint] = {}
    fingerprints: dict[str, Fingerprint] = {}
    problems: list[str] = []
    for name, weights in observed.sets.items():
        if weights.value_digest not in by_values:
            run = reading.run_network(observed, weights, options.choice, before.plan)
            problems += [f"forward {name}: {problem}" for problem in run.problems]
            if run.fingerprint is None:
                continue
            by_values[weights.value_digest] = run.fingerprint
        fingerprints[name] = by_values[weights.value_digest]
    return fingerprints, problems


# Recording -------------------------------------------------------------------------------------


def record(connection: "Writer", populated: Populated, *, now: datetime) -> None:
    """Write what was observed; the caller commits, so it is all or nothing."""
    checkpoint = populated.target.checkpoint
    if populated.status != "recorded" or populated.observed is None or checkpoint is None:
        return
    manifest_id = records.put_manifest(connection, populated.observed.manifest)
    for name, weights in populated.sets.items():
        set_id = records.put_set(connection, manifest_id, weights)
        if name in populated.fingerprints:
            records.put_fingerprint(connection, set_id, populated.fingerprints[name], now=now)
    records.observe(
        connection,
        checkpoint.id,
        manifest_id,
        commit=populated.target.commit,
        now=now,
    )
