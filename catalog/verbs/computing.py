"""What a network computes, held against its record; without one, which recorded steps it fits.

A loss like that of the steps beside it is no proof: checkpoints near one another have losses near
one another. So without a record it passes only where the digests say already which step it is.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from catalog.core import fingerprints, plausibility, traits
from catalog.core.fingerprints import Agreement, Comparison, Fingerprint
from catalog.core.verdicts import Check, Rule, Verdict

if TYPE_CHECKING:
    from catalog.forward import ForwardRun

_NAMING = frozenset({Rule.FILES, Rule.OBSERVED})


@dataclass(frozen=True, slots=True)
class Expected:
    """What a checkpoint's network should compute.

    Args:
        step: its training step, None where it is unknown.
        fingerprints: on record, by weight set.
        run: what is on record of the same run, by training step.
        siblings: the same of other runs of its shape and schedule.
        named: the digests say already that the weights are this step's.
    """

    step: int | None = None
    fingerprints: Mapping[str, Sequence[Fingerprint]] = field(default_factory=dict)
    run: Mapping[int, Fingerprint] = field(default_factory=dict)
    siblings: Sequence[Mapping[int, Fingerprint]] = ()
    named: bool = False


def is_named(checks: Collection[Check], *, placed: bool) -> bool:
    """Return whether digests say which checkpoint it is.

    Args:
        checks: those that were made of the files.
        placed: the files lie in the Hub's cache as this checkpoint's.
    """
    naming = _NAMING | {Rule.DECLARED} if placed else _NAMING
    return any(check.rule in naming and check.verdict is Verdict.PASSED for check in checks)


def check(name: str, run: "ForwardRun", expected: Expected) -> tuple[Check, Comparison | None]:
    """Return how what a weight set computes compares with what it should.

    Args:
        name: of the weight set.
        run: what it computes.
        expected: what it should.
    """
    if run.fingerprint is None:
        wanted, seen = "loads whole, finite output", "; ".join(run.problems)
        return Check(Rule.FORWARD, Verdict.FAILED, wanted, seen, name), None
    known = expected.fingerprints.get(name, ())
    read = [old for old in known if old.probe_set == run.fingerprint.probe_set]
    usable = [old for old in read if fingerprints.limit_between(old.environment, run.environment)]
    if not usable:
        return _plausible(name, run.fingerprint, expected, _aside(read)), None
    compared = fingerprints.compare(plausibility.closest(usable, run.fingerprint), run.fingerprint)
    wanted = f"recorded fingerprint within {compared.allowed:g} ({compared.source})"
    worst = f"worst difference {compared.worst:.3g} at {compared.at}, {compared.margin}"
    good = compared.agreement is Agreement.AGREE
    seen = f"{traits.losses(run.fingerprint)}, {worst}"
    return (
        Check.of(Rule.FORWARD, good=good, expected=wanted, observed=seen, subject=name),
        compared,
    )


def _aside(known: Sequence[Fingerprint]) -> str:
    """Say that records are of runs to which no tolerance is known; empty for none."""
    ran = {f"on {old.environment.device} in {old.environment.dtype}" for old in known}
    return f"; recorded {', '.join(sorted(ran))}, for which no tolerance is known" if ran else ""


def _plausible(name: str, seen: Fingerprint, expected: Expected, aside: str) -> Check:
    """Judge a fingerprint with no record: by theory, its run's other records, its siblings'."""
    judged = plausibility.judge(seen, expected.step, expected.run, expected.siblings)
    observed = f"{traits.losses(seen)}{f'; {judged.fits}' if judged.fits else ''}{aside}"
    if judged.plausible is False:
        verdict = Verdict.FAILED
    elif judged.plausible and judged.expected and expected.named:
        verdict = Verdict.PASSED
    else:
        verdict = Verdict.INCONCLUSIVE
    return Check(Rule.FORWARD, verdict, judged.expected, observed, name)
