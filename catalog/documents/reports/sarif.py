"""A run as SARIF 2.1.0: what did not pass, within the limits of GitHub's code scanning.

What passed is left out: code scanning takes every result for an alert. An accepted case is
suppressed, which is SARIF's word for it.
"""

import gzip
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from os.path import normpath
from pathlib import PurePosixPath
from urllib.parse import quote

from catalog import __version__
from catalog.core.cases import Case, Group, Outcome, Run
from catalog.documents.plain import Document
from catalog.documents.reports import rules
from catalog.documents.reports.summary import severity
from catalog.errors import one_line

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
MOST_RESULTS = 25_000
"""Of a run: GitHub refuses a file with more, and shows 5,000 of them."""
MOST_PACKED_BYTES = 10_000_000
"""Of a file packed by gzip, as it is sent to GitHub."""
LONGEST = 2_000
_LEVELS = {Outcome.ERROR: "error", Outcome.WARNING: "warning", Outcome.NOTE: "note"}
_PROBLEMS = {"error": "error", "warning": "warning", "note": "recommendation"}


def sarif(run: Run, *, base: str = "") -> str:
    """Return the document.

    Args:
        run: it.
        base: the folder that paths are relative to; empty: none are made so.
    """
    placed = [(case, group) for group in run.groups for case in group.cases]
    results = [each for each in placed if each[0].outcome is not Outcome.PASSED]
    results.sort(key=lambda each: (each[0].accepted, -each[0].outcome.gravity))
    kept = results[:MOST_RESULTS]
    while True:
        text = json.dumps(_log(run, kept, len(results) - len(kept), base), indent=1) + "\n"
        if not kept or _is_small(text):
            return text
        kept = kept[: len(kept) * 3 // 4]


def _is_small(text: str) -> bool:
    """Return whether GitHub takes a document of this size; packing tells only of a large one."""
    raw = text.encode()
    return len(raw) <= MOST_PACKED_BYTES or len(gzip.compress(raw, 6)) <= MOST_PACKED_BYTES


def _log(run: Run, kept: Sequence[tuple[Case, Group]], left_out: int, base: str) -> Document:
    rules_met = _rules(run.command, [case for case, _ in kept])
    places = {rule["id"]: number for number, rule in enumerate(rules_met)}
    driver = {"name": "checkpoint-catalog", "semanticVersion": __version__, "rules": rules_met}
    ordinals: Counter[str] = Counter()
    results = []
    for case, group in kept:
        fingerprint = fingerprint_of(case)
        ordinals[fingerprint] += 1
        result = _result(case, group, base) | {"ruleIndex": places[case.rule]}
        # The first is the one that GitHub reads, in the form that it computes itself.
        result["partialFingerprints"] = {
            "primaryLocationLineHash": f"{fingerprint[:32]}:{ordinals[fingerprint]}",
            "catalogCase/v1": fingerprint,
        }
        results.append(result)
    answered = all(group.is_answered for group in run.groups)
    invocation: Document = {"executionSuccessful": answered}
    if left_out:
        text = f"{left_out:,} more results are left out: GitHub takes no larger file."
        invocation["toolExecutionNotifications"] = [{"level": "warning", "message": {"text": text}}]
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "automationDetails": {"id": f"catalog-{run.command}/"},
                "invocations": [invocation],
                "columnKind": "unicodeCodePoints",
                "results": results,
            }
        ],
    }


def fingerprint_of(case: Case) -> str:
    """Return what is the same of a case in every run: a SHA-256 of its identity."""
    return hashlib.sha256(json.dumps(case.identity).encode()).hexdigest()


# Rules -----------------------------------------------------------------------------------------


def _rules(command: str, cases: Iterable[Case]) -> list[Document]:
    """Return the rules of a command, and those of its errors."""
    known = rules.known(command)
    for case in cases:
        known.setdefault(case.rule, ("warning", f"no answer: {case.rule}"))
    return [_rule(rule, level, text) for rule, (level, text) in known.items()]


def _rule(rule: str, level: str, text: str) -> Document:
    sentence = f"{text[0].upper()}{text[1:]}."
    return {
        "id": rule,
        "shortDescription": {"text": sentence},
        "fullDescription": {"text": sentence},
        "help": {"text": f"{sentence} `{rule}` is explained in the catalog's reference."},
        "defaultConfiguration": {"level": level},
        "properties": {"tags": ["checkpoints"], "problem.severity": _PROBLEMS[level]},
    }


# Results ---------------------------------------------------------------------------------------


def _result(case: Case, group: Group, base: str) -> Document:
    text = one_line(f"{case.where}: {case.words}")
    result: Document = {
        "ruleId": case.rule,
        "level": _LEVELS[severity(case)],
        "message": {"text": text[:LONGEST]},
        "locations": [_location(case, group, base)],
    }
    if case.owner is not None:
        result["properties"] = {"owner": one_line(case.owner)}
    if case.accepted:
        result["suppressions"] = [{"kind": "external", "justification": "in the baseline"}]
    return result


def _location(case: Case, group: Group, base: str) -> Document:
    """Return where a case is: a file of the repository, else what is checked as if it were one.

    GitHub takes no address of the Hub in the place of a file.
    """
    path = PurePosixPath(_path(case, group))
    if base and path.is_relative_to(base):
        path = path.relative_to(base)
    uri = quote(_bytes(str(path)), safe="/@")
    place = case.target if case.place is None else f"{case.target}#{case.place}"
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": f"file://{uri}" if path.is_absolute() else uri},
            "region": {"startLine": case.line or 1},
        },
        "logicalLocations": [{"fullyQualifiedName": one_line(place)}],
    }


def _bytes(text: str) -> bytes:
    """Return the bytes of a file's name, as the system has them; of half a character any."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def _path(case: Case, group: Group) -> str:
    if group.file is not None:
        return normpath(group.file)
    return case.target if case.place is None else f"{case.target}/{case.place}"
