"""Prints the judgement on branches: as JSON that others rely on, and short enough to read."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from . import output

if TYPE_CHECKING:
    from catalog.core.branches import JudgedBranch, JudgedSet
    from catalog.core.branches.samples import ProbedSet
    from catalog.core.published import Finding
    from catalog.verbs.audit import Audit
    from catalog.verbs.probing import Probing


# JSON ------------------------------------------------------------------------------------------


def audit_json(found: "Audit", probing: "Probing | None") -> dict[str, Any]:
    """Return what `catalog audit --json` prints; `probes` only where there was a probe."""
    document = {
        "branches": [branch_json(one) for one in found.branches],
        "findings": [finding_json(one) for one in found.findings],
    }
    if probing is not None:
        document["probes"] = [_probe_json(one) for one in probing.sets]
    return document


def _probe_json(one: "ProbedSet") -> dict[str, Any]:
    return {
        "repo_id": one.label.repo_id,
        "revision": one.branch.revision,
        "commit": one.label.ref.commit,
        "weight_set": one.judged.name,
        "complete": one.is_complete,
        "problem": one.problem or one.unread,
        "parameters": one.parameters,
        "requests": one.requests,
        "bytes": one.bytes_read,
        "compared": [
            {
                "repo_id": other.repo_id,
                "revision": other.revision,
                "weight_set": other.weight_set,
                "tensors": other.tensors,
                "bytes": other.size_bytes,
                "differing": other.differing,
                "answer": other.answer,
            }
            for other in one.compared
        ],
    }


def branch_json(branch: "JudgedBranch") -> dict[str, Any]:
    """Return a branch with its weight sets."""
    look = branch.publication.repository.look
    return {
        "model": branch.publication.model,
        "repo_id": branch.publication.repo_id,
        "revision": branch.revision,
        "commit": None if branch.label is None else branch.label.ref.commit,
        "observed_at": look.observed_at,
        "expected": branch.expected,
        "verdict": branch.verdict,
        "weight_sets": [_set_json(branch, one) for one in branch.weight_sets],
        "loads": branch.loads,
        "recipe": branch.recipe,
    }


def _set_json(branch: "JudgedBranch", one: "JudgedSet") -> dict[str, Any]:
    return {
        "name": one.name,
        "layout": one.layout,
        "files": one.files,
        "verdict": one.verdict,
        "same_as": branch.same_as(one),
        "owner": None if one.owner is None else one.owner.seen_from(branch.publication.repo_id),
        "reason": one.reason,
        "evidence_level": one.evidence_level,
    }


def finding_json(one: "Finding") -> dict[str, Any]:
    """Return a finding; its repository is part of the evidence."""
    return {
        "rule": one.rule,
        "severity": one.severity,
        "model": one.model,
        "revision": one.revision,
        "message": one.message,
        "evidence": {"repo_id": one.repo_id, **one.evidence},
    }


# For people ------------------------------------------------------------------------------------


def print_audit(found: "Audit", probing: "Probing | None", *, every: bool) -> None:
    """Print the judgement, one repository after the other.

    Args:
        found: the audit.
        probing: what a look into the files showed, None where there was none.
        every: list every branch instead of ranges.
    """
    seen = [one for one in found.branches if one.publication.repo_id not in found.unobserved]
    for number, (_, group) in enumerate(groupby(seen, key=lambda one: one.publication.repo_id)):
        if number:
            output.line()
        _print_repository(list(group), every=every)
    if seen:
        output.line("")
    if probing is not None:
        _print_probing(probing)
    if seen or found.findings:
        _print_findings(found.findings)


def _print_repository(branches: "Sequence[JudgedBranch]", *, every: bool) -> None:
    publication = branches[0].publication
    look = publication.repository.look
    day = "on an unknown day" if look.observed_at is None else f"on {look.observed_at:%Y-%m-%d}"
    model = f" ({publication.model})" if publication.model else ""
    output.line(f"{publication.repo_id}{model}, seen {day}")
    if look.source:
        output.line(f"  source: {look.source}")
    output.line("")
    if every:
        _print_each(branches)
    else:
        _print_verdicts(branches)
    _print_loads(branches)
    _print_recipes(branches)


def _print_each(branches: "Sequence[JudgedBranch]") -> None:
    rows = [(f"  {one.revision}", one.verdict.value, one.reason) for one in branches]
    output.table(("  branch", "verdict", "why"), rows)


def _print_verdicts(branches: "Sequence[JudgedBranch]") -> None:
    order = [one.revision for one in branches]
    rows = [
        (f"  {verdict}", len(found), ranges(found, order))
        for verdict, found in _grouped(branches, lambda one: one.verdict.value).items()
    ]
    output.table(("  verdict", "branches", "which"), rows)


def _grouped(
    branches: "Iterable[JudgedBranch]", key: "Callable[[JudgedBranch], str]"
) -> dict[str, list[str]]:
    """Return the names of the branches by a key, the largest group first."""
    found: dict[str, list[str]] = defaultdict(list)
    for one in branches:
        found[key(one)].append(one.revision)
    return dict(sorted(found.items(), key=lambda each: -len(each[1])))


def ranges(revisions: Iterable[str], order: Sequence[str]) -> str:
    """Return names with neighbours drawn together: `main, step27000..step52000`.

    Args:
        revisions: what to name.
        order: every branch of the repository, in order.
    """
    place = {revision: number for number, revision in enumerate(order)}
    numbered = enumerate(sorted(revisions, key=place.__getitem__))
    parts = []
    for _, group in groupby(numbered, key=lambda each: place[each[1]] - each[0]):
        run = [revision for _, revision in group]
        if run[0] == "main" and len(run) > 1:  # main stands before the steps, not among them
            parts.append(run.pop(0))
        parts.append(run[0] if len(run) == 1 else f"{run[0]}..{run[-1]}")
    return ", ".join(parts)


def _print_loads(branches: "Sequence[JudgedBranch]") -> None:
    """Print what each loader hands out over all branches."""
    from catalog.core import loaders

    output.line("")
    rows = []
    for key in loaders.profiles():
        outcomes = [_outcome(one, key) for one in branches if one.claims]
        counted = tuple(outcomes.count(each) for each in ("right", "wrong", "nothing"))
        rows.append((f"  {key}", *counted))
    output.table(("  loader", "right checkpoint", "another", "nothing"), rows)


def _outcome(branch: "JudgedBranch", loader: str) -> str:
    """Return what a loader makes of a branch."""
    name = (branch.loads or {}).get(loader)
    chosen = next((one for one in branch.weight_sets if one.name == name), None)
    if chosen is None:
        return "nothing"
    return "right" if chosen.verdict.is_true else "wrong"


def _print_recipes(branches: "Sequence[JudgedBranch]") -> None:
    """Print what to type where the default is wrong."""
    wrong = [one for one in branches if one.claims and not one.verdict.is_true]
    if not wrong:
        return
    order = [one.revision for one in branches]
    output.line("")
    output.line("  right weights of the others")
    for text, found in _grouped(wrong, _how).items():
        output.line(f"  {text}")
        output.line(f"    {len(found):,}: {ranges(found, order)}")


def _how(branch: "JudgedBranch") -> str:
    """Return a recipe without the branch's own name."""
    if branch.recipe is None:
        return "none in the branch"
    return branch.recipe.replace(f'revision="{branch.revision}"', "revision=…")


