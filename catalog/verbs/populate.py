"""Takes a checkpoint's weights from cache, folder or Hub, and records what they are.

What is recorded is a witness for every later verification, so weights that are broken, that do
not fit their model, or that contradict an earlier record are reported and not recorded. One
checkpoint is one transaction, and the transaction is the caller's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from catalog.core import filenames, weightsets, witnesses
from catalog.core.declared import Standing, listed
from catalog.core.fingerprints import Fingerprint
from catalog.core.verdicts import Check, Level, Verdict
from catalog.core.witnesses import SetDigests
from catalog.errors import CheckedBad
from catalog.progress import SILENT, Watcher
from catalog.sql.records import weights as records
from catalog.verbs import claims, reading, running, unchanged, witnessing
from catalog.verbs.fetching import fetch, is_complete, needed
from catalog.verbs.unchanged import Known, Wanted, known

if TYPE_CHECKING:
    from catalog.forward import Choice, ForwardRun
    from catalog.sql.connections import Reader, Writer
    from catalog.verbs.pipeline import Done
    from catalog.verbs.target import Target

Read = unchanged.Unchanged | reading.Observed
"""Files that are as the record has them, or what reading them gave."""
__all__ = [
    "Known",
    "Options",
    "Populated",
    "Read",
    "Wanted",
    "fetch",
    "foreseen",
    "is_complete",
    "known",
    "look",
    "needed",
    "read",
    "record",
    "trusted",
]


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
        level: how much was asked for.
    """

    target: "Target"
    status: str
    manifest_digest: str | None
    sets: Mapping[str, SetDigests]
    fingerprints: Mapping[str, Fingerprint]
    problems: tuple[str, ...]
    notes: tuple[str, ...]
    observed: reading.Observed | None
    level: Level = Level.FORWARD


@dataclass(frozen=True, slots=True)
class Options:
    """How to populate.

    Args:
        level: how much to record.
        choice: where and how to run the network; None below level `forward`.
        accept_changes: record files that differ from the record as a newer observation.
        watcher: hears what is being done, and how far it is.
        workers: how many cores reading may keep busy, None for all.
        wanted: what must be on record, for nothing to be left to do.
        ran: what weight sets came to that were run already, by value digest.
    """

    level: Level
    wanted: Wanted
    choice: "Choice | None" = None
    accept_changes: bool = False
    watcher: Watcher = SILENT
    workers: int | None = None
    ran: "Mapping[str, Done[ForwardRun]]" = field(default_factory=dict)


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


def trusted(target: "Target", before: Known, wanted: Wanted) -> Populated | None:
    """Return what comes of files that are on record, and in the state in which they were read.

    None where they must be read.

    Raises:
        CouldNotCheck: the folder could not be read.
    """
    same = unchanged.trusted(target, before, wanted)
    return None if same is None else _as_recorded(target, same, before, wanted.level)


# Looking ---------------------------------------------------------------------------------------


def read(target: "Target", before: Known, options: Options) -> Read:
    """Read a checkpoint's files, as deep as the record does not go; in any thread.

    Raises:
        CheckedBad: a file is broken.
        CouldNotCheck: a file could not be read.
    """
    same = unchanged.find(target, before, options.wanted, options.watcher, options.workers)
    if same is not None:
        return same
    options.watcher.report("reading")
    return unchanged.read(
        target,
        tensors=options.level.includes(Level.WEIGHTS),
        architecture=before.plan.architecture,
        watcher=options.watcher,
        workers=options.workers,
    )


def look(
    target: "Target", before: Known, options: Options, early: "Done[Read] | None" = None
) -> Populated:
    """Read a checkpoint's files and run its weight sets; nothing is written.

    Args:
        target: which.
        before: what the catalog knows of it by now.
        options: how.
        early: what `read` came to before its turn; the record may be another since.

    Raises:
        CouldNotCheck: a file could not be read, no config, out of memory.
    """
    try:
        seen = read(target, before, options) if early is None else early.result()
    except CheckedBad as error:
        refused = (str(error),)
        return Populated(target, "refused", None, {}, {}, refused, (), None, options.level)
    if isinstance(seen, unchanged.Unchanged):
        if early is not None and not seen.is_of(before):
            return look(target, before, options)
        return _as_recorded(target, seen, before, options.level)
    if early is not None and (same := unchanged.among(target, seen, before, options.wanted)):
        return _as_recorded(target, same, before, options.level)
    return _judged(target, seen, before, options)


def _judged(
    target: "Target", observed: reading.Observed, before: Known, options: Options
) -> Populated:
    """Hold what was read against every witness, and run it where nothing speaks against it."""
    standing = before.ask(observed.manifest)
    problems = list(claims.problems(target.claim, observed.manifest))
    problems += _problems(target, observed, before, options)
    problems += standing.problems
    fingerprints: dict[str, Fingerprint] = {}
    if not problems and options.choice is not None:
        options.watcher.report(f"running on {options.choice.device} in {options.choice.dtype}")
        fingerprints, problems = _run(observed, before, options.choice, options.ran)
    return Populated(
        target=target,
        status="refused" if problems else "recorded",
        manifest_digest=observed.manifest.digest,
        sets=observed.sets,
        fingerprints=fingerprints,
        problems=tuple(problems),
        notes=(
            *(options.choice.notes if options.choice else ()),
            *observed.notes,
            *_notes(standing),
        ),
        observed=observed,
        level=options.level,
    )


def _as_recorded(
    target: "Target", same: unchanged.Unchanged, before: Known, level: Level
) -> Populated:
    """Return what comes of files that are on record already: the record itself may be wrong."""
    standing = before.ask(same.manifest)
    problems = (*claims.problems(target.claim, same.manifest), *standing.problems)
    if standing.problems:
        problems = (*problems, f"it is on record so: {witnessing.way_out(target)}")
    status = "refused" if problems else "known"
    notes = _notes(standing) if same.note is None else (same.note, *_notes(standing))
    digest = same.manifest.digest
    return Populated(target, status, digest, {}, {}, problems, notes, None, level)


def _notes(standing: Standing) -> tuple[str, ...]:
    """Return what the witnesses say that is no reason not to record."""
    if not standing.beside:
        return standing.notes
    return (*standing.notes, f"{listed(standing.beside)}: not as observed, {standing.source}")


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
    observed: reading.Observed,
    before: Known,
    choice: "Choice",
    ran: "Mapping[str, Done[ForwardRun]]",
) -> tuple[dict[str, Fingerprint], list[str]]:
    """Run every weight set; sets with the same values are one network and run once."""
    by_values: dict[str, Fingerprint] = {}
    fingerprints: dict[str, Fingerprint] = {}
    problems: list[str] = []
    for name, weights in observed.sets.items():
        if weights.value_digest not in by_values:
            run = running.run_network(observed, weights, choice, before.plan, ran)
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
