"""What an attestation states: an in-toto Statement v1 with a test result v0.1 for a predicate.

`Statement.of` takes it from a verification, `parse` reads it again, from anybody. The subjects are
the files, by SHA-256, and the digests of manifest, parameters and values, whose names no path can
have. What the predicate has no field for stands in the annotations of its configuration, so that
every reader of test results reads it whole.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote

from catalog.core import foreign
from catalog.core.verdicts import Check, Level, Verdict, Verification

TYPE = "https://in-toto.io/Statement/v1"
PREDICATE = "https://in-toto.io/attestation/test-result/v0.1"
PROGRAM = "checkpoint-catalog"
PASSED, WARNED, FAILED = RESULTS = ("PASSED", "WARNED", "FAILED")
STATUSES = ("recorded", "known", "refused")
"""What `populate` made of a checkpoint."""
MOST_NAMES = 200_000
"""Subjects, or tests, of one statement: twice the files that a checkpoint may have."""
_PREFIX = "catalog://"
_MANIFEST, _PARAMETERS, _VALUES, _NAMED = (
    f"{_PREFIX}manifest",
    f"{_PREFIX}parameters/",
    f"{_PREFIX}values/",
    f"{_PREFIX}checkpoint/",
)
_CHECKPOINT, _LOCK, _VERIFIER = "checkpoint", "lock", "verifier"


@dataclass(frozen=True, slots=True)
class Subjects:
    """What a statement is about, by digest.

    Args:
        files: SHA-256 of each file, hex, by path.
        manifest: the manifest digest, None where none is stated.
        parameters: parameter digests, by weight set.
        values: value digests, by weight set.
    """

    files: Mapping[str, str]
    manifest: str | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)

    def __len__(self) -> int:
        stated = len(self.files) + len(self.parameters) + len(self.values)
        return stated + (self.manifest is not None)

    @property
    def named(self) -> dict[str, str]:
        """Every digest by the name that its subject has."""
        named = dict(self.files)
        if self.manifest is not None:
            named[_MANIFEST] = self.manifest
        named |= {f"{_PARAMETERS}{name}": digest for name, digest in self.parameters.items()}
        return named | {f"{_VALUES}{name}": digest for name, digest in self.values.items()}

    @classmethod
    def of(cls, named: Mapping[str, str]) -> "Subjects":
        """Return the subjects of some names; `named` is its inverse.

        Raises:
            ForeignError: a name is neither a path nor one of ours.
        """
        kinds: dict[str, dict[str, str]] = {_PARAMETERS: {}, _VALUES: {}, "": {}}
        for name, digest in named.items():
            if name != _MANIFEST:
                kind = next(kind for kind in kinds if name.startswith(kind))
                kinds[kind][foreign.path(name.removeprefix(kind))] = digest
        return cls(kinds[""], named.get(_MANIFEST), kinds[_PARAMETERS], kinds[_VALUES])


@dataclass(frozen=True, slots=True)
class Procedure:
    """How a checkpoint was verified: what only our own statements say.

    Args:
        version: of the program.
        level: how deep it was asked to look.
        checked_level: how deep it really looked, None where nothing was settled.
        verdict: what the checks amount to.
        open: names of the checks that could not be settled.
        started_at: when.
        expected: manifest digest that was expected, None where nothing says.
        environment: what ran the network, None where it was not run.
        worst_difference: of fingerprints, None where none were compared.
        tolerance: that it was held against.
        status: what became of its record, one of `STATUSES`; None where none was to be made.
    """

    version: str
    level: Level
    checked_level: Level | None
    verdict: Verdict
    open: tuple[str, ...]
    started_at: datetime
    expected: str | None = None
    environment: Mapping[str, Any] | None = None
    worst_difference: float | None = None
    tolerance: float | None = None
    status: str | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """What was found of a checkpoint.

    Args:
        name: of the checkpoint, None where nothing says.
        subjects: what it is about.
        result: `PASSED` or `FAILED`; of other programs also `WARNED`.
        passed: names of the checks that passed.
        failed: names of the checks that failed.
        procedure: how it was verified, None in another program's statement.
        repo_id: where the checkpoint is published, None where nothing says.
        commit: the Hub's, None where nothing says.
        lock: name and SHA-256 of the lock that pins it, None where none does.
    """

    name: str | None
    subjects: Subjects
    result: str
    passed: tuple[str, ...]
    failed: tuple[str, ...]
    procedure: Procedure | None = None
    repo_id: str | None = None
    commit: str | None = None
    lock: tuple[str, str] | None = None

    @property
    def verdict(self) -> Verdict:
        """What it says; for what could not be settled a test result has no word, we have."""
        if self.result == FAILED and self.procedure is not None:
            return self.procedure.verdict
        return {PASSED: Verdict.PASSED, FAILED: Verdict.FAILED}.get(
            self.result, Verdict.INCONCLUSIVE
        )

    @classmethod
    def of(
        cls,
        made: Verification,
        *,
        version: str,
        lock: tuple[str, str] | None = None,
        status: str | None = None,
    ) -> "Statement":
        """Return what a verification found; it must have read files.

        Args:
            made: the verification.
            version: of the program that made it.
            lock: name and SHA-256 of the lock that it compared with.
            status: what became of its record, where it was to be recorded.
        """
        if made.seen is None:
            raise TypeError("only what was read can be attested")
        seen, is_good = made.seen, made.verdict is Verdict.PASSED
        return cls(
            name=seen.name,
            subjects=Subjects(
                {entry.path: entry.sha256 for entry in seen.manifest},
                seen.manifest.digest,
                {digests.name: digests.parameter_digest for digests in seen.sets},
                {digests.name: digests.value_digest for digests in seen.sets},
            ),
            result=PASSED if is_good else FAILED,
            passed=_names(made.checks, Verdict.PASSED),
            failed=_names(made.checks, Verdict.FAILED),
            procedure=Procedure(
                version=version,
                level=made.level,
                checked_level=made.checked_level,
                verdict=made.verdict,
                open=_names(made.checks, Verdict.INCONCLUSIVE),
                started_at=made.started_at,
                expected=made.expected,
                environment=None if made.environment is None else json.loads(made.environment),
                worst_difference=made.worst_difference,
                tolerance=made.tolerance,
                status=status,
            ),
            repo_id=seen.repo_id,
            commit=seen.commit,
            lock=lock,
        )

    @property
    def document(self) -> dict[str, Any]:
        """The statement as JSON has it."""
        return {
            "_type": TYPE,
            "subject": [
                {"name": name, "digest": {"sha256": digest}}
                for name, digest in self.subjects.named.items()
            ],
            "predicateType": PREDICATE,
            "predicate": {
                "result": self.result,
                "configuration": list(self._configuration()),
                "passedTests": list(self.passed),
                "warnedTests": [],
                "failedTests": list(self.failed),
            },
        }

    def _configuration(self) -> Iterable[dict[str, Any]]:
        """Yield what was verified, by what, and against which lock, as resource descriptors.

        Each must have a URI or a digest (spec/v1/resource_descriptor.md): what has no commit is
        named by a URI of ours, and what has no name either is its subjects and no more.
        """
        checkpoint: dict[str, Any] = {"name": self.name, "annotations": {"role": _CHECKPOINT}}
        if self.repo_id is not None:
            checkpoint["annotations"]["repository"] = self.repo_id
        if self.commit is not None:
            checkpoint["digest"] = {"gitCommit": self.commit}
        elif self.name is not None:
            checkpoint["uri"] = address(self.name)
        if self.commit is not None or self.name is not None:
            yield checkpoint
        if self.lock is not None:
            name, digest = self.lock
            yield {"name": name, "digest": {"sha256": digest}, "annotations": {"role": _LOCK}}
        if self.procedure is not None:
            yield _described(self.procedure)


def _names(checks: Iterable[Check], verdict: Verdict) -> tuple[str, ...]:
    return tuple(check.name for check in checks if check.verdict is verdict)


def _described(procedure: Procedure) -> dict[str, Any]:
    """Return the program and how it was run, as a resource descriptor."""
    checked = procedure.checked_level
    status = {} if procedure.status is None else {"status": procedure.status}
    return {
        "name": PROGRAM,
        "uri": f"pkg:pypi/{PROGRAM}@{procedure.version}",
        "annotations": {
            "role": _VERIFIER,
            "version": procedure.version,
            "level": procedure.level.value,
            "checkedLevel": None if checked is None else checked.value,
            "verdict": procedure.verdict.value,
            "inconclusive": list(procedure.open),
            "startedAt": procedure.started_at.isoformat(),
            "expectedManifest": procedure.expected,
            "environment": procedure.environment,
            "worstDifference": procedure.worst_difference,
            "tolerance": procedure.tolerance,
            **status,
        },
    }


def address(name: str) -> str:
    """Return the address of a checkpoint in statements.

    >>> address("pythia-70m@step3000")
    'catalog://checkpoint/pythia-70m@step3000'
    """
    return f"{_NAMED}{quote(name, safe='@/')}"