def _print_probing(probing: "Probing") -> None:
    """Print what was looked into, what it cost, and what two sets said of each other."""
    sets = probing.sets
    cost = f"{probing.requests:,} requests, {probing.bytes_read:,} bytes"
    output.line(f"probed: {output.count(len(sets), 'weight set')}, {cost}")
    told: dict[str, int] = defaultdict(int)
    for one in sets:
        told["complete" if one.is_complete else "broken" if one.problem else "not told"] += 1
    rows: list[tuple[str, object]] = [(f"headers {word}", count) for word, count in told.items()]
    pairs = [
        other
        for one in sets
        for other in one.compared
        if (one.branch.revision, one.judged.name) < (other.revision, other.weight_set)
    ]
    if pairs:
        sizes = sorted({other.size_bytes for other in pairs if not other.differing})
        refuted = sum(bool(other.differing) for other in pairs)
        spread = f", on {' to '.join(f'{size:,}' for size in sizes[:: len(sizes) - 1 or 1])} bytes"
        rows += [
            ("pairs compared", len(pairs)),
            ("refuted", refuted),
            ("not refuted", f"{len(pairs) - refuted:,}{spread if sizes else ''}"),
        ]
    output.pairs(rows, indent="  ")
    for one in sets:
        if one.unread:
            output.line(f"  {one.branch.revision}: {one.unread}")
    output.line("")


def _print_findings(findings: "Sequence[Finding]") -> None:
    """Print how many findings there are of each rule, and what scores and ranges say."""
    counts: dict[tuple[str, str], int] = defaultdict(int)
    for one in findings:
        counts[one.severity, one.rule] += 1
    if not counts:
        output.line("no findings")
        return
    rows = [(rule, severity, number) for (severity, rule), number in sorted(counts.items())]
    output.table(("finding", "severity", "branches"), rows)
    for one in findings:
        if one.evidence.get("evidence_level") in ("scores", "range"):
            output.line(f"  {one.model}@{one.revision}: {one.message}")


def print_branch(shown: Mapping[str, Any]) -> None:
    """Print what is known of one branch, as `branch_json` has it."""
    day = f"{shown['observed_at']:%Y-%m-%d}" if shown["observed_at"] else "an unknown day"
    commit = f", commit {shown['commit'][:8]}" if shown["commit"] else ""
    output.line(f"on the Hub, seen on {day}{commit}: {shown['verdict']}")
    for one in shown["weight_sets"]:
        output.line(f"  {one['name']}: {one['verdict']}. {one['reason']}")
    loads = shown["loads"] or {}
    output.pairs([(f"{key} loads", name or "nothing") for key, name in loads.items()], indent="  ")
    if shown["recipe"]:
        output.line(f"  right weights: {shown['recipe']}")
