"""Cases: what checks and audits found, one by one, in the form that every report is made of.

A case is a check of `verify`, a finding or a clean branch of `audit`, a problem of `populate`, or
an error in the place of an answer. Which of them fail a run is said here too; how they are printed
is said in `catalog.documents.reports`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Outcome(StrEnum):
    """What came of a case."""

    PASSED = "passed"
    NOTE = "note"
    UNCHECKED = "unchecked"
    WARNING = "warning"
    ERROR = "error"

    @property
    def gravity(self) -> int:
        """How bad it is: 0 is good."""
        return list(Outcome).index(self)


BAD = frozenset({Outcome.ERROR, Outcome.WARNING})
DOUBTED = BAD | {Outcome.UNCHECKED}
"""What fails where nothing else is said: absent evidence never passes."""

Identity = tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """One thing that was looked at.

    Args:
        rule: its stable code: docs/reference/checks.md, findings.md, or the kind of an error.
        outcome: what came of it.
        target: the checkpoint, folder or repository that it is about.
        message: what was seen, one sentence.
        place: the weight set or branch within the target, None for all of it.
        expected: what it should be and who says so, None where nobody does.
        substance: what the message rests on, where its words may differ the next time: they count
            how many other branches are so too, say.
        owner: whose bytes these are, None where nobody says that they are another's.
        depth: how deep one has to look to see it: a level of `verify`, or `probe`.
        no_answer: an error came in the place of an answer: nothing that anybody can accept.
        accepted: it is known, and somebody called it acceptable.
        line: of the file that its group is about, None where it is about all of it.
    """

    rule: str
    outcome: Outcome
    target: str
    message: str
    place: str | None = None
    expected: str | None = None
    substance: str | None = None
    owner: str | None = None
    depth: str = ""
    no_answer: bool = False
    accepted: bool = False
    line: int | None = None

    @property
    def name(self) -> str:
        """What to call it within its target: the rule, and the place if there is one."""
        return f"{self.rule} {self.place}" if self.place else self.rule

    @property
    def where(self) -> str:
        """What to call it anywhere."""
        return f"{self.target}: {self.name}"

    @property
    def words(self) -> str:
        """What was seen and what it should be; that nothing came of it, where nothing did."""
        doubt = "could not be checked: " if self.outcome is Outcome.UNCHECKED else ""
        expected = "" if self.expected is None else f"; expected {self.expected}"
        return f"{doubt}{self.message}{expected}"

    @property
    def identity(self) -> Identity:
        """What makes it the same case the next time; another thing seen is another case."""
        seen = self.message if self.substance is None else self.substance
        return self.rule, self.outcome.value, self.target, self.place, seen, self.expected


@dataclass(frozen=True, slots=True)
class Group:
    """The cases of one target.

    Args:
        target: what was asked for.
        cases: each of them.
        file: the path of what was looked at, None where it is no file of this machine.
        depths: which depths the look covered.
        seconds: how long it took, None where nobody counted.
        began: when it began, ISO 8601, None where nobody knows.
        notes: what a reader should know.
    """

    target: str
    cases: tuple[Case, ...]
    file: str | None = None
    depths: frozenset[str] = frozenset({""})
    seconds: float | None = None
    began: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def is_answered(self) -> bool:
        """Whether an answer came."""
        return not any(case.no_answer for case in self.cases)


@dataclass(frozen=True, slots=True)
class Run:
    """All that one command looked at, and what fails it.

    Args:
        command: its name.
        groups: its targets, in order.
        failing: which outcomes fail it.
    """

    command: str
    groups: Sequence[Group]
    failing: frozenset[Outcome] = field(default=DOUBTED)

    @property
    def cases(self) -> list[Case]:
        """Every case, in order."""
        return [case for group in self.groups for case in group.cases]

    @property
    def worst(self) -> list[Case]:
        """The cases that are worth a word, the worst first: neither passed nor accepted."""
        open_ = [case for case in self.cases if case.outcome.gravity and not case.accepted]
        return sorted(open_, key=lambda case: (not self.fails(case), -case.outcome.gravity))

    def fails(self, case: Case) -> bool:
        """Return whether a case fails the run."""
        return is_failing(case, self.failing)

    def counts(self) -> dict[str, int]:
        """Return how many cases failed, could not be checked, are accepted or tolerated, passed."""
        counted = dict.fromkeys(("failed", "unchecked", "accepted", "tolerated", "passed"), 0)
        for case in self.cases:
            counted[self._word(case)] += 1
        return counted

    def _word(self, case: Case) -> str:
        if case.accepted:
            return "accepted"
        if self.fails(case):
            return "unchecked" if case.outcome is Outcome.UNCHECKED else "failed"
        return "passed" if case.outcome is Outcome.PASSED else "tolerated"


def is_failing(case: Case, failing: frozenset[Outcome]) -> bool:
    """Return whether a case fails a run in which some outcomes do; no answer always does."""
    return case.no_answer or (case.outcome in failing and not case.accepted)


def exit_code(cases: Iterable[Case], failing: frozenset[Outcome]) -> int:
    """Return what a command exits with: 1 for what is bad, else 3 for what could not be checked.

    >>> exit_code([Case("files", Outcome.UNCHECKED, "weights", "nothing on record")], DOUBTED)
    3
    >>> exit_code([Case("files", Outcome.UNCHECKED, "weights", "nothing on record")], BAD)
    0
    """
    outcomes = {case.outcome for case in cases if is_failing(case, failing)}
    if outcomes - {Outcome.UNCHECKED}:
        return 1
    return 3 if outcomes else 0
