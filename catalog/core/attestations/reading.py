"""Reads statements that anybody may have written: a test result, or another thing, or nothing."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

from catalog.core import foreign
from catalog.core.attestations.statements import (
    FAILED,
    MOST_NAMES,
    PASSED,
    PREDICATE,
    RESULTS,
    STATUSES,
    TYPE,
    Procedure,
    Statement,
    Subjects,
    address,
)
from catalog.core.foreign import ForeignError
from catalog.core.verdicts import Level, Verdict

Kind = TypeVar("Kind", Level, Verdict)


def other_kind(document: object) -> str | None:
    """Return what a document is where it is no test result, None where it says it is one."""
    stated = document if isinstance(document, dict) else {}
    if stated.get("_type") != TYPE:
        return "no statement of in-toto v1"
    if (kind := stated.get("predicateType")) != PREDICATE:
        return f"a statement of another kind, {foreign.shown(kind)}"
    return None


def statement(document: Mapping[str, Any]) -> Statement:
    """Return what a test result states; `Statement.document` is its inverse.

    Raises:
        ForeignError: it has not the form of one, or says it in a way that readers differ about.
    """
    subjects = _subjects(_listed(document, "subject"))
    predicate = _object(document, "predicate")
    result = predicate.get("result")
    if result not in RESULTS:
        raise ForeignError(f"{foreign.shown(result)} is no result of a test")
    failed = _texts(predicate, "failedTests")
    if result != RESULTS[-1] and failed:
        raise ForeignError(f"{result}, although {foreign.shown(failed[0])} failed")
    described = _by_role(_listed(predicate, "configuration"))
    checkpoint, lock = described.get("checkpoint", {}), described.get("lock")
    repo_id = _annotations(checkpoint).get("repository")
    return Statement(
        name=_name(checkpoint),
        subjects=subjects,
        result=result,
        passed=_texts(predicate, "passedTests"),
        failed=failed,
        procedure=_procedure(described.get("verifier"), result, failed),
        repo_id=None if repo_id is None else foreign.repository(repo_id),
        commit=_commit(checkpoint),
        lock=None if lock is None else (foreign.name(lock.get("name")), _sha256(lock)),
    )


def _subjects(listed: list[Any]) -> Subjects:
    """Return what is stated of each subject; a name that stands twice could mean either."""
    if not listed:
        raise ForeignError("it is about nothing: no subject")
    named: dict[str, str] = {}
    for subject in listed:
        if not isinstance(subject, dict):
            raise ForeignError(f"{foreign.shown(subject)} is no subject")
        name = foreign.name(subject.get("name"), foreign.LONGEST_PATH)
        if name in named:
            raise ForeignError(f"the subject {foreign.shown(name)} stands twice")
        named[name] = _sha256(subject)
    return Subjects.of(named)


def _sha256(descriptor: Mapping[str, Any]) -> str:
    """Return a resource's SHA-256; other algorithms say nothing that is compared here."""
    digests = _object(descriptor, "digest")
    digest = digests.get("sha256")
    if isinstance(digest, str) and digest != digest.lower():
        raise ForeignError(f"the digest {foreign.shown(digest)} is not in lower case")
    return foreign.sha256(digest)


def _name(checkpoint: Mapping[str, Any]) -> str | None:
    """Return a checkpoint's name; its address must not be another's."""
    name, uri = _optional(checkpoint.get("name")), str(checkpoint.get("uri"))
    if name is not None and uri.startswith(address("")) and uri != address(name):
        raise ForeignError(f"{foreign.shown(name)} has the address {foreign.shown(uri)}")
    return name


def _commit(checkpoint: Mapping[str, Any]) -> str | None:
    digests = checkpoint.get("digest")
    commit = digests.get("gitCommit") if isinstance(digests, dict) else None
    return None if commit is None else foreign.commit(commit)


def _by_role(listed: list[Any]) -> dict[str, dict[str, Any]]:
    """Return what our own statements say of their configuration; a role is played once."""
    described: dict[str, dict[str, Any]] = {}
    for descriptor in listed:
        if not isinstance(descriptor, dict):
            raise ForeignError(f"{foreign.shown(descriptor)} is no resource")
        role = _annotations(descriptor).get("role")
        if isinstance(role, str):
            if role in described:
                raise ForeignError(f"two resources have the role {foreign.shown(role)}")
            described[role] = descriptor
    return described


