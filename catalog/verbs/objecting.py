"""What speaks against recording what was read of a checkpoint: every check that `populate` makes.

It reads no file and writes nothing: whether to record is decided in `catalog.verbs.populate`.
"""

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from catalog.core import filenames, traits, weightsets, witnesses
from catalog.core.declared import Standing
from catalog.core.fingerprints import Fingerprint
from catalog.core.observers import Words
from catalog.core.verdicts import Check, Rule, Verdict
from catalog.verbs import claims, disagreeing, reading, running, witnessing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from catalog.core.manifests import Manifest
    from catalog.core.witnesses import SetDigests
    from catalog.forward import Choice, ForwardRun
    from catalog.verbs.pipeline import Done
    from catalog.verbs.target import Target
    from catalog.verbs.unchanged import Known


@dataclass(frozen=True, slots=True)
class Objections:
    """What was checked, and what of it speaks against recording.

    Attributes:
        problems: why it must not be recorded, one sentence each.
        checks: all that were made.
    """

    problems: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()

    def __add__(self, other: "Objections") -> "Objections":
        return Objections((*self.problems, *other.problems), (*self.checks, *other.checks))


def to_files(
    target: "Target",
    observed: reading.Observed,
    before: "Known",
    standing: Standing,
    *,
    accept_changes: bool,
) -> Objections:
    """Return what speaks against files: themselves, their record, and every other witness.

    Args:
        target: which checkpoint.
        observed: its files.
        before: what the catalog knows of it.
        standing: how the files stand to the other witnesses.
        accept_changes: whether files that differ from the record may be recorded as newer.
    """
    declared = reading.declared_check(observed)
    own = [] if declared is None else [declared]
    for weights in observed.sets.values():
        own += reading.weight_checks(weights, before.plan)
    failed = tuple(
        f"{check.name}: {check.observed}" for check in own if check.verdict is Verdict.FAILED
    )
    if target.path is not None and (wrong := reading.undeclared(observed)):
        blob = os.path.realpath(target.path / wrong[0])
        failed += (f"it was damaged since, or on its way: delete {blob}, and run this again",)
    now = before.words.saying(*disagreeing.reading(observed.manifest, target.commit))
    by_itself = of_claim(target, observed.manifest) + Objections(failed, tuple(own))
    by_others = of_witnesses(standing) + of_observers(target, now)
    if accept_changes:
        return by_itself + by_others
    alone = not (by_itself + by_others).problems
    return by_itself + _of_record(target, observed, before, alone=alone) + by_others


def as_recorded(
    target: "Target", manifest: "Manifest", before: "Known", standing: Standing
) -> Objections:
    """Return what speaks against files that are as the record has them: it may be wrong itself."""
    same = Check(Rule.FILES, Verdict.PASSED, _source(before), f"manifest {manifest.digest}")
    wrong = of_witnesses(standing)
    if wrong.problems:
        wrong += Objections((f"it is on record so: {witnessing.way_out(target)}",))
    now = before.words.saying(*disagreeing.reading(manifest, target.commit))
    wrong += of_observers(target, now)
    return of_claim(target, manifest) + Objections(checks=(same,)) + wrong


def of_claim(target: "Target", manifest: "Manifest") -> Objections:
    """Return how files stand to what their folder says of itself."""
    checks = claims.checks(target.claim, manifest)
    return Objections(claims.problems(target.claim, manifest), tuple(checks))


def of_witnesses(standing: Standing) -> Objections:
    """Return what other witnesses say of the weights; other files beside them are none of it."""
    check = replace(standing, beside=()).check(alone=False)
    return Objections(standing.problems, () if check is None else (check,))


def of_observers(target: "Target", words: Words) -> Objections:
    """Return where observers contradict one another, who keeps this catalog among them."""
    wrong = words.contradictions()
    if not wrong:
        return Objections()
    return Objections((*wrong, disagreeing.way_out(target)), tuple(disagreeing.agreeing(words)))


def _source(before: "Known") -> str | None:
    record = before.recorded
    return None if record is None else f"recorded {record.day}"


def _of_record(
    target: "Target", observed: reading.Observed, before: "Known", *, alone: bool
) -> Objections:
    """Return how files differ from their record; accepting them helps where that is all."""
    record = before.recorded
    if record is None:
        return Objections()
    difference = filenames.of_checkpoint(record.manifest).diff(observed.manifest)
    if target.commit is not None and target.commit != record.commit:
        # Another commit may hold other files; a record of no commit has the same weights, or lies.
        changed = [was for was, _ in difference.different if weightsets.is_weights(was.path)]
        if record.commit is not None or not changed:
            return Objections()
    if not difference:
        return Objections()
    seen = witnesses.in_words(difference)
    why = f"differs from the record of {record.day}: {seen}"
    check = Check(Rule.FILES, Verdict.FAILED, _source(before), seen)
    way_out = "; --accept-changes records it as newer" if alone else ""
    return Objections((f"{why}{way_out}",), (check,))


# What it computes ------------------------------------------------------------------------------


def to_network(
    target: "Target",
    observed: reading.Observed,
    before: "Known",
    choice: "Choice",
    ran: "Mapping[str, Done[ForwardRun]]",
) -> tuple[dict[str, Fingerprint], Objections]:
    """Run every weight set; sets with the same values are one network and run once."""
    by_values: dict[str, Fingerprint] = {}
    fingerprints: dict[str, Fingerprint] = {}
    wrong = Objections()
    for name, weights in observed.sets.items():
        if weights.value_digest not in by_values:
            run = running.run_network(observed, weights, choice, before.plan, ran)
            wrong += _of_run(weights, run)
            if run.fingerprint is None:
                continue
            by_values[weights.value_digest] = run.fingerprint
        fingerprints[name] = by_values[weights.value_digest]
    seen = disagreeing.reading(observed.manifest, target.commit, observed.sets, fingerprints)
    return fingerprints, wrong + of_observers(target, before.words.saying(*seen))


def _of_run(weights: "SetDigests", run: "ForwardRun") -> Objections:
    """Return how one network ran."""
    good = run.fingerprint is not None
    seen = traits.losses(run.fingerprint) if run.fingerprint else "; ".join(run.problems)
    wanted = "loads whole, finite output"
    check = Check.of(Rule.RUNS, good=good, expected=wanted, observed=seen, subject=weights.name)
    return Objections(
        tuple(f"forward {weights.name}: {problem}" for problem in run.problems), (check,)
    )
