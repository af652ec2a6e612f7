"""Baselines: files of accepted findings, so that a run fails on new ones alone.

A case is accepted as a whole: the same rule at the same place with other bytes is a new one. The
file is made to be kept beside code: sorted, one finding after the other, and no day in it.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace

from catalog.core import foreign
from catalog.core.cases import Case, Group, Identity, Outcome, is_failing
from catalog.errors import BadInput

FORMAT = "catalog-baseline-1"
_HINT = "name another; with `--write-baseline` it is made"


@dataclass(frozen=True, slots=True)
class Accepted:
    """One accepted finding: what `Case` says of it, and which command made it."""

    command: str
    target: str
    rule: str
    place: str | None
    outcome: str
    message: str
    expected: str | None
    substance: str | None
    depth: str

    @classmethod
    def of(cls, command: str, case: Case) -> "Accepted":
        """Return a case as an accepted one."""
        return cls(
            command,
            case.target,
            case.rule,
            case.place,
            case.outcome.value,
            case.message,
            case.expected,
            case.substance,
            case.depth,
        )

    @property
    def identity(self) -> Identity:
        """That of the case."""
        seen = self.message if self.substance is None else self.substance
        return self.rule, self.outcome, self.target, self.place, seen, self.expected

    @property
    def where(self) -> str:
        """What to call it."""
        name = f"{self.rule} {self.place}" if self.place else self.rule
        return f"{self.target}: {name}"


KEYS = tuple(field.name for field in fields(Accepted))


@dataclass(frozen=True, slots=True)
class Baseline:
    """What is accepted.

    Args:
        accepted: each finding.
    """

    accepted: Sequence[Accepted] = ()

    def settled(self, command: str, group: Group) -> Group:
        """Return a target with its known cases marked as accepted; no answer never is one."""
        known = {each.identity for each in self.accepted if each.command == command}
        if not known:
            return group
        cases = tuple(
            replace(case, accepted=not case.no_answer and case.identity in known)
            for case in group.cases
        )
        return replace(group, cases=cases)

    def vanished(self, command: str, groups: Iterable[Group]) -> list[Accepted]:
        """Return what is accepted and was not met again, where a run looked for it."""
        groups = list(groups)
        met = {case.identity for group in groups for case in group.cases}
        return [
            each
            for each in self.accepted
            if _was_looked_for(each, command, groups) and each.identity not in met
        ]

    def renewed(
        self, command: str, groups: Iterable[Group], failing: frozenset[Outcome]
    ) -> "Baseline":
        """Return the baseline that accepts what fails a run too, and what it knew elsewhere."""
        groups = list(groups)
        kept = [each for each in self.accepted if not _was_looked_for(each, command, groups)]
        new = [
            Accepted.of(command, case)
            for group in groups
            for case in group.cases
            if not case.no_answer
            and (case.accepted or is_failing(replace(case, accepted=False), failing))
        ]
        return Baseline(sorted({*kept, *new}, key=_order))

    def text(self) -> str:
        """Return the file."""
        accepted = [{key: getattr(each, key) for key in KEYS} for each in self.accepted]
        return json.dumps({"format": FORMAT, "accepted": accepted}, indent=2) + "\n"


def _was_looked_for(accepted: Accepted, command: str, groups: Sequence[Group]) -> bool:
    """Return whether a run would have met an accepted finding, if it still were so."""
    return accepted.command == command and any(
        group.target == accepted.target and accepted.depth in group.depths and group.is_answered
        for group in groups
    )


def _order(accepted: Accepted) -> tuple[str, ...]:
    return tuple(getattr(accepted, key) or "" for key in KEYS)


def parse(raw: bytes, name: str) -> Baseline:
    """Return what a baseline file accepts.

    Args:
        raw: the file.
        name: what messages call it.

    Raises:
        BadInput: it is none.
    """
    try:
        stated = foreign.json_of(raw, whole_characters=False)
    except foreign.ForeignError as error:
        raise BadInput(f"{name} is no baseline: {error}", _HINT) from error
    if not isinstance(stated, dict) or stated.get("format") != FORMAT:
        raise BadInput(f"{name} is no baseline: it does not say {FORMAT!r}", _HINT)
    accepted = stated.get("accepted")
    if not isinstance(accepted, list) or not all(map(_is_one, accepted)):
        raise BadInput(f"{name} is a damaged baseline", _HINT)
    return Baseline([Accepted(**{key: each[key] for key in KEYS}) for each in accepted])


def _is_one(stated: object) -> bool:
    """Return whether a document says what an accepted finding has to say."""
    if not isinstance(stated, dict) or not stated.keys() >= {*KEYS}:
        return False
    values = {key: stated[key] for key in KEYS}
    may_lack = {"place", "expected", "substance"}
    return all(
        isinstance(value, str) or (value is None and key in may_lack)
        for key, value in values.items()
    )
