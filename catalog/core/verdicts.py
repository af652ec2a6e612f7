"""The verification verdict: levels, checks, and what several checks amount to.

`passed` needs evidence: a check that had nothing to compare with is `inconclusive`, and so is the
verification it belongs to. What a branch holds is another verdict and not in here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from catalog.errors import BadInput

if TYPE_CHECKING:
    from catalog.core.manifests import Manifest
    from catalog.core.witnesses import SetDigests


class Verdict(StrEnum):
    """Outcome of one check, or of one verification."""

    PASSED = "passed"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"

    @property
    def exit_code(self) -> int:
        """What a command exits with."""
        return {"passed": 0, "failed": 1, "inconclusive": 3}[self]


class Level(StrEnum):
    """How deep a verification looks; each level includes those before it."""

    METADATA = "metadata"
    FILES = "files"
    WEIGHTS = "weights"
    FORWARD = "forward"

    @classmethod
    def of(cls, text: str) -> "Level":
        """Return the level that somebody asks for.

        Raises:
            BadInput: there is no such level.
        """
        if text not in list(cls):
            raise BadInput(f"unknown level {text!r}", f"one of {', '.join(cls)}")
        return cls(text)

    def includes(self, other: "Level") -> bool:
        """Return whether this level covers another."""
        order = list(Level)
        return order.index(self) >= order.index(other)


class Rule(StrEnum):
    """What a check compares; codes are stable: docs/reference/checks.md."""

    SIZES = "sizes"
    DECLARED_RECORDED = "declared-recorded"
    FILES = "files"
    DECLARED = "declared"
    OBSERVED = "observed"
    OBSERVERS = "observers"
    PULLED = "pulled"
    SHAPES = "shapes"
    FINITE = "finite"
    RUNS = "runs"
    PARAMETERS = "parameters"
    VALUES = "values"
    FORWARD = "forward"

    @property
    def words(self) -> str:
        """The code as people read it."""
        return "declared = recorded" if self is Rule.DECLARED_RECORDED else self.value

    @property
    def level(self) -> Level:
        """The level that a check of it belongs to."""
        if self in (Rule.SIZES, Rule.DECLARED_RECORDED, Rule.OBSERVERS):
            return Level.METADATA
        if self in (Rule.FILES, Rule.DECLARED, Rule.OBSERVED, Rule.PULLED):
            return Level.FILES
        return Level.FORWARD if self is Rule.FORWARD else Level.WEIGHTS

    @classmethod
    def parse(cls, name: str) -> "tuple[Rule, str | None]":
        """Return the rule and the subject of a check's name, as older records keep it.

        >>> Rule.parse("shapes model.safetensors")
        (<Rule.SHAPES: 'shapes'>, 'model.safetensors')

        Raises:
            ValueError: it names no rule.
        """
        if name == cls.DECLARED_RECORDED.words:
            return cls.DECLARED_RECORDED, None
        code, _, subject = name.partition(" ")
        return cls(code), subject or None


@dataclass(frozen=True, slots=True)
class Check:
    """One comparison of witnesses.

    Args:
        rule: what was compared, one of `Rule`.
        verdict: its outcome.
        expected: what it should be, None where nothing says.
        observed: what it is.
        subject: the weight set that it is about, None for all files.
    """

    rule: Rule
    verdict: Verdict
    expected: str | None
    observed: str | None
    subject: str | None = None

    @property
    def name(self) -> str:
        """What to call it: the rule in words, and its subject."""
        return f"{self.rule.words} {self.subject}" if self.subject else self.rule.words

    @classmethod
    def of(
        cls,
        rule: Rule,
        *,
        good: bool,
        expected: str | None,
        observed: str | None,
        subject: str | None = None,
    ) -> "Check":
        """Return a check that could be made."""
        verdict = Verdict.PASSED if good else Verdict.FAILED
        return cls(rule, verdict, expected, observed, subject)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a verification read, every byte of it, and as what.

    Args:
        name: `MODEL@REVISION`, or the own name of a folder of which nothing is known.
        manifest: the files that were read.
        sets: digests of what their weights hold, where the level asks for them.
        repo_id: where it is published, None where nothing says.
        commit: the Hub's, None where nothing says.
    """

    name: str
    manifest: "Manifest"
    sets: "tuple[SetDigests, ...]" = ()
    repo_id: str | None = None
    commit: str | None = None


@dataclass(frozen=True, slots=True)
class Verification:
    """One verification, as it is recorded.

    Args:
        target: as it was given.
        level: how deep it looked.
        checks: every comparison made.
        expected: manifest digest on record, None where there is none.
        observed: manifest digest now, None where the files were not read.
        worst_difference: of fingerprints, None where none were compared.
        tolerance: that it was held against.
        environment: JSON, what ran the network.
        started_at: when.
        duration_s: how long it took.
        notes: what a reader should know; not recorded.
        distance: of the checkpoint from the tokens asked for, as `Target` has it; not recorded.
        seen: what was read, None where no file was read whole; not recorded.
        observer: who made it, None for who keeps this catalog.
    """

    target: str
    level: Level
    checks: tuple[Check, ...]
    expected: str | None
    observed: str | None
    worst_difference: float | None
    tolerance: float | None
    environment: str | None
    started_at: datetime
    duration_s: float
    notes: tuple[str, ...] = ()
    distance: int | None = None
    seen: Seen | None = None
    observer: str | None = None

    @property
    def verdict(self) -> Verdict:
        """What its checks amount to."""
        return overall(check.verdict for check in self.checks)

    @property
    def checked_level(self) -> Level | None:
        """The deepest level that was really checked, None where not even the files were.

        A level counts where something of it was compared and nothing of it was left open.
        """
        checked = None
        for level in (Level.FILES, Level.WEIGHTS, Level.FORWARD):
            verdicts = {check.verdict for check in self.checks if check.rule.level is level}
            if not verdicts or Verdict.INCONCLUSIVE in verdicts:
                break
            checked = level
        return checked


def overall(verdicts: Iterable[Verdict]) -> Verdict:
    """Return what several verdicts amount to: one failure fails, any doubt leaves it open.

    >>> overall([Verdict.PASSED, Verdict.INCONCLUSIVE])
    <Verdict.INCONCLUSIVE: 'inconclusive'>
    >>> overall([])
    <Verdict.INCONCLUSIVE: 'inconclusive'>
    """
    outcomes = set(verdicts)
    for verdict in (Verdict.FAILED, Verdict.INCONCLUSIVE, Verdict.PASSED):
        if verdict in outcomes:
            return verdict
    return Verdict.INCONCLUSIVE
