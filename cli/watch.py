"""`catalog watch`: what changed at repositories since the last time, and is anything wrong?"""

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from catalog.core.counts import count
from catalog.errors import BadInput

from . import feed as feeds
from . import output
from .arguments import ObservedArg
from .audit import say_settled
from .call import Call, command, gravest
from .feed import FeedOpt
from .gate import AuditFails, AuditFailsOpt, BaselineOpt, Gate, WriteBaselineOpt
from .output import Report
from .reports import Reports, reporting
from .tables import Column

if TYPE_CHECKING:
    from catalog.core.cases import Group
    from catalog.verbs.watch import Watch, Watched

COLUMNS = (
    Column("state"),
    Column("repo_id", "repository"),
    Column("branches", gives_way=1),
    Column("changes", cell=lambda row: len(row["changes"])),
    Column("findings", cell=lambda row: _counted(row["findings"]), wraps=True),
)
KEYS = ("state", "repo_id", "status", "branches", "renamed_to", "problem")
_STATES = {1: "wrong", 2: "asked wrongly", 3: "unknown"}
_ORDER = ("quiet", "changed", "asked wrongly", "unknown", "wrong")
"""The worst last: there a reader looks first."""
_MOVES = ("moved", "vanished", "renamed")


@command
@reporting
def watch(
    call: Call,
    reports: Reports,
    names: ObservedArg = None,
    feed: FeedOpt = None,
    fail_on: AuditFailsOpt = AuditFails.WARNING,
    baseline: BaselineOpt = None,
    write_baseline: WriteBaselineOpt = False,
) -> int:
    """Look at repositories, judge them, say what changed since the last look: one line each.

    `catalog sync` and `catalog audit` in one, for every night; the worst comes last. Exit 1 where
    something moved, vanished or is wrong, until `catalog sync --accept` says that it is right; 3
    where one could not be looked at. Without names: what was looked at before, at this endpoint.
    The feed tells each change once.
    """
    gate = Gate.of(fail_on, baseline, write=write_baseline)
    reports = replace(reports, gate=gate, beside=() if feed is None else (feed,))
    with reports.written():
        before = None if feed is None else feeds.opened(feed)
        watched = call.catalog.watch(*(names or ()))
        code = _print(call, reports, watched)
        if feed is not None and before is not None:
            added = feeds.grow(feed, before, watched)
            if added:
                output.say(f"{feed}: {count(added, 'change')} added")
        return code


@dataclass(frozen=True, slots=True)
class _Line:
    """What came of one repository."""

    code: int
    row: dict[str, Any]


def _print(call: Call, reports: Reports, watched: "Watch") -> int:
    from catalog.documents.reports import made

    groups = {group.target: group for group in made.audited(watched.audited)}
    lines = [_line(reports, each, groups.get(each.repo_id)) for each in watched.repositories]
    rows = sorted((line.row for line in lines), key=lambda row: _ORDER.index(row["state"]))
    call.print(Report(rows, rows, COLUMNS, keys=KEYS, quiet=lambda row: row["repo_id"]))
    for each in watched.repositories:
        _say(each)
    say_settled(watched.audited)
    return gravest(line.code for line in lines)


def _line(reports: Reports, watched: "Watched", group: "Group | None") -> _Line:
    from catalog.documents import branches
    from catalog.documents.reports import made

    problem = watched.problem
    codes = []
    if problem is not None:
        reports.take(made.failed(watched.repo_id, problem))
        codes.append(problem.exit_code)
    if group is not None and not isinstance(problem, BadInput):
        codes.append(reports.take(group))
    code = gravest(codes)
    calm = "changed" if watched.changes else "quiet"
    return _Line(code, branches.watched(watched, _STATES.get(code, calm)))


def _say(watched: "Watched") -> None:
    """Say why there was no answer, and what to do about what is no longer as it was."""
    if watched.problem is not None:
        output.say(f"catalog: {watched.repo_id}: {watched.problem}")
    if any(finding.rule in _MOVES for finding in watched.findings):
        output.say(
            f"`catalog log {watched.repo_id}` says what changed; once it is right, "
            f"`catalog sync --accept {watched.repo_id}`"
        )


def _counted(findings: list[dict[str, Any]]) -> str | None:
    """Return how many findings there are of each rule, but for notes."""
    rules = Counter(each["rule"] for each in findings if each["severity"] != "note")
    return ", ".join(f"{number:,} {rule}" for rule, number in sorted(rules.items())) or None