def _annotations(descriptor: Mapping[str, Any]) -> dict[str, Any]:
    said = descriptor.get("annotations")
    return said if isinstance(said, dict) else {}


def _procedure(
    descriptor: Mapping[str, Any] | None, result: str, failed: tuple[str, ...]
) -> Procedure | None:
    """Return how it was verified, which may not contradict the result."""
    if descriptor is None:
        return None
    said = _annotations(descriptor)
    level, checked = _member(Level, said.get("level")), said.get("checkedLevel")
    environment, expected = said.get("environment"), said.get("expectedManifest")
    procedure = Procedure(
        version=foreign.name(said.get("version")),
        level=level,
        checked_level=None if checked is None else _member(Level, checked),
        verdict=_member(Verdict, said.get("verdict")),
        open=_texts(said, "inconclusive"),
        started_at=_moment(said.get("startedAt")),
        expected=None if expected is None else foreign.sha256(expected),
        environment=environment if isinstance(environment, dict) else None,
        worst_difference=_number(said.get("worstDifference")),
        tolerance=_number(said.get("tolerance")),
        status=_status(said.get("status")),
    )
    _require_consistent(procedure, result, failed)
    return procedure


def _require_consistent(procedure: Procedure, result: str, failed: tuple[str, ...]) -> None:
    """Refuse a statement of which one reader would take one half, another the other."""
    verdict, checked = procedure.verdict, procedure.checked_level
    outcomes = {Verdict.PASSED: PASSED}.get(verdict, FAILED)
    is_open = verdict is Verdict.INCONCLUSIVE
    if outcomes != result or (failed and is_open) or (procedure.open and result == PASSED):
        raise ForeignError(f"it says {result}, and that its checks were {verdict}")
    if checked is not None and not procedure.level.includes(checked):
        raise ForeignError(f"it says that level {procedure.level} checked {checked}")
    if verdict in {"refused": (Verdict.PASSED,), None: ()}.get(procedure.status, (Verdict.FAILED,)):
        raise ForeignError(f"it says {procedure.status}, and that its checks were {verdict}")


def _status(value: object) -> str | None:
    """Return what became of a record; nothing is said of one that was not to be made."""
    if value is None or value in STATUSES:
        return value
    raise ForeignError(f"{foreign.shown(value)} is nothing that becomes of a record")


def _member(kind: type[Kind], value: object) -> Kind:
    try:
        return kind(value)  # type: ignore[arg-type]  # it checks
    except ValueError as error:
        raise ForeignError(f"{foreign.shown(value)} is no {kind.__name__.lower()}") from error


def _moment(value: object) -> datetime:
    try:
        moment = datetime.fromisoformat(foreign.name(value))
    except ValueError as error:
        raise ForeignError(f"{foreign.shown(value)} is no moment") from error
    if moment.tzinfo is None:
        raise ForeignError(f"{foreign.shown(value)} has no time zone")
    return moment


def _number(value: object) -> float | None:
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    raise ForeignError(f"{foreign.shown(value)} is no number")


def _optional(value: object) -> str | None:
    return None if value is None else foreign.name(value, foreign.LONGEST_PATH)


def _object(document: Mapping[str, Any], key: str) -> dict[str, Any]:
    value = document.get(key)
    if isinstance(value, dict):
        return value
    raise ForeignError(f"{key} is {foreign.shown(value)}")


def _listed(document: Mapping[str, Any], key: str) -> list[Any]:
    value = document.get(key)
    if not isinstance(value, list):
        raise ForeignError(f"{key} is {foreign.shown(value)}")
    if len(value) > MOST_NAMES:
        raise ForeignError(f"{key} has more than {MOST_NAMES:,} entries")
    return value


def _texts(document: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """Return a list of names, which need not be there."""
    if key not in document:
        return ()
    return tuple(foreign.name(text, foreign.LONGEST_PATH) for text in _listed(document, key))
